//! 000 · Send Communication: one message to one borrower. Bodies of Dispatch (004) come by the same path, and are told by
//! what they say.

use domain::{
    compliance::Circumstances,
    id::{self, ExternalId, Id, Ref},
    update::Faults,
    vocabulary::{Channel, CommunicationsApiChannel, Purpose},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, problem},
    needs::{Items, Need},
    pipeline::{
        accept::{self, Outcome},
        resolve::{About, Wording, resolve},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::dispatch::{self, CommunicationBatchResponseDto, DispatchRequest};
use crate::{catalog::Answer, communication_logs::LogStatus, dialect, openapi::Operation};

/// A send request of the Communications API, or a Dispatch request.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only described: which of the two a body is, is told before it is read")]
enum SendOrDispatch {
    /// A template to a borrower (000).
    Send(SendRequest),
    /// A subject and a body to one recipient by any channels, for admins (004).
    Dispatch(DispatchRequest),
}

/// What to send, and to which person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendRequest {
    /// The template that the message is made from.
    template_id: Ref<id::Descriptor>,
    /// The borrower who gets the message.
    borrower_id: Ref<id::Person>,
    /// The loan; the borrower's only one by default.
    #[serde(default)]
    loan_id: Option<Ref<id::Loan>>,
    /// The case it belongs to.
    #[serde(default)]
    case_id: Option<Ref<id::Case>>,
    /// The statement it is about.
    #[serde(default)]
    statement_id: Option<Ref<id::Statement>>,
    /// Must be the template's; may be left out.
    #[serde(default)]
    channel: Option<CommunicationsApiChannel>,
    /// Variables of your own.
    #[serde(default)]
    context: Map<String, Value>,
    /// The contact to use; the borrower's best one by default.
    #[serde(default)]
    contact_id: Option<Ref<id::Contact>>,
    /// Your id for the message. A second send with the same one is refused.
    #[serde(default)]
    external_id: Option<ExternalId>,
    /// What it is for besides what the type of message says: `marketing`.
    #[serde(default)]
    purpose: Option<Purpose>,
    /// The interaction this follows. If that is what the borrower wrote or said within the last 24 hours, this is a reply.
    #[serde(default)]
    previous_interaction_id: Option<Ref<id::Interaction>>,
    /// Whether a system sends this in response to an event. Decides sender address and unsubscribe link. If absent, true
    /// but for marketing, which never is.
    #[serde(default)]
    is_transactional: Option<bool>,
    /// Not before this instant, at most 7 days ahead. If absent, at once, or when the hour is right. An instant named
    /// is never moved: now is refused at night.
    #[serde(default)]
    send_at: Option<Timestamp>,
    /// Up to this many seconds later, at random.
    #[serde(default)]
    #[schemars(range(max = accept::MAX_JITTER))]
    send_jitter: u32,
    /// Whether a variable the template uses and nobody defines is an error.
    #[serde(default)]
    strict_undefined: bool,
}

/// A message that was accepted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Accepted {
    communication_id: Id<id::Interaction>,
    status: LogStatus,
    /// Null for a channel that 000 has no word for, such as push.
    channel: Option<CommunicationsApiChannel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// Accepts the message: checked, rendered, stored, queued.
pub async fn handle(app: &App, request: &Request) -> Answer {
    if dialect::DISPATCH.is_of(&request.body) {
        return dispatch::handle(app, request).await;
    }
    let now = app.now();
    let body = dialect::read(request, &dialect::COMMUNICATOR_SEND, |body: &SendRequest| {
        let mut faults = Faults::default();
        accept::check_jitter(&mut faults, body.send_jitter, "/send_jitter");
        accept::check_send_at(&mut faults, body.send_at, now, "/send_at");
        let is_marketing = body.purpose == Some(Purpose::Marketing);
        faults.expect(
            !(is_marketing && body.is_transactional == Some(true)),
            "/is_transactional",
            "must be false or left out for marketing, which must carry a link to unsubscribe (15 USC 7704)",
        );
        faults.none()
    })?;
    let tenant = request.tenant()?;
    let id = request.id_named(app, body.external_id.as_ref())?;
    let wording = Wording::Template(body.template_id, body.channel.map(Channel::from));
    let about = About {
        person: Some(body.borrower_id),
        contact: body.contact_id,
        loans: body.loan_id.into_iter().collect(),
        case: body.case_id,
        statement: body.statement_id,
        previous: body.previous_interaction_id,
        ..About::default()
    };
    let resolved = resolve(app, tenant, about, &wording).await?;
    let subject = app.subjects(tenant).await?.descriptor(&resolved.chosen.template.descriptor.subject);
    subject.may_be_sent_by(request.caller()?.agent)?;
    let core = accept::Request {
        id,
        external_id: body.external_id,
        circumstances: Circumstances { purpose: body.purpose, ..Circumstances::default() },
        context: body.context,
        transactional: body.is_transactional.unwrap_or(body.purpose != Some(Purpose::Marketing)),
        strict_undefined: body.strict_undefined,
        send_at: body.send_at,
        send_jitter: body.send_jitter,
        batch: None,
        supercase_bulk_operation: None,
        trigger: None,
        delay: jiff::SignedDuration::ZERO,
        instead_of: None,
        attachments: Vec::new(),
        edited: None,
        trace_id: request.trace_id.clone(),
    };
    let accepted = match accept::accept(app, resolved, &core).await? {
        Outcome::Accepted(interaction) | Outcome::Repeated(interaction) => interaction,
        Outcome::Blocked(blocked) => {
            return Ok(problem::blocked(&blocked.decision, &blocked.record.id, &request.trace_id));
        }
    };
    let answer = Accepted {
        status: LogStatus::of(&accepted),
        channel: CommunicationsApiChannel::try_from(accepted.channel).ok(),
        communication_id: accepted.id,
        send_at: accepted.send_at,
        created_at: accepted.created_at,
    };
    json(StatusCode::ACCEPTED, &answer)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Templates),
    Need::Read(Items::Versions),
    Need::All(accept::NEEDS),
    Need::All(dispatch::NEEDS),
];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communications", "Send to one borrower")
        .about(
            "Asks the compliance guard; renders the template; stores the message; queues it. If only the hour is wrong \
             and send_at is absent, the message is scheduled for the next right one. What was answered 202 is sent or ends \
             in a status that says why not.\n\n\
             A body with `channels` is dispatched (004): its subject and body go to one recipient by all of the channels at the \
             same time, and the answer, after ten seconds at most, says what became of it on each. That needs the role \
             `admin`. The answer is 200 where anything left or is still being sent, else 400 with the same `results`.",
        )
        .body::<SendOrDispatch>(json!({
            "template_id": "ext-payment-reminder",
            "borrower_id": "ext-john",
            "loan_id": "ext-LN-0001",
            "channel": "email",
            "context": { "custom_field": "custom_value" },
        }))
        .answer::<Accepted>(
            202,
            "It was accepted and will be sent",
            json!({
                "communication_id": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                "status": "queued",
                "channel": "email",
                "created_at": "2026-01-05T15:00:00Z",
            }),
        )
        .answer::<CommunicationBatchResponseDto>(200, "The message was dispatched, channel by channel", dispatch::example_answer())
        .problems(&[404, 409, 422])
}
