//! Letters printed as PDF: how they look, what is in them, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod content;
mod found;
mod languages;
mod layout;
mod looks;
mod merging;
mod reading;
mod refusals;
mod statement;
mod whole;

use std::time::Duration;

use domain::letter::Sheet;
use letters::{Refusal, Unprinted};

/// What no document takes, however busy the machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn print(html: &str) -> Result<Vec<u8>, Refusal> {
    letters::print_within(html, &Sheet::default(), PATIENCE).map_err(|unprinted| match unprinted {
        Unprinted::Refused(refusal) => refusal,
        Unprinted::Unavailable(why) => panic!("{why}"),
    })
}

fn refusal(html: &str) -> String {
    print(html).expect_err("this must be refused").0
}

/// The text of all pages, white space as one space.
fn text(pdf: &[u8]) -> String {
    let pdf = lopdf::Document::load_mem(pdf).unwrap();
    let pages: Vec<u32> = pdf.get_pages().into_keys().collect();
    pdf.extract_text(&pages).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}
