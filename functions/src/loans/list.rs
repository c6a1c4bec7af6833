//! Lists a person's loans.

use domain::person::Loan;
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

/// Shows all loans.
pub async fn handle(app: &App, request: &Request) -> Answer {
    show(app, request, |person| &person.loans).await
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::People)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "List a person's loans")
        .answer::<Vec<Loan>>(200, "The loans as they are stored", json!([examples::loan()]))
        .problems(&[404])
}
