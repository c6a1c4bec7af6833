//! Rules by which what borrowers write is answered by itself (000, Auto-Responses).
//!
//! One message gets one answer at most: that of the first rule that fits, by priority. If that rule answered the same
//! sender less than its cooldown ago, nobody answers; the rules behind it are not asked. What [`heard`](crate::heard) acts on is
//! heard before any rule.

mod pattern;
mod update;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

pub use self::{
    pattern::Pattern,
    update::{AutoResponseUpdate, NewAutoResponse},
};
use crate::{
    error::{Conflict, Error, Ours as _},
    id::{self, ExternalId, Id},
    vocabulary::{Channel, vocabulary},
};

vocabulary! {
    /// What makes a rule answer (000).
    TriggerKind {
        /// The message is one of certain words.
        Keyword "keyword",
        /// The message has something that looks like a pattern.
        Pattern "pattern",
        /// It came.
        Any "any",
        /// It came when nobody was at the office.
        OutsideHours "outside_hours",
        /// It came to an e-mail address that nobody reads.
        UnmonitoredAddress "unmonitored_address",
    }
}

impl TriggerKind {
    /// Minutes between two answers to one sender, if a rule does not say.
    pub const fn cooldown_minutes(self) -> u32 {
        match self {
            Self::Keyword | Self::Pattern => 0,
            Self::Any | Self::OutsideHours | Self::UnmonitoredAddress => 24 * 60,
        }
    }
}

/// What makes a rule answer, with what it looks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Trigger {
    /// The whole message is one of these, whatever its capitals, blanks and punctuation.
    Keyword {
        /// 1 to 50.
        keywords: Vec<String>,
    },
    /// The message has something that looks like this.
    Pattern {
        /// In any capitals.
        pattern: Pattern,
    },
    /// Every message.
    Any,
    /// A message outside [office hours](crate::office_hours).
    OutsideHours,
    /// An e-mail to an address that nobody reads.
    UnmonitoredAddress,
}

impl Trigger {
    /// Its name.
    pub const fn kind(&self) -> TriggerKind {
        match self {
            Self::Keyword { .. } => TriggerKind::Keyword,
            Self::Pattern { .. } => TriggerKind::Pattern,
            Self::Any => TriggerKind::Any,
            Self::OutsideHours => TriggerKind::OutsideHours,
            Self::UnmonitoredAddress => TriggerKind::UnmonitoredAddress,
        }
    }

    /// Whether a message makes a rule answer; `said` is its text, [`folded`].
    fn fits(&self, incoming: &Incoming<'_>, text: &str) -> bool {
        match self {
            Self::Keyword { keywords } => keywords.iter().any(|keyword| folded(keyword).eq(text.chars())),
            Self::Pattern { pattern } => pattern.is_in(incoming.text),
            Self::Any => true,
            Self::OutsideHours => incoming.is_outside_hours,
            Self::UnmonitoredAddress => incoming.is_unmonitored,
        }
    }
}

/// What a rule answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Reply {
    /// Words of its own.
    #[serde(rename_all = "camelCase")]
    Text {
        /// The text of the reply, in Jinja.
        text: String,
        /// Subject line of an e-mail, in Jinja; what came in with `Re:` by default.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        subject_line: Option<String>,
        /// ISO 639-1, in which its filters write; the lender's by default.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        language: Option<String>,
    },
    /// Those of a template, in the template's language.
    Template {
        /// Which.
        id: Id<id::Descriptor>,
    },
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AutoResponse {
    /// The id that Postrider gave it.
    pub id: Id<id::AutoResponse>,
    /// The id that the lender gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<ExternalId>,
    /// A name for people to read.
    pub name: String,
    /// By which channel messages come that it answers, and its answers go: text or e-mail.
    pub channel: Channel,
    /// What makes it answer.
    pub trigger: Trigger,
    /// What it answers.
    pub reply: Reply,
    /// The smaller goes first.
    pub priority: u32,
    /// Whether it answers at all.
    pub enabled: bool,
    /// Minutes between two answers to one sender, if the lender says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cooldown_minutes: Option<u32>,
    /// Moves with every change; the `ETag`.
    pub revision: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Where a rule stands among others: by priority, then the older first.
pub type Rank = (u32, Timestamp, Id<id::AutoResponse>);

impl AutoResponse {
    /// Its rank.
    pub fn rank(&self) -> Rank {
        (self.priority, self.created_at, self.id.clone())
    }

    /// The time between two answers to one sender.
    pub fn cooldown(&self) -> SignedDuration {
        let minutes = self.cooldown_minutes.unwrap_or_else(|| self.trigger.kind().cooldown_minutes());
        SignedDuration::from_mins(minutes.into())
    }
}

/// A lender's rules, kept in one piece: they are few, and every message that comes in asks all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AutoResponses {
    /// Moves with every change; 0 before the first.
    pub revision: u64,
    /// In the order in which they are asked.
    rules: Vec<AutoResponse>,
}

