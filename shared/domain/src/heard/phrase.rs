//! Phrases: a notation for wordings, matched against the words of one sentence.
//!
//! A phrase is a row of steps. A step is one word of several (`stop|quit`), of a class of the lexicon (`<contacting>`),
//! any word (`_`) or, after `!`, any other word; `?` behind it takes it or leaves it, `*` takes up to
//! [`MOST`] of them. `^` is the beginning of the sentence; `$`, also among the words of a step, its end.

use super::lexicon::{self, Classes};
use super::words::Word;

/// The most words that a repeated step takes. It bounds the work for each word of a message.
const MOST: usize = 5;

/// A wording, ready to be matched.
#[derive(Debug)]
pub struct Phrase {
    at_beginning: bool,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    words: Vec<&'static str>,
    classes: Classes,
    any: bool,
    end: bool,
    inverted: bool,
    least: usize,
    most: usize,
}

impl Phrase {
    /// Reads the notation. A class that the lexicon lacks matches nothing.
    pub fn read(notation: &'static str) -> Self {
        let (at_beginning, rest) = notation.strip_prefix('^').map_or((false, notation), |rest| (true, rest));
        Self { at_beginning, steps: rest.split_ascii_whitespace().map(Step::read).collect() }
    }

    /// Every word of `sentence` at which the wording begins.
    pub fn beginnings<'a>(&'a self, sentence: &'a [Word]) -> impl Iterator<Item = usize> + 'a {
        let places = if self.at_beginning { sentence.len().min(1) } else { sentence.len() };
        (0..places).filter(|at| self.begins(sentence, *at))
    }

    /// Whether the wording begins at this word.
    pub fn begins(&self, sentence: &[Word], at: usize) -> bool {
        (at == 0 || !self.at_beginning) && follows(&self.steps, sentence, at)
    }

    /// Whether the wording is anywhere in `sentence`.
    pub fn is_in(&self, sentence: &[Word]) -> bool {
        self.beginnings(sentence).next().is_some()
    }
}

impl Step {
    fn read(notation: &'static str) -> Self {
        let (inverted, rest) = notation.strip_prefix('!').map_or((false, notation), |rest| (true, rest));
        let (rest, least, most) = match (rest.strip_suffix('*'), rest.strip_suffix('?')) {
            (Some(rest), _) => (rest, 0, MOST),
            (None, Some(rest)) => (rest, 0, 1),
            (None, None) => (rest, 1, 1),
        };
        let mut step =
            Self { words: Vec::new(), classes: Classes::NONE, any: false, end: false, inverted, least, most };
        for choice in rest.split('|') {
            match choice.strip_prefix('<').and_then(|choice| choice.strip_suffix('>')) {
                Some(class) => step.classes = step.classes.with(lexicon::class(class)),
                None if choice == "_" => step.any = true,
                None if choice == "$" => step.end = true,
                None => step.words.push(choice),
            }
        }
        step
    }

    fn takes(&self, word: &Word) -> bool {
        let is_named = self.any || word.classes.meets(self.classes) || self.words.contains(&&*word.text);
        is_named != self.inverted
    }
}

fn follows(steps: &[Step], sentence: &[Word], at: usize) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return true;
    };
    if (step.least == 0 || step.end && at == sentence.len()) && follows(rest, sentence, at) {
        return true;
    }
    let taken = sentence.iter().skip(at).take(step.most).take_while(|word| step.takes(word)).count();
    (1..=taken).any(|count| follows(rest, sentence, at + count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heard::words::sentences;

    #[test]
    fn a_phrase_is_found_as_its_notation_says() {
        let table = [
            ("bb", "aa bb cc", true),
            ("bb|xx cc", "aa bb cc", true),
            ("^ bb", "aa bb cc", false),
            ("^ aa _ cc $", "aa bb cc", true),
            ("aa $", "aa bb cc", false),
            ("aa $|bb", "aa bb cc", true),
            ("cc $|bb", "aa bb cc", true),
            ("aa cc", "aa bb cc", false),
            ("aa _? cc", "aa bb cc", true),
            ("aa _* cc", "aa bb bb bb bb bb cc", true),
            ("aa _* cc", "aa bb bb bb bb bb bb cc", false),
            ("aa !bb cc", "aa bb cc", false),
            ("aa !xx cc", "aa bb cc", true),
            ("aa !xx", "aa", false),
            ("<contacting>", "you are calling", true),
            ("<contacting>", "you are singing", false),
        ];
        for (notation, text, found) in table {
            assert_eq!(Phrase::read(notation).is_in(&sentences(text)[0]), found, "{notation} in {text}");
        }
    }
}
