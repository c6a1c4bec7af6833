//! Who signed which version of the rules, and when.

use domain::{compliance::sign_off::SignOff, shape};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, next_cursor},
    needs::{List, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::example;
use crate::{catalog::Answer, openapi::Operation};

/// A page of sign-offs.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignOffs {
    data: Vec<SignOff>,
    /// Where to go on. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (limit, after) = (request.limit()?, request.cursor()?);
    let page = app.store.sign_offs(request.tenant()?, limit, after).await?;
    let next_cursor = next_cursor(page.next.as_ref())?;
    json(StatusCode::OK, &SignOffs { data: page.entries, next_cursor })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::List(List::SignOffs)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Compliance guard", "List sign-offs of the rules")
        .limit()
        .query_as::<shape::Cursor>("cursor", "Where to go on, as the page before said.")
        .answer::<SignOffs>(200, "A page, newest first", json!({ "data": [example()] }))
}
