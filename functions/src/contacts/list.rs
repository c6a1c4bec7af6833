//! Lists a person's contacts.

use domain::person::Contact;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};
use serde_json::json;

use crate::{
    catalog::Answer,
    openapi::Operation,
    people::{examples, find},
};

/// Shows all contacts, archived ones too.
pub async fn handle(app: &App, request: &Request) -> Answer {
    json(StatusCode::OK, &find(app, request).await?.contacts)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::People)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "List a person's contacts")
        .answer::<Vec<Contact>>(200, "The contacts", json!([examples::contact()]))
        .problems(&[404])
}
