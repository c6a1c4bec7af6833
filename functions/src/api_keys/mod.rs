//! The credentials of a lender's systems.

pub mod create;
pub mod list;
pub mod revoke;

use domain::{
    Error,
    id::{self, Id},
    shape,
    tenant::TenantId,
    vocabulary::Role,
};
use jiff::Timestamp;
use platform::{
    app::App,
    auth::api_key::{hash_key, new_key},
    store::credentials::ApiKey,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an API key is for and what it may do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// For people: which system uses it. 1 to 100 characters.
    #[schemars(with = "shape::Line<100>")]
    pub(crate) name: String,
    /// What it may do.
    role: Role,
    /// Whether it is an agent's, who sends only subjects that agents may (`agentCanSend`). False by default.
    #[serde(default)]
    agent: bool,
}

/// An API key with its secret, which is shown this once and kept nowhere.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IssuedApiKey {
    id: Id<id::ApiKey>,
    name: String,
    role: Role,
    /// Whether it is an agent's.
    agent: bool,
    /// For the header `X-API-KEY`.
    key: String,
    created_at: Timestamp,
}

impl NewApiKey {
    /// Makes the key. Only the digest of its secret is stored.
    pub(crate) async fn issue(self, app: &App, tenant: &TenantId) -> Result<IssuedApiKey, Error> {
        let secret = new_key(rand::random());
        let key = ApiKey {
            id: app.new_id(),
            tenant: tenant.clone(),
            role: self.role,
            agent: self.agent,
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
            agent: key.agent,
            key: secret,
            created_at: key.created_at,
        })
    }
}
