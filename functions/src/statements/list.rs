//! Lists a person's statements.

use domain::{shape, statement::Statement};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, next_cursor},
    needs::{Items, List, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::example;
use crate::{catalog::Answer, openapi::Operation, people};

/// A page of statements.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Statements {
    data: Vec<Statement>,
    /// Where to go on. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (limit, after) = (request.limit()?, request.cursor()?);
    let person = people::find(app, request).await?;
    let page = app.store.statements(request.tenant()?, &person.id, limit, after).await?;
    let next_cursor = next_cursor(page.next.as_ref())?;
    json(StatusCode::OK, &Statements { data: page.entries, next_cursor })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::People), Need::List(List::Statements)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Statements", "List a person's statements")
        .limit()
        .query_as::<shape::Cursor>("cursor", "Where to go on, as the page before said.")
        .answer::<Statements>(200, "A page, the statement issued last first", json!({ "data": [example()] }))
        .problems(&[404])
}
