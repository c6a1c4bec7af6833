//! Letters on paper, as PDF.
//!
//! The engine that lays them out is large, so a function links it only if it prints: its main gives the app a
//! [`Printer`].

use async_trait::async_trait;
use domain::{Error, letter::Sheet};

/// Prints letters.
#[async_trait]
pub trait Printer: Send + Sync {
    /// `html` on pages, as PDF: every word of it.
    ///
    /// # Errors
    /// [`Error::Template`] where it cannot be printed as it is written.
    async fn print(&self, html: String, sheet: Sheet) -> Result<Vec<u8>, Error>;
}

/// Instead of a printer, in functions that do not print.
pub(crate) struct NoPrinter;

#[async_trait]
impl Printer for NoPrinter {
    async fn print(&self, _html: String, _sheet: Sheet) -> Result<Vec<u8>, Error> {
        Err(Error::Internal("this function was given no printer: its NEEDS lacks Print".to_owned()))
    }
}
