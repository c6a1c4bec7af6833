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
mod breaks;
mod directions;
mod document;
mod fonts;
mod forms;
mod images;
pub mod limits;
mod lines;
mod measures;
mod merging;
mod numbers;
mod pages;
mod press;
mod romans;
mod sizes;
mod stylesheet;
mod whole;

pub use merging::merge;
pub use press::attend;
pub use sizes::is_all_of;
pub use whole::Area;

use std::{borrow::Cow, time::Duration};

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

/// Why there are no pages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unprinted {
    /// It is the document's fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It is not: the same document may be printed later. What happened, for who looks after the program; nothing of what
    /// the document says.
    #[error("{0}")]
    Unavailable(String),
}

/// Prints `html` as a tagged PDF (PDF/UA-1), within [`limits::TIME`].
///
/// In a program that calls [`attend`] it runs in a process of its own, which is ended with its time. In others it runs on a
/// thread, which is given up, not ended: until it ends by itself it still costs its process time and memory.
///
/// # Errors
/// When the document exceeds a limit, or would not be printed as it is written; or it cannot be told, because the process
/// ended or was given no time.
pub fn print(html: &str, sheet: &Sheet) -> Result<Vec<u8>, Unprinted> {
    print_within(html, sheet, limits::TIME)
}

/// As [`print`], within another time.
///
/// # Errors
/// As [`print`].
pub fn print_within(html: &str, sheet: &Sheet, time: Duration) -> Result<Vec<u8>, Unprinted> {
    press::print(html, sheet, time)
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
    let document = Document::read(html, points(sheet.size), sheet.title.as_deref(), &sheet.language)?;
    let written = whole::written(&document)?;
    let mut outcome = Err(Refusal::new("the document cannot be laid out on pages"));
    for preparation in Preparation::ALL {
        if preparation == Preparation::Small && !document.html.contains("<td") {
            break;
        }
        let engine = Engine::builder()
            .assets(document.assets.clone())
            .system_fonts(false)
            .lang(&sheet.language)
            .title(&document.title)
            .producer("Postrider")
            .pdf_ua(true);
        let pdf = engine.build().render(&preparation.of(&document)).map_err(|error| refused(&error))?;
        outcome = whole::check(&pdf, &written).map(|()| pdf);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// What is done to a document so that the engine prints all of it, each if the one before was not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preparation {
    /// Nothing.
    None,
    /// Paragraphs are cut into lines, and columns of text become one.
    Lines,
    /// Nothing is wider than its page, and what is tall and cannot be broken becomes a block among the others.
    Shapes,
    /// Tables are set in small type.
    Small,
}

impl Preparation {
    const ALL: [Self; 4] = [Self::None, Self::Lines, Self::Shapes, Self::Small];

    fn of(self, document: &Document) -> Cow<'_, str> {
        let cut = |styles: &str, flowing| {
            let styles = format!("<style>{styles}{}</style></head>", numbers::STYLE);
            let html = numbers::keep(&document.html.replacen("</head>", &styles, 1));
            Cow::Owned(lines::cut(&html, document.room, &document.assets.fonts, flowing))
        };
        match self {
            Self::None => Cow::Borrowed(&document.html),
            Self::Lines => cut(ONE_COLUMN, false),
            Self::Shapes => cut(&format!("{ONE_COLUMN}{NARROW}"), true),
            Self::Small => cut(&format!("{ONE_COLUMN}{NARROW}{SMALL}"), true),
        }
    }
}

/// The engine loses the text of columns that go on over the edge of a page, and sets cells of a row that does one after
/// the other.
const ONE_COLUMN: &str = "*{columns:auto!important}tr{break-inside:avoid}";
/// Everything within its page, whatever it asks for.
const NARROW: &str = "*{overflow-wrap:anywhere!important;max-width:100%!important;min-width:0!important}\
    postrider-marker{position:static!important;display:inline!important;padding-right:.4em}\
    table{table-layout:auto!important}td,th,col{width:auto!important;white-space:normal!important}";
/// Type in which nine amounts of millions are as wide as a page: that of small print.
const SMALL: &str = "td,th,td *,th *{font-size:6pt!important}\
    td,th{padding-left:1pt!important;padding-right:1pt!important;max-width:none!important;min-width:auto!important}";

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
