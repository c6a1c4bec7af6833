//! Webhook endpoints: URLs of the lender's that hear of events.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod rotate;
pub mod update;

use domain::{
    Error,
    id::{self, Id},
    tenant::TenantId,
    vocabulary::AnyEvent,
    webhook_endpoint::{DisabledReason, Signer, WebhookEndpoint, WebhookEndpoints},
};
use jiff::Timestamp;
use lambda_http::http::{HeaderValue, header};
use platform::{
    app::App,
    needs::{Items, Need},
    providers::endpoint::signing,
    race::Race,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::catalog::Answer;

/// What changing endpoints needs of AWS.
const CHANGE: &[Need] = &[Need::Read(Items::WebhookEndpoints), Need::Write(Items::WebhookEndpoints)];
/// The same, and showing a secret.
const CHANGE_AND_REVEAL: &[Need] = &[Need::All(CHANGE), Need::All(signing::NEEDS)];

/// A webhook endpoint as it is stored.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpointView {
    id: Id<id::WebhookEndpoint>,
    url: String,
    events: Vec<AnyEvent>,
    description: Option<String>,
    /// Whether it is called.
    enabled: bool,
    /// Since when no attempt succeeded.
    failing_since: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
    disabled_reason: Option<DisabledReason>,
    /// Until when calls are signed with the secret before the newest as well.
    previous_secret_until: Option<Timestamp>,
    /// By which its receiver proves that calls are yours. Shown when the endpoint is made, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl WebhookEndpointView {
    pub(crate) fn of(endpoint: &WebhookEndpoint, now: Timestamp) -> Self {
        Self {
            id: endpoint.id.clone(),
            url: endpoint.url.clone(),
            events: endpoint.events.clone(),
            description: endpoint.description.clone(),
            enabled: endpoint.disabled.is_none(),
            failing_since: endpoint.failing_since,
            disabled_at: endpoint.disabled.as_ref().map(|disabled| disabled.at),
            disabled_reason: endpoint.disabled.as_ref().map(|disabled| disabled.reason),
            previous_secret_until: endpoint.secrets.previous_until(now),
            secret: None,
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }
}

/// Refuses a URL that must not be called; `place` is where it stands.
pub(crate) async fn check_url(app: &App, place: &str, url: &str) -> Result<(), Error> {
    app.providers.endpoint().check(url).await.map(drop).map_err(|why| Error::invalid(place, why.to_string()))
}

/// Makes a change of a lender's endpoints, again if somebody else made one meanwhile.
pub(crate) async fn change<T: Send>(
    app: &App,
    tenant: &TenantId,
    change: impl Fn(&mut WebhookEndpoints) -> Result<T, Error> + Send + Sync,
) -> Result<T, Error> {
    let mut race = Race::begin();
    loop {
        let mut all = app.store.webhook_endpoints(tenant).await?;
        let changed = change(&mut all)?;
        match app.store.save_webhook_endpoints(tenant, &mut all).await {
            Ok(()) => {
                app.forget_webhook_endpoints(tenant);
                return Ok(changed);
            }
            Err(error) if error.is_edit_conflict() => race.lost(format!("the endpoints of {tenant}")).await?,
            Err(error) => return Err(error),
        }
    }
}

/// A secret as its receiver needs it.
async fn reveal(app: &App, tenant: &TenantId, signer: &Signer, generation: u32) -> Result<String, Error> {
    Ok(app.providers.endpoint().secret(tenant, signer, generation).await?.reveal())
}

/// An answer that is kept nowhere.
fn shown_once(answer: Answer) -> Answer {
    let mut answer = answer?;
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// An endpoint as the OpenAPI document shows it said.
fn example_body() -> Value {
    json!({
        "url": "https://hooks.acme.example.com/postrider",
        "events": ["message.delivered", "message.failed"],
        "description": "Loan system",
    })
}

/// The same as an answer.
fn example_view() -> Value {
    let mut view = example_body();
    if let Value::Object(members) = &mut view {
        let more = [
            ("id", json!("WE-01JD3V9K2M-8ZQ4T6WX1N3F5G7H")),
            ("enabled", json!(true)),
            ("failingSince", Value::Null),
            ("disabledAt", Value::Null),
            ("disabledReason", Value::Null),
            ("previousSecretUntil", Value::Null),
            ("createdAt", json!("2026-01-05T15:00:00Z")),
            ("updatedAt", json!("2026-01-05T15:00:00Z")),
        ];
        members.extend(more.map(|(name, value)| (name.to_owned(), value)));
    }
    view
}

/// A secret as examples show it.
const EXAMPLE_SECRET: &str = "whsec_RVhBTVBMRS1FWEFNUExFLUVYQU1QTEUtRVhBTVBMRSE=";
