//! Lists a person's consents and revocations.

use domain::person::Consent;
use platform::{
    app::App,
    http::Request,
    needs::{Items, Need},
};
use serde_json::json;

use crate::{
    catalog::Answer,
    openapi::Operation,
    people::{examples, show},
};

/// Shows all of them, oldest first.
pub async fn handle(app: &App, request: &Request) -> Answer {
    show(app, request, |person| &person.consents).await
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::People)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "List a person's consents and revocations")
        .about("Oldest first. The newest that applies to a channel and a contact counts.")
        .answer::<Vec<Consent>>(200, "The records as they are stored", json!([examples::consent()]))
        .problems(&[404])
}
