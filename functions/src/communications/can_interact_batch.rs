//! May these borrowers be contacted by this channel now? One answer each.

use domain::{
    compliance::Circumstances,
    id::{self, Ref},
    vocabulary::{CommunicationsApiChannel, Purpose, Subject},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::can_interact::{CanInteract, intent};
use crate::{catalog::Answer, openapi::Operation};

/// Whom, how, and, for suppression, with what type of message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CanInteractBatchRequest {
    /// The borrowers, at most 1,000.
    #[schemars(with = "Vec<Ref<id::Person>>", length(min = 1, max = 1_000))]
    borrower_ids: Vec<String>,
    /// The channel the message would be sent by.
    channel: CommunicationsApiChannel,
    /// The template to be used. Suppression is asked about only when the type of message is known.
    #[serde(default)]
    template_id: Option<Ref<id::Descriptor>>,
    /// The type of message, if no template is named.
    #[serde(default)]
    template_type: Option<Subject>,
    /// What it would be for besides what the type of message says: `marketing`.
    #[serde(default)]
    purpose: Option<Purpose>,
}

/// One answer for each.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CanInteractBatch {
    /// In the order of the request.
    results: Vec<BorrowerAnswer>,
}

/// The answer for one borrower.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BorrowerAnswer {
    /// The borrower's id as the request gave it.
    borrower_id: String,
    /// Absent if there is no such borrower.
    #[serde(flatten)]
    answer: Option<CanInteract>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// Asks the guard about each.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: CanInteractBatchRequest = request.json()?;
    let lender = app.lender(request.tenant()?).await?;
    let named_by = (body.template_id.as_ref(), body.template_type);
    let circumstances = Circumstances { purpose: body.purpose, ..Circumstances::default() };
    let intent = intent(app, &lender.tenant.id, body.channel, named_by, circumstances).await?;
    let decisions = intent.judge_each(app, &lender, "/borrower_ids", &body.borrower_ids).await?;
    let results =
        decisions.into_iter().zip(body.borrower_ids).map(|(decision, borrower_id)| BorrowerAnswer {
            problem: decision.is_none().then(|| format!("There is no borrower {borrower_id}; check the id.")),
            answer: decision.map(CanInteract::from),
            borrower_id,
        });
    json(StatusCode::OK, &CanInteractBatch { results: results.collect() })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::People),
    Need::Read(Items::Templates),
    Need::Read(Items::Versions),
];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communications", "May these borrowers be contacted?")
        .about("The same question about up to 1,000 borrowers, each answered by itself. An unknown one spoils no other.")
        .body::<CanInteractBatchRequest>(json!({ "borrower_ids": ["ext-john", "ext-nobody"], "channel": "email" }))
        .answer::<CanInteractBatch>(
            200,
            "One answer for each, in the order of the request",
            json!({
                "results": [
                    { "borrower_id": "ext-john", "can_interact": true, "reasons": [] },
                    { "borrower_id": "ext-nobody", "problem": "There is no borrower ext-nobody; check the id." },
                ],
            }),
        )
        .problems(&[404, 409])
}
