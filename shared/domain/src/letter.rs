//! Letters: what they are printed on, how they are mailed, to whom, and what is kept of one.

mod addressee;
mod mailing;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use addressee::Addressee;
pub use mailing::{ExtraService, MailClass, Mailing};

/// How to print a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sheet {
    /// The language of the text for those who hear it read, a BCP 47 tag.
    pub language: String,
    /// The paper, unless the document's `@page` names another.
    pub size: PageSize,
    /// What viewers show as its name; else its `<title>`, or how its text begins.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
}

impl Default for Sheet {
    fn default() -> Self {
        Self { language: "en-US".to_owned(), size: PageSize::default(), title: None }
    }
}

/// A size of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PageSize {
    /// 8.5 × 11 inches.
    #[default]
    Letter,
    /// 210 × 297 mm.
    A4,
}

impl PageSize {
    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Letter => "US Letter",
            Self::A4 => "A4",
        }
    }

    /// In a sentence.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Letter => "US Letter, 8.5 × 11 inches",
            Self::A4 => "A4, 210 × 297 mm",
        }
    }
}

/// A letter as it was printed when its message was accepted. It does not change any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Letter {
    /// Where in the bucket its pages lie, as PDF.
    pub key: String,
    /// How many, with what is enclosed.
    pub pages: usize,
    /// The size of the content in bytes.
    pub bytes: u64,
    /// Hex SHA-256 of the bytes.
    pub sha256: String,
    /// The size of the paper it is printed on.
    pub page_size: PageSize,
    /// What shows through the window of its envelope.
    pub window: Window,
    /// Whom it goes to.
    pub to: Addressee,
    /// Whom it comes back to.
    pub from: Addressee,
    /// How it is printed and mailed.
    pub mailing: Mailing,
}

/// What a letter's first page shows through the window of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Window {
    /// Nothing: there is room to print the address.
    Clear,
    /// The address of whom it goes to, and nothing else, through an envelope with one window.
    Address,
    /// Anything else, which must be covered by a page with the address.
    Covered,
}

impl Window {
    /// What it is: by the text that may show through an envelope with two windows, for both addresses, and through one that
    /// has only the lower.
    pub fn showing(in_both: &str, in_lower: &str, to: &Addressee) -> Self {
        let letters = |text: &str| -> String {
            text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        match letters(in_lower) {
            shown if shown.is_empty() && letters(in_both).is_empty() => Self::Clear,
            shown if shown == letters(&to.lines().concat()) => Self::Address,
            _ => Self::Covered,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_shows_nothing_or_the_address_or_what_must_be_covered() {
        let to = Addressee::example();
        for (text, window) in [
            ("", Window::Clear),
            (" \n", Window::Clear),
            ("John Doe\n233 S Wacker Dr\nChicago IL 60606", Window::Address),
            ("JOHN DOE 233 S. Wacker Dr Chicago, IL 60606", Window::Address),
            ("John Doe\n233 S Wacker Dr\nChicago IL 60606\nLoan LN-0001", Window::Covered),
            ("Acme Lending", Window::Covered),
        ] {
            assert_eq!(Window::showing(text, text, &to), window, "{text:?}");
        }
        assert_eq!(Window::showing("Acme Lending", "", &to), Window::Covered);
    }
}
