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
mod mend;
mod outline;
mod raw;
mod statements;
#[cfg(test)]
mod tests;
mod writer;

use std::{borrow::Cow, collections::BTreeSet};

use minijinja::machinery::{Token, parse};

pub use self::calls::MACROS;
pub(crate) use self::outline::{Outline, Use};
use self::{
    calls::{ESCAPES, RESERVED},
    writer::{Edits, Tokens},
};
use super::{
    growing,
    program::{self, Settings},
};
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
    /// The last first.
    edits: [Edits; 3],
}

/// Where and why the source cannot be taken.
struct Stop(usize, &'static str);

type Read = Result<(), Stop>;

/// Collects edits on a walk through the engine's syntax tree.
struct Writer<'a, 't> {
    source: &'a str,
    tokens: &'t Tokens<'a>,
    edits: Edits,
    outline: Outline,
    /// Whether the template adds to lists or objects somewhere.
    growing: bool,
    /// Where what was read last ends.
    at: usize,
    depth: usize,
    /// Texts written out since the last tag that uses a template.
    texts: Vec<String>,
    /// Variables of the default of a parameter being read.
    variables: BTreeSet<String>,
    /// How expressions are escaped here: as the environment does, or by a constant; nothing if that is found out
    /// while rendering.
    escapes: Vec<Option<Cow<'static, str>>>,
    /// What the macro being read asks for beyond its parameters.
    extra: Extra,
    /// Of each loop open, the macro that stands for its recursion, if one does.
    recursion: Vec<Option<String>>,
    /// How many loops are open; nothing in a block that may be within one of another template.
    loops: Option<usize>,
    /// Whether macros are asked what they take.
    inspected: bool,
}

/// Arguments that a macro takes and does not name.
#[derive(Debug, Clone, Copy, Default)]
struct Extra {
    positional: bool,
    named: bool,
}

/// Rewrites a source. One that cannot be read is left as it is, for the engine to say why.
///
/// # Errors
/// When it uses a name that is ours.
pub(crate) fn rewrite(source: &str, settings: Settings) -> Result<Rewritten, Problem> {
    const UNREADABLE: &str = "the template cannot be read";
    let syntax = program::syntax(settings);
    let mut kept = match raw::keep(source, settings.trim_blocks, settings.lstrip_blocks) {
        Ok(kept) => kept,
        Err(fault) => return Ok(Rewritten::refused(source, fault)),
    };
    let marked = kept.apply(source);
    let (original, source) = (source, marked.as_str());
    let Some(tokens) = Tokens::read(source, syntax.clone()) else {
        return Ok(Rewritten::refused(original, Stop(0, UNREADABLE)));
    };
    for (token, start, _) in &tokens.0 {
        if let Token::Ident(name) = token
            && RESERVED.contains(name)
        {
            return Err(refusal(original, kept.original(*start), format!("the name {name} is reserved")));
        }
    }
    let mut mends = mend::mend(&tokens.0);
    let mended = mends.apply(source);
    let stop =
        |Stop(at, message)| Rewritten::refused(original, Stop(kept.original(mends.original(at)), message));
    // Most need no mending and are not read again.
    let tokens = if mends.mark() == 0 { Some(tokens) } else { Tokens::read(&mended, syntax.clone()) };
    let (Some(tokens), Ok(tree)) = (tokens, parse(&mended, "", syntax)) else {
        return Ok(stop(Stop(0, UNREADABLE)));
    };
    let growing = tokens.0.windows(2).any(|pair| {
        matches!(pair, [(Token::Dot, ..), (Token::Ident(method), ..)] if growing::METHODS.contains(method))
    });
    let mut writer = Writer {
        source: &mended,
        tokens: &tokens,
        edits: Edits::default(),
        outline: Outline { scopes: vec![BTreeSet::new()], ..Outline::default() },
        growing,
        at: 0,
        depth: 0,
        texts: Vec::new(),
        variables: BTreeSet::new(),
        escapes: vec![Some(format!("{ESCAPES}()").into())],
        extra: Extra::default(),
        recursion: Vec::new(),
        loops: Some(0),
        inspected: tokens
            .0
            .iter()
            .any(|(token, ..)| matches!(token, Token::Ident("arguments" | "catch_kwargs" | "catch_varargs"))),
    };
    if let Some(fault) = tokens
        .0
        .iter()
        .find_map(|(token, start, end)| malformed(token, &mended[*start..*end]).then_some(*start))
    {
        return Ok(stop(Stop(fault, "the number is not written as numbers are")));
    }
    if let Err(fault) = writer.body(std::slice::from_ref(&tree), &mut 0) {
        return Ok(stop(fault));
    }
    let (mut edits, outline) = (writer.edits, writer.outline.finish());
    let text = edits.apply(&mended);
    Ok(Rewritten { text, refusal: None, outline, edits: [edits, mends, kept] })
}

/// Whether a number is one that Jinja2 does not read.
fn malformed(token: &Token<'_>, text: &str) -> bool {
    let number = matches!(token, Token::Int(_) | Token::Int128(_) | Token::Float(_));
    let leading = text.strip_prefix('0').is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_digit() || c == '_')
            && rest.chars().all(|c| c.is_ascii_digit() || c == '_')
            && rest.contains(|c: char| ('1'..='9').contains(&c))
    });
    number
        && (text.ends_with(['.', '_'])
            || text.contains("__")
            || text.contains("._")
            || text.contains("_.")
            || leading)
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
    fn refused(source: &str, Stop(at, message): Stop) -> Self {
        let refusal = Some(refusal(source, at, message.to_owned()));
        Self { text: source.to_owned(), refusal, ..Self::default() }
    }

    /// Where in the original the byte at `offset` of the rewritten source is from.
    pub(crate) fn original(&self, offset: usize) -> usize {
        self.edits.iter().fold(offset, |offset, edits| edits.original(offset))
    }
}
