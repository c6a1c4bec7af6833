//! Messages that are a keyword and nothing else.

use super::Asks;
use super::lexicon::{COURTESIES, DECLINING, HELP, NAMES_TOO, OF_THE_LAW, OPT_IN, OPT_OUT, class, is_known};
use super::words::Word;

/// How many words of a name or a number may stand under a closing courtesy: "STOP. Thanks, John Smith".
const SIGNATURE: usize = 6;

/// What the keywords ask, if `sentences` hold nothing else but courtesies and a signature. Keywords that ask for
/// different things ask to stop if one of them does, and else for nothing.
pub fn only(sentences: &[Vec<Word>]) -> Option<Asks> {
    let words: Vec<&Word> = sentences.iter().flatten().collect();
    if let [word] = &*words
        && NAMES_TOO.contains(&&*word.text)
    {
        return Some(Asks::ProbableOptOut);
    }
    let mut wishes: Vec<Asks> = Vec::new();
    let mut declines = false;
    let mut closes = false;
    let mut at = 0;
    while at < words.len() {
        if let Some((wish, length)) = keyword(&words[at..]) {
            wishes.push(wish);
            at += length;
        } else if let Some(length) = longest(DECLINING, &words[at..]) {
            declines = true;
            at += length;
        } else if let Some(length) = longest(COURTESIES, &words[at..]) {
            closes = !wishes.is_empty();
            at += length;
        } else if closes && is_signature(&words[at..]) {
            break;
        } else {
            return split_keyword(&words);
        }
    }
    let first = wishes.first().copied()?;
    if wishes.iter().all(|wish| *wish == first) {
        (first == Asks::OptOut || !declines).then_some(first)
    } else {
        wishes.contains(&Asks::OptOut).then_some(Asks::ProbableOptOut)
    }
}

fn keyword(words: &[&Word]) -> Option<(Asks, usize)> {
    let found = |phrases: &[&str], wish| longest(phrases, words).map(|length| (wish, length));
    let all = [found(OPT_OUT, Asks::OptOut), found(OPT_IN, Asks::OptIn), found(HELP, Asks::Help)];
    all.into_iter().flatten().max_by_key(|(_, length)| *length)
}

/// The number of words of the longest of `phrases` that `words` begin with.
fn longest(phrases: &[&str], words: &[&Word]) -> Option<usize> {
    let length = |phrase: &&str| {
        let mut rest = words.iter();
        let is_there = phrase.split(' ').all(|word| rest.next().is_some_and(|next| next.text == word));
        is_there.then(|| phrase.split(' ').count())
    };
    phrases.iter().filter_map(length).max()
}

/// Whether `sentences` hold courtesies and nothing else.
pub fn are_courtesies(sentences: &[Vec<Word>]) -> bool {
    let words: Vec<&Word> = sentences.iter().flatten().collect();
    let mut at = 0;
    while let Some(length) = longest(COURTESIES, &words[at..]) {
        at += length;
    }
    at == words.len()
}

/// Whether nothing but a name or a number is in `words`.
pub fn is_signature(words: &[&Word]) -> bool {
    let name = class("name");
    words.len() <= SIGNATURE && words.iter().all(|word| word.classes == name || !is_known(&word.text))
}

/// "ST OP": a word of the law in up to three pieces.
fn split_keyword(words: &[&Word]) -> Option<Asks> {
    let whole: String =
        if words.len() <= 3 { words.iter().map(|word| &*word.text).collect() } else { String::new() };
    OF_THE_LAW.contains(&&*whole).then_some(Asks::OptOut)
}
