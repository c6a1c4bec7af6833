//! Lists notification rules.

use domain::vocabulary::Event;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{NotificationRuleView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// All rules, the oldest first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NotificationRuleViews {
    data: Vec<NotificationRuleView>,
}

/// Shows all: they are few.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let event = request.query::<Event>("event")?;
    let all = app.store.notification_rules(request.tenant()?).await?;
    let rules = all.all().iter().filter(|rule| event.is_none_or(|event| rule.event == event));
    json(StatusCode::OK, &NotificationRuleViews { data: rules.map(NotificationRuleView::from).collect() })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::NotificationRules)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Events", "List notification rules")
        .query_as::<Event>("event", "Those for this event.")
        .answer::<NotificationRuleViews>(
            200,
            "All rules, the oldest first",
            json!({ "data": [example_view()] }),
        )
}
