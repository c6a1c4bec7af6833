//! 000 · Receive inbound email.

use domain::tenant::TenantId;
use platform::{
    app::App,
    http::{Request, no_content},
    needs::Need,
    providers::Webhook,
};

use super::{BRING, bring};
use crate::{catalog::Answer, openapi::Operation};

/// Verifies, stores, enqueues.
pub async fn handle(app: &App, request: &Request) -> Answer {
    bring(app, request, Webhook::InboundEmail).await?;
    Ok(no_content())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = BRING;

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Webhooks", "Receive inbound email")
        .about(
            "For providers, on a function URL of its own: SendGrid Inbound Parse with a signed security policy, parsed or \
             raw (X-Twilio-Email-Event-Webhook-Signature, at most 5 minutes old), and SES receipt notifications by SNS, with \
             the mail inside or in the bucket. The URL carries ?tenant=….",
        )
        .query_as::<TenantId>("tenant", "The tenant that the mail was written to.")
        .empty(204, "It was stored")
        .problems(&[401, 413, 503])
}
