//! Letters as PDF: HTML laid out on pages.
//!
//! The layout engine prints HTML and CSS as a browser would, but says nothing about what it leaves out. So a
//! document passes a guard first, which refuses with a sentence for its author what could not be printed
//! as it is written: images that are not inside it, characters that the bundled fonts do not have, more of
//! anything than [`limits`] allow. Nothing is ever fetched, neither from the network nor from a disk; links
//! lead to `https`, `mailto` and `tel` only. What comes out is checked against what went in.
//!
//! The same document gives the same bytes, always and everywhere.

mod blocks;
mod check;
mod document;
mod fonts;
mod images;
pub mod limits;
mod pages;
mod stylesheet;

use document::Document;
use fulgur::{config, engine::Engine};

use crate::{
    error::{ErrorKind, Problem},
    limits::{Room, apart},
};

/// How to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The language of the text for those who hear it read, a BCP 47 tag.
    pub language: String,
    /// The sheet, unless the document's `@page` names one.
    pub page_size: PageSize,
    /// What viewers show as its name; else its `<title>`, or how its text begins.
    pub title: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { language: "en-US".to_owned(), page_size: PageSize::default(), title: None }
    }
}

/// A sheet of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PageSize {
    /// 8.5 × 11 inches.
    #[default]
    Letter,
    /// 210 × 297 mm.
    A4,
}

impl PageSize {
    fn points(self) -> config::PageSize {
        match self {
            Self::Letter => config::PageSize::LETTER,
            Self::A4 => config::PageSize::A4,
        }
    }
}

/// Prints `html` as a tagged PDF (PDF/UA-1).
///
/// It runs on a thread of its own. One that takes longer than [`limits::TIME`] is given up, not ended: until
/// it ends by itself it still costs its process time and memory.
///
/// # Errors
/// When the document exceeds a limit, or would not be printed as it is written.
pub fn render(html: &str, options: &Options) -> Result<Vec<u8>, Problem> {
    let room = Room { subject: "the document", time: limits::TIME, stack: limits::STACK };
    let (html, options) = (html.to_owned(), options.clone());
    apart(room, move || print(&html, &options))
}

/// How many pages a PDF has.
///
/// # Errors
/// When it is none.
pub fn page_count(pdf: &[u8]) -> Result<usize, Problem> {
    check::read(pdf).map(|pdf| pdf.page_iter().count())
}

fn print(html: &str, options: &Options) -> Result<Vec<u8>, Problem> {
    let size = options.page_size.points();
    let document = Document::read(html, size, options.title.as_deref())?;
    let engine = Engine::builder()
        .assets(document.assets)
        .system_fonts(false)
        .lang(&options.language)
        .title(&document.title)
        .producer("Postrider")
        .pdf_ua(true);
    let pdf = engine.build().render(&document.html).map_err(|error| refused(&error))?;
    check::printed(&pdf, document.letters)?;
    Ok(pdf)
}

/// The engine's errors speak of its insides, and may quote the text.
fn refused(error: &fulgur::Error) -> Problem {
    let message = if error.to_string().contains("ContainsNotDefGlyph") {
        "the fonts of printed letters do not have all characters that the CSS adds"
    } else {
        "the document cannot be laid out on pages"
    };
    Problem::new(ErrorKind::Runtime, message)
}
