//! Subjects (001): what messages are about, and what that implies for them.

pub mod get;
pub mod list;
pub mod update;

use serde_json::{Value, json};

/// A subject as the OpenAPI document shows it.
fn example() -> Value {
    json!({
        "subject": "annualPrivacyPolicyNotice",
        "title": "Annual privacy policy notice",
        "theme": "opsServicing",
        "caseTypes": [],
        "agentCanSend": false,
        "previewOnly": false,
    })
}
