//! What tells the lender's own systems: webhook endpoints, and subscriptions to events.

use domain::vocabulary::{MessageEvent, ServiceEvent};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{
    app::App,
    http::Request,
    needs::{Items, Need},
};
use serde_json::Value;

use crate::{
    catalog::{self, Function},
    console::{Shown, VISIT, Visit, tagged},
    event_subscriptions,
    webhook_endpoints::WebhookEndpointView,
};

const SUBSCRIPTIONS: Function = catalog::named("event-subscriptions-list");

/// Shows them.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None, Value::Null).await
}

/// The page, with a form that was refused, or with a secret that was made, which is shown this once. The API's list of endpoints has
/// no entity tag for each of them.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>, made: Value) -> Shown {
    let (endpoints, subscriptions) = futures::join!(
        visit.app.store.webhook_endpoints(&visit.lender.id),
        visit.ask(&SUBSCRIPTIONS, &[], &[])
    );
    let (endpoints, now) = (endpoints?, visit.app.now());
    let endpoints = endpoints.all().iter();
    let endpoints =
        endpoints.map(|endpoint| tagged(&WebhookEndpointView::of(endpoint, now), endpoint.revision));
    let mut page = vec![
        ("endpoints", endpoints.collect::<Result<Value, _>>()?),
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
pub const NEEDS: &[Need] =
    &[Need::All(VISIT), Need::Read(Items::WebhookEndpoints), Need::All(event_subscriptions::list::NEEDS)];
