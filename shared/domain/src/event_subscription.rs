//! Subscriptions to events: which events a reader gets, and how far it has read.
//!
//! A lender's events are in one log, numbered in order. A subscription is a view of that log, beginning where the
//! subscription was created.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Conflict, Error},
    id::{self, Id},
    shape,
    update::Faults,
    vocabulary::AnyEvent,
};

/// A position in a lender's log, between two entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Offset {
    /// The number of the entry that comes next.
    #[serde(rename = "n")]
    pub sequence: u64,
    /// The number of the first entry kept together with that one.
    #[serde(rename = "p")]
    pub page: u64,
}

impl Offset {
    /// Before entries that begin a page with this number.
    pub const fn before_page(page: u64) -> Self {
        Self { sequence: page, page }
    }
}

/// How far a subscription was read, as its reader sees it: opaque.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The subscription it belongs to.
    #[serde(rename = "s")]
    pub subscription: Id<id::EventSubscription>,
    /// How far.
    #[serde(rename = "at")]
    pub offset: Offset,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventSubscription {
    /// The id that Postrider gave it.
    pub id: Id<id::EventSubscription>,
    /// A name for people to read.
    pub name: String,
    /// The events its reader gets.
    pub events: Vec<AnyEvent>,
    /// Where it began: the end of the log then.
    pub begins: Offset,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A lender's subscriptions, kept in one piece: they are few, and everything that happens asks all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventSubscriptions {
    /// Moves with every change; 0 before the first.
    pub revision: u64,
    /// The oldest first.
    #[serde(default)]
    subscriptions: Vec<EventSubscription>,
}

impl EventSubscriptions {
    /// Subscriptions of one lender.
    pub const MOST: usize = 50;

    /// All, the oldest first.
    pub fn all(&self) -> &[EventSubscription] {
        &self.subscriptions
    }

    /// The subscription with this id.
    pub fn find(&self, id: &Id<id::EventSubscription>) -> Option<&EventSubscription> {
        self.subscriptions.iter().find(|subscription| subscription.id == *id)
    }

    /// Whether any subscribes to an event.
    pub fn hear(&self, event: AnyEvent) -> bool {
        self.subscriptions.iter().any(|subscription| subscription.events.contains(&event))
    }

    /// Adds one.
    ///
    /// # Errors
    /// [`Conflict::LimitReached`].
    pub fn add(&mut self, subscription: EventSubscription) -> Result<(), Error> {
        if self.subscriptions.len() >= Self::MOST {
            let detail = format!("A lender has at most {} subscriptions; delete one first.", Self::MOST);
            return Err(Error::conflict(Conflict::LimitReached, detail));
        }
        self.subscriptions.push(subscription);
        Ok(())
    }

    /// Removes one. Returns whether there was one.
    pub fn remove(&mut self, id: &Id<id::EventSubscription>) -> bool {
        let before = self.subscriptions.len();
        self.subscriptions.retain(|subscription| subscription.id != *id);
        self.subscriptions.len() < before
    }
}

/// A new subscription.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewEventSubscription {
    /// For people: 1 to 255 characters on one line.
    #[schemars(with = "shape::Line<255>")]
    pub name: String,
    /// What its reader hears of: names of events (003), and what became of messages, accounts and endpoints. 1 to 100, each once.
    #[schemars(length(min = 1, max = 100), extend("uniqueItems" = true))]
    pub events: Vec<AnyEvent>,
}

impl NewEventSubscription {
    /// Whether it is valid.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn check(&self) -> Result<(), Error> {
        let mut faults = Faults::default();
        faults.line("/name", Some(&self.name), 255);
        faults.events(&self.events);
        faults.none()
    }
}

impl Faults {
    /// Notes a list of events, below `/events`, that is empty, too long, or names one twice.
    pub fn events(&mut self, events: &[AnyEvent]) {
        const MOST: usize = 100;
        let is_count = (1..=MOST).contains(&events.len());
        self.expect(is_count, "/events", &format!("must have 1 to {MOST} names of events"));
        let mut known = BTreeSet::new();
        for (at, event) in events.iter().enumerate().take(MOST) {
            self.expect(known.insert(event), &format!("/events/{at}"), "must be in the list once");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn subscription(name: &str) -> EventSubscription {
        EventSubscription {
            id: Id::external("demo", name),
            name: name.into(),
            events: vec!["message.sent"]
                .into_iter()
                .map(|name| serde_json::from_value(json!(name)).unwrap())
                .collect(),
            begins: Offset::default(),
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_lender_has_fifty_and_no_more() {
        let mut all = EventSubscriptions::default();
        for number in 0..EventSubscriptions::MOST {
            all.add(subscription(&number.to_string())).unwrap();
        }
        assert!(matches!(all.add(subscription("x")), Err(Error::Conflict { .. })));
        assert!(all.remove(&Id::external("demo", "7")) && !all.remove(&Id::external("demo", "7")));
        all.add(subscription("x")).unwrap();
        assert!(all.find(&Id::external("demo", "x")).is_some());
    }

    #[test]
    fn what_is_wrong_with_a_new_one_is_told() {
        for (content, places) in [
            (json!({ "name": "", "events": [] }), vec!["/name", "/events"]),
            (json!({ "name": "x", "events": ["account.in_order", "account.in_order"] }), vec!["/events/1"]),
            (
                json!({ "name": "x", "events": ["LOAN_APPROVAL", "message.sent", "endpoint.disabled"] }),
                vec![],
            ),
        ] {
            let new: NewEventSubscription = serde_json::from_value(content.clone()).unwrap();
            let found = match new.check() {
                Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
                _ => Vec::new(),
            };
            assert_eq!(found, places, "{content}");
        }
    }

    #[test]
    fn a_name_that_is_no_event_is_told_with_those_that_were_meant() {
        for (name, meant) in [
            ("message.eaten", "message.sent"),
            ("account.lost", "account.out_of_order"),
            ("LOAN_EATEN", "LOAN_APPROVAL"),
        ] {
            let error = serde_json::from_value::<AnyEvent>(json!(name)).unwrap_err().to_string();
            assert!(error.contains(meant), "{error}");
        }
    }
}
