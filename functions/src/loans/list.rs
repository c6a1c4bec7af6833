//! Lists a person's loans.

use domain::person::Loan;
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

/// Shows all loans.
pub async fn handle(app: &App, request: &Request) -> Answer {
    json(StatusCode::OK, &find(app, request).await?.loans)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::People)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "List a person's loans")
        .answer::<Vec<Loan>>(200, "The loans", json!([examples::loan()]))
        .problems(&[404])
}
