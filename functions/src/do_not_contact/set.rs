//! Forbids contact with a person.

use domain::person::{DoNotContact, Person};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::Need,
};
use serde_json::json;

use crate::{
    catalog::Answer,
    openapi::Operation,
    people::{EDIT, change},
};

/// Nothing is sent to the person from now on, not even what was accepted before.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let order: DoNotContact = request.json()?;
    let ordered = |person: &Person| Ok((person.with_do_not_contact(&order, app.now())?, ()));
    let edited = change(app, request, ordered).await?;
    json_with_etag(StatusCode::OK, &order, edited.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(EDIT)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let example = || json!({ "until": "2026-03-01T00:00:00Z", "reason": "Asked for time" });
    Operation::new("People", "Forbid contact with a person")
        .about(
            "On every channel, permanently or until an instant. Messages accepted before are not sent either.",
        )
        .body::<DoNotContact>(example())
        .answer::<DoNotContact>(200, "The order as it is stored", example())
        .problems(&[404, 409, 412])
}
