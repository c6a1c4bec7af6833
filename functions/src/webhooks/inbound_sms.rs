//! 000 · Receive inbound SMS.

use domain::tenant::TenantId;
use lambda_http::{
    Body, Response,
    http::{HeaderValue, header},
};
use platform::{
    app::App,
    http::Request,
    needs::{Need, SecretsOf},
    providers::Webhook,
};

use super::{BRING, bring};
use crate::{catalog::Answer, openapi::Operation};

/// TwiML that tells Twilio to do nothing: an answer by us is a message of its own.
const NOTHING: &str = "<Response/>";

/// Verifies, stores, enqueues.
pub async fn handle(app: &App, request: &Request) -> Answer {
    bring(app, request, Webhook::InboundSms).await?;
    let mut answer = Response::new(Body::Text(NOTHING.into()));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    Ok(answer)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Secrets(SecretsOf::Providers), Need::All(BRING)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Webhooks", "Receive inbound SMS")
        .about(
            "For Twilio, on a function URL of its own: texts and what came with them (X-Twilio-Signature). The URL carries \
             ?tenant=…. Answers TwiML without an instruction.",
        )
        .query_as::<TenantId>("tenant", "The tenant that the text was written to.")
        .text(200, "It was stored", "text/xml")
        .problems(&[401, 413, 503])
}
