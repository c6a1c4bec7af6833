//! Erasing a person on request.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::{self, Id};

/// That a person was erased: who had it done, when and why. It is kept permanently and holds nothing personal: the person's id
/// is ours, and tells who it was only to those who know the lender's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Erasure {
    /// Our id of the person.
    pub person_id: Id<id::Person>,
    /// When it was asked for.
    pub at: Timestamp,
    /// By whose credential: its id.
    pub by: String,
    /// Why, as was said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The trace id that joins the logs about it.
    pub trace_id: String,
}

impl Erasure {
    /// How long after the person is gone the rest is erased: longer than any request or dispatcher that began before can
    /// still write ([`Interaction::LEASE`](crate::interaction::Interaction::LEASE)).
    pub const REST: SignedDuration = SignedDuration::from_mins(2);
}
