//! Which words are missing.
//!
//! Words are drawn in the order in which they are written, but for what is placed elsewhere. Some are drawn in pieces:
//! broken at the end of a line or of a page, taken apart where their style changes, run into each other where two
//! blocks touch. So written words and drawn pieces are laid side by side, letter for letter, and each piece serves
//! once.

use std::collections::{BTreeSet, HashMap};

use super::{Word, shown::Piece};
use crate::{directions::is_right_to_left, numbers};

/// How many words are told.
const TOLD: usize = 5;
/// Pieces that may stand between two parts of one word: what is repeated at the edges of two pages.
const BETWEEN: usize = 500;

/// The first of the `written` words that are not among the `shown` pieces.
pub(super) fn lost<'a>(written: &'a [Word], shown: &[Piece]) -> Vec<&'a Word> {
    let words: Vec<String> = written.iter().map(|word| ordered(&word.letters)).collect();
    let texts: Vec<String> = shown.iter().map(|piece| ordered(&piece.text)).collect();
    let mut pieces = Pieces::new(&texts, shown.iter().map(|piece| piece.line).collect());
    let (mut left, mut at) = (Vec::new(), 0);
    while at < words.len() {
        match pieces.take_next(&words[at..]).or_else(|| pieces.take_whole(&words[at])) {
            Some(count) => at += count,
            None => {
                left.push(at);
                at += 1;
            }
        }
    }
    let rest: Vec<String> = left.iter().map(|at| words[*at].clone()).collect();
    let (mut lost, mut at) = (Vec::new(), 0);
    while at < rest.len() && lost.len() < TOLD {
        at += pieces.take_any(&rest[at..]).unwrap_or_else(|| {
            lost.push(&written[left[at]]);
            1
        });
    }
    lost
}

/// What is shown, and not yet taken for a word. Each way to take some tells how many words it was taken for.
struct Pieces<'a> {
    all: &'a [String],
    lines: Vec<usize>,
    /// Empty if it is taken.
    left: Vec<&'a str>,
    places: HashMap<&'a str, BTreeSet<usize>>,
    /// After the last that was taken.
    next: usize,
}

impl<'a> Pieces<'a> {
    fn new(all: &'a [String], lines: Vec<usize>) -> Self {
        let mut places: HashMap<&str, BTreeSet<usize>> = HashMap::new();
        for (at, piece) in all.iter().enumerate() {
            places.entry(piece).or_default().insert(at);
        }
        Self { all, lines, left: all.iter().map(String::as_str).collect(), places, next: 0 }
    }

    /// What follows, for the first words.
    fn take_next(&mut self, words: &[String]) -> Option<usize> {
        while self.left.get(self.next).is_some_and(|piece| piece.is_empty()) {
            self.next += 1;
        }
        let (count, used) = self.covered(words, self.next, 1)?;
        self.take(&used);
        Some(count)
    }

    /// One that is the word, best one that is to come.
    fn take_whole(&mut self, word: &str) -> Option<usize> {
        let places = self.places.get(word)?;
        let at = *places.range(self.next..).next().or_else(|| places.first())?;
        self.take(&[at]);
        Some(1)
    }

    /// Any that cover the first words.
    fn take_any(&mut self, words: &[String]) -> Option<usize> {
        let (count, used) = (self.next..self.left.len())
            .chain(0..self.next)
            .filter(|at| fits(self.left[*at], &words[0]))
            .find_map(|start| self.covered(words, start, BETWEEN))?;
        self.take(&used);
        Some(count)
    }

    fn take(&mut self, used: &[usize]) {
        for &at in used {
            if let Some(places) = self.places.get_mut(self.all[at].as_str()) {
                places.remove(&at);
            }
            self.left[at] = "";
            self.next = at + 1;
        }
    }

