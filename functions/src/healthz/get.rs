//! Answers whether the system is up.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::Need,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{catalog::Answer, openapi::Operation};

/// Whether the service works.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    status: HealthStatus,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum HealthStatus {
    /// It works.
    Ok,
}

/// Answers without asking anybody: a dependency's bad minute must not take the whole system out of service.
pub async fn handle(_: &App, _: &Request) -> Answer {
    json(StatusCode::OK, &Health { status: HealthStatus::Ok })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("System", "Whether the system is there").answer::<Health>(
        200,
        "The service works",
        json!({ "status": "ok" }),
    )
}
