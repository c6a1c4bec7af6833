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
        "officeHours": [{ "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00" }],
        "helpText": "Acme Lending: call +1 800 555 0199 or write to help@acme.example. Text STOP to end these texts.",
        "optOutHandling": "provider",
        "inboundTextsEnabled": true,
        "unknownNumbersAccepted": true,
        "conversationTimeoutMinutes": 1440,
        "allowedOrigins": ["https://app.acme.example"],
        "smsReplaceTypography": true,
        "branding": { "phone": "+18005550199", "email": "help@acme.example" },
    })
}
