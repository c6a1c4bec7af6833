//! Lists webhook endpoints.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{WebhookEndpointView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// All endpoints, the oldest first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WebhookEndpointViews {
    data: Vec<WebhookEndpointView>,
}

/// Shows all: they are few.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (all, now) = (app.store.webhook_endpoints(request.tenant()?).await?, app.now());
    let data = all.all().iter().map(|endpoint| WebhookEndpointView::of(endpoint, now)).collect();
    json(StatusCode::OK, &WebhookEndpointViews { data })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::WebhookEndpoints)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Webhook endpoints", "List webhook endpoints").answer::<WebhookEndpointViews>(
        200,
        "All endpoints, the oldest first",
        json!({ "data": [example_view()] }),
    )
}
