//! What became of each of many people.

use domain::{
    Error,
    error::Violation,
    id::{self, Id},
};
use platform::http::problem;
use schemars::JsonSchema;
use serde::Serialize;

/// What became of each.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkOutcome {
    /// In the order of the request.
    pub(super) results: Vec<EntryOutcome>,
}

/// What became of one person.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EntryOutcome {
    /// As in the request.
    external_id: Option<String>,
    /// Ours; absent if the entry failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Id<id::Person>>,
    outcome: Outcome,
    /// Why the entry failed, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Every field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<Violation>,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// The person is new.
    Created,
    /// The person is as the request says.
    Updated,
    /// Nothing of the entry was stored.
    Failed,
}

impl EntryOutcome {
    pub(super) fn done(external_id: Option<String>, id: Id<id::Person>, outcome: Outcome) -> Self {
        Self { external_id, id: Some(id), outcome, detail: None, violations: Vec::new() }
    }

    /// Says what the same request for this person alone would be answered, with places in the whole request.
    pub(super) fn failed(external_id: Option<String>, error: Error) -> Self {
        if let Error::Internal(_) = error {
            tracing::error!(%error, "failed");
        }
        let detail = Some(problem::detail(&error));
        let violations = match error {
            Error::Invalid(faults) => faults,
            _ => Vec::new(),
        };
        Self { external_id, id: None, outcome: Outcome::Failed, detail, violations }
    }
}
