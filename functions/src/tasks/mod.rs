//! Tasks: what came in and waits for one of the lender's people (001, "Receive message").

pub mod get;
pub mod list;
pub mod update;

use serde_json::{Value, json};

/// A task as the OpenAPI document shows it.
fn example() -> Value {
    json!({
        "id": "TK-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
        "type": "handleInboundInteraction",
        "status": "open",
        "interactionId": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
        "personId": "BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
        "personExternalId": "john",
        "createdAt": "2026-01-05T15:00:00Z",
        "updatedAt": "2026-01-05T15:00:00Z",
    })
}
