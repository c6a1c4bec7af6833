//! 000 · Send Batch: one template to many borrowers, answered at once and worked off in the background.

use domain::{
    Error,
    batch::{Batch, BatchStatus, Counts},
    error::Violation,
    id::{self, Id, Ref},
    interaction::Interaction,
    update::Faults,
    vocabulary::{Channel, CommunicationsApiChannel, Purpose},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Bodies, Items, Need},
    objects::Objects,
    pipeline::{
        accept,
        batch::{self, MAX_BORROWER_ID},
        resolve,
    },
    queues::{BatchWork, Queue},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    batches::get::{self, Progress},
    catalog::Answer,
    openapi::Operation,
};

/// The largest context of a batch, in bytes of JSON.
const MAX_CONTEXT: usize = 64 * 1024;

/// What to send to whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendBatchRequest {
    /// The template.
    template_id: Ref<id::Descriptor>,
    /// Up to 10,000 borrowers. Either this or `borrower_ids_s3_key`.
    #[serde(default)]
    borrower_ids: Option<Vec<String>>,
    /// For more: an object in Postrider's bucket under `<your tenant>/lists/`, one borrower id as a JSON string a line.
    #[serde(default)]
    borrower_ids_s3_key: Option<String>,
    /// Must be the template's; may be left out.
    #[serde(default)]
    channel: Option<CommunicationsApiChannel>,
    /// Variables of your own, the same for everybody.
    #[serde(default)]
    context: Map<String, Value>,
    /// What it is for besides what the type of message says: `marketing`.
    #[serde(default)]
    purpose: Option<Purpose>,
    /// Not before this instant, at most 7 days ahead. Where absent, at once, or for each borrower when the hour is right.
    #[serde(default)]
    send_at: Option<Timestamp>,
    /// Spreads the messages over this many seconds, at most a day.
    #[serde(default)]
    send_jitter: u32,
}

/// Stores the batch and hands it out.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: SendBatchRequest = request.json()?;
    let (now, mut faults) = (app.now(), Faults::default());
    accept::check_jitter(&mut faults, body.send_jitter, "/send_jitter");
    accept::check_send_at(&mut faults, body.send_at, now, "/send_at");
    let context = serde_json::to_string(&body.context).map_or(0, |text| text.len());
    faults.expect(
        context <= MAX_CONTEXT,
        "/context",
        "has at most 65536 bytes of JSON; it is kept with the batch",
    );
    faults.none()?;
    let tenant = app.tenant(request.tenant()?).await?;
    let named = body.channel.map(Channel::from);
    let template = resolve::named_template(app, &tenant.id, &body.template_id, named).await?.template;
    let (channel, subject) = (template.descriptor.channel, &template.descriptor.subject);
    app.subjects(&tenant.id).await?.descriptor(subject).may_be_sent_by(request.caller()?.agent)?;
    app.providers.serving(&tenant, channel, batch::TRANSACTIONAL)?;

    let id: Id<id::Batch> = request.new_id(app)?;
    let (borrowers_key, total) = match (body.borrower_ids, body.borrower_ids_s3_key) {
        (Some(ids), None) => {
            let list = lines(&ids)?;
            let key = Objects::batch_key(&tenant.id, &id);
            app.objects.put(&key, list).await?;
            (key, u32::try_from(ids.len()).ok())
        }
        (None, Some(key)) if Objects::belongs_to(&key, &tenant.id) => (key, None),
        (None, Some(_)) => {
            let message = format!("must start with {}/lists/", tenant.id);
            return Err(Error::invalid("/borrower_ids_s3_key", message));
        }
        (Some(_), Some(_)) | (None, None) => {
            return Err(Error::invalid("/borrower_ids", "give either borrower_ids or borrower_ids_s3_key"));
        }
    };
    let batch = Batch {
        id: id.clone(),
        descriptor_id: template.descriptor.id.clone(),
        channel,
        context: body.context,
        purpose: body.purpose,
        send_jitter: body.send_jitter,
        send_at: body.send_at,
        borrowers_key,
        total,
        status: BatchStatus::Processing,
        counts: Counts::default(),
        trace_id: request.trace_id.clone(),
        created_at: now,
        updated_at: now,
        due_at: Some(now + Interaction::GRACE),
    };
    let batch = app.store.create_batch(&tenant.id, batch).await?;
    let work = BatchWork::Expand { tenant: tenant.id.clone(), batch: id };
    if let Err(error) = app.queues.batch_work(&[work]).await {
        tracing::warn!(%error, "left to the sweep");
    }
    json(StatusCode::ACCEPTED, &Progress::of(&batch))
}

/// The list as it is stored: one JSON string a line.
fn lines(ids: &[String]) -> Result<Vec<u8>, Error> {
    if ids.is_empty() || ids.len() > Batch::MAX_INLINE {
        let message = format!(
            "has 1 to {} ids; put more into an object and give borrower_ids_s3_key",
            Batch::MAX_INLINE
        );
        return Err(Error::invalid("/borrower_ids", message));
    }
    let too_long = |id: &String| id.chars().count() > MAX_BORROWER_ID;
    let message = format!("is longer than {MAX_BORROWER_ID} characters");
    let violations: Vec<Violation> = (0..)
        .zip(ids)
        .filter(|(_, id)| too_long(id))
        .map(|(at, _): (usize, _)| Violation::new(format!("/borrower_ids/{at}"), &message))
        .take(50)
        .collect();
    if !violations.is_empty() {
        return Err(Error::Invalid(violations));
    }
    let mut list = String::new();
    for id in ids {
        list.push_str(&Value::String(id.clone()).to_string());
        list.push('\n');
    }
    Ok(list.into_bytes())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::Templates),
    Need::Read(Items::Versions),
    Need::Read(Items::Batches),
    Need::Write(Items::Batches),
    Need::Keep(Bodies::Batches),
    Need::Send(Queue::Batches),
];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communications", "Send to many borrowers")
        .about("Answered at once; every borrower gets a result. Naming a borrower twice sends one message.")
        .body::<SendBatchRequest>(json!({
            "template_id": "ext-payment-reminder",
            "borrower_ids": ["ext-john", "ext-maria", "ext-nia"],
            "channel": "email",
        }))
        .answer::<Progress>(202, "Accepted", get::example(Channel::Email))
        .problems(&[404, 409])
}
