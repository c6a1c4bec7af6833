//! Sends a dead letter back to its queue, and records who asked for it and why.

use domain::{Error, formats, shape};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    dead_letters::{self, Redriven},
    http::{Request, json},
    needs::{Items, Need},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::{catalog::Answer, openapi::Operation};

/// Why a dead letter is sent back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendBack {
    /// Why it is sent back, for the record; names nobody. 1 to 500 characters.
    #[schemars(with = "shape::Line<500>")]
    reason: String,
}

impl SendBack {
    fn check(&self) -> Result<(), Error> {
        formats::line(&self.reason, 500).map_err(|message| Error::invalid("/reason", message))
    }
}

/// Sends it back. One that is gone because it was sent back before is answered with the record of that.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body = request.json_checked(SendBack::check)?;
    let (caller, id) = (request.caller()?, request.path("id"));
    let tenant = &caller.tenant;
    let Some(taken) = dead_letters::take(&app.queues, tenant, id).await? else {
        let known = app.store.redrive(tenant, id).await?;
        let known =
            known.ok_or_else(|| Error::not_found("dead letter", id.chars().take(80).collect::<String>()))?;
        return json(StatusCode::ACCEPTED, &known);
    };
    let redriven = Redriven {
        letter: taken.letter.clone(),
        at: app.now(),
        by: caller.subject.clone(),
        reason: body.reason,
        trace_id: request.trace_id.clone(),
    };
    // First the record: nothing is sent back that nobody answers for.
    app.store.record_redrive(tenant, &redriven).await?;
    dead_letters::send_back(&app.queues, taken).await?;
    json(StatusCode::ACCEPTED, &redriven)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Redrive, Need::Read(Items::Redrives), Need::Write(Items::Redrives)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Administration", "Send a dead letter back to its queue")
        .about(
            "Its work is tried anew, five times at most. Do it once what was in the way is gone. All work is safe to do twice. \
             Who asked for it, when and why is recorded. Asked for again, it answers with the record.",
        )
        .body::<SendBack>(json!({ "reason": "The provider's reports have their old shape again" }))
        .answer::<Redriven>(
            202,
            "It is in its queue again",
            json!({
                "letter": super::example(),
                "at": "2026-01-05T16:00:00Z",
                "by": "AK-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                "reason": "The provider's reports have their old shape again",
                "traceId": "1-67891233-abcdef012345678912345678",
            }),
        )
        .problems(&[404])
}