/// A message that came in, as rules look at it.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// The channel that messages are sent by.
    pub channel: Channel,
    /// What its sender wrote newly, without what it quotes.
    pub text: &'a str,
    /// Whether it came to an address that nobody reads.
    pub is_unmonitored: bool,
    /// Whether it came when nobody was at the office.
    pub is_outside_hours: bool,
}

impl AutoResponses {
    /// Rules of one lender.
    pub const MOST: usize = 200;
    /// Rules that look for a pattern: each may take a quarter of a megabyte of memory and a tenth of a second of a message.
    pub const MOST_PATTERNS: usize = 50;
    /// Bytes of all rules as JSON: a storage item has at most 400 KB.
    pub const MAX_BYTES: usize = 350 * 1024;

    /// All rules, in the order in which they are asked.
    pub fn all(&self) -> &[AutoResponse] {
        &self.rules
    }

    /// The rule with this id.
    pub fn find(&self, id: &Id<id::AutoResponse>) -> Option<&AutoResponse> {
        self.rules.iter().find(|rule| rule.id == *id)
    }

    /// Adds a rule, or puts it in place of the one with its id.
    ///
    /// # Errors
    /// [`Conflict::LimitReached`].
    pub fn put(&mut self, rule: AutoResponse) -> Result<(), Error> {
        self.remove(&rule.id);
        let at = self.rules.partition_point(|before| before.rank() < rule.rank());
        self.rules.insert(at, rule);
        if self.rules.len() > Self::MOST {
            let detail =
                format!("A lender has at most {} auto-response rules; delete one first.", Self::MOST);
            return Err(Error::conflict(Conflict::LimitReached, detail));
        }
        let patterns = self.rules.iter().filter(|rule| rule.trigger.kind() == TriggerKind::Pattern).count();
        if patterns > Self::MOST_PATTERNS {
            let detail = format!(
                "A lender has at most {} auto-response rules by pattern; delete one first, or let one pattern look for what \
                 several do.",
                Self::MOST_PATTERNS
            );
            return Err(Error::conflict(Conflict::LimitReached, detail));
        }
        let bytes = serde_json::to_vec(&self.rules).internal()?.len();
        if bytes > Self::MAX_BYTES {
            let detail = format!(
                "A lender's auto-response rules have at most {} bytes together, and would have {bytes}; shorten or delete \
                 some, or let long answers be templates.",
                Self::MAX_BYTES
            );
            return Err(Error::conflict(Conflict::LimitReached, detail));
        }
        Ok(())
    }

    /// Removes a rule. Returns whether there was one.
    pub fn remove(&mut self, id: &Id<id::AutoResponse>) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != *id);
        self.rules.len() < before
    }

    /// The rules that fit a message, in the order in which they are asked. The first answers, or none: a rule in its cooldown
    /// does not hand the message on.
    pub fn matching<'a>(&'a self, incoming: &'a Incoming<'a>) -> impl Iterator<Item = &'a AutoResponse> {
        let text: String = folded(incoming.text).collect();
        self.rules.iter().filter(move |rule| {
            rule.enabled && rule.channel == incoming.channel && rule.trigger.fits(incoming, &text)
        })
    }
}

/// A text's letters and digits without regard to capitals and width (Unicode, NFKC): `Pay-off!` and `PAYOFF` are one.
fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    // Up and down again: capitals know of one sigma, and write ß as two letters.
    let letters = text.nfkc().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests;
