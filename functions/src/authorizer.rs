//! The authorizer: from the credential in a request's headers to tenant, role and subject.
//!
//! Pages of the console are asked for with the cookie of a session, and everything else with a key or a token: no cookie is a
//! credential of the API, so no page of another site acts for its visitor there.
//!
//! API Gateway calls it before every route that asks for a role; the local system calls it too. It only says who is
//! calling, or why nobody is. What the role allows is decided where the route is answered, and so is a refusal
//! answered: what API Gateway makes of one is not ours to word.

use async_trait::async_trait;
use domain::{
    Error,
    caller::Caller,
    formats,
    tenant::{TenantId, TokenIssuer},
};
use lambda_http::http::{HeaderMap, header::ORIGIN};
use platform::{
    app::App,
    auth::{
        self, Credentials, Grant, KeyHash, Refusal, Standing, Verdict,
        session::{self, Session, Ticket},
    },
    needs::{Items, Need, SecretsOf},
    store::{credentials::ApiKey, sessions::Vouching},
    telemetry,
};
use serde_json::{Map, Value};

use crate::console;

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::ApiKeys),
    Need::Read(Items::Sessions),
    Need::Read(Items::Issuers),
    Need::Read(Items::Origins),
    Need::Secrets(SecretsOf::Issuers),
];

/// Finds out who is calling at a path, and says so as a context for the function of the route.
pub async fn context(app: &App, path: &str, headers: &HeaderMap) -> Map<String, Value> {
    let is_console = console::is_path(path);
    let caller = authenticate(app, is_console, headers).await;
    let origin = match is_console {
        true => None,
        false => readable_from(app, headers, caller.as_ref().ok()).await,
    };
    Verdict { caller, origin }.into_context()
}

/// The origin of the page that asks, if the caller lists it; without a caller, if anybody does: a page may read why it was
/// refused.
async fn readable_from(app: &App, headers: &HeaderMap, caller: Option<&Caller>) -> Option<String> {
    let origin = headers.get(ORIGIN)?.to_str().ok().filter(|origin| formats::origin(origin).is_ok())?;
    match app.store.lists_origin(origin, caller.map(|caller| &caller.tenant)).await {
        Ok(is_listed) => is_listed.then(|| origin.to_owned()),
        Err(error) => {
            tracing::error!(%error, "cannot find out who lists an origin");
            None
        }
    }
}

/// Establishes who is calling.
async fn authenticate(app: &App, is_console: bool, headers: &HeaderMap) -> Result<Caller, Error> {
    let (now, stored) = (app.now(), Stored(app));
    let found = match is_console {
        true => session::verify(headers, now, &stored).await,
        false => auth::authenticate(headers, now, &stored, &app.key_sets).await,
    };
    found.map_err(|refusal| match refusal {
        Refusal::Undecided(error) => {
            tracing::error!(%error, "cannot find out who is calling");
            error
        }
        refusal => {
            tracing::info!(refusal = telemetry::unproven(&refusal), "no caller");
            refusal.into()
        }
    })
}

/// What a key stands for.
fn grant(key: ApiKey) -> Grant {
    Grant {
        id: key.id,
        tenant: key.tenant,
        role: key.role,
        agent: key.agent,
        revoked: key.revoked_at.is_some(),
    }
}

/// Credentials as the table and Secrets Manager hold them.
pub(crate) struct Stored<'a>(pub(crate) &'a App);

#[async_trait]
impl Credentials for Stored<'_> {
    async fn grant(&self, hash: &KeyHash) -> Result<Option<Grant>, Error> {
        Ok(self.0.store.api_key(hash.as_str()).await?.map(grant))
    }

    async fn session(&self, ticket: &Ticket) -> Result<(Option<Session>, Option<Standing>), Error> {
        let (session, vouching) = self.0.store.session(ticket).await?;
        let standing = vouching.map(|vouching| match vouching {
            Vouching::Key(key) => Standing::Granted(grant(key)),
            Vouching::Issuer(tenant) => Standing::Trusted(tenant),
        });
        Ok((session, standing))
    }

    async fn issuer(&self, issuer: &str) -> Result<Option<(TenantId, TokenIssuer)>, Error> {
        self.0.store.issuer(issuer).await
    }

    async fn secret(&self, name: &str) -> Result<String, Error> {
        self.0.secrets.secret(name).await
    }
}
