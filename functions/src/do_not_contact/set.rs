//! Forbids contact with a person.

use domain::{
    Error,
    person::{DoNotContact, Person},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
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
    order.check()?;
    let ordered = |person: &Person| {
        // What is on record already may be said again, also once it is over.
        if person.do_not_contact.as_ref() != Some(&order)
            && let Some(until) = order.until.filter(|until| *until <= app.now())
        {
            return Err(Error::invalid("/until", format!("must be in the future; {until} was sent")));
        }
        Ok((Person { do_not_contact: Some(order.clone()), ..person.clone() }, ()))
    };
    change(app, request, ordered).await?;
    json(StatusCode::OK, &order)
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
        .problems(&[404, 409])
}
