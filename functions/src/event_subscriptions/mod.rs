//! Subscriptions, with which the lender's systems read events.

pub mod commit;
pub mod create;
pub mod delete;
pub mod events;
pub mod get;
pub mod list;

use domain::{
    Error,
    event_subscription::{Cursor, EventSubscription, EventSubscriptions, Offset},
    id::{self, Id},
    tenant::TenantId,
    vocabulary::AnyEvent,
};
use jiff::Timestamp;
use platform::{
    app::App,
    http::{Request, encode_cursor},
    needs::{Items, Need},
    race::Race,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// What changing subscriptions needs of AWS.
const CHANGE: &[Need] = &[Need::Read(Items::EventSubscriptions), Need::Write(Items::EventSubscriptions)];

/// An event subscription as it is stored.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventSubscriptionView {
    id: Id<id::EventSubscription>,
    name: String,
    events: Vec<AnyEvent>,
    created_at: Timestamp,
}

impl From<&EventSubscription> for EventSubscriptionView {
    fn from(subscription: &EventSubscription) -> Self {
        Self {
            id: subscription.id.clone(),
            name: subscription.name.clone(),
            events: subscription.events.clone(),
            created_at: subscription.created_at,
        }
    }
}

/// The subscription in the path.
async fn find(app: &App, request: &Request) -> Result<EventSubscription, Error> {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::EventSubscription>("id")?);
    let all = app.store.event_subscriptions(tenant).await?;
    all.find(&named.resolve(tenant.as_str())).cloned().ok_or_else(|| named.not_found())
}

/// Makes a change of a lender's subscriptions, again if somebody else made one meanwhile.
async fn change<T: Send>(
    app: &App,
    tenant: &TenantId,
    change: impl Fn(&mut EventSubscriptions) -> Result<T, Error> + Send + Sync,
) -> Result<T, Error> {
    let mut race = Race::begin();
    loop {
        let mut all = app.store.event_subscriptions(tenant).await?;
        let changed = change(&mut all)?;
        match app.store.save_event_subscriptions(tenant, &mut all).await {
            Ok(()) => {
                app.forget_event_subscriptions(tenant);
                return Ok(changed);
            }
            Err(error) if error.is_edit_conflict() => {
                race.lost(format!("the subscriptions of {tenant}")).await?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// A place as the reader of a subscription sees it.
fn cursor(of: &EventSubscription, offset: Offset) -> Result<String, Error> {
    encode_cursor(&Cursor { subscription: of.id.clone(), offset })
}

/// A subscription as the OpenAPI document shows it said.
fn example_body() -> Value {
    json!({ "name": "Loan system", "events": ["message.delivered", "message.bounced", "message.opted_out"] })
}

/// The same as an answer.
fn example_view() -> Value {
    let mut view = example_body();
    view["id"] = json!("ES-01JD3V9K2M-8ZQ4T6WX1N3F5G7H");
    view["createdAt"] = json!("2026-01-05T15:00:00Z");
    view
}

/// A cursor as examples show it.
const EXAMPLE_CURSOR: &str = "eyJzIjoiRVMtMDFKRDNWOUsyTS04WlE0VDZXWDFOM0Y1RzdIIiwiYXQiOnsibiI6MTc2NzYyNTIwMDAwMDEwMSwicCI6MTc2NzYyNTIwMDAwMDEwMX19";
