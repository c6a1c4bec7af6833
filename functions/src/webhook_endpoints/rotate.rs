//! Gives a webhook endpoint another secret.

use domain::{id, webhook_endpoint::Signer};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::Need,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{CHANGE_AND_REVEAL, EXAMPLE_SECRET, change, reveal, shown_once};
use crate::{catalog::Answer, openapi::Operation};

/// What stands in the path for the secret that signs calls to URLs which only a message names.
const DEFAULT: &str = "default";

/// A secret that was made just now.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotatedSecret {
    /// Shown now and never again.
    secret: String,
    /// Until when calls are signed with the one before as well.
    previous_secret_until: Option<Timestamp>,
}

/// Makes another secret the newest and shows it. The same request sent again shows the same secret.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, now) = (request.tenant()?, app.now());
    let name = request.own_name();
    let by = name.as_deref();
    let (signer, secrets) = match request.path("id") {
        DEFAULT => {
            request.expect_existing(None)?;
            let secrets = change(app, tenant, |all| {
                if !all.default_secrets.were_rotated_by(by, now) {
                    all.default_secrets.rotate(by, now);
                }
                Ok(all.default_secrets.clone())
            });
            (Signer::Lender, secrets.await?)
        }
        _ => {
            let named = request.path_ref::<id::WebhookEndpoint>("id")?;
            let id = named.resolve(tenant.as_str());
            let secrets = change(app, tenant, |all| {
                let endpoint = all.find_mut(&id).ok_or_else(|| named.not_found())?;
                if !endpoint.secrets.were_rotated_by(by, now) {
                    request.expect_revision(endpoint.revision)?;
                    endpoint.rotate(by, now);
                }
                Ok(endpoint.secrets.clone())
            });
            let secrets = secrets.await?;
            (Signer::Endpoint(id), secrets)
        }
    };
    let secret = reveal(app, tenant, &signer, secrets.generation).await?;
    let rotated = RotatedSecret { secret, previous_secret_until: secrets.previous_until(now) };
    shown_once(json(StatusCode::OK, &rotated))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = CHANGE_AND_REVEAL;

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Webhook endpoints", "Give a webhook endpoint another secret")
        .about(
            "For 24 hours calls are signed with the secret before as well, so that the receiver can change it in peace. Only the \
             last two are ever valid: send an Idempotency-Key, by which a request that is sent again because its answer was lost \
             shows the same secret and makes no other. The word default in place of the id rotates the secret that signs calls to \
             URLs which only a message names.",
        )
        .answer::<RotatedSecret>(
            200,
            "The new secret, shown this once",
            json!({ "secret": EXAMPLE_SECRET, "previousSecretUntil": "2026-01-06T15:00:00Z" }),
        )
        .shown_once()
        .repeatable()
        .problems(&[404, 409, 412])
}
