//! Lists the caller's dead letters, and who had some sent back lately.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    dead_letters::{self, DeadLetter, Redriven},
    http::{Request, json},
    needs::{List, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{catalog::Answer, openapi::Operation};

/// Records that are shown.
const RECORDS: i32 = 25;

/// Work of a lender that failed five times, and what was sent back.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetters {
    /// The newest first.
    data: Vec<DeadLetter>,
    /// Whether there are so many in a queue, of whatever tenant, that not all were looked at.
    is_cut: bool,
    /// The latest 25 that somebody had sent back, the newest first.
    sent_back: Vec<Redriven>,
}

/// Shows them.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let found = dead_letters::find(&app.queues, tenant).await?;
    let sent_back = app.store.redrives(tenant, RECORDS).await?;
    json(StatusCode::OK, &DeadLetters { data: found.letters, is_cut: found.is_cut, sent_back })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Peek, Need::List(List::Redrives)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Administration", "List dead letters")
        .about(
            "Work of yours that failed five times in its queue. It is looked at and stays where it is, for 14 days in all; up to 50 \
             letters of each queue are looked at, other tenants' among them. A letter that was just looked at is hidden for five \
             seconds. Why it failed stands in the logs, by its traceId or its id.",
        )
        .answer::<DeadLetters>(
            200,
            "Your dead letters",
            json!({ "data": [super::example()], "isCut": false, "sentBack": [] }),
        )
}
