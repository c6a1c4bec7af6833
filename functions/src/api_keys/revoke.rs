//! Revokes an API key.

use domain::{
    Error,
    error::Conflict,
    id::{self, Ref},
    tenant::TenantId,
};
use platform::{
    app::App,
    http::{Request, no_content},
    needs::{Items, List, Need},
    store::credentials::ApiKey,
};

use crate::{catalog::Answer, openapi::Operation};

/// Switches the key off, from the next request on. Doing it twice is as good as once.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let mut key = find(app, request.tenant()?, &request.path_ref("id")?).await?;
    if request.caller()?.subject == key.id.as_str() {
        let detail = "A key cannot switch itself off; use another admin's.";
        return Err(Error::conflict(Conflict::OwnCredential, detail));
    }
    if key.revoked_at.is_none() {
        key.revoked_at = Some(app.now());
        app.store.save_api_key(&key).await?;
        tracing::info!(tenant = %key.tenant, key = %key.id, "API key switched off");
    }
    Ok(no_content())
}

/// A tenant's key. Keys are stored under the digest of their secret, which a path does not hold, so that the tenant's
/// list is looked through; a tenant has a handful.
async fn find(app: &App, tenant: &TenantId, named: &Ref<id::ApiKey>) -> Result<ApiKey, Error> {
    let id = named.resolve(tenant.as_str());
    let mut after = None;
    loop {
        let page = app.store.api_keys(tenant, 100, after).await?;
        if let Some(key) = page.entries.into_iter().find(|key| key.id == id) {
            return Ok(key);
        }
        after = page.next;
        if after.is_none() {
            return Err(named.not_found());
        }
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::List(List::ApiKeys), Need::Write(Items::ApiKeys)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Administration", "Switch an API key off")
        .about("It stays in the list. The key that makes this call cannot be switched off by it.")
        .empty(204, "The key was switched off")
        .problems(&[404, 409])
}
