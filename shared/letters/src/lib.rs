//! Letters: HTML printed on pages, as PDF.
//!
//! The layout engine prints HTML and CSS as a browser would, but says nothing about what it leaves out. So a
//! document passes a guard first ([`document`]), which refuses with a sentence for its author what could not be
//! printed as it is written: images that are not inside it, characters that the bundled fonts do not have, more of
//! anything than [`limits`] allow. Nothing is ever fetched, neither from the network nor from a disk; links lead to
//! `https`, `mailto` and `tel` only. And what comes out is read back and held against what went in ([`whole`]):
//! a letter says every word that was written, or it is refused.
//!
//! The same document gives the same bytes, always and everywhere.

mod blocks;
mod document;
mod fonts;
mod images;
pub mod limits;
mod merging;
mod pages;
mod press;
mod sizes;
mod stylesheet;
mod whole;

pub use merging::merge;
pub use sizes::is_all_of;
pub use whole::Area;

use document::Document;
use domain::letter::{PageSize, Sheet};
use fulgur::{config, engine::Engine};

/// Why a document is not printed: one sentence for its author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Refusal {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// Prints `html` as a tagged PDF (PDF/UA-1).
///
/// It runs on a thread of its own. One that takes longer than [`limits::TIME`] is given up, not ended: until
/// it ends by itself it still costs its process time and memory.
///
/// # Errors
/// When the document exceeds a limit, or would not be printed as it is written.
pub fn print(html: &str, sheet: &Sheet) -> Result<Vec<u8>, Refusal> {
    let (html, sheet) = (html.to_owned(), sheet.clone());
    press::alone(move || print_here(&html, &sheet))
}

/// How many pages a PDF has.
///
/// # Errors
/// When it is none.
pub fn page_count(pdf: &[u8]) -> Result<usize, Refusal> {
    whole::read(pdf.to_vec()).map(|pdf| pdf.pages().len())
}

/// The text that stands on page `page` of a PDF, the first being 1, in `area`: every letter that can be seen of which
/// any part lies within. Empty when there is none.
///
/// With it the address in the window of an envelope is found, and anything else that would show there.
///
/// # Errors
/// When it is no PDF, has no such page, or has too many letters in one place to tell.
pub fn text_within(pdf: &[u8], page: usize, area: Area) -> Result<String, Refusal> {
    whole::text_within(pdf.to_vec(), page, area)
}

fn print_here(html: &str, sheet: &Sheet) -> Result<Vec<u8>, Refusal> {
    let document = Document::read(html, points(sheet.size), sheet.title.as_deref())?;
    let written = whole::written(&document)?;
    let engine = Engine::builder()
        .assets(document.assets)
        .system_fonts(false)
        .lang(&sheet.language)
        .title(&document.title)
        .producer("Postrider")
        .pdf_ua(true);
    let pdf = engine.build().render(&document.html).map_err(|error| refused(&error))?;
    whole::check(&pdf, &written)?;
    Ok(pdf)
}

fn points(size: PageSize) -> config::PageSize {
    match size {
        PageSize::Letter => config::PageSize::LETTER,
        PageSize::A4 => config::PageSize::A4,
    }
}

/// The engine's errors speak of its insides, and may quote the text.
fn refused(error: &fulgur::Error) -> Refusal {
    Refusal::new(if error.to_string().contains("ContainsNotDefGlyph") {
        "the fonts of printed letters do not have all characters that the CSS adds"
    } else {
        "the document cannot be laid out on pages"
    })
}
