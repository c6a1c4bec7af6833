//! What tells the lender's own systems: webhook endpoints, and subscriptions to events.

use domain::vocabulary::{MessageEvent, ServiceEvent};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::Value;

use super::{Shown, Visit};
use crate::{
    catalog::{self, Function},
    event_subscriptions, webhook_endpoints,
};

const ENDPOINTS: Function = catalog::named("webhook-endpoints-list");
const SUBSCRIPTIONS: Function = catalog::named("event-subscriptions-list");

/// Shows them.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None, Value::Null).await
}

/// The page, with a form that was refused, or with a secret that was made, which is shown this once.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>, made: Value) -> Shown {
    let (endpoints, subscriptions) =
        futures::join!(visit.ask(&ENDPOINTS, &[], &[]), visit.ask(&SUBSCRIPTIONS, &[], &[]));
    let mut page = vec![
        ("endpoints", endpoints?["data"].take()),
        ("subscriptions", subscriptions?["data"].take()),
        ("events", events().collect()),
        ("made", made),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "streams.html", shown(page))
}

/// What a form offers to choose; events of the core system are many, and typed.
pub(super) fn events() -> impl Iterator<Item = &'static str> {
    let messages = MessageEvent::ALL.iter().map(|event| event.as_str());
    messages.chain(ServiceEvent::ALL.iter().map(|event| event.as_str()))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(super::VISIT),
    Need::All(webhook_endpoints::list::NEEDS),
    Need::All(event_subscriptions::list::NEEDS),
];
