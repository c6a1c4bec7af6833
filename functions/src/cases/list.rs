//! Lists a person's open cases.

use domain::person::Case;
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

/// Shows all open cases.
pub async fn handle(app: &App, request: &Request) -> Answer {
    show(app, request, |person| &person.cases).await
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::People)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "List a person's open cases")
        .answer::<Vec<Case>>(200, "The cases as they are stored", json!([examples::case()]))
        .problems(&[404])
}
