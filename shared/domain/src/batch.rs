//! A batch: one template to many borrowers, accepted at once and worked off in chunks.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    id::{self, Id},
    vocabulary::{Channel, Purpose},
};

/// One template to many borrowers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// Ours.
    pub id: Id<id::Batch>,
    /// What is sent.
    pub descriptor_id: Id<id::Descriptor>,
    /// By which channel.
    pub channel: Channel,
    /// The caller's variables, the same for everybody.
    #[serde(default)]
    pub context: Map<String, Value>,
    /// The purpose, where it is not that of the type of message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub purpose: Option<Purpose>,
    /// Sends are spread over this many seconds.
    #[serde(default)]
    pub send_jitter: u32,
    /// Not before this instant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub send_at: Option<Timestamp>,
    /// Where the borrowers' ids stand in the object store, one JSON string a line.
    pub borrowers_key: String,
    /// How many borrowers; unknown until the list was read when the lender gave a key of its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total: Option<u32>,
    /// Whether it goes on.
    pub status: BatchStatus,
    /// What became of the borrowers so far.
    pub counts: Counts,
    /// Joins logs.
    pub trace_id: String,
    /// When accepted.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
    /// When the sweep must look at it again, should its queue messages be lost; absent once it is over.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_at: Option<Timestamp>,
}

impl Batch {
    /// Borrowers worked off together: two reads (100 storage items) and one result record.
    pub const CHUNK: usize = 50;
    /// Borrowers in a request body; more come as an object in the store.
    pub const MAX_INLINE: usize = 10_000;

    /// Whether every borrower has a result.
    pub fn is_worked_off(&self) -> bool {
        self.total.is_some_and(|total| self.counts.processed() >= total)
    }
}

/// Whether a batch goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchStatus {
    /// Being worked off.
    Processing,
    /// Every borrower has a result.
    Completed,
    /// Called off; borrowers not reached yet are left alone and messages not yet taken are canceled.
    Canceled,
}

/// What became of a batch's borrowers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// A message was accepted.
    pub accepted: u32,
    /// The guard or a business rule said no.
    pub blocked: u32,
    /// The borrower is unknown, the template did not render, …
    pub failed: u32,
    /// The batch was called off first.
    pub canceled: u32,
}

impl Counts {
    /// Borrowers that have a result.
    pub fn processed(&self) -> u32 {
        self.accepted + self.blocked + self.failed + self.canceled
    }
}

/// What became of one borrower.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BatchResult {
    /// As the lender wrote it.
    pub borrower_id: String,
    /// Which of the counts it is part of.
    pub outcome: BatchOutcome,
    /// The message, when accepted; the record of the guard's refusal, when blocked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub communication_id: Option<Id<id::Interaction>>,
    /// Short codes, when blocked; one problem slug, when failed.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
}

/// Which of the counts a result is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchOutcome {
    /// A message was accepted.
    Accepted,
    /// Not allowed.
    Blocked,
    /// Not possible.
    Failed,
    /// Called off first.
    Canceled,
}
