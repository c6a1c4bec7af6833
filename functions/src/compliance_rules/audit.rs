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

/// Pages that one request looks through for the changes of one rule.
const MOST_READS: usize = 10;

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (limit, mut after) = (request.limit()?, request.cursor()?);
    let what = request.query::<String>("what")?;
    let mut data: Vec<RuleChange> = Vec::new();
    for _ in 0..MOST_READS {
        let missing = limit - i32::try_from(data.len()).unwrap_or(limit);
        let page = app.store.rule_changes(request.tenant()?, missing, after.take()).await?;
        let is_meant = |change: &RuleChange| {
            what.as_ref().is_none_or(|what| change.changes.iter().any(|one| one.what == *what))
        };
        data.extend(page.entries.into_iter().filter(is_meant));
        after = page.next;
        if after.is_none() || data.len() >= usize::try_from(limit).unwrap_or_default() {
            break;
        }
    }
    json(StatusCode::OK, &RuleChanges { data, next_cursor: next_cursor(after.as_ref())? })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::List(List::RuleChanges)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Compliance guard", "List changes of the rules")
        .about("Newest first. With what, a page may hold fewer entries than asked for, even none, and still have a nextCursor.")
        .query_as::<shape::Line<200>>("what", "Only changes of this: a rule's id, or another member that a change names.")
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
