//! The tokens of a source, read once from left to right, and the edits they ask for.

use std::{borrow::Cow, mem::discriminant};

use minijinja::machinery::Token;

/// As deep as the engine's parser goes; it refuses anything deeper itself, and says so better.
const DEPTH: usize = 150;

/// Some bytes of the original replaced.
#[derive(Debug, Clone)]
pub(super) struct Edit {
    pub(super) at: usize,
    pub(super) removed: usize,
    pub(super) inserted: Cow<'static, str>,
    pub(super) place: Place,
}

/// The order of edits at one place of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Ends what is before it; the innermost first.
    Close,
    /// Begins what is after it; the outermost first.
    Open,
    /// Stands instead of a token.
    Instead,
}

/// Why the source cannot be taken.
pub(super) struct Stop(pub &'static str);

impl Stop {
    /// It is not what the grammar says; the engine tells better what is missing.
    pub(super) const UNREADABLE: Self = Self("the template cannot be read from here on");
}

pub(super) type Read = Result<(), Stop>;

/// A token and the bytes where it begins and ends.
pub(super) type Placed<'a> = (Token<'a>, usize, usize);

/// What a tag opens and another one ends.
pub(super) enum Body {
    /// May run more than once; with the bytes of plain text that each pass writes.
    Repeated(usize),
    /// As `Repeated`, and its `else` ends it.
    Loop(usize),
    /// Runs at most once for each pass of what it is in.
    Once,
}

pub(super) struct Writer<'a> {
    pub(super) tokens: Vec<Placed<'a>>,
    pub(super) open: Vec<Body>,
    /// Whether the template adds to lists or objects somewhere.
    pub(super) growing: bool,
    edits: Vec<Edit>,
    at: usize,
    depth: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(tokens: Vec<Placed<'a>>, growing: bool) -> Self {
        Self { tokens, open: Vec::new(), growing, edits: Vec::new(), at: 0, depth: 0 }
    }

    pub(super) fn into_edits(self) -> Vec<Edit> {
        self.edits
    }

    /// The token to come, and the one after it.
    pub(super) fn peek(&self) -> Option<&Token<'a>> {
        self.ahead(0)
    }

    pub(super) fn ahead(&self, count: usize) -> Option<&Token<'a>> {
        self.tokens.get(self.at + count).map(|(token, ..)| token)
    }

    /// Which token is to come, counted from the first.
    pub(super) fn index(&self) -> usize {
        self.at
    }

    /// The word to come, if it is one.
    pub(super) fn word(&self) -> Option<&'a str> {
        match self.peek() {
            Some(Token::Ident(name)) => Some(name),
            _ => None,
        }
    }

    pub(super) fn advance(&mut self) -> Read {
        self.start()?;
        self.at += 1;
        Ok(())
    }

    /// Takes the word to come if it is `wanted`.
    pub(super) fn skip_word(&mut self, wanted: &str) -> bool {
        let found = self.word() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// Takes the token to come if it is of the sort `wanted`.
    pub(super) fn skip(&mut self, wanted: Token<'_>) -> bool {
        let found = self.peek().is_some_and(|token| discriminant(token) == discriminant(&wanted));
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, wanted: Token<'_>) -> Read {
        if self.skip(wanted) { Ok(()) } else { Err(Stop::UNREADABLE) }
    }

    /// Where the token to come begins.
    pub(super) fn start(&self) -> Result<usize, Stop> {
        self.tokens.get(self.at).map(|(_, start, _)| *start).ok_or(Stop::UNREADABLE)
    }

    /// Reads what may contain itself.
    pub(super) fn nested(&mut self, read: fn(&mut Self) -> Read) -> Read {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Stop::UNREADABLE);
        }
        read(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// Puts text before what begins at `start`, and after what was read last.
    pub(super) fn enclose(
        &mut self,
        start: usize,
        before: impl Into<Cow<'static, str>>,
        after: &'static str,
    ) {
        let end = self.last().map_or(start, |(.., end)| *end);
        self.insert(start, before);
        self.edit(end, 0, after, Place::Close);
    }

    /// Puts what was read since `start` into a call.
    pub(super) fn wrap(&mut self, start: usize, function: &'static str) {
        self.enclose(start, format!("{function}("), ")");
    }

    /// Puts text before what begins at `at`.
    pub(super) fn insert(&mut self, at: usize, text: impl Into<Cow<'static, str>>) {
        self.edit(at, 0, text, Place::Open);
    }

    /// Puts text in place of the token read last.
    pub(super) fn replace(&mut self, text: impl Into<Cow<'static, str>>) {
        self.replace_at(self.at.saturating_sub(1), text);
    }

    /// Puts text in place of the token counted `index`.
    pub(super) fn replace_at(&mut self, index: usize, text: impl Into<Cow<'static, str>>) {
        if let Some((_, start, end)) = self.tokens.get(index) {
            self.edit(*start, end - start, text, Place::Instead);
        }
    }

    fn last(&self) -> Option<&Placed<'a>> {
        self.tokens.get(self.at.checked_sub(1)?)
    }

    fn edit(&mut self, at: usize, removed: usize, inserted: impl Into<Cow<'static, str>>, place: Place) {
        self.edits.push(Edit { at, removed, inserted: inserted.into(), place });
    }
}
