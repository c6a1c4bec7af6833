//! The authorizer: from the credential in a request's headers to tenant, role and subject.
//!
//! API Gateway calls it before every route; the local system calls it too. It only says who is calling. What the role
//! allows is decided where the route is answered.

use async_trait::async_trait;
use domain::{
    Error,
    caller::Caller,
    tenant::{TenantId, TokenIssuer},
};
use lambda_http::http::HeaderMap;
use platform::{
    app::App,
    auth::{self, Credentials, Grant, KeyHash},
    needs::{Items, Need, SecretsOf},
    providers::Secrets,
};

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::ApiKeys), Need::Read(Items::Issuers), Need::Secrets(SecretsOf::Issuers)];

/// Establishes who is calling.
///
/// # Errors
/// [`Error::Unauthenticated`], and [`Error::Forbidden`] for a valid token without a role.
pub async fn authenticate(app: &App, headers: &HeaderMap) -> Result<Caller, Error> {
    auth::authenticate(headers, app.now(), &Stored(app), &app.key_sets).await.map_err(|refusal| {
        tracing::info!(%refusal, "no caller");
        refusal.into()
    })
}

/// Credentials as the table and Secrets Manager hold them.
struct Stored<'a>(&'a App);

#[async_trait]
impl Credentials for Stored<'_> {
    async fn grant(&self, hash: &KeyHash) -> Result<Option<Grant>, Error> {
        let key = self.0.store.api_key(hash.as_str()).await?;
        Ok(key.map(|key| Grant {
            id: key.id,
            tenant: key.tenant,
            role: key.role,
            revoked: key.revoked_at.is_some(),
        }))
    }

    async fn issuer(&self, issuer: &str) -> Result<Option<(TenantId, TokenIssuer)>, Error> {
        self.0.store.issuer(issuer).await
    }

    async fn secret(&self, name: &str) -> Result<String, Error> {
        self.0.secrets.secret(name).await
    }
}
