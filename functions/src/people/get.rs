//! Gets a person with all facts.

use domain::person::Person;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};

use super::{examples, find};
use crate::{catalog::Answer, openapi::Operation};

/// Shows everything known about the person.
pub async fn handle(app: &App, request: &Request) -> Answer {
    json(StatusCode::OK, &find(app, request).await?)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::People)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "Get a person with all facts")
        .answer::<Person>(200, "The person as it is stored", examples::person())
        .problems(&[404])
}
