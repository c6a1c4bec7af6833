//! Adds a loan to a person, or changes it.

use domain::{
    id,
    person::{Loan, update::LoanUpdate},
};
use platform::{app::App, http::Request, needs::Need};

use crate::{
    catalog::Answer,
    openapi::Operation,
    people::{EDIT, change, examples, placed},
};

/// Adds or changes the loan.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let update: LoanUpdate = request.json()?;
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Loan>("loanId")?);
    let edited = change(app, request, |person| person.with_loan(&named, &update, tenant)).await?;
    placed(edited, |person, loan| person.loan(&loan.id).is_some())
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
        .problems(&[404, 409, 412])
}
