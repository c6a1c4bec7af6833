//! Lists a person's documents.

use domain::{document::Document, shape};
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

/// A page of documents.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Documents {
    data: Vec<Document>,
    /// Where to go on. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (limit, after) = (request.limit()?, request.cursor()?);
    let person = people::find(app, request).await?;
    let page = app.store.documents(request.tenant()?, &person.id, limit, after).await?;
    let next_cursor = next_cursor(page.next.as_ref())?;
    json(StatusCode::OK, &Documents { data: page.entries, next_cursor })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::People), Need::List(List::Documents)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Documents", "List a person's documents")
        .limit()
        .query_as::<shape::Cursor>("cursor", "Where to go on, as the page before said.")
        .answer::<Documents>(200, "A page, newest first", json!({ "data": [example()] }))
        .problems(&[404])
}
