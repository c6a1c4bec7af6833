//! Updates a webhook endpoint.

use domain::{id, webhook_endpoint::WebhookEndpointUpdate};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::Need,
};
use serde_json::json;

use super::{CHANGE, WebhookEndpointView, change, check_url, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// Changes an endpoint, and calls it again if it was disabled.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::WebhookEndpoint>("id")?);
    let update: WebhookEndpointUpdate = request.json_checked(WebhookEndpointUpdate::check)?;
    if let Some(url) = &update.url {
        check_url(app, "/url", url).await?;
    }
    let (id, now) = (named.resolve(tenant.as_str()), app.now());
    let endpoint = change(app, tenant, |all| {
        let endpoint = all.find_mut(&id).ok_or_else(|| named.not_found())?;
        request.expect_revision(endpoint.revision)?;
        *endpoint = endpoint.with(&update, now);
        Ok(endpoint.clone())
    });
    let endpoint = endpoint.await?;
    json_with_etag(StatusCode::OK, &WebhookEndpointView::of(&endpoint, now), endpoint.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = CHANGE;

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Webhook endpoints", "Update a webhook endpoint")
        .about(
            "What is left out stays. True for enabled calls an endpoint again that was disabled, by you, because it answered \
             410 Gone, or because all attempts of five days failed. Messages follow the change after at most 30 seconds.",
        )
        .body::<WebhookEndpointUpdate>(json!({ "enabled": true }))
        .answer::<WebhookEndpointView>(200, "The endpoint as it is stored", example_view())
        .problems(&[404, 409, 412])
}
