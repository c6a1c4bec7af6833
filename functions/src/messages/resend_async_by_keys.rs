//! 003 · Sends many communication messages again that failed, by their keys.

use domain::id::{self, Id};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::Need,
    pipeline::events::resend,
    store::operations::{Operation, Place},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::resend::Keys;
use crate::{catalog::Answer, openapi};

/// Messages of one operation: with their keys it stays one storage item.
const MOST: usize = 5_000;

/// That messages are being sent again.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BegunView {
    /// Ask for its progress at /communications/messages/operations/{id}.
    pub(super) operation_id: Id<id::Operation>,
}

/// Begins to send them again.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: Keys = request.json_checked(|keys: &Keys| keys.check(MOST))?;
    let operation = Operation {
        id: request.new_id(app)?,
        tenant: request.tenant()?.clone(),
        keys: body.messages,
        from: Timestamp::UNIX_EPOCH,
        to: app.now(),
        place: Some(Place::Key(0)),
        step: 0,
        resent: 0,
        refused: 0,
        started_at: app.now(),
        finished_at: None,
        trace_id: request.trace_id.clone(),
        revision: 0,
    };
    let operation = resend::begin(app, operation).await?;
    json(StatusCode::ACCEPTED, &BegunView { operation_id: operation.id })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = resend::BEGIN;

/// For the OpenAPI document.
pub fn describe() -> openapi::Operation {
    openapi::Operation::new("Communication messages", "Send many messages again that failed, by keys")
        .about("As :resend does, for up to 5,000 messages, one after the other in the background.")
        .body::<Keys>(json!({ "messages": ["IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H"] }))
        .answer::<BegunView>(202, "Begun", json!({ "operationId": "OP-01JD3V9K2M-8ZQ4T6WX1N3F5G7H" }))
}
