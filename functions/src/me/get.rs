//! Who the caller is.

use domain::{tenant::TenantId, vocabulary::Role};
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

/// The caller, as the credential shows them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Me {
    /// The lender (tenant) that the credential belongs to.
    tenant: TenantId,
    /// What it may do.
    role: Role,
    /// Whether it is an agent's, who sends only subjects that agents may.
    agent: bool,
    /// Its key: the id of an API key, or whom a token names. The `senderKey` of messages that it sends by hand.
    subject: String,
}

/// Says what the credential of the request stands for.
pub async fn handle(_: &App, request: &Request) -> Answer {
    let caller = request.caller()?;
    let me = Me {
        tenant: caller.tenant.clone(),
        role: caller.role,
        agent: caller.agent,
        subject: caller.subject.clone(),
    };
    json(StatusCode::OK, &me)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Administration", "Get the caller").answer::<Me>(
        200,
        "The caller, as the credential shows them",
        json!({
            "tenant": "demo",
            "role": "loan_officer",
            "agent": false,
            "subject": "AK-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
        }),
    )
}
