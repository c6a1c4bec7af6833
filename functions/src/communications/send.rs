//! 000 · Send Communication: one message to one borrower.

use domain::{
    compliance::Circumstances,
    id::{self, ExternalId, Id},
    vocabulary::{CommunicationsApiChannel, Purpose},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    pipeline::accept,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{borrower, channel, core_request, named, optional, tenant_and_template};
use crate::{catalog::Answer, logs::LogStatus, openapi::Operation};

/// What to send to whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendRequest {
    /// The template.
    template_id: String,
    /// The borrower.
    borrower_id: String,
    /// The loan; the borrower's only one where absent.
    #[serde(default)]
    loan_id: Option<String>,
    /// Must be the template's; may be left out.
    #[serde(default)]
    channel: Option<CommunicationsApiChannel>,
    /// Variables of your own.
    #[serde(default)]
    context: Map<String, Value>,
    /// The contact to use; the borrower's best one where absent.
    #[serde(default)]
    contact_id: Option<String>,
    /// Your id for the message. A second send with the same one is refused.
    #[serde(default)]
    external_id: Option<ExternalId>,
    /// What it is for besides what the type of message says: `marketing`.
    #[serde(default)]
    purpose: Option<Purpose>,
    /// Whether a system sends this in response to an event. Decides sender address and unsubscribe header. Default true.
    #[serde(default = "yes")]
    is_transactional: bool,
    /// Not before this instant, at most 7 days ahead. Where absent, at once, or when the hour is right. An instant named
    /// is never moved: now is refused at night.
    #[serde(default)]
    send_at: Option<Timestamp>,
    /// Up to this many seconds later, at random.
    #[serde(default)]
    send_jitter: u32,
    /// Whether a variable the template uses and nobody defines is an error.
    #[serde(default)]
    strict_undefined: bool,
}

fn yes() -> bool {
    true
}

/// A message that was accepted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Accepted {
    communication_id: Id<id::Interaction>,
    status: LogStatus,
    channel: CommunicationsApiChannel,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// Accepts the message: checked, rendered, stored, queued.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: SendRequest = request.json()?;
    super::send_batch::check_jitter(body.send_jitter)?;
    accept::check_send_at(body.send_at, app.now(), "/send_at")?;
    let (tenant, template) = tenant_and_template(app, request, &body.template_id).await?;
    let person = borrower(&tenant, &body.borrower_id)?;
    let loans = optional("/loan_id", body.loan_id.as_deref())?.into_iter().collect();
    let id = match &body.external_id {
        Some(external) => Id::external(tenant.id.as_str(), external.as_str()),
        None => request.new_id(app)?,
    };
    let channel = channel(body.channel, &template);
    let core = accept::Request {
        external_id: body.external_id,
        contact: optional("/contact_id", body.contact_id.as_deref())?,
        circumstances: Circumstances { purpose: body.purpose, ..Circumstances::default() },
        transactional: body.is_transactional,
        strict_undefined: body.strict_undefined,
        send_at: body.send_at,
        send_jitter: body.send_jitter,
        ..core_request(id, channel, loans, body.context, &request.trace_id)
    };
    let lender = app.lender(&tenant.id).await?;
    let accepted = accept::accept(app, &lender, &template, &person, &core)
        .await
        .map_err(|error| named(error, &body.borrower_id))?;
    let answer = Accepted {
        status: LogStatus::of(&accepted),
        channel: CommunicationsApiChannel::try_from(accepted.channel)
            .map_err(|e| domain::Error::Internal(e.to_string()))?,
        communication_id: accepted.id,
        send_at: accepted.send_at,
        created_at: accepted.created_at,
    };
    json(StatusCode::ACCEPTED, &answer)
}

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communications", "Send to one borrower")
        .about(
            "Asks the compliance guard; renders the template; stores the message; queues it. Where only the hour is wrong \
             and send_at is absent, the message is scheduled for the next right one. What was answered 202 is sent or ends \
             in a status that says why not.",
        )
        .body::<SendRequest>(json!({
            "template_id": "ext-payment-reminder",
            "borrower_id": "ext-john",
            "loan_id": "ext-LN-0001",
            "channel": "email",
            "context": { "custom_field": "custom_value" },
        }))
        .answer::<Accepted>(
            202,
            "Accepted",
            json!({
                "communication_id": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                "status": "queued",
                "channel": "email",
                "created_at": "2026-01-05T15:00:00Z",
            }),
        )
        .problems(&[404, 409, 422])
}
