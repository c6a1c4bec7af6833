//! Who changed the rules, when and why.

use domain::{compliance::changes::RuleChange, shape};
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

/// A page of changes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuleChanges {
    data: Vec<RuleChange>,
    /// Where to go on. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (limit, after) = (request.limit()?, request.cursor()?);
    let page = app.store.rule_changes(request.tenant()?, limit, after).await?;
    let next_cursor = next_cursor(page.next.as_ref())?;
    json(StatusCode::OK, &RuleChanges { data: page.entries, next_cursor })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::List(List::RuleChanges)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Compliance guard", "List changes of the rules")
        .limit()
        .query_as::<shape::Cursor>("cursor", "Where to go on, as the page before said.")
        .answer::<RuleChanges>(
            200,
            "A page, newest first",
            json!({
                "data": [{
                    "at": "2026-01-05T15:00:00Z",
                    "by": "AK-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                    "reason": "We call nobody in West Virginia",
                    "changes": [{
                        "what": "WV-CCPA",
                        "after": {
                            "disabled": {
                                "reason": "We call nobody in West Virginia",
                                "by": "AK-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                                "at": "2026-01-05T15:00:00Z",
                            },
                        },
                    }],
                    "traceId": "1-67891233-abcdef012345678912345678",
                }],
            }),
        )
}
