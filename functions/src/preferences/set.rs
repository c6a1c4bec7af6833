//! Sets which channels a person wants.

use domain::person::{CommunicationPreference, Person};
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

/// Puts the preference in the place of the old one.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let preference: CommunicationPreference = request.json()?;
    preference.check()?;
    let wanting = |person: &Person| {
        let person = Person { communication_preference: preference.clone(), ..person.clone() };
        Ok((person, ()))
    };
    let edited = change(app, request, wanting).await?;
    json_with_etag(StatusCode::OK, &preference, edited.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(EDIT)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let example = || json!({ "optedOut": ["text"], "preferred": "email" });
    Operation::new("People", "Set which channels a person wants")
        .body::<CommunicationPreference>(example())
        .answer::<CommunicationPreference>(200, "The preference as it is stored", example())
        .problems(&[404, 409, 412])
}
