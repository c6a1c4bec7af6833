//! Gets a subscription to events.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};

use super::{EventSubscriptionView, example_view, find};
use crate::{catalog::Answer, openapi::Operation};

/// Shows a subscription.
pub async fn handle(app: &App, request: &Request) -> Answer {
    json(StatusCode::OK, &EventSubscriptionView::from(&find(app, request).await?))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::EventSubscriptions)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Event subscriptions", "Get a subscription to events")
        .answer::<EventSubscriptionView>(200, "The subscription as it is stored", example_view())
        .problems(&[404])
}
