//! Creates a subscription to events.

use domain::event_subscription::{EventSubscription, NewEventSubscription};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::Need,
    pipeline::event_log,
};

use super::{CHANGE, EventSubscriptionView, change, example_body, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// Makes a subscription that begins at the end of what happened.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let body: NewEventSubscription = request.json_checked(NewEventSubscription::check)?;
    let subscription = EventSubscription {
        id: request.new_id(app)?,
        name: body.name,
        events: body.events,
        begins: event_log::end(app, tenant).await?,
        created_at: app.now(),
    };
    let made = change(app, tenant, |all| {
        // This very request, sent again after a crash: the id was derived from its idempotency key.
        if let Some(existing) = all.find(&subscription.id) {
            return Ok(existing.clone());
        }
        all.add(subscription.clone())?;
        Ok(subscription.clone())
    });
    json(StatusCode::CREATED, &EventSubscriptionView::from(&made.await?))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(CHANGE), Need::All(event_log::READ)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Event subscriptions", "Create a subscription to events")
        .about(
            "A place of its own from which one of your systems reads what happened, in its order: events of your core system and \
             what became of messages, accounts and webhook endpoints. It begins with what happens from now on; within the first \
             half minute some of that may be missing. A lender has at most 50.",
        )
        .body::<NewEventSubscription>(example_body())
        .answer::<EventSubscriptionView>(201, "The subscription as it is stored", example_view())
        .problems(&[409])
}
