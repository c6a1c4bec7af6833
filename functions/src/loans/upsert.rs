//! Adds a loan to a person, or changes it.

use domain::{
    id,
    person::{Loan, update::LoanUpdate},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::Need,
};

use crate::{
    catalog::Answer,
    openapi::Operation,
    people::{EDIT, change, examples},
};

/// Adds or changes the loan.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let said: LoanUpdate = request.json()?;
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Loan>("loanId")?);
    let edited = change(app, request, |person| person.with_loan(&named, &said, tenant)).await?;
    let is_known = edited.before.is_some_and(|person| person.loan(&edited.part.id).is_some());
    json(if is_known { StatusCode::OK } else { StatusCode::CREATED }, &edited.part)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(EDIT)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "Add or change a loan")
        .about("The id is yours, with ext- in front. Fields left out stay, null clears.")
        .body::<LoanUpdate>(examples::loan_update())
        .answer::<Loan>(200, "The loan, changed", examples::loan())
        .answer::<Loan>(201, "The loan, added", examples::loan())
        .problems(&[404, 409])
}
