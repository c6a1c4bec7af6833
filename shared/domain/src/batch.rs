//! A batch: one template to many borrowers, accepted at once and worked off in chunks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    id::{self, Id, Ref},
    tenant::TenantId,
    vocabulary::{Channel, Purpose, Subject, Theme},
};

/// One template to many borrowers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// The id that Postrider gave it.
    pub id: Id<id::Batch>,
    /// In which words.
    #[serde(flatten)]
    pub words: Words,
    /// Why, if the subject does not imply it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub theme: Option<Theme>,
    /// 001's distinction.
    #[serde(default = "yes")]
    pub transactional: bool,
    /// Whether an undefined variable is an error.
    #[serde(default)]
    pub strict_undefined: bool,
    /// The lender's bulk operation it is part of (001).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub supercase_bulk_operation_id: Option<String>,
    /// The caller's variables, the same for everybody.
    #[serde(default, with = "crate::free_json")]
    #[schemars(with = "Map<String, Value>")]
    pub context: Map<String, Value>,
    /// The purpose, if it is not that of the type of message.
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
    /// How many ids of the list named a borrower who stands before in it.
    #[serde(default)]
    pub repeated: u32,
    /// Whether it goes on.
    pub status: BatchStatus,
    /// What became of the borrowers so far.
    pub counts: Counts,
    /// Why some of them get nothing; absent in a batch that began before this was counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reasons: Option<BatchReasons>,
    /// Who asked for it: an API key's id or a token's subject. Absent in a batch that began before this was kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub requested_by: Option<String>,
    /// Who canceled it, if somebody did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub canceled_by: Option<String>,
    /// The trace id of the request, which joins its logs.
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

    /// The borrowers of a list in their order, each as it is named first. One borrower has several names: our id, and the
    /// lender's, which may be written in two ways. What is no id stands for itself.
    pub fn each_once(tenant: &TenantId, borrowers: Vec<String>) -> Vec<String> {
        let mut known = BTreeSet::new();
        let mut is_new = |text: &String| {
            let named = text.parse::<Ref<id::Person>>();
            known.insert(
                named.map_or_else(|_| text.clone(), |named| named.resolve(tenant.as_str()).to_string()),
            )
        };
        borrowers.into_iter().filter(|text| is_new(text)).collect()
    }

    /// When the last message that was accepted leaves, as far as the batch itself says; a rule may make one wait longer.
    pub fn leaves_until(&self) -> Timestamp {
        let last = self.send_at.map_or(self.updated_at, |at| at.max(self.updated_at));
        last + SignedDuration::from_secs(self.send_jitter.into())
    }

    /// Whether something is left that calling it off holds back.
    pub fn can_be_called_off(&self, now: Timestamp) -> bool {
        match self.status {
            BatchStatus::Processing => true,
            BatchStatus::Completed => self.counts.accepted > 0 && self.leaves_until() > now,
            BatchStatus::Canceled => false,
        }
    }

    /// Whether every borrower has a result.
    pub fn is_worked_off(&self) -> bool {
        self.total.is_some_and(|total| self.counts.processed() >= total)
    }
}

fn yes() -> bool {
    true
}

/// In which words a batch is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Words {
    /// Those of one template, to everybody.
    Template {
        /// Which.
        descriptor_id: Id<id::Descriptor>,
        /// Its channel.
        channel: Channel,
    },
    /// The best for each borrower about a subject.
    Best {
        /// The subject the contact would be about.
        subject: Subject,
        /// By which channel; the one each likes best by default.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        channel: Option<Channel>,
    },
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
    /// Those of some results.
    pub fn of(results: &[BatchResult]) -> Self {
        let mut counts = Self::default();
        for result in results {
            *match result.outcome {
                BatchOutcome::Accepted => &mut counts.accepted,
                BatchOutcome::Blocked => &mut counts.blocked,
                BatchOutcome::Failed => &mut counts.failed,
                BatchOutcome::Canceled => &mut counts.canceled,
            } += 1;
        }
        counts
    }

    /// Borrowers that have a result.
    pub fn processed(&self) -> u32 {
        self.accepted + self.blocked + self.failed + self.canceled
    }
}

/// Why borrowers of a batch get nothing: each counts once, by the first reason of its result.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct BatchReasons {
    /// How many of the blocked, by the guard's code.
    pub blocked: BTreeMap<String, u32>,
    /// How many of the failed, by the problem's type.
    pub failed: BTreeMap<String, u32>,
}

impl BatchReasons {
    /// Those of some results.
    pub fn of(results: &[BatchResult]) -> Self {
        let mut reasons = Self::default();
        for result in results {
            let among = match result.outcome {
                BatchOutcome::Blocked => &mut reasons.blocked,
                BatchOutcome::Failed => &mut reasons.failed,
                BatchOutcome::Accepted | BatchOutcome::Canceled => continue,
            };
            *among.entry(result.reason().to_owned()).or_default() += 1;
        }
        reasons
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
    /// The problem's type, the last part of its URI, when blocked or failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<String>,
    /// Short codes, when blocked; one problem slug, when failed.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// What happened, in words for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
}

impl BatchResult {
    /// Why the borrower gets nothing: the first code, or else the problem.
    pub fn reason(&self) -> &str {
        self.reasons.first().or(self.problem.as_ref()).map_or("", String::as_str)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_borrower_named_in_several_ways_counts_once() {
        let tenant: TenantId = "demo".parse().unwrap();
        let uuid = "661f9511-f3ac-52e5-b827-557766551111";
        let ours = Id::<id::Person>::external("demo", "john").to_string();
        let list =
            ["ext-john", &ours, "no id", &format!("ext-{uuid}"), uuid, "no id", "ext-John", "ext-john"];
        assert_eq!(
            Batch::each_once(&tenant, list.map(str::to_owned).to_vec()),
            ["ext-john", "no id", &format!("ext-{uuid}"), "ext-John"]
        );
    }
}
