//! `wordwrap`: a text in lines, broken as Python's `textwrap` breaks it.

use minijinja::{Error, State, Value};

use crate::{
    jinja::text,
    limits,
    values::{bind, defined, invalid},
};

/// `wordwrap(width=79, break_long_words=true, wrapstring="\n", break_on_hyphens=true)`; each line of the text is
/// wrapped by itself.
pub(super) fn wordwrap(_: &mut State, arguments: &[Value]) -> Result<Value, Error> {
    let parameters = ["s", "width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let [value, width, break_long_words, separator, break_on_hyphens] =
        bind("wordwrap", parameters, arguments)?;
    let value = value.unwrap_or_default();
    defined(&[&value])?;
    if value.as_str().is_none() {
        return Err(invalid("only a text can be wrapped"));
    }
    let width = match width {
        None => 79,
        Some(width) => {
            width.as_usize().filter(|width| *width > 0).ok_or_else(|| invalid("a width is at least 1"))?
        }
    };
    let separator = match separator.filter(|separator| !separator.is_none()) {
        None => "\n".to_owned(),
        Some(separator) => text::of(&separator)?,
    };
    let yes = |flag: Option<Value>| flag.is_none_or(|flag| flag.is_true());
    let (break_long_words, break_on_hyphens) = (yes(break_long_words), yes(break_on_hyphens));
    let whole = text::of(&value)?;
    limits::spend_string(whole.len().saturating_mul(2 + separator.len() / width.min(8)))?;
    let mut wrapped = String::new();
    for (index, line) in text::lines(&whole).enumerate() {
        if index > 0 {
            wrapped.push_str(&separator);
        }
        wrapped.push_str(&wrap(line, width, break_long_words, break_on_hyphens).join(&separator));
        limits::fits(wrapped.len())?;
    }
    Ok(Value::from(wrapped))
}

/// One line as several no wider than `width`. White space where a line is broken is dropped.
fn wrap(line: &str, width: usize, break_long_words: bool, break_on_hyphens: bool) -> Vec<String> {
    let mut chunks = chunks(line, break_on_hyphens);
    chunks.reverse();
    let mut lines: Vec<String> = Vec::new();
    while let Some(next) = chunks.last() {
        if next.trim().is_empty() && !lines.is_empty() {
            chunks.pop();
        }
        let (mut current, mut length) = (Vec::new(), 0);
        while let Some(chunk) = chunks.last() {
            let long = chunk.chars().count();
            if length + long > width {
                break;
            }
            length += long;
            current.extend(chunks.pop());
        }
        if let Some(chunk) = chunks.pop_if(|chunk| chunk.chars().count() > width) {
            if break_long_words {
                let mut room = width - length;
                // A hyphen is the better place to break.
                if break_on_hyphens {
                    let start: Vec<char> = chunk.chars().take(room).collect();
                    if let Some(hyphen) = start.iter().rposition(|c| *c == '-').filter(|hyphen| *hyphen > 0)
                        && start[..hyphen].iter().any(|c| *c != '-')
                    {
                        room = hyphen + 1;
                    }
                }
                let cut = chunk.char_indices().nth(room).map_or(chunk.len(), |(at, _)| at);
                let (here, rest) = chunk.split_at(cut);
                current.push(here);
                chunks.push(rest);
            } else if current.is_empty() {
                current.push(chunk);
            } else {
                chunks.push(chunk);
            }
        }
        if current.last().is_some_and(|chunk| chunk.trim().is_empty()) {
            current.pop();
        }
        if !current.is_empty() {
            lines.push(current.concat());
        }
    }
    lines
}

/// Words, white space, and the parts of words that end in a hyphen between letters.
fn chunks(line: &str, break_on_hyphens: bool) -> Vec<&str> {
    let mut chunks = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let spaces = first.is_ascii_whitespace();
        let end = rest.find(|c: char| c.is_ascii_whitespace() != spaces).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if spaces || !break_on_hyphens {
            chunks.push(word);
        } else {
            split_word(word, &mut chunks);
        }
        rest = after;
    }
    chunks
}

/// A word at its hyphens and dashes: after a hyphen that has two letters before and after it, around `--`.
fn split_word<'a>(word: &'a str, chunks: &mut Vec<&'a str>) {
    let characters: Vec<(usize, char)> = word.char_indices().collect();
    let letter = |index: usize| characters.get(index).is_some_and(|(_, c)| c.is_alphabetic() || *c == '_');
    let spoken = |index: usize| {
        characters.get(index).is_some_and(|(_, c)| {
            c.is_alphanumeric() || matches!(c, '_' | '!' | '"' | '\'' | '&' | '.' | ',' | '?')
        })
    };
    let (mut start, mut index) = (0, 0);
    while index < characters.len() {
        if characters[index].1 != '-' {
            index += 1;
            continue;
        }
        let end =
            characters[index..].iter().position(|(_, c)| *c != '-').map_or(characters.len(), |at| index + at);
        let at = |index: usize| characters.get(index).map_or(word.len(), |(at, _)| *at);
        if end - index >= 2 {
            // A dash stands by itself.
            if index > 0
                && spoken(index - 1)
                && characters.get(end).is_some_and(|(_, c)| c.is_alphanumeric() || *c == '_')
            {
                if at(index) > start {
                    chunks.push(&word[start..at(index)]);
                }
                chunks.push(&word[at(index)..at(end)]);
                start = at(end);
            }
        } else if index >= 2
            && letter(index - 1)
            && (letter(index - 2) || index >= 3 && characters[index - 2].1 == '-' && letter(index - 3))
            && (letter(end)
                && (letter(end + 1)
                    || characters.get(end + 1).is_some_and(|(_, c)| *c == '-') && letter(end + 2)))
        {
            chunks.push(&word[start..at(end)]);
            start = at(end);
        }
        index = end;
    }
    if start < word.len() {
        chunks.push(&word[start..]);
    }
}
