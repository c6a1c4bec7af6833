//! Lists a person's loans.

use domain::person::Loan;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
};
use serde_json::json;

use super::{examples, find};
use crate::{catalog::Answer, openapi::Operation};

/// Shows all loans.
pub async fn handle(app: &App, request: &Request) -> Answer {
    json(StatusCode::OK, &find(app, request).await?.loans)
}

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "List a person's loans")
        .answer::<Vec<Loan>>(200, "The loans", json!([examples::loan()]))
        .problems(&[404])
}
