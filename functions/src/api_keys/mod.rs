//! What a tenant's admins set, what whoever runs the installation sets, and what the system says about itself.

pub mod api_keys_create;
pub mod api_keys_list;
pub mod api_keys_revoke;
pub mod configuration;
pub mod healthz;
pub mod openapi_get;
pub mod settings_get;
pub mod settings_update;
pub mod tenants_provision;

use domain::{
    Error,
    id::{self, Id},
    tenant::{Role, TenantId},
};
use jiff::Timestamp;
use platform::{
    app::App,
    auth::api_key::{hash_key, new_key},
    store::credentials::ApiKey,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What an API key is for and what it may do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// For people: which system uses it. 1 to 100 characters.
    name: String,
    /// What it may do.
    role: Role,
}

/// An API key with its secret, which is shown this once and kept nowhere.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssuedApiKey {
    id: Id<id::ApiKey>,
    name: String,
    role: Role,
    /// For the header `X-API-KEY`.
    key: String,
    created_at: Timestamp,
}

impl NewApiKey {
    /// Makes the key. Only the digest of its secret is stored.
    async fn issue(self, app: &App, tenant: &TenantId) -> Result<IssuedApiKey, Error> {
        let secret = new_key(rand::random());
        let key = ApiKey {
            id: app.new_id(),
            tenant: tenant.clone(),
            role: self.role,
            name: self.name,
            digest: hash_key(&secret).as_str().to_owned(),
            created_at: app.now(),
            revoked_at: None,
        };
        app.store.save_api_key(&key).await?;
        tracing::info!(%tenant, key = %key.id, role = key.role.as_str(), "API key made");
        Ok(IssuedApiKey {
            id: key.id,
            name: key.name,
            role: key.role,
            key: secret,
            created_at: key.created_at,
        })
    }
}

/// Settings as the OpenAPI document shows them.
fn example_settings() -> Value {
    json!({
        "locale": "en-US",
        "language": "en",
        "currency": "USD",
        "timeZone": "America/New_York",
        "suppressionHours": 24,
        "compliance": {
            "party": "creditor",
            "firstPartyAsCollector": true,
            "licences": [],
            "safetyMarginMinutes": 5,
            "rules": [],
            "overrides": {},
        },
        "contextOverrides": [],
        "branding": { "supportPhone": "+18005550199", "supportEmail": "help@acme.example" },
    })
}
