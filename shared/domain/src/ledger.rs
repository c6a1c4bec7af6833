//! The contact ledger: a person's recent contacts, which frequency rules count, and the version that guards them.
//!
//! `version` moves with every change to anything the guard reads about a person: a contact made, a slot given back,
//! an opt-out, a new address. A decision of the guard holds exactly as long as the version it saw; the transaction
//! that acts on the decision is conditional on it. So two parallel sends cannot take the same last slot, and nobody
//! who opted out a moment ago is written to.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    id::{self, Id},
    vocabulary::{Channel, Direction, Subject, Theme},
};

/// See the module documentation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// Moves with every change to what the guard reads.
    pub version: u64,
    /// Recent contacts by the interaction that made them.
    pub contacts: BTreeMap<Id<id::Interaction>, LedgerEntry>,
}

/// One contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// When the message leaves or left.
    pub at: Timestamp,
    /// By which channel.
    pub channel: Channel,
    /// Ours to them or theirs to us.
    pub direction: Direction,
    /// What it was about.
    pub subject: Subject,
    /// Why.
    pub theme: Theme,
    /// Which debts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loans: Vec<Id<id::Loan>>,
}

impl Ledger {
    /// How long a contact is remembered: longer than any rule's period.
    pub const MEMORY: SignedDuration = SignedDuration::from_hours(24 * 62);
    /// How many contacts are remembered, so that the ledger stays a small storage item (~150 bytes each).
    pub const CAPACITY: usize = 500;

    /// Writes a contact down, forgets what is too old, and moves the version.
    pub fn record(&mut self, interaction: Id<id::Interaction>, entry: LedgerEntry, now: Timestamp) {
        self.contacts.retain(|_, known| now.duration_since(known.at) < Self::MEMORY);
        self.contacts.insert(interaction, entry);
        while self.contacts.len() > Self::CAPACITY {
            let oldest = self.contacts.iter().min_by_key(|(_, entry)| entry.at).map(|(id, _)| id.clone());
            if let Some(id) = oldest {
                self.contacts.remove(&id);
            }
        }
        self.version += 1;
    }
}
