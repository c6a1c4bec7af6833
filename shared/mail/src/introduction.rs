//! Lines that introduce what is quoted below them, as mail programs write them in the languages they speak.

use crate::{
    lines::{Cue, Line},
    phrases::{BEFORE_DATE, FROM, SUBJECT, TITLES, TO, WHEN, WROTE},
};

/// Lines that an attribution is wrapped over.
const WRAPPED: usize = 4;
/// Bytes of one of these lines.
const LINE: usize = 400;
/// Lines of a block that names sender, date and subject; recipients may take several.
const BLOCK: usize = 14;
/// Blank lines and others between a divider and the block below it.
const APART: usize = 3;

/// What introduces a quote.
pub(crate) struct Introduction {
    /// The first line after it.
    pub(crate) ends: usize,
    /// Whether all that follows is quoted even if nothing marks it.
    pub(crate) is_certain: bool,
}

/// The introduction that begins there.
pub(crate) fn at(lines: &[Line], at: usize) -> Option<Introduction> {
    let line = &lines[at];
    if line.cue == Some(Cue::Attribution) {
        let length = lines[at..]
            .iter()
            .take_while(|line| line.cue == Some(Cue::Attribution) || line.is_blank())
            .count();
        return Some(Introduction { ends: at + length, is_certain: true });
    }
    if line.depth > 0 || line.is_blank() || line.text.len() > LINE {
        return None;
    }
    divided(lines, at).or_else(|| block(lines, at)).or_else(|| attribution(lines, at))
}

/// `-----Original Message-----`, a row of underscores, `Begin forwarded message:`.
fn divided(lines: &[Line], at: usize) -> Option<Introduction> {
    let text = lines[at].text.trim();
    let is_row = text.len() >= 8 && text.chars().all(|c| matches!(c, '_' | '-' | '=' | '*' | '─'));
    let title = text.trim_matches(['-', '_', '=', '*', '>', ' ', '\u{2013}', '\u{2014}', '─']);
    let is_dashed = !title.is_empty()
        && ["--", "__", "=="].iter().any(|dashes| text.starts_with(dashes) && text.ends_with(dashes));
    let word = title.trim_end_matches([':', '：', ' ']).to_lowercase();
    let is_known = (is_dashed || text.ends_with([':', '：'])) && TITLES.contains(&&*word);
    if !is_row && !is_dashed && !is_known {
        return None;
    }
    let below = (at + 1..lines.len()).take(APART).filter(|below| !lines[*below].is_blank());
    let introduced =
        below.take(1).find_map(|below| block(lines, below).or_else(|| attribution(lines, below)));
    match introduced {
        Some(Introduction { ends, .. }) => Some(Introduction { ends, is_certain: true }),
        None => is_known.then_some(Introduction { ends: at + 1, is_certain: is_dashed }),
    }
}

/// `From:`, `Sent:`, `To:`, `Subject:`, in any order and language.
fn block(lines: &[Line], at: usize) -> Option<Introduction> {
    label(&lines[at].text)?;
    let length =
        lines[at..].iter().take(BLOCK).take_while(|line| !line.is_blank() && line.depth == 0).count();
    let named: Vec<Label> = lines[at..at + length].iter().filter_map(|line| label(&line.text)).collect();
    let has = |label| named.contains(&label);
    let kinds = [Label::When, Label::To, Label::Subject].into_iter().filter(|kind| has(*kind)).count();
    let names_somebody = || lines[at..at + length].iter().any(|line| line.text.contains('@'));
    let is_one = has(Label::From) && kinds >= 2 && (has(Label::Subject) || names_somebody());
    is_one.then_some(Introduction { ends: at + length, is_certain: true })
}

/// `On Friday, May 3, 2024 at 10:11 AM Ada Byron <ada@acme.example> wrote:`
fn attribution(lines: &[Line], at: usize) -> Option<Introduction> {
    let ends = (at..lines.len()).take(WRAPPED).find(|end| ends_attribution(&lines[*end].text))?;
    let window = |from: usize| {
        let inside = &lines[from..=ends];
        let is_whole =
            inside.iter().all(|line| line.depth == 0 && !line.is_blank() && line.text.len() <= LINE);
        is_whole
            .then(|| inside.iter().map(|line| line.text.trim()).collect::<Vec<_>>().join(" ").to_lowercase())
    };
    let first = (ends + 1).saturating_sub(WRAPPED);
    let windows = || (first..=ends).rev().map_while(|from| Some((from, window(from)?)));
    let (from, text) = windows()
        .find(|(_, text)| begins_attribution(text) && says_who_or_when(text))
        .or_else(|| windows().find(|(_, text)| says_wrote(text)))?;
    // Who writes a line like it himself gives no address with it.
    let has_address =
        text.split_once('<').is_some_and(|(_, after)| after.contains('@')) || text.contains("mailto:");
    let is_certain = says_wrote(&text) && text.contains('@') || has_address && has_time(&text);
    (from == at).then_some(Introduction { ends: ends + 1, is_certain })
}

fn ends_attribution(text: &str) -> bool {
    text.trim_end().ends_with([':', '：']) && text.len() <= LINE
}

/// Whether it begins as a program would: with a date, or with the word before one.
fn begins_attribution(text: &str) -> bool {
    let text = text.trim_start_matches(['\u{200e}', '\u{200f}', '*', '_', ' ']);
    let mut words = text.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let begins_with_digit = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    BEFORE_DATE.iter().any(|word| text.starts_with(word))
        || begins_with_digit(first)
        || first.ends_with([',', '.']) && begins_with_digit(second)
}

fn says_who_or_when(text: &str) -> bool {
    says_wrote(text) || text.contains('@') || has_time(text)
}

fn says_wrote(text: &str) -> bool {
    WROTE.iter().any(|wrote| text.contains(wrote))
}

/// `10:11`, `10.11`, `10h11`.
fn has_time(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit();
    text.as_bytes()
        .windows(4)
        .any(|w| digit(w[0]) && matches!(w[1], b':' | b'.' | b'h') && digit(w[2]) && digit(w[3]))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    From,
    When,
    To,
    Subject,
}

/// The label that a line begins with; in bold it has asterisks.
fn label(text: &str) -> Option<Label> {
    let text = text.trim_start_matches(['*', '_', ' ', '\t', '|']);
    let (name, _) = text.get(..text.floor_char_boundary(40))?.split_once([':', '：'])?;
    let name = name.trim_matches(['*', '_', ' ', '\t']).to_lowercase();
    let of = [(Label::From, FROM), (Label::When, WHEN), (Label::To, TO), (Label::Subject, SUBJECT)];
    of.into_iter().find(|(_, names)| names.contains(&&*name)).map(|(label, _)| label)
}
