//! An e-mail's tags and style rules, read without building anything: what inlining may come to, and what it changed.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind,
};
use minijinja::Error;

use crate::limits;

/// Start tags of one e-mail with a `<style>`. Parser and writer recurse over nested elements.
pub const TAGS: usize = 20_000;

/// What an element and one of its properties count for, in bytes: less than they take, because most get few of them.
const ELEMENT: usize = 64;
const PROPERTY: usize = 16;

/// Elements that come back when they were not closed in the block they began in (HTML, "the list of active formatting
/// elements"). `a` and `nobr` are there at most once.
const FORMATTING: [&str; 12] =
    ["b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"];

#[derive(Default)]
pub(crate) struct Reading {
    tags: Cell<usize>,
    formatting: RefCell<BTreeMap<String, usize>>,
    in_style: Cell<bool>,
    styles: RefCell<String>,
}

impl Reading {
    pub(crate) fn of(html: &str) -> Self {
        let tokenizer = Tokenizer::new(Self::default(), TokenizerOpts::default());
        let input = BufferQueue::default();
        input.push_back(html.into());
        // Nothing here asks the tokenizer to pause, so this reads to the end.
        let _ = tokenizer.feed(&input);
        tokenizer.end();
        tokenizer.sink
    }

    /// Start tags.
    pub(crate) fn tags(&self) -> usize {
        self.tags.get()
    }

    /// Counts the elements that there may be, with the properties that they may get.
    ///
    /// A formatting element left open is repeated in every block that follows, up to three times if there were three
    /// alike, so few tags can become many elements.
    ///
    /// # Errors
    /// When there are more tags than [`TAGS`], or as [`limits::spend`].
    pub(crate) fn spend(&self) -> Result<(), Error> {
        let tags = self.tags();
        if tags > TAGS {
            return Err(limits::exceeded(format!("the e-mail has more than {TAGS} elements")));
        }
        let repeated: usize = self.formatting.borrow().values().map(|alike| alike.min(&3)).sum();
        let elements = tags * (1 + repeated);
        limits::spend(elements.saturating_mul(ELEMENT + PROPERTY * properties(&self.styles.borrow())))
    }

    /// Whether the style rules are those of `other`, however they are laid out.
    pub(super) fn has_rules_of(&self, other: &Self) -> bool {
        let (own, other) = (self.styles.borrow(), other.styles.borrow());
        let written = |c: &char| !c.is_whitespace() && *c != ';';
        own.chars().filter(written).eq(other.chars().filter(written))
    }

    fn start(&self, tag: &Tag) -> TokenSinkResult<()> {
        self.tags.set(self.tags.get() + 1);
        if FORMATTING.contains(&&*tag.name) {
            let alike = format!("{} {:?}", tag.name, tag.attrs);
            *self.formatting.borrow_mut().entry(alike).or_default() += 1;
        }
        match &*tag.name {
            "style" => {
                self.in_style.set(true);
                TokenSinkResult::RawData(RawKind::Rawtext)
            }
            "iframe" | "noembed" | "noframes" | "xmp" => TokenSinkResult::RawData(RawKind::Rawtext),
            "script" => TokenSinkResult::RawData(RawKind::ScriptData),
            "textarea" | "title" => TokenSinkResult::RawData(RawKind::Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }
}

impl TokenSink for Reading {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return self.start(&tag),
            Token::TagToken(_) => self.in_style.set(false),
            Token::CharacterTokens(text) if self.in_style.get() => {
                self.styles.borrow_mut().push_str(&text);
            }
            Token::CharacterTokens(_)
            | Token::NullCharacterToken
            | Token::CommentToken(_)
            | Token::DoctypeToken(_)
            | Token::ParseError(_)
            | Token::EOFToken => {}
        }
        TokenSinkResult::Continue
    }
}

/// Different properties that style rules set; never fewer than there are.
fn properties(styles: &str) -> usize {
    let name = |declaration: &str| -> Option<String> {
        // A comment may hold a colon of its own.
        let name = if declaration.contains("/*") { declaration } else { declaration.split_once(':')?.0 };
        Some(name.trim().to_ascii_lowercase())
    };
    styles.split(['{', '}', ';']).filter_map(name).collect::<BTreeSet<_>>().len()
}
