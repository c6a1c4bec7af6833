//! Gets a webhook endpoint.

use domain::id;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};

use super::{WebhookEndpointView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// Shows an endpoint, without its secret.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::WebhookEndpoint>("id")?);
    let all = app.store.webhook_endpoints(tenant).await?;
    let endpoint = all.find(&named.resolve(tenant.as_str())).ok_or_else(|| named.not_found())?;
    json_with_etag(StatusCode::OK, &WebhookEndpointView::of(endpoint, app.now()), endpoint.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::WebhookEndpoints)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Webhook endpoints", "Get a webhook endpoint")
        .answer::<WebhookEndpointView>(200, "The endpoint as it is stored", example_view())
        .problems(&[404])
}
