//! The nature of a message, which outreach rules may exempt.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a message is to rules that have exemptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Nature {
    /// Nothing special.
    #[default]
    Ordinary,
    /// A code the person just asked for.
    OneTimeCode,
    /// Confirms an opt-out.
    OptOutConfirmation,
    /// The law requires it.
    RequiredNotice,
}
