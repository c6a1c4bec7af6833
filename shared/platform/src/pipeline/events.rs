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
    error::Conflict,
    id::{self, Id, Ref},
    interaction::{EventKeys, Interaction, Trigger},
    notification_rule::NotificationRule,
    occurrence::Occurrence,
    person::{Loan, Person},
    tenant::{Tenant, TenantId},
    vocabulary::{AnyEvent, Channel},
};
use jiff::Zoned;
use serde_json::{Value, json};

pub use self::by_hand::{ByHand, Payload, send};
use self::make::{Outcome, Wanted};
pub use self::rehearse::{NEEDS as REHEARSE, Rehearsed, RehearsedMessage, rehearse};
use super::{
    accept,
    rate::{self, Paced},
    resolve,
    tell::{self, News, Sink},
};
use crate::{
    app::{App, Lender},
    needs::{Items, Need},
    store::{
        occurrences::{Made, TakenOccurrence},
        people::Known,
    },
};

/// Messages made at the same time.
const AT_ONCE: usize = 10;
/// The most events that are told at once.
pub const TOGETHER: usize = 500;
/// Events that are taken in one step: once it is over they are kept, and whoever tells them again goes on behind it.
const STEP: usize = 100;

/// What taking events needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::NotificationRules),
    Need::Read(Items::Occurrences),
    Need::Write(Items::Occurrences),
    Need::All(MESSAGE),
    Need::All(rate::NEEDS),
];

/// What sending a message by hand needs.
pub const BY_HAND: &[Need] = &[Need::Read(Items::AddressBook), Need::All(MESSAGE)];

/// What making a message needs.
const MESSAGE: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::WebhookEndpoints),
    Need::Write(Items::Tasks),
    Need::All(tell::NEEDS),
    Need::All(resolve::NAMED),
    Need::All(accept::LINKED),
];

/// An event that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The lender's id of it.
    pub event_id: String,
    /// What it made, now or when it was told before.
    pub messages: Vec<Made>,
}

/// Takes events. Each is answered at its place: with [`Conflict::EventIdUsed`] if another one was told by its id.
///
/// # Errors
/// [`Error::Unavailable`]: none of them is lost to whoever tells them again.
pub async fn take(
    app: &App,
    lender: &Arc<Lender>,
    told: Vec<Occurrence>,
    trace_id: &str,
) -> Result<Vec<Result<Taken, Error>>, Error> {
    let tenant = &lender.tenant.id;
    let ids: Vec<&str> = told.iter().map(|one| one.event_id.as_str()).collect();
    let known = app.store.occurrences(tenant, &ids).await?;
    let mut seen = HashSet::new();
    let fresh: Vec<&Occurrence> = told
        .iter()
        .filter(|one| !known.contains_key(&one.event_id) && seen.insert(one.event_id.as_str()))
        .collect();
    let mut all = known;
    for some in fresh.chunks(STEP) {
        let taken = take_some(app, lender, some, trace_id).await?;
        all.extend(taken.into_iter().map(|taken| (taken.occurrence.event_id.clone(), taken)));
    }
    tracing::info!(events = told.len(), new = fresh.len(), trace = trace_id, "events taken");
    Ok(told.into_iter().map(|one| answer(one, &all)).collect())
}

/// What is answered of an event: what the one of its id made, if it is the same one.
fn answer(told: Occurrence, taken: &HashMap<String, TakenOccurrence>) -> Result<Taken, Error> {
    let known = taken.get(&told.event_id);
    let known = known.ok_or_else(|| Error::Internal("an event has no answer".into()))?;
    if known.occurrence.is_another(&told) {
        let detail = format!(
            "The eventId {} is that of another event, {}, which was sent before. Give each event an id of its own.",
            told.event_id, known.occurrence.event
        );
        return Err(Error::conflict(Conflict::EventIdUsed, detail));
    }
    Ok(Taken { event_id: told.event_id, messages: known.messages.clone() })
}

