//! API keys, known only by the digest of their secret.

use std::collections::BTreeMap;

use domain::{
    Error,
    error::Ours as _,
    id::{self, Id},
    tenant::TenantId,
    vocabulary::Role,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Edge, Page, Position, Store, item, keys, keys::BY_OWNER};

/// A credential of a lender's system or user. The secret itself is shown once and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Names it in lists and audit.
    pub id: Id<id::ApiKey>,
    /// Whose.
    pub tenant: TenantId,
    /// What it may do.
    pub role: Role,
    /// Whether it is an agent's, who sends only what agents may.
    #[serde(default)]
    pub agent: bool,
    /// For people: which system uses it.
    pub name: String,
    /// Hex SHA-256 of the secret.
    pub digest: String,
    /// When made.
    pub created_at: Timestamp,
    /// When switched off.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revoked_at: Option<Timestamp>,
}

/// What a tenant's API keys are called, by their ids: who did what is recorded by the id.
pub type KeyNames = BTreeMap<Id<id::ApiKey>, String>;

/// Keys whose names are read, the newest.
const NAMED: usize = 1_000;

impl Store {
    /// The credential with this digest.
    pub async fn api_key(&self, digest: &str) -> Result<Option<ApiKey>, Error> {
        self.get(keys::api_key(digest)).await
    }

    /// Writes a credential.
    pub async fn save_api_key(&self, key: &ApiKey) -> Result<(), Error> {
        let indexes = [(
            BY_OWNER,
            keys::of_tenant(&key.tenant, "APIKEYS"),
            keys::moment(key.created_at, key.id.as_str()),
        )];
        let put = self.put_of(item(keys::api_key(&key.digest), "apiKey", &indexes, key)?);
        self.put(put.build().internal()?).await.map_err(super::Refused::unexpected)
    }

    /// A tenant's credentials, newest first.
    pub async fn api_keys(
        &self,
        tenant: &TenantId,
        limit: i32,
        after: Option<Position>,
    ) -> Result<Page<ApiKey>, Error> {
        self.list(BY_OWNER, &keys::of_tenant(tenant, "APIKEYS"), None, limit, after.map(Edge::After)).await
    }

    /// What a tenant calls its credentials, those that are switched off too.
    pub async fn key_names(&self, tenant: &TenantId) -> Result<KeyNames, Error> {
        let (mut names, mut after) = (KeyNames::new(), None);
        while names.len() < NAMED {
            let page = self.api_keys(tenant, 100, after).await?;
            names.extend(page.entries.into_iter().map(|key| (key.id, key.name)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(names)
    }
}
