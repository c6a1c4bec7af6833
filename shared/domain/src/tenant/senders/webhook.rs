//! A tenant's webhooks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// That requests are made to URLs of the lender's.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WebhookSender {}