/// Takes events that nobody took yet, as far as is known: makes their messages, tells whoever listens, and keeps them.
async fn take_some(
    app: &App,
    lender: &Arc<Lender>,
    fresh: &[&Occurrence],
    trace_id: &str,
) -> Result<Vec<TakenOccurrence>, Error> {
    let tenant = &lender.tenant.id;
    let (rules, now) = (app.notification_rules(tenant).await?, at_home(app, &lender.tenant));
    let firing: Vec<(&Occurrence, &NotificationRule)> = fresh
        .iter()
        .flat_map(|one| rules.all().iter().filter(|rule| rule.fires(one, &now)).map(|rule| (*one, rule)))
        .collect();
    let people = recipients(app, tenant, &firing).await?;
    let wanted: Vec<(Wanted<'_>, Option<Known>)> = firing
        .into_iter()
        .map(|(occurrence, rule)| {
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
    tell::tell(app, tenant, &news(fresh, &streamed)).await?;
    app.store.keep_occurrences(tenant, &taken).await?;
    Ok(taken)
}

/// Makes messages, a few at a time, and hands over those that are to leave. If they are many, each leaves in its turn, as those
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
        let outcomes = make_some(some, paced).await?;
        let new = outcomes.iter().filter(|(_, outcome)| outcome.to_hand_over);
        accept::hand_over(app, &new.map(|(_, outcome)| outcome.message.clone()).collect::<Vec<_>>()).await;
        made.extend(outcomes.into_iter().map(|(occurrence, outcome)| (occurrence, outcome.message)));
    }
    Ok(made)
}

/// Makes messages at the same time, but those to one person one after the other, so that it is no chance which of them a limit lets
/// through. Each is answered at its place.
async fn make_some<'a>(
    some: Vec<(Wanted<'a>, Option<Known>)>,
    paced: Vec<Option<Paced>>,
) -> Result<Vec<(&'a Occurrence, Outcome)>, Error> {
    let mut rows = BTreeMap::<Option<Id<id::Person>>, Vec<_>>::new();
    for (at, ((wanted, known), paced)) in some.into_iter().zip(paced).enumerate() {
        let person = known.as_ref().map(|known| known.person.id.clone());
        rows.entry(person).or_default().push((at, wanted, known, paced));
    }
    let making = rows.into_values().map(|row| async move {
        let mut made = Vec::with_capacity(row.len());
        for (at, wanted, known, paced) in row {
            made.push((at, wanted.occurrence, wanted.make(known, paced).await?));
        }
        Ok::<_, Error>(made)
    });
    let mut made = futures::future::try_join_all(making).await?.concat();
    made.sort_by_key(|(at, ..)| *at);
    Ok(made.into_iter().map(|(_, occurrence, outcome)| (occurrence, outcome)).collect())
}

/// What is reported about events: each by the messages that are to show it in the log, under their own keys, else to whoever listens.
fn news(events: &[&Occurrence], streamed: &HashMap<&str, Vec<Id<id::Interaction>>>) -> Vec<News> {
    let of = |event: &Occurrence, id: String, sink: Sink| News {
        id,
        event: AnyEvent::Business(event.event),
        sink,
        at: event.taken_at,
        data: told(event),
    };
    let mut all = Vec::with_capacity(events.len());
    for event in events {
        let messages = streamed.get(event.event_id.as_str()).map(Vec::as_slice).unwrap_or_default();
        all.extend(messages.iter().map(|key| of(event, key.to_string(), Sink::Log(key.clone()))));
        let sink = if messages.is_empty() { Sink::Everywhere } else { Sink::Endpoints };
        all.push(of(event, event.event_id.clone(), sink));
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
    let zone = tenant.settings.zone();
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

/// Whom a rule's message about an event goes to, if the event says.
fn recipient(tenant: &TenantId, occurrence: &Occurrence, rule: &NotificationRule) -> Option<Id<id::Person>> {
    let named = EventKeys::person(rule.recipient_key(&occurrence.keys)?)?;
    Some(named.resolve(tenant.as_str()))
}

/// The loan that keys name, if it is one of the person's; else it is only a name.
fn loan_of<'p>(tenant: &TenantId, keys: &EventKeys, person: Option<&'p Person>) -> Option<&'p Loan> {
    let key = keys.loan_account_key.as_deref()?;
    let named: Ref<id::Loan> = key.parse().or_else(|_| format!("ext-{key}").parse()).ok()?;
    person?.loan(&named.resolve(tenant.as_str()))
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
