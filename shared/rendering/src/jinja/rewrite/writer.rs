//! Edits of a source, and the tokens by which their places are found.

use std::borrow::Cow;

use minijinja::{
    machinery::{Span, Token, tokenize},
    syntax::SyntaxConfig,
};

/// Some bytes of the original replaced.
#[derive(Debug, Clone)]
struct Edit {
    at: usize,
    removed: usize,
    inserted: Cow<'static, str>,
    order: Order,
}

/// The order of edits at one place of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    /// Ends what is before it; the innermost first.
    Close,
    /// Begins what is after it; the outermost first.
    Open,
    /// Stands instead of a token.
    Instead,
}

/// Edits of one source, those of what is inside before those of what is around it.
#[derive(Debug, Clone, Default)]
pub(super) struct Edits(Vec<Edit>);

impl Edits {
    /// Puts text before what begins at `start`, and after what ends at `end`.
    pub(super) fn enclose(&mut self, start: usize, end: usize, before: impl Into<Cow<'static, str>>) {
        self.insert(start, before);
        self.0.push(Edit { at: end, removed: 0, inserted: ")".into(), order: Order::Close });
    }

    /// Puts text before what begins at `at`.
    pub(super) fn insert(&mut self, at: usize, text: impl Into<Cow<'static, str>>) {
        self.0.push(Edit { at, removed: 0, inserted: text.into(), order: Order::Open });
    }

    /// Puts text after what ends at `at`.
    pub(super) fn close(&mut self, at: usize, text: impl Into<Cow<'static, str>>) {
        self.0.push(Edit { at, removed: 0, inserted: text.into(), order: Order::Close });
    }

    /// How many edits there are.
    pub(super) fn mark(&self) -> usize {
        self.0.len()
    }

    /// The edits made since, which no longer count here.
    pub(super) fn split_off(&mut self, mark: usize) -> Self {
        Self(self.0.split_off(mark))
    }

    /// The source from `start` to `end`, edited.
    pub(super) fn applied_within(mut self, source: &str, start: usize, end: usize) -> String {
        for edit in &mut self.0 {
            edit.at -= start;
        }
        self.apply(&source[start..end])
    }

    /// Puts text in place of all from `start` to `end`.
    pub(super) fn substitute(&mut self, start: usize, end: usize, text: impl Into<Cow<'static, str>>) {
        self.0.push(Edit { at: start, removed: end - start, inserted: text.into(), order: Order::Instead });
    }

    /// Puts text in place of a token.
    pub(super) fn replace(&mut self, token: &Placed<'_>, text: impl Into<Cow<'static, str>>) {
        let (_, at, end) = *token;
        self.0.push(Edit { at, removed: end - at, inserted: text.into(), order: Order::Instead });
    }

    /// The source edited.
    pub(super) fn apply(&mut self, source: &str) -> String {
        let edits = &mut self.0;
        // What is opened later is around what was opened before.
        edits.reverse();
        edits.sort_by_key(|edit| (edit.at, edit.order));
        for group in edits.chunk_by_mut(|a, b| (a.at, a.order) == (b.at, b.order) && a.order == Order::Close)
        {
            group.reverse();
        }
        let mut text = String::with_capacity(source.len() * 2);
        let mut copied = 0;
        for edit in edits {
            text.push_str(&source[copied..edit.at]);
            text.push_str(&edit.inserted);
            copied = edit.at + edit.removed;
        }
        text.push_str(&source[copied..]);
        text
    }

    /// Where in the source the byte at `offset` of the edited one is from.
    pub(super) fn original(&self, offset: usize) -> usize {
        let (mut original, mut rewritten) = (0, 0);
        for edit in &self.0 {
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

/// A token and the bytes where it begins and ends.
pub(super) type Placed<'a> = (Token<'a>, usize, usize);

/// The tokens of a source, in order.
pub(super) struct Tokens<'a>(pub(super) Vec<Placed<'a>>);

impl<'a> Tokens<'a> {
    /// None if the source has something that is no token.
    pub(super) fn read(source: &'a str, syntax: SyntaxConfig) -> Option<Self> {
        let placed = |(token, span): (_, Span)| (token, span.start_offset as usize, span.end_offset as usize);
        tokenize(source, false, syntax).map(|token| token.ok().map(placed)).collect::<Option<_>>().map(Self)
    }

    /// Which token is the first that begins at `offset` or later.
    pub(super) fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|(_, start, _)| *start < offset)
    }

    /// Which token is the first after what ends at `offset`, and the parentheses around it.
    pub(super) fn after(&self, offset: usize) -> usize {
        let first = self.at(offset);
        first + self.0[first..].iter().take_while(|(token, ..)| matches!(token, Token::ParenClose)).count()
    }

    /// Which token ends the tag that `offset` is in.
    pub(super) fn end(&self, offset: usize) -> usize {
        let first = self.at(offset);
        let inside =
            self.0[first..].iter().take_while(|(token, ..)| !matches!(token, Token::BlockEnd)).count();
        (first + inside).min(self.0.len().saturating_sub(1))
    }

    /// Which token begins the first tag at `offset` or later.
    pub(super) fn tag(&self, offset: usize) -> usize {
        let first = self.at(offset);
        first + self.0[first..].iter().take_while(|(token, ..)| !matches!(token, Token::BlockStart)).count()
    }
}
