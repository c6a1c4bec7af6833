//! Creates a webhook endpoint.

use domain::webhook_endpoint::{NewWebhookEndpoint, Signer, WebhookEndpoint, WebhookEndpointUpdate};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::Need,
};
use serde_json::json;

use super::{
    CHANGE_AND_REVEAL, EXAMPLE_SECRET, WebhookEndpointView, change, check_url, example_body, example_view,
    reveal, shown_once,
};
use crate::{catalog::Answer, openapi::Operation};

/// Makes the endpoint and shows its secret.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let update: WebhookEndpointUpdate = request.json_checked(WebhookEndpointUpdate::expect_whole)?;
    check_url(app, "/url", update.url.as_deref().unwrap_or_default()).await?;
    let (id, now) = (request.new_id(app)?, app.now());
    let endpoint = change(app, tenant, |all| {
        // This very request, sent again after a crash: the id was derived from its idempotency key.
        if let Some(existing) = all.find(&id) {
            return Ok(existing.clone());
        }
        let endpoint = WebhookEndpoint::new(id.clone(), &update, now);
        all.add(endpoint.clone())?;
        Ok(endpoint)
    });
    let endpoint = endpoint.await?;
    let signer = Signer::Endpoint(endpoint.id.clone());
    let secret = reveal(app, tenant, &signer, endpoint.secrets.generation).await?;
    let view = WebhookEndpointView { secret: Some(secret), ..WebhookEndpointView::of(&endpoint, now) };
    shown_once(json_with_etag(StatusCode::CREATED, &view, endpoint.revision))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = CHANGE_AND_REVEAL;

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let mut answer = example_view();
    answer["secret"] = json!(EXAMPLE_SECRET);
    Operation::new("Webhook endpoints", "Create a webhook endpoint")
        .about(
            "Your URL that receives events. It is called according to Standard Webhooks, signed with the secret that this answer \
             shows and no other does. The URL must be https, and its name must not lead to an address that is not public; one that \
             leads nowhere yet is taken. A lender has at most 50.",
        )
        .body::<NewWebhookEndpoint>(example_body())
        .answer::<WebhookEndpointView>(201, "The endpoint with its secret", answer)
        .shown_once()
        .repeatable()
        .problems(&[409])
}
