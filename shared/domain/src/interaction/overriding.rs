//! Overrides: who takes responsibility for a message that would have been stopped.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{error::Violation, formats};

/// Who answers for a message that facts about the person would have stopped, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Overriding {
    /// The API key's id or the token's subject.
    pub by: String,
    /// The reason for overriding, as the agent wrote it.
    pub reason: String,
}

impl Overriding {
    /// What is wrong with a reason.
    pub fn check(reason: &str) -> Option<Violation> {
        let fault = formats::line(reason, 500).err()?;
        Some(Violation::new("/overrideReason", fault))
    }
}
