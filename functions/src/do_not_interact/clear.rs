//! Allows contact with a person again, as far as a case goes.

use domain::id;
use platform::{
    app::App,
    http::{Request, no_content},
    needs::Need,
};

use crate::{
    catalog::Answer,
    openapi::Operation,
    people::{EDIT, change},
};

/// Takes the order back; if there is none, nothing changes.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Case>("caseId")?);
    change(app, request, |person| person.with_do_not_interact(&named, None, tenant, app.now())).await?;
    Ok(no_content())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(EDIT)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "Allow contact again, as far as a case goes")
        .empty(204, "Contact is allowed as far as nothing else forbids it")
        .problems(&[404, 409, 412])
}
