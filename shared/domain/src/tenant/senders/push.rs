//! Who sends a tenant's push notifications.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::ProviderName;

/// A project at the provider of push notifications.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PushSender {
    /// Who takes its notifications away.
    #[serde(default = "fcm")]
    pub provider: ProviderName,
    /// Name or ARN of the secret that holds the service account's key file, the JSON that Google Cloud makes.
    pub service_account_secret: String,
    /// How many notifications a second the project takes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_per_second: Option<u16>,
}

fn fcm() -> ProviderName {
    ProviderName::Fcm
}
