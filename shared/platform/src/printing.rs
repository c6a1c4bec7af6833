//! Letters on paper, as PDF.
//!
//! The engine that lays them out is large, so a function links it only if it prints: its main gives the app a
//! [`Printer`]. Others invoke one that does.

use async_trait::async_trait;
use domain::{Error, letter::Sheet};

/// Prints letters.
#[async_trait]
pub trait Printer: Send + Sync {
    /// `html` on pages, as PDF: every word of it.
    ///
    /// # Errors
    /// [`Error::Template`] if it cannot be printed as it is written, [`Error::Unavailable`] if it cannot be just now.
    async fn print(&self, html: String, sheet: Sheet) -> Result<Vec<u8>, Error>;

    /// A letter on pages of the sheet's size, and after it the pages of what is enclosed.
    ///
    /// # Errors
    /// [`Error::Template`] if the letter cannot be printed so, as it is written;
    /// [`Conflict::AttachmentNotPrintable`](domain::error::Conflict::AttachmentNotPrintable) if an enclosure cannot;
    /// [`Conflict::LetterTooLong`](domain::error::Conflict::LetterTooLong) if they are too much for any envelope.
    async fn bind(&self, letter: Unbound) -> Result<Bound, Error>;
}

/// A letter before it is printed.
pub struct Unbound {
    /// What it says; nothing if what is enclosed is all of it.
    pub html: Option<String>,
    /// On what.
    pub sheet: Sheet,
    /// What is enclosed, in its order.
    pub enclosed: Vec<Enclosed>,
}

/// A PDF that goes with a letter.
pub struct Enclosed {
    /// What its file is called.
    pub name: String,
    /// The PDF.
    pub pdf: Vec<u8>,
}

/// A letter as it is mailed.
pub struct Bound {
    /// All pages.
    pub pdf: Vec<u8>,
    /// How many.
    pub pages: usize,
    /// The text of its first page that may show through an envelope with two windows: one for each address.
    pub in_windows: String,
    /// The same of an envelope with one.
    pub in_address_window: String,
}

/// Instead of a printer, in functions that do not print.
pub(crate) struct NoPrinter;

#[async_trait]
impl Printer for NoPrinter {
    async fn print(&self, _html: String, _sheet: Sheet) -> Result<Vec<u8>, Error> {
        Err(no_printer())
    }

    async fn bind(&self, _letter: Unbound) -> Result<Bound, Error> {
        Err(no_printer())
    }
}

fn no_printer() -> Error {
    Error::Internal("this function was given no printer: its NEEDS lacks Print".into())
}
