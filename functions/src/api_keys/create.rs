//! Makes an API key.

use domain::Error;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_shown_once},
    needs::{Items, Need},
};
use serde_json::json;

use super::{IssuedApiKey, NewApiKey};
use crate::{catalog::Answer, configuration, openapi::Operation};

/// Makes the key and shows its secret.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: NewApiKey = request.json()?;
    let faults = configuration::api_key(&body, "");
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let issued = body.issue(app, request.tenant()?).await?;
    json_shown_once(StatusCode::CREATED, &issued)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Write(Items::ApiKeys)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Administration", "Make an API key")
        .about(
            "The key is shown in this answer and never again. Sent twice, this makes two keys; with an Idempotency-Key it makes one, \
             and the second answer is 409 already-shown.",
        )
        .body::<NewApiKey>(json!({ "name": "Loan system", "role": "loan_officer" }))
        .answer::<IssuedApiKey>(
            201,
            "The new key, shown this once",
            json!({
                "id": "AK-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                "name": "Loan system",
                "role": "loan_officer",
                "agent": false,
                "key": "postrider_EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-EXA",
                "createdAt": "2026-01-05T15:00:00Z",
            }),
        )
        .shown_once()
        .repeatable()
}
