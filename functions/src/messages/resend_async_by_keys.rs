//! 003 · Resends many failed communication messages, by their keys.

use domain::{
    Error,
    id::{self, Id},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, problem},
    needs::Need,
    pipeline::events::resend,
    store::operations::{Checkpoint, Operation},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::resend::{Keys, named};
use crate::{catalog::Answer, openapi};

/// Messages of one operation.
const MOST: usize = 5_000;
/// Their keys together, in bytes: they are one storage item, of at most 400 KB. Ours have 31 each.
const MOST_BYTES: usize = 300_000;

/// That messages are being sent again.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BegunView {
    /// Ask for its progress at /communications/messages/operations/{id}.
    pub(super) operation_id: Id<id::Operation>,
}

fn check(keys: &Keys<MOST>) -> Result<(), Error> {
    keys.check()?;
    let bytes: usize = keys.messages.iter().map(String::len).sum();
    match bytes <= MOST_BYTES {
        true => Ok(()),
        false => {
            let message = format!(
                "must have at most {MOST_BYTES} bytes of keys together, not {bytes}; name fewer messages in each request"
            );
            Err(Error::invalid("/messages", message))
        }
    }
}

/// Begins to send them again.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: Keys<MOST> = request.json_checked(check)?;
    let (now, trace_id) = (app.now(), request.trace_id.clone());
    let mut operation = Operation::begin(
        request.new_id(app)?,
        request.tenant()?.clone(),
        (Timestamp::UNIX_EPOCH, now),
        Checkpoint::Key(0),
        trace_id,
        now,
    );
    let mut keys = Vec::new();
    for key in &body.messages {
        match named(key) {
            Ok(named) => keys.push(named),
            Err(error) => operation.refuse(key.clone(), &problem::detail(&error)),
        }
    }
    operation.total = Some(usize::try_from(operation.refused).unwrap_or(usize::MAX));
    if keys.is_empty() {
        operation.step_on(None, now);
    }
    let operation = resend::begin(app, operation, keys).await?;
    json(StatusCode::ACCEPTED, &BegunView { operation_id: operation.id })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = resend::BEGIN;

/// For the OpenAPI document.
pub fn describe() -> openapi::Operation {
    openapi::Operation::new("Communication messages", "Send many messages again that failed, by keys")
        .about("As :resend does, for up to 5,000 messages, one after the other in the background.")
        .body::<Keys<MOST>>(json!({ "messages": ["IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H"] }))
        .answer::<BegunView>(
            202,
            "The operation has begun",
            json!({ "operationId": "OP-01JD3V9K2M-8ZQ4T6WX1N3F5G7H" }),
        )
}
