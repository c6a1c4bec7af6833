//! 001 · Update an interaction: how it went on, and what was wrong about it.

use domain::interaction::InteractionUpdate;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Bodies, Need},
    pipeline::record,
};
use serde_json::json;

use super::{InteractionView, example_answer};
use crate::{catalog::Answer, envelope::One, openapi::Operation};

/// Moves a recorded one on; calls one off that we are to send.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let said: InteractionUpdate = request.json()?;
    let interaction = record::amend(app, request.tenant()?, &request.path_ref("id")?, &said).await?;
    let view = InteractionView::of(app, request.caller()?, interaction).await?;
    json(StatusCode::OK, &One::of(StatusCode::OK, view))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Fetch(Bodies::Contents), Need::All(record::AMEND)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Interactions", "Update an interaction")
        .about(
            "A status moves forward only: scheduled, inProgress, attempted, then succeeded or failed; what is scheduled can \
             be canceled. agentOutcome can be corrected at any time. Fields left out stay, null clears. What we send takes \
             {\"status\": \"canceled\"} only, while it waits; its place in limits on how often is free again.",
        )
        .body::<InteractionUpdate>(json!({
            "status": "succeeded",
            "statusDetails": "voiceSpokeWithFirstParty",
            "agentOutcome": "voiceSpokeWithFirstParty",
            "endedAt": "2019-08-24T14:19:02Z",
        }))
        .answer::<One<InteractionView>>(200, "The interaction", example_answer(200, "OK"))
        .problems(&[404, 409])
}
