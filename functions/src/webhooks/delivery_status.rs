//! 000 · Process delivery status.

use domain::{
    Error,
    error::Ours as _,
    id::{self, Id},
    tenant::TenantId,
};
use platform::{
    app::App,
    http::{Request, no_content},
    needs::{Bodies, Items, Need, SecretsOf},
    providers::{CALLING, Webhook},
    queues::{Queue, RawReport},
};

use super::{Proven, prove};
use crate::{catalog::Answer, openapi::Operation};

/// Verifies and enqueues. A report of many messages is stored before.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let proven = prove(app, request, Webhook::DeliveryStatus).await?;
    let Some(Proven { tenant, provider, body }) = proven else { return Ok(no_content()) };
    let body = String::from_utf8(body).map_err(|_| Error::invalid("", "must be in UTF-8"))?;
    let query = request.raw_query.clone();
    let report = RawReport { tenant, provider, query, body, received_at: app.now(), kept: false };
    let pieces = app.providers.named(provider)?.pieces(report.body.clone());
    // What is about one message is kept with it, once it is known which. The rest is kept here, whole.
    let kept = pieces.len() > 1;
    if kept {
        app.objects.put(&report.key(), serde_json::to_vec(&report).internal()?).await?;
    }
    let piece = |body| RawReport { body, kept, ..report.clone() };
    app.queues.settle(pieces.into_iter().map(piece)).await?;
    Ok(no_content())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(CALLING),
    Need::Read(Items::Tenants),
    Need::Keep(Bodies::Reports),
    Need::Send(Queue::Settlements),
    Need::Secrets(SecretsOf::Providers),
];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Webhooks", "Process delivery status")
        .about(
            "For providers, on a function URL of its own: Twilio status callbacks (X-Twilio-Signature), SES events by SNS \
             (signature versions 1 and 2), SendGrid's signed event webhook, and events of Lob (Lob-Signature). The URL carries \
             ?tenant=….",
        )
        .query_as::<TenantId>("tenant", "Whose account the provider reports about.")
        .query_as::<Id<id::Interaction>>("interaction", "The message, in the callback URL we gave to Twilio.")
        .empty(204, "It was stored")
        .problems(&[401, 503])
}
