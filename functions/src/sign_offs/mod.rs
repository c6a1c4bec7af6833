//! What a lender's counsel signed.

pub mod create;
pub mod list;

use serde_json::{Value, json};

/// A sign-off as the OpenAPI document shows it.
fn example() -> Value {
    json!({
        "ruleSet": "2026-11-27+4bdb5f92",
        "counsel": "J. Doe, counsel",
        "signedOn": "2026-12-04",
        "note": "All rules but those of states in which we lend to nobody.",
        "at": "2026-12-04T15:00:00Z",
        "by": "AK-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
        "traceId": "1-67891233-abcdef012345678912345678",
    })
}
