//! Who prints and mails a tenant's letters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{person::Address, vocabulary::ProviderName};

/// Who prints and mails letters, and whom they come back to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LetterSender {
    /// Who takes its letters away.
    #[serde(default = "lob")]
    pub provider: ProviderName,
    /// The name above the return address.
    pub name: String,
    /// Where letters come back to that cannot be delivered.
    pub return_address: Address,
    /// The account at Lob, if that is the provider.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lob: Option<LobAccount>,
    /// How many letters a second the account takes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_per_second: Option<u16>,
}

fn lob() -> ProviderName {
    ProviderName::Lob
}

/// An account at Lob.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LobAccount {
    /// Name or ARN of the secret that holds an API key.
    pub api_key_secret: String,
    /// Name or ARN of the secret that signs Lob's webhooks.
    pub webhook_secret: String,
}
