//! 000 · Process delivery status.
//!
//! The URL names the tenant (`?tenant=…`), whose credentials or topics prove the call. Each provider recognizes its own
//! calls. An unproven call is answered 401 and leaves nothing behind.

use domain::{Error, tenant::TenantId};
use platform::{
    app::App,
    digest::digest,
    http::{Request, no_content},
    needs::{Bodies, Items, Need, SecretsOf},
    providers::WebhookCall,
    queues::{Queue, RawReport},
};

use crate::{catalog::Answer, openapi::Operation};

/// Verifies, stores, enqueues.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let named: Option<TenantId> = request.query("tenant").map_err(|_| Error::Unauthenticated)?;
    let tenant = app.tenant(&named.ok_or(Error::Unauthenticated)?).await.map_err(|error| match error {
        Error::NotFound { .. } => Error::Unauthenticated,
        error => error,
    })?;
    let call = WebhookCall { headers: &request.headers, query: &request.raw_query, body: &request.body };
    let provider = app.providers.calling(&call).ok_or(Error::Unauthenticated)?;
    let Some(body) = provider.verify(&tenant, &call).await? else { return Ok(no_content()) };
    let report = RawReport {
        tenant: tenant.id.clone(),
        provider: provider.name(),
        query: request.raw_query.clone(),
        body,
        received_at: app.now(),
    };
    // The same report delivered twice is stored once.
    let digest = digest(&[&report.query, &report.body]);
    let key = format!("{}/reports/{}/{digest}.json", tenant.id, report.provider);
    let raw = serde_json::to_vec(&report).map_err(|e| Error::Internal(e.to_string()))?;
    app.objects.put(&key, raw).await?;
    app.queues.settle(&report).await?;
    Ok(no_content())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Keep(Bodies::Reports),
    Need::Send(Queue::Settlements),
    Need::Secrets(SecretsOf::Providers),
];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Webhooks", "Process delivery status")
        .about(
            "For providers, on a function URL of its own: Twilio status callbacks (X-Twilio-Signature) and SES events by \
             SNS (signature versions 1 and 2). The URL carries ?tenant=….",
        )
        .query("tenant", "Whose account the provider reports about.")
        .query("interaction", "The message, in the callback URL we gave to Twilio.")
        .empty(204, "Stored")
        .problems(&[401])
}
