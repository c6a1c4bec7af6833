//! 003 · Searches communication messages, the newest first.

use domain::message_search::{FilterCriterion, MessageSearch};
use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use schemars::JsonSchema;
use serde_json::json;

use super::{MessageView, example, find};
use crate::{catalog::Answer, openapi::Operation};

/// Criteria, with or without more.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Criteria {
    /// What must hold, all of it.
    List(#[schemars(length(max = MessageSearch::MOST))] Vec<FilterCriterion>),
    /// The same, with an order.
    Search(MessageSearch),
}

/// Shows what is found.
pub async fn handle(app: &App, request: &Request) -> Answer {
    find::show(app, request, &read(request)?).await
}

/// The search of a body, which is a list of criteria or an object.
pub(super) fn read(request: &Request) -> Result<MessageSearch, domain::Error> {
    let is_list = request.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    match is_list {
        true => find::listed(request.json_list()?),
        false => find::checked(request.json()?, "/filterCriteria"),
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = find::NEEDS;

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let operation = Operation::new("Communication messages", "Search communication messages").about(
        "Shows the messages of which all criteria hold, the newest first. Where encodedKey is asked to be equal to something, or \
         clientKey to clients, those are looked at whenever they were created; else those of 31 days, back from the latest \
         creationDate that is asked for, of at most 20,000 messages. What a rule sent to a group or a user stands with these, and is \
         found by the client it names among those of 31 days. Where that left out any, the header Items-Searched-Since says since \
         when was looked. clientKey, groupKey and userKey are equal to whatever names the same person: your own id, ours, or yours \
         with ext- in front; ids tell capitals apart.",
    );
    find::describe(operation)
        .body::<Criteria>(json!([
            { "field": "state", "operator": "EQUALS", "value": "FAILED" },
            { "field": "creationDate", "operator": "LAST_DAYS", "value": 7 },
        ]))
        .answer::<Vec<MessageView>>(
            StatusCode::OK.as_u16(),
            "The messages that were found",
            json!([example()]),
        )
}
