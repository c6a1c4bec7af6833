//! What a tenant's admins set.

pub mod get;
pub mod update;

use serde_json::{Value, json};

/// Settings as the OpenAPI document shows them.
fn example_settings() -> Value {
    json!({
        "locale": "en-US",
        "language": "en",
        "currency": "USD",
        "timeZone": "America/New_York",
        "suppressionHours": 24,
        "compliance": {
            "party": "creditor",
            "firstPartyAsCollector": true,
            "licences": [],
            "safetyMarginMinutes": 5,
            "rules": [],
            "overrides": {},
        },
        "contextOverrides": [],
        "branding": { "supportPhone": "+18005550199", "supportEmail": "help@acme.example" },
    })
}
