//! What came out, held against what went in.

use lopdf::Document;

use super::{document::letters, limits};
use crate::error::{ErrorKind, Problem};

/// A PDF, to look into.
///
/// # Errors
/// When it is none.
pub(super) fn read(pdf: &[u8]) -> Result<Document, Problem> {
    Document::load_mem(pdf).map_err(|_| Problem::new(ErrorKind::Runtime, "this is not a PDF"))
}

/// Whether `pdf` has no more pages than it may, and the text that it was made from, `written` letters and
/// digits. A style sheet may hide some; not even half of them left is not what anyone meant.
///
/// # Errors
/// When it has not.
pub(super) fn printed(pdf: &[u8], written: usize) -> Result<(), Problem> {
    let pdf = read(pdf)?;
    let pages: Vec<u32> = pdf.get_pages().into_keys().collect();
    if pages.len() > limits::PAGES {
        let message = format!("the document has more than {} pages", limits::PAGES);
        return Err(Problem::new(ErrorKind::Limit, message));
    }
    let mut shown = 0;
    for text in pdf.extract_text_chunks(&pages).into_iter().flatten() {
        shown += letters(&text);
        if shown * 2 >= written {
            return Ok(());
        }
    }
    if shown * 2 >= written {
        return Ok(());
    }
    let message = format!("of {written} letters in the document only {shown} would be printed");
    Err(Problem::new(ErrorKind::Runtime, message))
}
