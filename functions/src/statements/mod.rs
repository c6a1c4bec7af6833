//! Statements of people: pushed by the lender's system of record, read by its people, and said by templates.

pub mod get;
pub mod list;
pub mod upsert;

use serde_json::{Value, json};

/// A push as the OpenAPI document shows it.
fn example_update() -> Value {
    json!({
        "loanId": "ext-LN-0001",
        "issuedOn": "2026-01-05",
        "periodStart": "2025-12-01",
        "periodEnd": "2025-12-31",
        "dueDate": "2026-01-15",
        "currency": "USD",
        "balance": "8450.00",
        "paymentDue": "312.50",
        "attributes": { "lateFees": "0.00" },
    })
}

/// The same as an answer.
fn example() -> Value {
    let mut statement = example_update();
    statement["id"] = json!("SM-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST");
    statement["externalId"] = json!("2025-12");
    statement["personId"] = json!("BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST");
    statement["loanId"] = json!("LN-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST");
    statement["revision"] = json!(1);
    statement["createdAt"] = json!("2026-01-05T15:00:00Z");
    statement["updatedAt"] = json!("2026-01-05T15:00:00Z");
    statement
}
