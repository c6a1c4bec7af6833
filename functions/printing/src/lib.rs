//! The press of the functions that print: the PDF engine, as the app knows it.
//!
//! Whoever makes an app that is to print gives it [`press`]; nothing else depends on the engine.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Error,
    error::{Conflict, TemplateFault},
    letter::{PageSize, Sheet},
};
use letters::{Area, Refusal, Unprinted};
use platform::{
    printing::{Bound, Enclosed, Printer, Unbound},
    templates::jobs::apart,
};
use rendering::Part;

/// What the two windows of Lob's #10 envelope may show of the first page, however the folded sheet, 1 in narrower and
/// 0.46 in lower than the envelope, slides in it: the upper is 0.875 to 1.75 in from the envelope's top, the lower, which
/// is wider, 2.125 to 3.125 in and up to 4.625 in across.
/// <https://help.lob.com/print-and-mail/designing-mail/mail-piece-design-specs/letter-envelopes>
const WINDOWS: Area = Area { left: 0.0, top: 0.417 * INCH, width: 4.625 * INCH, height: 2.708 * INCH };
/// What the one window of the usual #10 envelope may show: where the built-in letter has its address.
const ADDRESS_WINDOW: Area = Area { left: 0.0, top: 1.9 * INCH, width: 5.375 * INCH, height: 1.27 * INCH };
/// In points.
const INCH: f64 = 72.0;

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
        apart(move || letters::print(&html, &sheet)).await?.map_err(unprinted)
    }

    async fn bind(&self, letter: Unbound) -> Result<Bound, Error> {
        apart(move || bind(&letter)).await?
    }
}

fn bind(Unbound { html, sheet, enclosed }: &Unbound) -> Result<Bound, Error> {
    let letter = html.as_deref().map(|html| print(html, sheet)).transpose()?;
    for one in enclosed {
        check(one, sheet.size)?;
    }
    let parts: Vec<&[u8]> =
        letter.iter().chain(enclosed.iter().map(|one| &one.pdf)).map(Vec::as_slice).collect();
    let too_much = |refusal: Refusal| Error::conflict(Conflict::LetterTooLong, sentence(&refusal.0));
    let pdf = letters::merge(&parts).map_err(too_much)?;
    let pages = letters::page_count(&pdf).map_err(too_much)?;
    let within = |area| letters::text_within(&pdf, 1, area).map_err(unprintable);
    Ok(Bound { in_windows: within(WINDOWS)?, in_address_window: within(ADDRESS_WINDOW)?, pages, pdf })
}

/// The letter's own pages.
fn print(html: &str, sheet: &Sheet) -> Result<Vec<u8>, Error> {
    let letter = letters::print(html, sheet).map_err(unprinted)?;
    if letters::is_all_of(&letter, sheet.size).map_err(unprintable)? {
        return Ok(letter);
    }
    let message = format!(
        "the letter must be printed on {}, upright: leave `size` out of its @page",
        sheet.size.in_words()
    );
    Err(unprintable(Refusal(message)))
}

/// Whether an enclosure can be printed after the letter, as it is.
fn check(one: &Enclosed, size: PageSize) -> Result<(), Error> {
    let name = format!("\u{201c}{}\u{201d}", one.name);
    let wrong = match letters::merge(&[&one.pdf]).and_then(|pdf| letters::is_all_of(&pdf, size)) {
        Ok(true) => return Ok(()),
        Ok(false) => format!("{name} has pages that are not {}, upright", size.in_words()),
        Err(refusal) => match refusal.0.strip_prefix("document 1 ") {
            Some(wrong) => format!("{name} {wrong}"),
            None => format!("{name}: {}", refusal.0),
        },
    };
    let detail = format!("The letter cannot be printed with what is enclosed: {wrong}.");
    Err(Error::conflict(Conflict::AttachmentNotPrintable, detail))
}

fn unprinted(why: Unprinted) -> Error {
    match why {
        Unprinted::Refused(refusal) => unprintable(refusal),
        Unprinted::Unavailable(why) => Error::Unavailable(format!("printing: {why}").into()),
    }
}

fn unprintable(refusal: Refusal) -> Error {
    let part = Part::ContentHtml.to_string();
    Error::Template(TemplateFault { part, line: None, column: None, message: refusal.0 })
}

/// With a capital letter and a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}; send fewer.", letters.as_str())
}
