//! The contact ledger: a person's recent contacts, which frequency rules count, and the version that guards them.
//!
//! `version` moves with every change to anything the guard reads about a person: a contact made, a slot given back,
//! an opt-out, a new address. A decision of the guard holds exactly as long as the version it saw; the transaction
//! that acts on the decision is conditional on it. So two parallel sends cannot take the same last slot, and nobody
//! who opted out a moment ago is written to.
//!
//! What became of a contact stays with its entry, because rules differ in what they count: a message that failed is an
//! attempt to one and nothing to another. Only a message that never left is taken out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    compliance::rule::Exemption,
    id::{self, Id},
    person::ContactLabel,
    vocabulary::{Channel, Direction, Purpose, Subject, Theme},
};

/// See the module documentation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Moves with every change to what the guard reads.
    pub version: u64,
    /// Recent contacts by the interaction that made them.
    pub contacts: BTreeMap<Id<id::Interaction>, LedgerEntry>,
    /// Which of them are stored apart, as they were read: what does not change any more is not written with each new entry.
    #[serde(skip)]
    pub apart: Apart,
}

/// Contacts of a ledger that are stored apart from the latest ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Apart {
    /// The version of the ledger that stored them so; 0 if none ever did.
    pub version: u64,
    /// The interactions that made them.
    pub contacts: BTreeSet<Id<id::Interaction>>,
}

/// One contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// When the message leaves or left, or the call was placed.
    pub at: Timestamp,
    /// The channel that messages are sent by.
    pub channel: Channel,
    /// Ours to them or theirs to us.
    pub direction: Direction,
    /// What it was about, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The theme of the message: why it is sent.
    pub theme: Theme,
    /// What its sender said it is for, besides the theme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Which debts; all of them if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loans: Vec<Id<id::Loan>>,
    /// By which contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Id<id::Contact>>,
    /// Where that rang.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<ContactLabel>,
    /// How far it got.
    #[serde(default, skip_serializing_if = "Outcome::is_attempted")]
    pub outcome: Outcome,
    /// For what it was exempt from rules that exempt this.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exempt: Vec<Exemption>,
}

/// How far a contact got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It is on its way, or went out. A message counts as arrived until it is known to have failed.
    #[default]
    Attempted,
    /// It reached the person's mailbox, phone or answering machine.
    Connected,
    /// The person spoke or wrote with us.
    Conversation,
    /// The line was busy or out of service.
    NotConnected,
    /// It was not delivered.
    Failed,
}

impl Outcome {
    fn is_attempted(&self) -> bool {
        *self == Self::Attempted
    }
}

impl LedgerEntry {
    /// The kinds of reason, which decide the rules that count it.
    pub fn purposes(&self) -> [Purpose; 2] {
        self.theme.purposes(self.purpose)
    }

    /// Whether the laws' limits count it: those on collections and marketing, and on conversations.
    fn is_widely_counted(&self) -> bool {
        let is_limited = |of: &Purpose| matches!(of, Purpose::Collections | Purpose::Marketing);
        self.channel.reaches_person()
            && (self.outcome == Outcome::Conversation || self.purposes().iter().any(is_limited))
    }
}

impl Ledger {
    /// How long a contact is remembered: longer than any rule's period.
    pub const MEMORY: SignedDuration = SignedDuration::from_hours(24 * 62);
    /// How exactly an entry says when a message left: one that leaves no later than this after its entry needs no other.
    pub const PRECISION: SignedDuration = SignedDuration::from_secs(2);
    /// How many contacts are remembered, so that the ledger stays a small storage item (~250 bytes each).
    pub const CAPACITY: usize = 500;

    /// Enters what became of contacts, if it remembers them, and moves the version.
    pub fn settle<'a>(
        &mut self,
        places: impl IntoIterator<Item = (&'a Id<id::Interaction>, (Timestamp, Outcome))>,
    ) {
        for (interaction, (at, outcome)) in places {
            if let Some(entry) = self.contacts.get_mut(interaction) {
                (entry.at, entry.outcome) = (at, outcome);
                self.apart.contacts.remove(interaction);
            }
        }
        self.version += 1;
    }

    /// Enters a contact, forgets what is too old, and moves the version. If there are too many, those that the fewest rules
    /// count are forgotten first, and of these the oldest.
    pub fn enter(&mut self, interaction: Id<id::Interaction>, entry: LedgerEntry, now: Timestamp) {
        self.apart.contacts.remove(&interaction);
        self.contacts.insert(interaction, entry);
        self.contacts.retain(|_, known| now.duration_since(known.at) < Self::MEMORY);
        while self.contacts.len() > Self::CAPACITY {
            let least = self.contacts.iter().min_by_key(|(_, entry)| (entry.is_widely_counted(), entry.at));
            let Some(id) = least.map(|(id, _)| id.clone()) else { break };
            self.contacts.remove(&id);
        }
        self.version += 1;
    }

    /// Strikes the entry of a message that never left, and moves the version.
    pub fn strike(&mut self, interaction: &Id<id::Interaction>) {
        self.contacts.remove(interaction);
        // What is stored apart has to be written again: it may hold this one, as it was before it changed last.
        self.apart.contacts.clear();
        self.version += 1;
    }

