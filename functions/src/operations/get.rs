//! Gets the progress of an operation.

use domain::id::{self, Id};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
    store::operations::Refusal,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{catalog::Answer, openapi::Operation};

/// A long-running operation and how far it has come.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationView {
    operation_id: Id<id::Operation>,
    status: OperationStatus,
    /// Messages that were named, each once; null if all of a time are meant.
    total: Option<usize>,
    /// Messages that were sent again.
    resent: u64,
    /// Messages that were not: they had not failed, cannot be sent again, or failed again at once.
    refused: u64,
    /// Which these are, and why: the first 100 of them.
    refusals: Vec<Refusal>,
    started_at: Timestamp,
    finished_at: Option<Timestamp>,
}

/// Whether anything is left to do.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OperationStatus {
    /// It goes on.
    Running,
    /// It is over.
    Completed,
}

/// Shows it.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let operation = app.store.operation(request.tenant()?, &request.path_ref::<id::Operation>("id")?).await?;
    let status = match operation.checkpoint {
        Some(_) => OperationStatus::Running,
        None => OperationStatus::Completed,
    };
    let view = OperationView {
        operation_id: operation.id,
        status,
        total: operation.total,
        resent: operation.resent,
        refused: operation.refused,
        refusals: operation.refusals,
        started_at: operation.started_at,
        finished_at: operation.finished_at,
    };
    json(StatusCode::OK, &view)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Operations)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communication messages", "Progress of an operation")
        .about("How far sending messages again has come. Operations are kept for 30 days.")
        .answer::<OperationView>(
            200,
            "The operation as it is stored",
            json!({
                "operationId": "OP-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                "status": "COMPLETED",
                "total": 2,
                "resent": 1,
                "refused": 1,
                "refusals": [{
                    "encodedKey": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                    "detail": "The message is SENT; only what is FAILED is sent again.",
                }],
                "startedAt": "2026-01-05T15:00:00Z",
                "finishedAt": "2026-01-05T15:00:02Z",
            }),
        )
        .problems(&[404])
}
