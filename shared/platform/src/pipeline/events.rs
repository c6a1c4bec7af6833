//! Events of the lender's core system: each is taken once and makes the messages that the lender's rules say (003).
//!
//! An event's messages have ids that follow from the event's and the rule's. So an event that is told again, or whose taking a
//! crash cut off, meets the messages it made; what it made is kept last, and answers whoever tells it again.

mod by_hand;
mod make;
mod rehearse;
pub mod resend;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use domain::{
    Error,
    id::{self, Id, Ref},
    interaction::{Interaction, Trigger},
    notification_rule::NotificationRule,
    occurrence::Occurrence,
    tenant::{Tenant, TenantId},
    vocabulary::{AnyEvent, Channel},
};
use jiff::{Zoned, tz::TimeZone};
use serde_json::{Value, json};

pub use self::by_hand::{ByHand, Said, send};
use self::make::Wanted;
pub use self::rehearse::{NEEDS as REHEARSE, Rehearsed, RehearsedMessage, rehearse};
use super::{
    accept, rate,
    tell::{self, News, Place},
};
use crate::{
    app::{App, Lender},
    needs::{Bodies, Items, Need},
    store::{
        occurrences::{Made, TakenOccurrence},
        people::Known,
    },
};

/// Messages made at the same time.
const AT_ONCE: usize = 10;
/// The most events that are told at once.
pub const TOGETHER: usize = 500;

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::NotificationRules),
    Need::Read(Items::Occurrences),
    Need::Write(Items::Occurrences),
    Need::Read(Items::WebhookEndpoints),
    Need::Keep(Bodies::Contents),
    Need::Write(Items::Tasks),
    Need::All(tell::NEEDS),
    Need::All(accept::NEEDS),
    Need::All(rate::NEEDS),
];

/// An event that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The lender's id of it.
    pub event_id: String,
    /// What it made, now or when it was told before.
    pub messages: Vec<Made>,
}

