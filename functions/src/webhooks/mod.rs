//! Calls from providers, on function URLs. Each is verified, stored as it came, enqueued and answered; the work happens
//! in a consumer.
//!
//! The URL names the tenant (`?tenant=…`), whose credentials, keys or topics prove the call. Each provider recognizes its
//! own calls. An unproven call is answered 401 and leaves nothing behind.

pub mod delivery_status;
pub mod inbound_email;
pub mod inbound_sms;

use domain::{Error, error::Ours as _, tenant::TenantId, vocabulary::ProviderName};
use platform::{
    app::App,
    digest::digest_bytes,
    http::Request,
    needs::{Bodies, Items, Need},
    objects::Objects,
    providers::{CALLING, Webhook, WebhookCall},
    queues::{Queue, RawBody, RawInbound},
};

/// What a proven call says.
struct Proven {
    tenant: TenantId,
    provider: ProviderName,
    body: Vec<u8>,
}

/// Proves a call of a webhook. `None` if it says nothing and is to be answered anyway.
///
/// # Errors
/// [`Error::Unproven`], whatever proof it lacks.
async fn prove(app: &App, request: &Request, webhook: Webhook) -> Result<Option<Proven>, Error> {
    verified(app, request, webhook).await.map_err(|error| match error {
        Error::Unauthenticated => Error::Unproven,
        error => error,
    })
}

async fn verified(app: &App, request: &Request, webhook: Webhook) -> Result<Option<Proven>, Error> {
    let named: Option<TenantId> = request.query("tenant").map_err(|_| Error::Unauthenticated)?;
    let tenant = app.tenant(&named.ok_or(Error::Unauthenticated)?).await.map_err(|error| match error {
        Error::NotFound { .. } => Error::Unauthenticated,
        error => error,
    })?;
    let call = WebhookCall {
        webhook,
        domain: request.domain.as_deref(),
        headers: &request.headers,
        query: &request.raw_query,
        body: &request.body,
    };
    let provider = app.providers.calling(&call).ok_or(Error::Unauthenticated)?;
    let body = provider.verify(&tenant, &call).await?;
    Ok(body.map(|body| Proven { tenant: tenant.id.clone(), provider: provider.name(), body }))
}

/// What [`bring`] needs of AWS.
const BRING: &[Need] = &[
    Need::All(CALLING),
    Need::Read(Items::Tenants),
    Need::Keep(Bodies::Inbound),
    Need::Send(Queue::Inbound),
];

/// Proves a call that brings something, keeps it as it came and hands it to whoever reads it.
async fn bring(app: &App, request: &Request, webhook: Webhook) -> Result<(), Error> {
    let Some(Proven { tenant, provider, body }) = prove(app, request, webhook).await? else { return Ok(()) };
    // The same brought twice is stored once.
    let digest = digest_bytes(&[request.raw_query.as_bytes(), &body]);
    let key = Objects::inbound_key(&tenant, provider, &digest);
    let mut raw = RawInbound {
        tenant,
        provider,
        content_type: request.header("content-type").unwrap_or_default().to_owned(),
        query: request.raw_query.clone(),
        body: RawBody::here(&body),
        received_at: app.now(),
        trace_id: request.trace_id.clone(),
    };
    let kept = serde_json::to_vec(&raw).internal()?;
    app.objects.put(&key, kept).await?;
    if body.len() > RawBody::LARGEST_HERE {
        raw.body = RawBody::Stored(key);
    }
    app.queues.bring(&raw).await
}
