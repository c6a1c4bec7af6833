//! Adds a case to a person, or changes it.

use domain::{
    id,
    person::{Case, update::CaseUpdate},
};
use platform::{app::App, http::Request, needs::Need};

use crate::{
    catalog::Answer,
    openapi::Operation,
    people::{EDIT, change, examples, placed},
};

/// Adds or changes the case.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let update: CaseUpdate = request.json()?;
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Case>("caseId")?);
    let edited = change(app, request, |person| person.with_case(&named, &update, tenant, app.now())).await?;
    placed(edited, |person, case| person.case(&case.id).is_some())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(EDIT)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "Add or change a case")
        .about(
            "The id is yours, with ext- in front. Fields left out stay, null clears. A case that is over is left out of the \
             person's list: PUT /people/{id}.",
        )
        .body::<CaseUpdate>(examples::case_update())
        .answer::<Case>(200, "The case, changed", examples::case())
        .answer::<Case>(201, "The case, added", examples::case())
        .problems(&[404, 409, 412])
}
