//! 003 · Searches communication messages, in an order.

use domain::message_search::{MessageField, MessageSearch, Order, SortingCriteria};
use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::json;

use super::{MessageView, example, find, search};
use crate::{catalog::Answer, openapi::Operation};

/// The order if none is asked for.
const NEWEST_FIRST: SortingCriteria =
    SortingCriteria { field: MessageField::CreationDate, order: Order::Descending };

/// Shows what is found, sorted.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let search = search::read(request)?;
    let sorting_criteria = search.sorting_criteria.or(Some(NEWEST_FIRST));
    find::show(app, request, &MessageSearch { sorting_criteria, ..search }).await
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = find::NEEDS;

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let operation = Operation::new("Communication messages", "Search communication messages in an order").about(
        "As the search does, sorted by any field: what has no value there comes last. Times are sorted as times, numbers as numbers, \
         words without regard to capitals.",
    );
    find::describe(operation)
        .body::<search::Criteria>(json!({
            "filterCriteria": [{ "field": "type", "operator": "IN", "values": ["EMAIL", "SMS"] }],
            "sortingCriteria": { "field": "numRetries", "order": "DESC" },
        }))
        .answer::<Vec<MessageView>>(
            StatusCode::OK.as_u16(),
            "The messages that were found",
            json!([example()]),
        )
}
