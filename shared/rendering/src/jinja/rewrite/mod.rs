//! Operators, slices and loops as calls of our own functions, before the engine compiles a source.
//!
//! The engine calculates with its own integers and binary fractions only, repeats texts and lists up to 100
//! million times, and does not know Jinja2's `%` on texts or a leading `+`. So `a + b * c` becomes
//! `__calculate(a, "+", __calculate(b, "*", c))` and so on; [`super::operators`] says what the functions
//! do. Passes of loops and calls of macros are counted by a statement put before the tag that ends them.
//!
//! Text is only ever inserted or replaced within tags and without line breaks, so that lines stay what they
//! were and every column can be found again.

pub(crate) mod calls;
mod expressions;
mod outline;
mod statements;
#[cfg(test)]
mod tests;
mod writer;

use minijinja::{
    machinery::{Token, tokenize},
    syntax::SyntaxConfig,
};

pub use self::calls::MACROS;
pub(crate) use self::outline::{Outline, Use};
use self::{
    calls::RESERVED,
    writer::{Edit, Place, Stop, Writer},
};
use super::growing;
use crate::error::{ErrorKind, Problem};

/// A rewritten source, and the way back to the original.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rewritten {
    /// What the engine is to compile.
    pub text: String,
    /// Why the source cannot be taken, unless the engine knows better. Then `text` must not be run.
    pub refusal: Option<Problem>,
    /// What it names for others.
    pub outline: Outline,
    edits: Vec<Edit>,
}

/// Rewrites a source. One that cannot be read is left as it is, for the engine to say why.
///
/// # Errors
/// When it uses a name that is ours.
pub(crate) fn rewrite(source: &str, syntax: SyntaxConfig) -> Result<Rewritten, Problem> {
    let mut tokens = Vec::new();
    for token in tokenize(source, false, syntax) {
        let Ok((token, span)) = token else { return Ok(Rewritten::refused(source, 0, Stop::UNREADABLE)) };
        let start = span.start_offset as usize;
        if let Token::Ident(name) = token
            && RESERVED.contains(&name)
        {
            return Err(refusal(source, start, format!("the name {name} is reserved")));
        }
        tokens.push((token, start, span.end_offset as usize));
    }
    let growing = tokens.windows(2).any(|pair| {
        matches!(pair, [(Token::Dot, ..), (Token::Ident(method), ..)] if growing::METHODS.contains(method))
    });
    let outline = Outline::read(&tokens);
    let mut writer = Writer::new(tokens, growing);
    match writer.template() {
        Ok(()) => Ok(Rewritten::apply(source, outline, writer.into_edits())),
        Err(stop) => Ok(Rewritten::refused(source, writer.start().unwrap_or(source.len()), stop)),
    }
}

fn refusal(source: &str, at: usize, message: String) -> Problem {
    let before = &source[..at];
    Problem {
        line: Some(before.matches('\n').count() + 1),
        column: Some(before.chars().rev().take_while(|c| *c != '\n').count() + 1),
        kind: ErrorKind::Syntax,
        message,
    }
}

impl Rewritten {
    fn refused(source: &str, at: usize, stop: Stop) -> Self {
        let refusal = Some(refusal(source, at, stop.0.to_owned()));
        Self { text: source.to_owned(), refusal, outline: Outline::default(), edits: Vec::new() }
    }

    fn apply(source: &str, outline: Outline, mut edits: Vec<Edit>) -> Self {
        // What is opened later is around what was opened before.
        edits.reverse();
        edits.sort_by_key(|edit| (edit.at, edit.place));
        for group in edits.chunk_by_mut(|a, b| (a.at, a.place) == (b.at, b.place) && a.place == Place::Close)
        {
            group.reverse();
        }
        let mut text = String::with_capacity(source.len() * 2);
        let mut copied = 0;
        for edit in &edits {
            text.push_str(&source[copied..edit.at]);
            text.push_str(&edit.inserted);
            copied = edit.at + edit.removed;
        }
        text.push_str(&source[copied..]);
        Self { text, refusal: None, outline, edits }
    }

    /// Where in the original the byte at `offset` of the rewritten source is from.
    pub(crate) fn original(&self, offset: usize) -> usize {
        let (mut original, mut rewritten) = (0, 0);
        for edit in &self.edits {
            let start = rewritten + (edit.at - original);
            if offset < start {
                break;
            }
            if offset < start + edit.inserted.len() {
                return edit.at;
            }
            original = edit.at + edit.removed;
            rewritten = start + edit.inserted.len();
        }
        original + (offset - rewritten)
    }
}
