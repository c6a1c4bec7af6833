//! What in the lender's core system a message is about (003).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Interaction;
use crate::{
    id::{self, Id, Ref},
    update::Faults,
    vocabulary::Event,
};

/// The event that triggered a message, and who asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// What happened; [`Event::Manual`] if somebody sent the message.
    pub event: Event,
    /// The core system's id of the event.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event_id: Option<String>,
    /// By which rule the event made a message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule_id: Option<Id<id::NotificationRule>>,
    /// What the event is about.
    #[serde(flatten)]
    pub keys: EventKeys,
    /// The person that it is about, if the message itself goes to nobody.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person_id: Option<Id<id::Person>>,
    /// Who sent it: the caller's own key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sender_key: Option<String>,
    /// The template it was to be made from, as its author named it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub template_key: Option<String>,
    /// Where a webhook went, or, before its first attempt, was to go when it was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
}

impl Trigger {
    /// That somebody sent a message, about these.
    pub fn by_hand(keys: EventKeys) -> Self {
        Self {
            event: Event::Manual,
            event_id: None,
            rule_id: None,
            keys,
            person_id: None,
            sender_key: None,
            template_key: None,
            url: None,
        }
    }

    /// What of it is not personal.
    pub(super) fn erased(&self) -> Self {
        Self { keys: EventKeys::default(), person_id: None, sender_key: None, ..self.clone() }
    }
}

impl Interaction {
    /// It is sent to this URL now, if that is not its address itself: an endpoint's, which may move.
    pub fn goes_to(&mut self, url: &str) {
        if let Some(trigger) = &mut self.trigger {
            trigger.url = Some(url.to_owned());
        }
    }
}

/// What an event or a message is about, in the core system's keys. Each has 1 to 255 characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct EventKeys {
    /// The client: a person, by your own id, by ours, or by your own with ext- in front.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_key: Option<String>,
    /// The group: a person of kind group, named as a client is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_key: Option<String>,
    /// The user of yours: a person of kind user, named as a client is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_key: Option<String>,
    /// The loan. If the client has a loan of this id, messages are about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loan_account_key: Option<String>,
    /// The key of the deposit account the event is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposit_account_key: Option<String>,
    /// The key of the repayment the event is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repayment_key: Option<String>,
}

impl EventKeys {
    /// The longest key, in characters.
    pub const LONGEST: usize = 255;

    /// A person by a key of the core system: our id, the lender's own with ext- in front, or the lender's own as it is. None
    /// if no person can have it.
    pub fn person(key: &str) -> Option<Ref<id::Person>> {
        key.parse().or_else(|_| format!("ext-{key}").parse()).ok()
    }

    /// Notes what is wrong with them; `within` is the place of the object that holds them.
    pub fn check(&self, faults: &mut Faults, within: &str) {
        let all = [
            ("clientKey", &self.client_key),
            ("groupKey", &self.group_key),
            ("userKey", &self.user_key),
            ("loanAccountKey", &self.loan_account_key),
            ("depositAccountKey", &self.deposit_account_key),
            ("repaymentKey", &self.repayment_key),
        ];
        for (name, key) in all {
            faults.line(&format!("{within}/{name}"), key.as_deref(), Self::LONGEST);
        }
    }
}
