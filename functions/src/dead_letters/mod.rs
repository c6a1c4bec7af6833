//! Dead letters: work that failed five times in its queue and waits for somebody.

pub mod list;
pub mod retry;

use serde_json::{Value, json};

/// A dead letter as the OpenAPI document shows it.
fn example() -> Value {
    json!({
        "id": "settlements.5fea7756-0ea4-451a-a703-a558b933e274",
        "queue": "settlements",
        "sentAt": "2026-01-05T15:00:00Z",
        "received": 6,
        "isDoneAgain": false,
        "about": { "provider": "twilio" },
    })
}
