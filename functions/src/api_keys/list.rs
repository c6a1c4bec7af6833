//! A tenant's API keys, without their secrets, which nobody has but their users.

use domain::{
    id::{self, Id},
    shape,
    vocabulary::Role,
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, next_cursor},
    needs::{List, Need},
    store::credentials::ApiKey,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{catalog::Answer, openapi::Operation};

/// A page of API keys.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeys {
    data: Vec<ApiKeyView>,
    /// Where to go on. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// An API key without its secret.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyView {
    id: Id<id::ApiKey>,
    name: String,
    role: Role,
    /// Whether it is an agent's.
    agent: bool,
    created_at: Timestamp,
    /// When it was switched off; absent while it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(ApiKey { id, name, role, agent, created_at, revoked_at, tenant: _, digest: _ }: ApiKey) -> Self {
        Self { id, name, role, agent, created_at, revoked_at }
    }
}

/// Lists them.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let page = app.store.api_keys(request.tenant()?, request.limit()?, request.cursor()?).await?;
    let keys = ApiKeys {
        data: page.entries.into_iter().map(ApiKeyView::from).collect(),
        next_cursor: next_cursor(page.next.as_ref())?,
    };
    json(StatusCode::OK, &keys)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::List(List::ApiKeys)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Administration", "List API keys")
        .limit()
        .query_as::<shape::Cursor>("cursor", "Where to go on, as the page before said.")
        .answer::<ApiKeys>(
            200,
            "A page, newest first",
            json!({
                "data": [{
                    "id": "AK-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                    "name": "Loan system",
                    "role": "loan_officer",
                    "agent": false,
                    "createdAt": "2026-01-05T15:00:00Z",
                }],
            }),
        )
}
