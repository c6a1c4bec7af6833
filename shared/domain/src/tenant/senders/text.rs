//! Who sends a tenant's texts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::ProviderName;

/// A number or messaging service, and its account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TextSender {
    /// Who takes its texts away.
    #[serde(default = "twilio")]
    pub provider: ProviderName,
    /// `AC…`
    pub account_sid: String,
    /// Name or ARN of the secret that holds the account's auth token.
    pub auth_token_secret: String,
    /// An E.164 number, or a messaging service `MG…`.
    pub from: String,
}

fn twilio() -> ProviderName {
    ProviderName::Twilio
}
