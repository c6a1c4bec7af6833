//! 001 · Send message, to many: the same subject to many borrowers, each in their best words, by their best channel.

use domain::{
    Error,
    batch::{Batch, BatchStatus, Words},
    id::{self, Id, Ref},
    shape,
    update::Faults,
    vocabulary::{Channel, MessageChannel, Subject, Theme},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
    pipeline::accept,
};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::message::When;
use crate::{
    batches::begin::{self, People},
    catalog::Answer,
    envelope::One,
    openapi::Operation,
};

/// What to send, and to which person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(transform = one_list)]
pub struct SendBatch {
    /// What it is about.
    subject: Subject,
    /// Up to 10,000 borrowers. Either this or `personIdsS3Key`.
    #[serde(default)]
    #[schemars(with = "Option<Vec<Ref<id::Person>>>", length(min = 1, max = Batch::MAX_INLINE))]
    person_ids: Option<Vec<String>>,
    /// For more: an object in Postrider's bucket under `<your tenant>/lists/`, one borrower id as a JSON string a line.
    #[serde(default, rename = "personIdsS3Key")]
    #[schemars(with = "Option<shape::Line<1_024>>")]
    person_ids_s3_key: Option<String>,
    /// By which channel; by default, for each borrower by the one they like best of those that have a template and a
    /// contact.
    #[serde(default)]
    channel: Option<MessageChannel>,
    /// Why. Required if the subject implies none.
    #[serde(default)]
    theme: Option<Theme>,
    /// Variables of your own, the same for everybody: 64 KB of JSON.
    #[serde(default)]
    #[schemars(with = "shape::Stored")]
    context: Map<String, Value>,
    /// Your bulk operation over cases that it belongs to: up to 255 characters.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<255>>")]
    supercase_bulk_operation_id: Option<String>,
    /// Whether a system sends this in response to an event. Decides From and Reply-To. True by default.
    #[serde(default = "yes")]
    is_transactional: bool,
    /// When to send it, at most 7 days ahead. Null: at once, or for each borrower when the hour is right.
    #[serde(default)]
    send_at: Option<When>,
    /// Spreads the messages over this many seconds; at most a day.
    #[serde(default)]
    #[schemars(range(max = accept::MAX_JITTER))]
    send_jitter: u32,
    /// Whether a variable the template uses and nobody defines is an error.
    #[serde(default)]
    strict_undefined: bool,
}

/// In schemas: that there is one list of people.
fn one_list(schema: &mut Schema) {
    shape::hold(schema, json!([shape::either("personIds", "personIdsS3Key")]));
}

/// A batch that was accepted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedBatch {
    /// What its progress and results are asked by: `GET /api/v1/communications/batches/{id}`.
    batch_id: Id<id::Batch>,
    status: BatchStatus,
    /// How many borrowers. Unknown until a list given as an object was read.
    total: Option<u32>,
    /// How many ids of the list named a borrower who stands before in it; `total` does not count them.
    repeated: u32,
    created_at: Timestamp,
}

impl AcceptedBatch {
    fn of(batch: Batch) -> Self {
        let Batch { id, status, total, repeated, created_at, .. } = batch;
        Self { batch_id: id, status, total, repeated, created_at }
    }
}

fn yes() -> bool {
    true
}

impl SendBatch {
    fn send_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.send_at.map(|when| when.instant(now))
    }
}

/// Stores the batch and hands it out.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let now = app.now();
    let body = request.json_checked(|body: &SendBatch| {
        let mut faults = Faults::default();
        accept::check_jitter(&mut faults, body.send_jitter, "/sendJitter");
        accept::check_send_at(&mut faults, body.send_at(now), now, "/sendAt");
        faults.line("/supercaseBulkOperationId", body.supercase_bulk_operation_id.as_ref(), 255);
        begin::check_context(&mut faults, &body.context);
        faults.none()
    })?;
    let send_at = body.send_at(now);
    let tenant = app.tenant(request.tenant()?).await?;
    let subject = app.subjects(&tenant.id).await?.descriptor(&body.subject);
    let theme = body.theme.or(subject.theme);
    let theme = theme.ok_or_else(|| Error::invalid("/theme", "must be given: the subject implies none"))?;
    subject.may_be_sent_by(request.caller()?.agent)?;
    subject.may_say(false)?;
    let channel = body.channel.map(Channel::from);
    if let Some(channel) = channel {
        app.providers.serving(&tenant, channel, body.is_transactional)?;
    }
    let words = Words::Best { subject: body.subject, channel };
    let batch = Batch {
        theme: Some(theme.replacement().unwrap_or(theme)),
        transactional: body.is_transactional,
        strict_undefined: body.strict_undefined,
        supercase_bulk_operation_id: body.supercase_bulk_operation_id,
        context: body.context,
        send_jitter: body.send_jitter,
        send_at,
        ..begin::new(request.new_id(app)?, words, request, now)
    };
    let people = People {
        ids: body.person_ids,
        s3_key: body.person_ids_s3_key,
        names: ["personIds", "personIdsS3Key"],
    };
    let batch = begin::begin(app, &tenant.id, batch, people).await?;
    json(StatusCode::ACCEPTED, &One::of(StatusCode::ACCEPTED, AcceptedBatch::of(batch)))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants), Need::All(begin::NEEDS)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communicator", "Send a message to many")
        .about(
            "Answered at once and processed in the background, as sending each borrower the message by itself would: with the \
             template for the borrower's language and the loan's product, by the channel the borrower likes best, in the only \
             open case of the subject's types. Every borrower gets a result, with the problem's type where there was one: \
             GET /api/v1/communications/batches/{id}/results. A borrower named twice, or by two of its ids, is one.",
        )
        .body::<SendBatch>(json!({
            "subject": "annualPrivacyPolicyNotice",
            "personIds": ["ext-john", "ext-maria", "ext-nia"],
            "context": { "lenderName": "Peachy Lender" },
            "sendJitter": 600,
        }))
        .answer::<One<AcceptedBatch>>(
            202,
            "It was accepted and will be sent",
            json!({
                "status": 202,
                "message": "Accepted",
                "data": {
                    "batchId": "BU-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                    "status": "processing",
                    "total": 3,
                    "repeated": 0,
                    "createdAt": "2026-01-05T15:00:00Z",
                },
            }),
        )
        .problems(&[409])
}
