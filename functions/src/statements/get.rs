//! Gets a statement.

use domain::{id, statement::Statement};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};

use super::example;
use crate::{catalog::Answer, openapi::Operation};

/// Shows the statement, if it is the person's.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let person = request.path_ref::<id::Person>("id")?.resolve(tenant.as_str());
    let named = request.path_ref::<id::Statement>("statementId")?;
    let statement = app.store.find_statement(tenant, &named.resolve(tenant.as_str())).await?;
    let statement = statement.filter(|statement| statement.person_id == person);
    json(StatusCode::OK, &statement.ok_or_else(|| named.not_found())?)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Statements)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Statements", "Get a statement")
        .answer::<Statement>(200, "The statement as it is stored", example())
        .problems(&[404])
}