    /// Whether the entry of a message says that it leaves now.
    pub fn says(&self, interaction: &Id<id::Interaction>, now: Timestamp) -> bool {
        self.contacts
            .get(interaction)
            .is_some_and(|entry| now.duration_since(entry.at).abs() <= Self::PRECISION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> (Ledger, Id<id::Interaction>) {
        // As entries were stored before they had outcomes.
        let stored = r#"{"version": 3, "contacts": {"IN-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST": {
            "at": "2026-01-05T15:00:00Z", "channel": "email", "direction": "outbound", "subject": "statement",
            "theme": "opsServicing"}}}"#;
        let ledger: Ledger = serde_json::from_str(stored).unwrap();
        let id = ledger.contacts.keys().next().unwrap().clone();
        (ledger, id)
    }

    #[test]
    fn an_entry_without_an_outcome_is_an_attempt_of_its_themes_purpose() {
        let (ledger, id) = known();
        let entry = &ledger.contacts[&id];
        assert_eq!((entry.outcome, entry.purposes()), (Outcome::Attempted, [Purpose::Servicing; 2]));
        let again: Ledger = serde_json::from_str(&serde_json::to_string(&ledger).unwrap()).unwrap();
        assert_eq!(again, ledger);
    }

    /// What rules count differs between these, from the least to the most.
    fn of_rank(rank: usize, at: Timestamp) -> LedgerEntry {
        let entry = known().0.contacts.into_values().next().unwrap();
        let (theme, purpose, outcome, channel) = match rank {
            0 => (Theme::OpsServicing, None, Outcome::Attempted, Channel::Email),
            1 => (Theme::OpsCollDebt, None, Outcome::Attempted, Channel::Task),
            2 => (Theme::OpsCollDebt, None, Outcome::Attempted, Channel::Voice),
            3 => (Theme::OpsServicing, Some(Purpose::Marketing), Outcome::Failed, Channel::Text),
            _ => (Theme::InbServicing, None, Outcome::Conversation, Channel::Voice),
        };
        LedgerEntry { at, theme, purpose, outcome, channel, ..entry }
    }

    #[test]
    fn of_too_many_what_the_laws_count_is_kept_and_the_oldest_of_the_rest_goes() {
        let now: Timestamp = "2026-01-05T15:00:00Z".parse().unwrap();
        for rank in [2, 3, 4] {
            let mut ledger = Ledger::default();
            let counted = Id::external("demo", "counted");
            ledger.enter(counted.clone(), of_rank(rank, now - SignedDuration::from_hours(1000)), now);
            for n in 0..Ledger::CAPACITY {
                let at = now - SignedDuration::from_mins(i64::try_from(n).unwrap());
                ledger.enter(Id::external("demo", &n.to_string()), of_rank(n % 2, at), now);
            }
            assert_eq!(ledger.contacts.len(), Ledger::CAPACITY);
            assert!(ledger.contacts.contains_key(&counted), "{rank}");
            let oldest = Id::external("demo", &(Ledger::CAPACITY - 1).to_string());
            assert!(!ledger.contacts.contains_key(&oldest));
        }
    }

    #[test]
    fn what_is_written_down_moves_the_version_and_pushes_out_what_no_rule_remembers() {
        let (mut ledger, id) = known();
        let old = ledger.contacts[&id].clone();
        let made = |at| LedgerEntry { at, ..old.clone() };
        let now = old.at + Ledger::MEMORY;
        for n in 0..=Ledger::CAPACITY {
            let at = now - SignedDuration::from_mins(i64::try_from(n).unwrap());
            ledger.enter(Id::external("demo", &n.to_string()), made(at), now);
        }
        assert_eq!(ledger.contacts.len(), Ledger::CAPACITY);
        assert_eq!(ledger.version, 3 + 1 + u64::try_from(Ledger::CAPACITY).unwrap());
        let has = |n: usize| ledger.contacts.contains_key(&Id::external("demo", &n.to_string()));
        assert!(!ledger.contacts.contains_key(&id), "older than any period");
        assert!(
            has(0) && !has(Ledger::CAPACITY),
            "of too many, the oldest goes, in whatever order they came"
        );
    }

    #[test]
    fn what_became_of_a_contact_is_kept_where_the_contact_is_remembered() {
        let (mut ledger, id) = known();
        let (at, forgotten) = (ledger.contacts[&id].at, Id::external("demo", "forgotten"));
        ledger.settle([(&id, (at, Outcome::Connected)), (&forgotten, (at, Outcome::Connected))]);
        assert_eq!((ledger.contacts.len(), ledger.version), (1, 4));
        assert_eq!(ledger.contacts[&id].outcome, Outcome::Connected);
    }

    #[test]
    fn what_is_told_after_every_rule_forgot_it_is_not_written_down() {
        let (mut ledger, id) = known();
        let old = ledger.contacts[&id].clone();
        let now = old.at + Ledger::MEMORY;
        ledger.enter(Id::external("demo", "late"), old, now);
        assert_eq!(ledger.contacts, BTreeMap::new());
    }
}
