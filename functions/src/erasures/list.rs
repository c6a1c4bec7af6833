//! Who was erased, by whom, when and why.

use domain::{person::Erasure, shape};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, next_cursor},
    needs::{List, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{catalog::Answer, openapi::Operation};

/// A page of erasures.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Erasures {
    data: Vec<Erasure>,
    /// Where to go on. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (limit, after) = (request.limit()?, request.cursor()?);
    let page = app.store.erasures(request.tenant()?, limit, after).await?;
    let next_cursor = next_cursor(page.next.as_ref())?;
    json(StatusCode::OK, &Erasures { data: page.entries, next_cursor })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::List(List::Erasures)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "List erasures of people")
        .about("Kept permanently. It names people by our ids only.")
        .limit()
        .query_as::<shape::Cursor>("cursor", "Where to go on, as the page before said.")
        .answer::<Erasures>(
            200,
            "A page, newest first",
            json!({
                "data": [{
                    "personId": "BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
                    "at": "2026-01-05T15:00:00Z",
                    "by": "AK-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                    "reason": "Asked by letter, ticket 4711",
                    "traceId": "1-67891233-abcdef012345678912345678",
                }],
            }),
        )
}