/// Takes events. Each is answered at its place.
///
/// # Errors
/// [`Error::Unavailable`]: none of them is lost to whoever tells them again.
pub async fn take(
    app: &App,
    lender: &Arc<Lender>,
    told: Vec<Occurrence>,
    trace_id: &str,
) -> Result<Vec<Taken>, Error> {
    let tenant = &lender.tenant.id;
    let ids: Vec<&str> = told.iter().map(|one| one.event_id.as_str()).collect();
    let known = app.store.occurrences(tenant, &ids).await?;
    let mut seen = HashSet::new();
    let fresh: Vec<&Occurrence> = told
        .iter()
        .filter(|one| !known.contains_key(&one.event_id) && seen.insert(one.event_id.as_str()))
        .collect();
    let rules = app.notification_rules(tenant).await?;
    let now = at_home(app, &lender.tenant);
    let firing: Vec<(&Occurrence, &NotificationRule)> = fresh
        .iter()
        .flat_map(|one| rules.all().iter().filter(|rule| rule.fires(one, &now)).map(|rule| (*one, rule)))
        .collect();
    let people = recipients(app, tenant, &firing).await?;

    let wanted: Vec<(Wanted<'_>, Option<Known>)> = firing
        .iter()
        .map(|&(occurrence, rule)| {
            let known = recipient(tenant, occurrence, rule).and_then(|id| people.get(&id).cloned());
            (Wanted { app, lender, occurrence, rule, again: None, trace_id }, known)
        })
        .collect();

    let mut messages = HashMap::<&str, Vec<Made>>::new();
    let mut streamed = HashMap::<&str, Vec<Id<id::Interaction>>>::new();
    for (occurrence, message) in make_all(app, lender, wanted).await? {
        messages.entry(&occurrence.event_id).or_default().extend(shown(&message));
        if message.channel == Channel::EventStream {
            streamed.entry(&occurrence.event_id).or_default().push(message.id);
        }
    }
    let taken: Vec<TakenOccurrence> = fresh
        .iter()
        .map(|one| TakenOccurrence {
            occurrence: (*one).clone(),
            messages: messages.remove(one.event_id.as_str()).unwrap_or_default(),
        })
        .collect();
    tell::tell(app, tenant, &news(&fresh, &streamed)).await?;
    app.store.keep_occurrences(tenant, &taken).await?;
    tracing::info!(
        events = told.len(),
        new = taken.len(),
        messages = firing.len(),
        trace = trace_id,
        "events taken"
    );

    let mut all = known;
    all.extend(taken.into_iter().map(|taken| (taken.occurrence.event_id.clone(), taken)));
    Ok(told
        .into_iter()
        .map(|one| {
            let messages = all.get(&one.event_id).map(|taken| taken.messages.clone());
            Taken { event_id: one.event_id, messages: messages.unwrap_or_default() }
        })
        .collect())
}

/// Makes messages, a few at a time, and hands over those that are to leave. Where they are many, each leaves in its turn, as those
/// of a batch do, so that what is sent alone is not behind all of them.
async fn make_all<'a>(
    app: &App,
    lender: &Lender,
    wanted: Vec<(Wanted<'a>, Option<Known>)>,
) -> Result<Vec<(&'a Occurrence, Interaction)>, Error> {
    let are_many = wanted.len() > AT_ONCE;
    let (mut made, mut before) = (Vec::with_capacity(wanted.len()), 0);
    let mut wanted = wanted.into_iter().peekable();
    while wanted.peek().is_some() {
        let some: Vec<_> = wanted.by_ref().take(AT_ONCE).collect();
        let ways = some.iter().map(|(wanted, _)| wanted.way().filter(|_| are_many)).collect();
        let paced = rate::pace(app, &lender.tenant, None, before, ways).await?;
        before = before.saturating_add(u32::try_from(some.len()).unwrap_or(u32::MAX));
        let making = some.into_iter().zip(paced).map(|((wanted, known), paced)| async move {
            Ok::<_, Error>((wanted.occurrence, wanted.make(known, paced).await?))
        });
        let outcomes = futures::future::try_join_all(making).await?;
        let new = outcomes.iter().filter(|(_, outcome)| outcome.is_new);
        accept::hand_over(app, &new.map(|(_, outcome)| outcome.message.clone()).collect::<Vec<_>>()).await;
        made.extend(outcomes.into_iter().map(|(occurrence, outcome)| (occurrence, outcome.message)));
    }
    Ok(made)
}

/// What is told of events: each by the messages that are to show it in the log, under their own keys, else to whoever listens.
fn news(events: &[&Occurrence], streamed: &HashMap<&str, Vec<Id<id::Interaction>>>) -> Vec<News> {
    let of = |event: &Occurrence, id: String, place: Place| News {
        id,
        event: AnyEvent::Business(event.event),
        place,
        at: event.taken_at,
        data: told(event),
    };
    let mut all = Vec::with_capacity(events.len());
    for event in events {
        let messages = streamed.get(event.event_id.as_str()).map(Vec::as_slice).unwrap_or_default();
        all.extend(messages.iter().map(|key| of(event, key.to_string(), Place::Log(key.clone()))));
        let place = if messages.is_empty() { Place::Everywhere } else { Place::Endpoints };
        all.push(of(event, event.event_id.clone(), place));
    }
    all
}

/// An event as whoever listens is told of it.
fn told(event: &Occurrence) -> Value {
    json!({
        "event": event.event,
        "eventId": event.event_id,
        "keys": event.keys,
        "context": event.context,
        "at": event.taken_at,
    })
}

fn shown(message: &Interaction) -> Option<Made> {
    Some(Made {
        encoded_key: message.id.clone(),
        message_type: message.message_type()?,
        state: message.message_state(),
    })
}

/// Now, where the lender is.
pub fn at_home(app: &App, tenant: &Tenant) -> Zoned {
    let zone = TimeZone::get(&tenant.settings.time_zone).unwrap_or(TimeZone::UTC);
    app.now().to_zoned(zone)
}

/// Everybody that messages go to, read together.
async fn recipients(
    app: &App,
    tenant: &TenantId,
    firing: &[(&Occurrence, &NotificationRule)],
) -> Result<BTreeMap<Id<id::Person>, Known>, Error> {
    let mut ids: Vec<_> =
        firing.iter().filter_map(|(occurrence, rule)| recipient(tenant, occurrence, rule)).collect();
    ids.sort();
    ids.dedup();
    let known = app.store.people(tenant, &ids).await?;
    Ok(ids.into_iter().zip(known).filter_map(|(id, known)| Some((id, known?))).collect())
}

/// Whom a rule's message about an event goes to, where the event says.
fn recipient(tenant: &TenantId, occurrence: &Occurrence, rule: &NotificationRule) -> Option<Id<id::Person>> {
    let named = person_of(rule.recipient_key(&occurrence.keys)?)?;
    Some(named.resolve(tenant.as_str()))
}

/// A person by a key of the core system: our id, the lender's own with ext- in front, or the lender's own as it is.
pub fn person_of(key: &str) -> Option<Ref<id::Person>> {
    key.parse().or_else(|_| format!("ext-{key}").parse()).ok()
}

/// What a message says of the event that makes it.
fn trigger(occurrence: &Occurrence, rule: &NotificationRule) -> Trigger {
    Trigger {
        event: occurrence.event,
        event_id: Some(occurrence.event_id.clone()),
        rule_id: Some(rule.id.clone()),
        keys: occurrence.keys.clone(),
        person_id: None,
        sender_key: None,
        template_key: rule.template_key.as_ref().map(ToString::to_string),
        url: rule.url.clone(),
    }
}
