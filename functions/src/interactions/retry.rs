//! Sends a message again that failed, with who asked for it and why in its history.

use domain::{
    Error, formats,
    id::{self, Id},
    interaction::Interaction,
    shape,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::Need,
    pipeline::events::resend,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{InteractionView, SHOW, example_view};
use crate::{catalog::Answer, envelope::One, openapi::Operation};

/// Why a message is sent again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Why it is sent again, for the record; names nobody. 1 to 200 characters.
    #[schemars(with = "shape::Line<200>")]
    reason: String,
}

impl Retry {
    fn check(&self) -> Result<(), Error> {
        formats::line(&self.reason, 200).map_err(|message| Error::invalid("/reason", message))
    }
}

/// Sends it again.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body = request.json_checked(Retry::check)?;
    let caller = request.caller()?;
    let lender = app.lender(&caller.tenant).await?;
    // The same request again, after a crash, finds what it sent.
    let operation: Id<id::Operation> = request.new_id(app)?;
    let by = Interaction::retried_by(operation.as_str(), &caller.subject, &body.reason);
    let named = request.path_ref("id")?;
    let message = resend::retry(app, &lender, &named, &by, &request.trace_id).await?;
    let view = InteractionView::find(app, caller, message).await?;
    json(StatusCode::ACCEPTED, &One::of(StatusCode::ACCEPTED, view))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(resend::RETRY), Need::All(SHOW)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Interactions", "Send a message again that failed")
        .about(
            "The message goes again under its own id, in its own words, and the guard is asked anew when it leaves. Who asked for \
             it, when and why stands in its timeline. Asked for twice, it goes once. What failed, and whether a retry makes sense, \
             is shown by the communication log: `?status=failed`, member `retry`.",
        )
        .body::<Retry>(json!({ "reason": "The account at the provider is in order again" }))
        .answer::<One<InteractionView>>(
            202,
            "The message, which waits to be sent",
            json!({ "status": 202, "message": "Accepted", "data": example_view() }),
        )
        .problems(&[404, 409])
}
