//! Dead letters: work that failed five times in its queue and waits for somebody.

pub mod list;
pub mod retry;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

/// A dead letter's name in a path, for the OpenAPI document.
pub(crate) struct DeadLetterId;

impl JsonSchema for DeadLetterId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DeadLetterId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": 200,
            "pattern": r"^[a-z-]+\.[0-9A-Za-z-]+$",
            "description": "As listed: the queue, a dot, and the queue's name for it.",
            "examples": ["settlements.5fea7756-0ea4-451a-a703-a558b933e274"],
        })
    }
}

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
