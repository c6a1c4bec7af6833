//! What happened at the lender, as its core system reports it (003): an event, with what it is about.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    interaction::EventKeys,
    shape,
    update::Faults,
    vocabulary::{Event, ReportedEvent},
};

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Occurrence {
    /// What happened.
    pub event: Event,
    /// The core system's id of it. An event of one id is taken once.
    pub event_id: String,
    /// What it is about.
    #[serde(flatten)]
    pub keys: EventKeys,
    /// What else is known of it, for templates, conditions and subscribers.
    #[serde(default, with = "crate::free_json")]
    pub context: Map<String, Value>,
    /// When it was taken.
    pub taken_at: Timestamp,
}

impl Occurrence {
    /// Whether this is another event than the one reported under the same id: of another name, or about something else. What a core
    /// system reports in its context may differ from one time to the other.
    pub fn is_another(&self, told: &Self) -> bool {
        self.event != told.event || self.keys != told.keys
    }
}

/// An event as you send it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ToldOccurrence {
    /// What happened. MANUAL is no event.
    #[schemars(with = "ReportedEvent")]
    pub event: Event,
    /// Your id of it, 1 to 255 characters: an event is taken once by it. If it is left out, the Idempotency-Key takes its place.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<255>>")]
    pub event_id: Option<String>,
    /// The client, by our id or yours with ext- in front; clientKey says the same in your own words.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ EventKeys::LONGEST }>>")]
    pub person_id: Option<String>,
    /// The client: a person, by your own id, by ours, or by your own with ext- in front.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ EventKeys::LONGEST }>>")]
    pub client_key: Option<String>,
    /// The group: a person of kind group, named as a client is.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ EventKeys::LONGEST }>>")]
    pub group_key: Option<String>,
    /// The user of yours: a person of kind user, named as a client is.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ EventKeys::LONGEST }>>")]
    pub user_key: Option<String>,
    /// The loan. If the client has a loan of this id, messages are about it.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ EventKeys::LONGEST }>>")]
    pub loan_account_key: Option<String>,
    /// The key of the deposit account the event is about.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ EventKeys::LONGEST }>>")]
    pub deposit_account_key: Option<String>,
    /// The key of the repayment the event is about.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<{ EventKeys::LONGEST }>>")]
    pub repayment_key: Option<String>,
    /// What else is known of it: variables of templates, and what conditions ask for. Up to 16 KB of JSON.
    #[serde(default)]
    #[schemars(with = "shape::Stored")]
    pub context: Map<String, Value>,
}

impl ToldOccurrence {
    /// The largest context, in bytes of JSON.
    const MAX_CONTEXT: usize = 16 * 1024;

    /// Notes what is wrong with it; `within` is its own place in the body.
    pub fn check(&self, faults: &mut Faults, within: &str) {
        let is_event = self.event != Event::Manual;
        faults.expect(
            is_event,
            &format!("{within}/event"),
            "must not be MANUAL, which stands for messages that somebody sends",
        );
        faults.line(&format!("{within}/eventId"), self.event_id.as_deref(), 255);
        let is_one = self.person_id.is_none() || self.client_key.is_none();
        faults.expect(is_one, &format!("{within}/personId"), "must be left out where clientKey is given");
        self.keys().check(faults, within);
        faults.object(&format!("{within}/context"), &self.context, Self::MAX_CONTEXT);
    }

    /// What it is about.
    pub fn keys(&self) -> EventKeys {
        EventKeys {
            client_key: self.client_key.clone().or_else(|| self.person_id.clone()),
            group_key: self.group_key.clone(),
            user_key: self.user_key.clone(),
            loan_account_key: self.loan_account_key.clone(),
            deposit_account_key: self.deposit_account_key.clone(),
            repayment_key: self.repayment_key.clone(),
        }
    }

    /// The event that was taken now, under this id if it was reported without one.
    pub fn taken(self, event_id: impl FnOnce() -> String, now: Timestamp) -> Occurrence {
        let keys = self.keys();
        Occurrence {
            event: self.event,
            event_id: self.event_id.unwrap_or_else(event_id),
            keys,
            context: self.context,
            taken_at: now,
        }
    }
}
