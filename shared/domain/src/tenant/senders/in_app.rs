//! A tenant's notices inside its own application.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// That notices are kept for the lender's application to show.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct InAppSender {
    /// After how many days a notice is no longer shown, 1 to 365. If this is left out, it is shown until it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_after_days: Option<u16>,
}
