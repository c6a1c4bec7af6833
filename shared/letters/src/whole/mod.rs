//! No word gets lost: what was printed, read back and held against what was written.
//!
//! The engine drops lines at the edges of pages, sets text beyond the sheet and prints one text over another, each
//! without a word. So the PDF is read by a library that shares nothing with the engine, and every word that the
//! document writes must be there, as often as it is written: inside the page, not cut off, and not under something
//! else. Only what the CSS hides by name (`display: none`, `visibility: hidden`) may be missing. There may be more:
//! heads of tables on each page, page numbers, what style sheets add.

mod legible;
mod matching;
mod shown;
mod written;

use hayro_interpret::hayro_syntax::Pdf;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
pub(crate) use written::{Word, written};

use crate::{Refusal, fonts::is_invisible, limits};

/// A PDF, to look into.
///
/// # Errors
/// When it is none.
pub(crate) fn read(pdf: Vec<u8>) -> Result<Pdf, Refusal> {
    Pdf::new(pdf).map_err(|_| Refusal::new("this is not a PDF"))
}

/// Whether `pdf` has no more pages than it may, and every word that was `written`.
///
/// # Errors
/// When it has not; the first words that are missing are named.
pub(crate) fn check(pdf: &[u8], written: &[Word]) -> Result<(), Refusal> {
    let pdf = read(pdf.to_vec())?;
    if pdf.pages().len() > limits::PAGES {
        return Err(Refusal::new(format!("the document has more than {} pages", limits::PAGES)));
    }
    let shown = shown::shown(&pdf)?;
    let lost = matching::lost(written, &shown.pieces);
    let Some(first) = lost.first() else { return Ok(()) };
    // Its pieces, or what it runs into.
    let is_of = |piece: &str| first.letters.contains(piece) || piece.contains(&first.letters);
    if let Some((_, why)) = shown.illegible.iter().find(|(piece, _)| is_of(piece)) {
        return Err(Refusal::new(why.of(&shortened(&first.text))));
    }
    if shown.is_broken(&first.letters) {
        return Err(Refusal::new(format!(
            "the number “{}” would be broken into two lines: make its column wider",
            shortened(&first.text)
        )));
    }
    let named: Vec<_> = lost.iter().map(|word| format!("“{}”", shortened(&word.text))).collect();
    Err(Refusal::new(format!(
        "words would be missing from the pages, first {}: make columns narrower, move apart what covers other text, \
         and split paragraphs, items and cells that are taller than a page",
        named.join(", ")
    )))
}

/// A rectangle of a page, in points (1/72 inch) from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// From the left edge of the page to that of the rectangle.
    pub left: f64,
    /// From the top edge of the page to that of the rectangle.
    pub top: f64,
    /// Across.
    pub width: f64,
    /// Down.
    pub height: f64,
}

/// As [`crate::text_within`].
pub(crate) fn text_within(pdf: Vec<u8>, page: usize, area: Area) -> Result<String, Refusal> {
    let pdf = read(pdf)?;
    let number = page.checked_sub(1);
    let page = number
        .and_then(|number| pdf.pages().get(number))
        .ok_or_else(|| Refusal::new(format!("the PDF has no page {page}")))?;
    let pieces = shown::within(&pdf, page, area)?;
    Ok(pieces.join(" "))
}

/// Enough of a word to find it.
fn shortened(word: &str) -> String {
    let start: String = word.chars().take(40).collect();
    if start.len() < word.len() { format!("{start}…") } else { start }
}

/// The letters of `text` as they compare: whatever case a style sheet gives them, however Unicode composes them,
/// without white space, without what no font shows, without accents that make no letter of Unicode with the one they are on,
/// and without the vowel signs of scripts that join them.
fn folded(text: &str) -> String {
    cased(text.nfc().filter(|c| !is_accent(*c)).nfkd())
}

fn cased(letters: impl Iterator<Item = char>) -> String {
    let is_letter = |c: &char| !c.is_whitespace() && !is_invisible(*c) && !is_sign(*c);
    let letters = letters.filter(is_letter).map(|c| match c {
        // Set as a hyphen.
        '\u{2010}' => '-',
        c => c,
    });
    letters.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// What a PDF tells of `text`. Of letters that a font joins, it tells one: the first of a conjunct of India or Cambodia,
/// the second of the ligatures of lam with alef and alef maksura, and of the vowel am of Thai and Lao none.
fn told(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    let mut is_joined = false;
    for c in text.nfc().filter(|c| !is_accent(*c)).nfkd() {
        if is_virama(c) || matches!(c, '\u{e4d}' | '\u{ecd}') {
            is_joined = true;
        } else if is_invisible(c) || is_sign(c) {
        } else if !std::mem::take(&mut is_joined) {
            if matches!(c, '\u{627}' | '\u{649}') && told.ends_with('\u{644}') {
                told.pop();
            }
            told.push(c);
        }
    }
    cased(told.chars())
}

/// Accents that stand over or under the letter before them. The PDF does not tell those that make no letter of Unicode with
/// it, though they are drawn.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Marks of scripts whose letters are joined with them, from Hebrew to Khmer.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
        && is_combining_mark(c)
}

/// Marks that join the letter before with the one behind. The one of Tamil does not.
fn is_virama(c: char) -> bool {
    matches!(
        c,
        '\u{94d}'
            | '\u{9cd}'
            | '\u{a4d}'
            | '\u{acd}'
            | '\u{c4d}'
            | '\u{ccd}'
            | '\u{d4d}'
            | '\u{1039}'
            | '\u{17d2}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_compare_whatever_their_case_and_composition() {
        for (text, same) in [
            ("Straße", "STRASSE"),
            ("Nu\u{301}ñez", "NÚN\u{303}EZ"),
            ("well\u{2011}known", "well-known"),
            ("co\u{ad}op\u{200b}erate", "cooperate"),
            ("ﬁnal 1½", "final1½"),
            ("ọ\u{300}wọ\u{301}n q\u{303}", "ọwọnq"),
        ] {
            assert_eq!(folded(text), folded(same));
        }
        assert_ne!(folded("$1.00"), folded("$7.00"));
    }
}
