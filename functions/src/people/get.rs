//! Gets a person with all facts.

use domain::{id, person::Person};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
    store::people::Known,
};

use super::examples;
use crate::{catalog::Answer, openapi::Operation};

/// Shows everything known about the person.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Person>("id")?);
    let Known { person, revision, .. } = app.store.person(tenant, &named).await?;
    json_with_etag(StatusCode::OK, &person, revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::People)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "Get a person with all facts")
        .answer::<Person>(200, "The person as it is stored", examples::person())
        .problems(&[404])
}
