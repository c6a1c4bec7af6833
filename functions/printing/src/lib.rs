//! The press of the functions that print: the PDF engine, as the app knows it.
//!
//! Whoever makes an app that is to print gives it [`press`]; nothing else depends on the engine.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Error, error::TemplateFault, letter::Sheet};
use platform::{printing::Printer, templates::jobs::apart};
use rendering::Part;

struct Press;

/// The press of a program whose main calls this before anything else: each document is printed in a process of its own,
/// which is the same program started once more. In such a process it prints and does not return.
pub fn press() -> Arc<dyn Printer> {
    letters::attend();
    printer()
}

/// As [`press`], for what is part of a program whose main has called it, or has not: then a document that takes too long
/// is given up, not ended.
pub fn printer() -> Arc<dyn Printer> {
    Arc::new(Press)
}

#[async_trait]
impl Printer for Press {
    async fn print(&self, html: String, sheet: Sheet) -> Result<Vec<u8>, Error> {
        let printed = apart(move || letters::print(&html, &sheet)).await?;
        printed.map_err(|refusal| {
            let part = Part::ContentHtml.to_string();
            Error::Template(TemplateFault { part, line: None, column: None, message: refusal.0 })
        })
    }
}
