//! What text messages say in other characters, so that they travel in GSM-7 wherever they can: one character beyond it makes
//! a whole text UCS-2, of 70 characters a part instead of 160.

use schemars::JsonSchema;
use serde::Serialize;

use crate::segments::{self, Encoding};

/// A character that a text says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Replaced {
    /// As it was written.
    pub character: char,
    /// What stands in its place.
    pub by: &'static str,
    /// How many times it was replaced.
    pub count: usize,
}

/// How a text would have traveled as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unreplaced {
    /// `GSM-7` or `UCS-2`.
    pub encoding: &'static str,
    /// How many characters it would have had.
    pub characters: usize,
    /// Parts it would be billed as.
    pub segments: u16,
}

/// What a text says otherwise than it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// Each character once, in the order of their first places.
    pub replaced: Vec<Replaced>,
    /// The text before.
    pub before: Unreplaced,
}

/// The text as it goes out. Blanks that do not break and the minus sign, which locales put into amounts, always become those
/// of GSM-7; quotes, dashes, dots and bullets where the lender wants that, and where no more parts come of it.
pub fn texted(written: &str, replaces_typography: bool) -> (String, Option<Replacement>) {
    let mut replaced = Vec::new();
    let mut result = rewritten(written, locales, &mut replaced);
    if replaces_typography {
        let mut more = replaced.clone();
        let plain = rewritten(&result, |_, c, _| plain(c), &mut more);
        let (parts, parts_before) = (segments::count(&plain), segments::count(&result));
        // What stays in UCS-2 all the same, as Cyrillic does, keeps its typography.
        let gains = Encoding::of(&plain) != Encoding::of(&result) || parts < parts_before;
        if gains && parts <= parts_before {
            (result, replaced) = (plain, more);
        }
    }
    let before = Unreplaced {
        encoding: Encoding::of(written).as_str(),
        characters: written.chars().count(),
        segments: segments::count(written),
    };
    let is_other = !replaced.is_empty();
    (result, is_other.then_some(Replacement { replaced, before }))
}

/// The text with each character replaced for which `by` has something, knowing the one before and the one after.
fn rewritten(
    text: &str,
    by: impl Fn(Option<char>, char, Option<char>) -> Option<&'static str>,
    replaced: &mut Vec<Replaced>,
) -> String {
    let mut rewritten = String::with_capacity(text.len());
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match by(before, c, characters.peek().copied()) {
            None => rewritten.push(c),
            Some(by) => {
                rewritten.push_str(by);
                match replaced.iter_mut().find(|one| one.character == c && one.by == by) {
                    Some(one) => one.count += 1,
                    None => replaced.push(Replaced { character: c, by, count: 1 }),
                }
            }
        }
        before = Some(c);
    }
    rewritten
}

/// What locales write into amounts and dates: blanks of every width (Unicode, general category Zs), the minus sign, and
/// Switzerland's separator of thousands. Besides, blanks and line ends that GSM-7 has otherwise.
fn locales(before: Option<char>, c: char, after: Option<char>) -> Option<&'static str> {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some(" "),
        '\t' => Some(" "),
        '\u{2028}' | '\u{2029}' => Some("\n"),
        '\u{2212}' => Some("-"),
        '\u{2019}' if is_digit(before) && is_digit(after) => Some("'"),
        _ => None,
    }
}

/// What typography has for the quotes, dashes, dots and bullets of a keyboard.
fn plain(c: char) -> Option<&'static str> {
    match c {
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{2039}' | '\u{203a}' | '`' | '\u{b4}' | '\u{2bc}' => {
            Some("'")
        }
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '«' | '»' => Some("\""),
        '\u{2010}'..='\u{2015}' => Some("-"),
        '\u{2026}' => Some("..."),
        '\u{2022}' | '\u{2023}' | '\u{2043}' | '\u{25cf}' | '\u{25aa}' | '\u{b7}' => Some("*"),
        '\u{2044}' => Some("/"),
        // They are not seen, and only say where a line or a word may break.
        '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' => Some(""),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_locales_write_becomes_gsm7_whatever_the_lender_wants() {
        for (written, expected) in [
            ("1\u{202f}234,50\u{a0}€", "1 234,50 €"),
            ("USD\u{a0}1,234.50", "USD 1,234.50"),
            ("\u{2212}5,00", "-5,00"),
            ("CHF\u{a0}1’234.50", "CHF 1'234.50"),
            ("10:30\u{202f}Uhr\u{2009}!\u{2007}\u{3000}", "10:30 Uhr !  "),
        ] {
            assert_eq!(texted(written, false).0, expected);
            assert_eq!(Encoding::of(expected), Encoding::Gsm7, "{expected}");
        }
        assert_eq!(texted("John’s “loan”", false), ("John’s “loan”".to_owned(), None));
    }

    #[test]
    fn typography_becomes_what_a_keyboard_has_where_the_lender_wants_that() {
        for (written, expected) in [
            ("John’s ‘loan’ “LN-1” „x‟ «y» ‹z›", "John's 'loan' \"LN-1\" \"x\" \"y\" 'z'"),
            ("Pay now – or later — please… ‑ ― − ‒", "Pay now - or later - please... - - - -"),
            ("• one\n• two", "* one\n* two"),
            ("so\u{ad}ft\u{200b} \u{feff}x\u{2060}", "soft x"),
            ("plain 'text' - \"as\" it is...", "plain 'text' - \"as\" it is..."),
        ] {
            assert_eq!(texted(written, true).0, expected);
        }
    }

    #[test]
    fn what_was_replaced_is_told_with_what_it_saved() {
        let written = format!("{}’s “loan” isn’t\u{a0}due", "a".repeat(70));
        let (expected, replacement) = texted(&written, true);
        assert_eq!(segments::count(&expected), 1);
        let replacement = replacement.unwrap();
        let told: Vec<_> =
            replacement.replaced.iter().map(|one| (one.character, one.by, one.count)).collect();
        assert_eq!(told, [('\u{a0}', " ", 1), ('’', "'", 2), ('“', "\"", 1), ('”', "\"", 1)]);
        assert_eq!(replacement.before, Unreplaced { encoding: "UCS-2", characters: 89, segments: 2 });
    }

    #[test]
    fn what_would_take_more_parts_stays() {
        let dots = "\u{2026}".repeat(70);
        assert_eq!(segments::count(&dots), 1);
        assert_eq!(texted(&dots, true), (dots, None));
        let mixed = "Последний платёж — «сегодня»";
        assert_eq!(texted(mixed, true), (mixed.to_owned(), None));
    }

    proptest! {
        #[test]
        fn a_text_never_takes_more_parts_and_is_said_the_same_twice(text in "[a-z ’“—…•\u{a0}\u{202f}ж😀]{0,300}", wanted: bool) {
            let (expected, replacement) = texted(&text, wanted);
            prop_assert!(segments::count(&expected) <= segments::count(&text));
            prop_assert_eq!(replacement.is_some(), expected != text);
            let has_no_break = expected.contains(['\u{a0}', '\u{202f}']);
            prop_assert!(!has_no_break);
            prop_assert_eq!(texted(&expected, wanted).0, expected);
        }
    }
}
