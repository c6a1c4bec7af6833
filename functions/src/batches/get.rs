//! Gets the progress of a batch.

use domain::{
    Error,
    batch::{Batch, BatchReasons, BatchStatus, Words},
    id::{self, Id},
    vocabulary::{Channel, CommunicationsApiChannel, Subject},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{catalog::Answer, openapi::Operation};

/// A batch and how far it is. `processed` is the sum of the four counts after it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Progress {
    batch_id: Id<id::Batch>,
    status: BatchStatus,
    /// The template; null if each borrower gets the best one about `template_type`.
    template_id: Option<Id<id::Descriptor>>,
    /// What it is about, if it was sent by that.
    #[serde(skip_serializing_if = "Option::is_none")]
    template_type: Option<String>,
    /// Null if each borrower gets it by the channel they like best.
    channel: Option<CommunicationsApiChannel>,
    /// No message leaves before this instant, if the request named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    send_at: Option<Timestamp>,
    /// Over how many seconds its messages are spread.
    send_jitter: u32,
    /// Unknown until a list given as an object was read.
    total: Option<u32>,
    /// How many ids of the list named a borrower who stands before in it; `total` does not count them.
    repeated: u32,
    processed: u32,
    accepted: u32,
    blocked: u32,
    failed: u32,
    canceled: u32,
    /// Why some were blocked or failed: how many, by the first reason of each. Absent in a batch that began before this was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<BatchReasons>,
    /// Who asked for it: an API key's id or a token's subject. Absent in a batch that began before this was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_by: Option<String>,
    /// Who canceled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    canceled_by: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Progress {
    /// What callers see of a batch.
    pub fn of(batch: &Batch) -> Self {
        let (template_id, subject, channel) = match &batch.words {
            Words::Template { descriptor_id, channel } => (Some(descriptor_id.clone()), None, Some(*channel)),
            Words::Best { subject, channel } => (None, Some(subject), *channel),
        };
        Self {
            batch_id: batch.id.clone(),
            status: batch.status,
            template_id,
            template_type: subject.map(Subject::template_type),
            channel: channel.and_then(|channel| CommunicationsApiChannel::try_from(channel).ok()),
            send_at: batch.send_at,
            send_jitter: batch.send_jitter,
            total: batch.total,
            repeated: batch.repeated,
            processed: batch.counts.processed(),
            accepted: batch.counts.accepted,
            blocked: batch.counts.blocked,
            failed: batch.counts.failed,
            canceled: batch.counts.canceled,
            reasons: batch.reasons.clone(),
            requested_by: batch.requested_by.clone(),
            canceled_by: batch.canceled_by.clone(),
            created_at: batch.created_at,
            updated_at: batch.updated_at,
        }
    }
}

/// Shows the batch.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let batch = find(app, request).await?;
    json(StatusCode::OK, &Progress::of(&batch))
}

/// A batch as the OpenAPI document shows it.
pub(crate) fn example(channel: Channel) -> Value {
    json!({
        "batch_id": "BU-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
        "status": "processing",
        "template_id": "TD-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
        "channel": channel,
        "send_at": "2026-01-06T15:00:00Z",
        "send_jitter": 600,
        "total": 3,
        "repeated": 0,
        "processed": 0,
        "accepted": 0,
        "blocked": 0,
        "failed": 0,
        "canceled": 0,
        "reasons": { "blocked": {}, "failed": {} },
        "requested_by": "AK-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
        "created_at": "2026-01-05T15:00:00Z",
        "updated_at": "2026-01-05T15:00:00Z",
    })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Batches)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Batches", "Progress of a batch")
        .answer::<Progress>(200, "The batch as it is stored", example(Channel::Email))
        .problems(&[404])
}

/// The batch in a request's path, which must exist.
pub(super) async fn find(app: &App, request: &Request) -> Result<Batch, Error> {
    app.store.batch(request.tenant()?, &request.path_ref("id")?).await
}
