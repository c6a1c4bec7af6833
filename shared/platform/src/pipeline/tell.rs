//! Notifies the lender of what happened: in the log that its subscriptions read, and by messages to its webhook endpoints.
//!
//! If nobody listens, nothing is written, and only the list of listeners is read, which is cached for 30 s.

use std::sync::Arc;

use domain::{
    Error,
    event_subscription::EventSubscriptions,
    id::{self, Id},
    interaction::{Content, Interaction, Origin, Outline},
    tenant::TenantId,
    vocabulary::{AnyEvent, Channel, Direction, SendingChannel, Theme},
    webhook_endpoint::{Telling, WebhookEndpoints},
};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde_json::Value;

use super::{accept, event_log};
use crate::{
    app::App,
    needs::{Items, Need},
    queues::Queue,
    store::event_log::Entry,
    telemetry::new_trace_id,
};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::EventSubscriptions),
    Need::Read(Items::WebhookEndpoints),
    Need::All(event_log::WRITE),
    Need::Write(Items::Interactions),
    Need::Send(Queue::Dispatch(SendingChannel::Webhook)),
];

/// Messages to endpoints that are written at the same time, and handed to their queue together.
const AT_ONCE: usize = 10;

/// Where news goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sink {
    /// Into the log and to the endpoints, if anybody listens.
    Everywhere,
    /// Only into the log, whoever listens, as this message (003, EVENT_STREAM).
    Log(Id<id::Interaction>),
    /// Only to the endpoints: messages show it in the log.
    Endpoints,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    /// Its id. Repeated under the same id, it reaches each endpoint once; the log may show it again.
    pub id: String,
    /// What.
    pub event: AnyEvent,
    /// Where it goes.
    pub sink: Sink,
    /// When.
    pub at: Timestamp,
    /// What is known of it.
    pub data: Value,
}

/// A lender's listeners.
pub(super) struct Listeners {
    subscriptions: Arc<EventSubscriptions>,
    endpoints: Arc<WebhookEndpoints>,
}

impl Listeners {
    /// As of at most 30 seconds ago.
    pub async fn of(app: &App, tenant: &TenantId) -> Result<Self, Error> {
        Ok(Self {
            subscriptions: app.event_subscriptions(tenant).await?,
            endpoints: app.webhook_endpoints(tenant).await?,
        })
    }

    /// Whether anybody listens for events about messages.
    pub fn hear_of_messages(&self) -> bool {
        let subscribed = self.subscriptions.all().iter().flat_map(|subscription| &subscription.events);
        let called = self.endpoints.called().flat_map(|endpoint| &endpoint.events);
        subscribed.chain(called).any(|event| matches!(event, AnyEvent::Message(_)))
    }
}

/// Notifies all listeners of a lender. Safe to repeat: see [`News::id`].
///
/// # Errors
/// [`Error::Unavailable`]: then repeat it.
pub async fn tell(app: &App, tenant: &TenantId, news: &[News]) -> Result<(), Error> {
    if news.is_empty() {
        return Ok(());
    }
    let Listeners { subscriptions, endpoints } = Listeners::of(app, tenant).await?;
    let entries = news.iter().filter_map(|news| {
        let encoded_key = match &news.sink {
            Sink::Log(key) => Some(key.clone()),
            Sink::Everywhere if subscriptions.hear(news.event) => None,
            Sink::Everywhere | Sink::Endpoints => return None,
        };
        Some(Entry {
            event_id: news.id.clone(),
            event: news.event,
            encoded_key,
            created_at: news.at,
            data: news.data.clone(),
        })
    });
    event_log::append(app, tenant, entries.collect()).await?;
    let calls: Vec<(&News, &Id<id::WebhookEndpoint>)> = news
        .iter()
        .filter(|news| !matches!(news.sink, Sink::Log(_)))
        .flat_map(|news| {
            let called = endpoints.called().filter(|endpoint| endpoint.events.contains(&news.event));
            called.map(move |endpoint| (news, &endpoint.id))
        })
        .collect();
    for some in calls.chunks(AT_ONCE) {
        let kept =
            try_join_all(some.iter().map(|(news, endpoint)| keep(app, tenant, news, endpoint))).await?;
        let new: Vec<Interaction> = kept.into_iter().flatten().collect();
        if !new.is_empty() {
            accept::hand_over(app, &new).await;
        }
    }
    Ok(())
}

/// Keeps the message that tells an endpoint, all in its item: what is told has a few KB, an event's context 16, and it is gone with
/// the item. `None` where it is kept already: then a queue or the sweep has it.
async fn keep(
    app: &App,
    tenant: &TenantId,
    news: &News,
    endpoint: &Id<id::WebhookEndpoint>,
) -> Result<Option<Interaction>, Error> {
    let (id, now) = (Id::keyed(tenant.as_str(), &news.id, endpoint.as_str()), app.now());
    let telling = Telling { event: news.event, timestamp: news.at, data: news.data.clone() };
    let outline = Outline {
        id,
        tenant: tenant.clone(),
        person_id: None,
        channel: Channel::Webhook,
        direction: Direction::Outbound,
        theme: Theme::OpsServicing,
        trace_id: new_trace_id(now),
    };
    let mut message = Interaction {
        to: endpoint.as_str().to_owned(),
        transactional: true,
        content: Content::Inline(telling.content()),
        ..Interaction::begin(outline, Origin::Told, now)
    };
    message.let_go_unasked(now);
    Ok(app.store.keep_told(&message).await?.then_some(message))
}
