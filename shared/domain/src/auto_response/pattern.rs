//! What a rule looks for in a message: a regular expression, found in time linear in the message's length.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// A regular expression without back references or look-around, in any capitals. It is compiled when a message is first
/// held to it, and kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Characters.
    pub const MAX_LENGTH: usize = 200;
    /// Characters of a message that are looked at; a text has at most 1,600.
    pub const LOOKED_AT: usize = 2_000;
    /// Bytes of a pattern compiled, which bounds the time per character, too: `\w` takes 30,000, a plain letter 30.
    const MAX_COMPILED: usize = 256 * 1024;

    /// A pattern that can be used.
    ///
    /// # Errors
    /// What is wrong, in words that follow the field's name.
    pub fn new(text: &str) -> Result<Self, String> {
        let length = text.chars().count();
        if !(1..=Self::MAX_LENGTH).contains(&length) {
            return Err(format!("must have 1 to {} characters", Self::MAX_LENGTH));
        }
        let compiled = compile(text).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                "must be smaller with its repetitions written out; repeat less, or \\w and \\d fewer times"
                    .to_owned()
            }
            error => {
                let told = error.to_string();
                let reason = told.rsplit("error: ").next().unwrap_or_default().trim();
                format!("must be a regular expression: {reason}")
            }
        })?;
        Ok(Self { text: text.to_owned(), compiled: OnceLock::from(Some(compiled)) })
    }

    /// As the lender wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the beginning of a message has something that looks like it.
    pub fn is_in(&self, message: &str) -> bool {
        let end = message.char_indices().nth(Self::LOOKED_AT).map_or(message.len(), |(at, _)| at);
        let compiled = self.compiled.get_or_init(|| compile(&self.text).ok());
        compiled.as_ref().is_some_and(|pattern| pattern.is_match(&message[..end]))
    }
}

fn compile(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text)
        .case_insensitive(true)
        .size_limit(Pattern::MAX_COMPILED)
        .dfa_size_limit(Pattern::MAX_COMPILED)
        .build()
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

/// As it is stored: it could be used when it was.
impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Self { text, compiled: OnceLock::new() }
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}
