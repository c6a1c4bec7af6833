//! Lists a person's contacts.

use domain::person::Contact;
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

/// Shows all contacts, archived ones too.
pub async fn handle(app: &App, request: &Request) -> Answer {
    show(app, request, |person| &person.contacts).await
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::People)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "List a person's contacts")
        .answer::<Vec<Contact>>(200, "The contacts as they are stored", json!([examples::contact()]))
        .problems(&[404])
}
