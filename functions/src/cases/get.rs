//! Gets a case of a person.

use domain::{id, person::Case};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
    store::people::Known,
};

use crate::{catalog::Answer, openapi::Operation, people::examples};

/// Shows the case.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Case>("caseId")?);
    let Known { person, revision, .. } =
        app.store.person(tenant, &request.path_ref::<id::Person>("id")?).await?;
    let case = person.case(&named.resolve(tenant.as_str()));
    json_with_etag(StatusCode::OK, case.ok_or_else(|| named.not_found())?, revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::People)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "Get a case of a person")
        .answer::<Case>(200, "The case as it is stored", examples::case())
        .problems(&[404])
}