    /// How many words the pieces from `start` on cover, letter for letter, and which pieces these are; the next part of a
    /// word is within `reach` pieces, and that of a number on the same line.
    fn covered(&self, words: &[String], start: usize, reach: usize) -> Option<(usize, Vec<usize>)> {
        let pieces = &self.left;
        let (mut count, mut word, mut piece) = (0, "", "");
        let (mut used, mut next) = (Vec::new(), start);
        loop {
            match (word.is_empty(), piece.is_empty()) {
                (true, true) if count > 0 => return Some((count, used)),
                (true, _) => {
                    word = words.get(count)?;
                    count += 1;
                }
                (false, true) => {
                    let within = pieces.get(next..)?.iter().take(reach);
                    next += within.into_iter().position(|piece| fits(piece, word))?;
                    let whole = &words[count - 1];
                    let before = whole[..whole.len() - word.len()].chars().next_back();
                    let is_broken =
                        used.last().is_some_and(|last: &usize| self.lines[*last] != self.lines[next]);
                    if is_broken && numbers::joins(whole, before, word.chars().next()) {
                        return None;
                    }
                    piece = pieces[next];
                    used.push(next);
                    next += 1;
                }
                (false, false) => {}
            }
            let shared = word.len().min(piece.len());
            if !word.starts_with(piece.get(..shared)?) {
                return None;
            }
            (word, piece) = (&word[shared..], &piece[shared..]);
        }
    }
}

/// Whether a piece that is left and a word begin alike, as far as both go.
fn fits(piece: &str, word: &str) -> bool {
    !piece.is_empty() && (piece.starts_with(word) || word.starts_with(piece))
}

/// The letters of a word that is read from right to left, in an order that does not depend on where one begins.
fn ordered(letters: &str) -> String {
    if !letters.contains(is_right_to_left) {
        return letters.to_owned();
    }
    let mirrored = |c| match c {
        ')' => '(',
        ']' => '[',
        '}' => '{',
        c => c,
    };
    let mut letters: Vec<char> = letters.chars().map(mirrored).collect();
    letters.sort_unstable();
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(written: &str, shown: &[&str]) -> String {
        let word = |text: &str| Word { text: text.to_owned(), letters: text.to_owned() };
        let written: Vec<_> = written.split(' ').map(word).collect();
        // `/` begins a line.
        let mut line = 0;
        let mut piece = |text: &str| {
            line += usize::from(text.starts_with('/'));
            Piece { text: text.trim_start_matches('/').to_owned(), line }
        };
        let shown: Vec<_> = shown.iter().map(|text| piece(text)).collect();
        lost(&written, &shown).iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_piece_serves_once_in_whatever_order_they_are_drawn() {
        for (written, shown, lost) in [
            ("a b c", &["a", "b", "c"][..], ""),
            ("a b c", &["c", "a", "b"], ""),
            ("a b a", &["a", "b"], "a"),
            // Broken, taken apart, run into each other.
            ("pay well-known fees", &["pay", "well-", "known", "fees"], ""),
            ("o´ o x", &["o", "´", "o", "x"], ""),
            ("left right x", &["leftright", "x"], ""),
            ("ab cd ef", &["abc", "de", "f"], ""),
            // A word over two pages, with what is repeated at their edges in between.
            ("long paper", &["pa", "1", "head", "per", "long"], ""),
            // More than was written: heads, numbers of pages, what style sheets add.
            ("due fee", &["head", "due", "head", "§", "fee", "1"], ""),
            // Half a number is another.
            ("fee $1,312.50 x", &["fee", "$1,31", "/2.50", "x"], "$1,312.50"),
            ("fee $1,312.50 x", &["fee", "$1,31", "2.50", "x"], ""),
            ("well-known 800-555", &["well-", "/known", "800-", "/555"], ""),
            // Parts of other words are none.
            ("5 fee", &["page", "15", "fee"], "5"),
            ("age fee", &["page", "fee"], "age"),
            ("a b c d e f g", &["x"], "a b c d e"),
        ] {
            assert_eq!(missing(written, shown), lost, "{written} in {shown:?}");
        }
    }
}
