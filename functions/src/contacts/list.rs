//! Lists a person's contacts.

use domain::person::Contact;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
};
use serde_json::json;

use super::{examples, find};
use crate::{catalog::Answer, openapi::Operation};

/// Shows all contacts, archived ones too.
pub async fn handle(app: &App, request: &Request) -> Answer {
    json(StatusCode::OK, &find(app, request).await?.contacts)
}

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "List a person's contacts")
        .answer::<Vec<Contact>>(200, "The contacts", json!([examples::contact()]))
        .problems(&[404])
}
