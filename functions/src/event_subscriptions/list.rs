//! Lists subscriptions to events.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{EventSubscriptionView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// All subscriptions, the oldest first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventSubscriptionViews {
    data: Vec<EventSubscriptionView>,
}

/// Shows all: they are few.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let all = app.store.event_subscriptions(request.tenant()?).await?;
    json(StatusCode::OK, &EventSubscriptionViews { data: all.all().iter().map(Into::into).collect() })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::EventSubscriptions)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Event subscriptions", "List subscriptions to events").answer::<EventSubscriptionViews>(
        200,
        "All subscriptions, the oldest first",
        json!({ "data": [example_view()] }),
    )
}
