//! 000 · Send Batch: one template to many borrowers, answered at once and processed in the background.

use domain::{
    batch::{Batch, Words},
    id::{self, Ref},
    shape,
    update::Faults,
    vocabulary::{Channel, CommunicationsApiChannel, Purpose},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
    pipeline::{accept, resolve},
};
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    batches::{
        begin::{self, People},
        get::{self, Progress},
    },
    catalog::Answer,
    openapi::Operation,
};

/// What to send, and to which person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = one_list)]
pub struct SendBatchRequest {
    /// The template that the message is made from.
    template_id: Ref<id::Descriptor>,
    /// Up to 10,000 borrowers. Either this or `borrower_ids_s3_key`.
    #[serde(default)]
    #[schemars(with = "Option<Vec<Ref<id::Person>>>", length(min = 1, max = Batch::MAX_INLINE))]
    borrower_ids: Option<Vec<String>>,
    /// For more: an object in Postrider's bucket under `<your tenant>/lists/`, one borrower id as a JSON string a line.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<1_024>>")]
    borrower_ids_s3_key: Option<String>,
    /// Must be the template's; may be left out.
    #[serde(default)]
    channel: Option<CommunicationsApiChannel>,
    /// Variables of your own, the same for everybody.
    #[serde(default)]
    #[schemars(with = "shape::Stored")]
    context: Map<String, Value>,
    /// What it is for besides what the type of message says: `marketing`.
    #[serde(default)]
    purpose: Option<Purpose>,
    /// Not before this instant, at most 7 days ahead. If absent, at once, or for each borrower when the hour is right.
    #[serde(default)]
    send_at: Option<Timestamp>,
    /// Spreads the messages over this many seconds, at most a day.
    #[serde(default)]
    #[schemars(range(max = accept::MAX_JITTER))]
    send_jitter: u32,
}

/// In schemas: that there is one list of people.
fn one_list(schema: &mut Schema) {
    shape::hold(schema, json!([shape::either("borrower_ids", "borrower_ids_s3_key")]));
}

/// Stores the batch and hands it out.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: SendBatchRequest = request.json()?;
    let (now, mut faults) = (app.now(), Faults::default());
    accept::check_jitter(&mut faults, body.send_jitter, "/send_jitter");
    accept::check_send_at(&mut faults, body.send_at, now, "/send_at");
    begin::check_context(&mut faults, &body.context);
    faults.none()?;
    let tenant = app.tenant(request.tenant()?).await?;
    let named = body.channel.map(Channel::from);
    let template = resolve::named_template(app, &tenant.id, &body.template_id, named).await?.template;
    let (channel, subject) = (template.descriptor.channel, &template.descriptor.subject);
    app.subjects(&tenant.id).await?.descriptor(subject).may_be_sent_by(request.caller()?.agent)?;
    // A batch of 000 is sent by a system, not by a person who waits for answers; marketing must let people unsubscribe.
    let transactional = body.purpose != Some(Purpose::Marketing);
    app.providers.serving(&tenant, channel, transactional)?;
    let words = Words::Template { descriptor_id: template.descriptor.id.clone(), channel };
    let batch = Batch {
        transactional,
        context: body.context,
        purpose: body.purpose,
        send_jitter: body.send_jitter,
        send_at: body.send_at,
        ..begin::new(request.new_id(app)?, words, request, now)
    };
    let people = People {
        ids: body.borrower_ids,
        s3_key: body.borrower_ids_s3_key,
        names: ["borrower_ids", "borrower_ids_s3_key"],
    };
    let batch = begin::begin(app, &tenant.id, batch, people).await?;
    json(StatusCode::ACCEPTED, &Progress::of(&batch))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::Templates),
    Need::Read(Items::Versions),
    Need::All(begin::NEEDS),
];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communications", "Send to many borrowers")
        .about("Answered at once; every borrower gets a result. A borrower named twice, or by two of its ids, is one.")
        .body::<SendBatchRequest>(json!({
            "template_id": "ext-payment-reminder",
            "borrower_ids": ["ext-john", "ext-maria", "ext-nia"],
            "channel": "email",
        }))
        .answer::<Progress>(202, "It was accepted and will be sent", get::example(Channel::Email))
        .problems(&[404, 409])
}
