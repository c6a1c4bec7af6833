//! Which events of the lender's core system make which messages (003).

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp, Zoned};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    criterion::{Criterion, Kind, MOST_VALUES, Operator},
    error::{Conflict, Error},
    id::{self, Id, Ref},
    interaction::EventKeys,
    occurrence::Occurrence,
    person::PersonKind,
    shape::{self, given, left_out, when},
    update::{Change, Faults, Ignored},
    vocabulary::{Event, MessageType, ReportedEvent, Theme},
};

/// What is asked of an event's context.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContextCondition {
    /// Where in the context: names of members with dots between them, places in lists as numbers from 0.
    pub path: String,
    /// What.
    #[serde(flatten)]
    pub criterion: Criterion,
}

impl ContextCondition {
    /// Whether it holds for an event.
    pub fn holds(&self, context: &Map<String, Value>, now: &Zoned) -> bool {
        self.criterion.holds(self.find(context), now)
    }

    fn find<'a>(&self, context: &'a Map<String, Value>) -> Option<&'a Value> {
        let mut names = self.path.split('.');
        let first = context.get(names.next()?)?;
        names.try_fold(first, |within, name| match within {
            Value::Object(members) => members.get(name),
            Value::Array(all) => all.get(name.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationRule {
    /// The id that Postrider gave it.
    pub id: Id<id::NotificationRule>,
    /// A name for people to read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Which event it is about.
    pub event: Event,
    /// What the event makes.
    #[serde(rename = "type")]
    pub message_type: MessageType,
    /// In which words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub template_key: Option<Ref<id::Descriptor>>,
    /// Where a webhook goes, as it was said: to the endpoint that is or was there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// That endpoint; absent until it is found or made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub endpoint_id: Option<Id<id::WebhookEndpoint>>,
    /// Whether it makes messages now.
    pub enabled: bool,
    /// What must hold of the event's context, all of it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub conditions: Vec<ContextCondition>,
    /// To whom of those that the event is about.
    #[serde(default)]
    pub recipient: PersonKind,
    /// How much later the message leaves, in minutes.
    #[serde(default)]
    pub delay_minutes: u32,
    /// Why it is sent, if the event does not say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub theme: Option<Theme>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Moves with every change; the `ETag`.
    pub revision: u64,
}

impl NotificationRule {
    /// Whether an event makes its message.
    pub fn fires(&self, occurrence: &Occurrence, now: &Zoned) -> bool {
        self.enabled && self.event == occurrence.event && self.unmet(&occurrence.context, now).is_empty()
    }

    /// The conditions that do not hold.
    pub fn unmet(&self, context: &Map<String, Value>, now: &Zoned) -> Vec<&ContextCondition> {
        self.conditions.iter().filter(|condition| !condition.holds(context, now)).collect()
    }

    /// The key of whom the message is for, if the event has one.
    pub fn recipient_key<'a>(&self, keys: &'a EventKeys) -> Option<&'a str> {
        match self.recipient {
            PersonKind::Client => keys.client_key.as_deref(),
            PersonKind::Group => keys.group_key.as_deref(),
            PersonKind::User => keys.user_key.as_deref(),
        }
    }

    /// How much later the message leaves.
    pub fn delay(&self) -> SignedDuration {
        SignedDuration::from_mins(self.delay_minutes.into())
    }

    /// Why its message is sent.
    pub fn theme(&self) -> Theme {
        self.theme.unwrap_or_else(|| self.event.theme())
    }
}

impl Event {
    /// Why a message about it is sent, if nobody says more.
    pub const fn theme(self) -> Theme {
        match self {
            Self::AccountInArrears | Self::LoanAccountWriteOff => Theme::OpsCollDebt,
            Self::PortalActivated | Self::PortalPasswordReset => Theme::OpsAccountCredentials,
            _ => Theme::OpsServicing,
        }
    }
}

/// A lender's rules, kept in one piece: every event asks all of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationRules {
    /// Moves with every change; 0 before the first.
    pub revision: u64,
    /// The oldest first.
    #[serde(default)]
    rules: Vec<NotificationRule>,
    /// Whether one of them, or of those that are gone, wrote to a group or a user: such messages name a client that is not theirs.
    #[serde(default)]
    pub wrote_to_others: bool,
}

impl NotificationRules {
    /// Rules of one lender: two for each event.
    pub const MOST: usize = 150;
    /// All of them as JSON, in bytes; a storage item has at most 400 KB.
    const MOST_BYTES: usize = 300 * 1024;

    /// All, the oldest first.
    pub fn all(&self) -> &[NotificationRule] {
        &self.rules
    }

    /// The rule with this id.
    pub fn find(&self, id: &Id<id::NotificationRule>) -> Option<&NotificationRule> {
        self.rules.iter().find(|rule| rule.id == *id)
    }

    /// Adds one, or takes the place of the one with its id.
    ///
    /// # Errors
    /// [`Conflict::LimitReached`].
    pub fn put(&mut self, rule: NotificationRule) -> Result<(), Error> {
        self.wrote_to_others |= rule.recipient != PersonKind::Client;
        match self.rules.iter_mut().find(|known| known.id == rule.id) {
            Some(known) => *known = rule,
            None => self.rules.push(rule),
        }
        let bytes = serde_json::to_vec(&self.rules).map_or(usize::MAX, |json| json.len());
        if self.rules.len() > Self::MOST || bytes > Self::MOST_BYTES {
            let detail = format!(
                "A lender has at most {} notification rules, of {} KB together; delete one first.",
                Self::MOST,
                Self::MOST_BYTES / 1024
            );
            return Err(Error::conflict(Conflict::LimitReached, detail));
        }
        Ok(())
    }

    /// Removes one. Returns whether there was one.
    pub fn remove(&mut self, id: &Id<id::NotificationRule>) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != *id);
        self.rules.len() < before
    }
}

/// What is asked of an event's context, as it is said.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConditionUpdate {
    /// Where in the context: names of members with dots between them, places in lists as numbers from 0; up to 100 characters.
    #[schemars(with = "shape::Path<100>")]
    pub path: String,
    /// The operator that compares the value.
    pub operator: Operator,
    /// The value to compare with.
    #[serde(default)]
    pub value: Option<Value>,
    /// The upper end of BETWEEN.
    #[serde(default)]
    pub second_value: Option<Value>,
    /// The choices of IN, 1 to 100.
    #[serde(default)]
    #[schemars(length(max = MOST_VALUES))]
    pub values: Vec<Value>,
}

impl ConditionUpdate {
    fn condition(&self) -> ContextCondition {
        ContextCondition {
            path: self.path.clone(),
            criterion: Criterion {
                operator: self.operator,
                value: self.value.clone(),
                second_value: self.second_value.clone(),
                values: self.values.clone(),
            },
        }
    }
}

/// What to store about a rule. Fields left out stay, or have the default described here if it is new.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NotificationRuleUpdate {
    /// For people: 1 to 255 characters on one line.
    #[schemars(with = "Option<shape::Line<255>>")]
    pub name: Change<String>,
    /// Which event it is about. A rule needs one; MANUAL is none.
    #[schemars(with = "Option<ReportedEvent>")]
    pub event: Option<Event>,
    /// What the event makes: EMAIL and SMS go to the recipient, WEB_HOOK to the URL, EVENT_STREAM to your subscriptions, TASK to
    /// your people. A rule needs one.
    #[serde(rename = "type")]
    pub message_type: Option<MessageType>,
    /// In which words: a template of the channel email, text or webhook. EMAIL, SMS and TASK need one for what they say; of a
    /// WEB_HOOK it makes the data, which is else the event.
    pub template_key: Change<Ref<id::Descriptor>>,
    /// Where a WEB_HOOK goes: https, on a public address.
    #[schemars(with = "Option<shape::HttpsUrl>")]
    pub url: Change<String>,
    /// Whether it makes messages now; true by default.
    pub enabled: Option<bool>,
    /// What must hold of the event's context, all of it; up to 10.
    #[schemars(length(max = Self::MAX_CONDITIONS))]
    pub conditions: Option<Vec<ConditionUpdate>>,
    /// To whom of those that the event is about; the client by default.
    pub recipient: Option<PersonKind>,
    /// How much later an EMAIL, SMS or WEB_HOOK leaves, in minutes, up to 7 days.
    #[schemars(range(max = Self::MAX_DELAY))]
    pub delay_minutes: Option<u32>,
    /// Why it is sent; by the event by default.
    pub theme: Change<Theme>,
    /// As answers show it.
    pub id: Ignored,
    /// As answers show it.
    pub endpoint_id: Ignored,
    /// As answers show it.
    pub created_at: Ignored,
    /// As answers show it.
    pub updated_at: Ignored,
}

/// The same of a new rule, in schemas: with all that it needs.
#[derive(Debug)]
pub struct NewNotificationRule;

impl JsonSchema for NewNotificationRule {
    fn schema_name() -> Cow<'static, str> {
        "NewNotificationRule".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = NotificationRuleUpdate::json_schema(generator);
        shape::require(&mut schema, &["event", "type"]);
        let at_once = json!({ "properties": { "delayMinutes": { "maximum": 0 } } });
        shape::hold(
            &mut schema,
            json!([
                when("type", &["EMAIL", "SMS"], given("templateKey")),
                when("type", &["EMAIL", "SMS", "EVENT_STREAM", "TASK"], left_out(&["url"])),
                when("type", &["WEB_HOOK"], given("url")),
                when("type", &["EVENT_STREAM"], left_out(&["templateKey"])),
                when("type", &["EVENT_STREAM", "TASK"], at_once),
            ]),
        );
        schema
    }
}

impl NotificationRuleUpdate {
    const MAX_CONDITIONS: usize = 10;
    const MAX_DELAY: u32 = 7 * 24 * 60;

    /// Whether it can be said of a rule. Of its template and URL only whether there may be one.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn check(&self) -> Result<(), Error> {
        self.faults().none()
    }

    fn faults(&self) -> Faults {
        let mut faults = Faults::default();
        faults.line("/name", self.name.given(), 255);
        let is_event = self.event != Some(Event::Manual);
        faults.expect(
            is_event,
            "/event",
            "must not be MANUAL, which stands for messages that somebody sends",
        );
        let conditions = self.conditions.as_deref().unwrap_or_default();
        let is_count = conditions.len() <= Self::MAX_CONDITIONS;
        let message = format!("must have at most {} conditions", Self::MAX_CONDITIONS);
        faults.expect(is_count, "/conditions", &message);
        for (at, condition) in conditions.iter().enumerate().take(Self::MAX_CONDITIONS) {
            let within = format!("/conditions/{at}");
            faults.line(&format!("{within}/path"), Some(&condition.path), 100);
            let is_path = condition.path.is_empty()
                || condition.path.split('.').all(|name| !name.is_empty() && !name.contains(['[', ']', '$']));
            faults.expect(
                is_path,
                &format!("{within}/path"),
                "must be names with dots between them, such as repayment.amount or tags.0",
            );
            condition.condition().criterion.check(Kind::Any, &mut faults, &within);
        }
        let is_soon = self.delay_minutes.is_none_or(|minutes| minutes <= Self::MAX_DELAY);
        faults.expect(is_soon, "/delayMinutes", &format!("must be at most {} (7 days)", Self::MAX_DELAY));
        faults
    }
}

impl NotificationRule {
    /// A new rule.
    ///
    /// # Errors
    /// [`Error::Invalid`] if something that a rule needs is missing.
    pub fn new(
        id: Id<id::NotificationRule>,
        update: &NotificationRuleUpdate,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let mut faults = Faults::default();
        faults.expect(update.event.is_some(), "/event", "must be given");
        faults.expect(update.message_type.is_some(), "/type", "must be given");
        faults.none()?;
        let rule = Self {
            id,
            name: None,
            event: update.event.unwrap_or(Event::DoNothing),
            message_type: update.message_type.unwrap_or(MessageType::Task),
            template_key: None,
            url: None,
            endpoint_id: None,
            enabled: true,
            conditions: Vec::new(),
            recipient: PersonKind::Client,
            delay_minutes: 0,
            theme: None,
            created_at: now,
            updated_at: now,
            revision: 0,
        };
        rule.with(update, now)
    }

    /// The rule after this was said of it.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it could not make a message then.
    pub fn with(&self, update: &NotificationRuleUpdate, now: Timestamp) -> Result<Self, Error> {
        let mut rule = self.clone();
        update.name.apply(&mut rule.name);
        rule.event = update.event.unwrap_or(rule.event);
        rule.message_type = update.message_type.unwrap_or(rule.message_type);
        update.template_key.apply(&mut rule.template_key);
        update.url.apply(&mut rule.url);
        // What goes to the same URL goes to the same endpoint, wherever that is by now.
        rule.endpoint_id = rule.endpoint_id.filter(|_| rule.url == self.url);
        rule.enabled = update.enabled.unwrap_or(rule.enabled);
        if let Some(conditions) = &update.conditions {
            rule.conditions = conditions.iter().map(ConditionUpdate::condition).collect();
        }
        rule.recipient = update.recipient.unwrap_or(rule.recipient);
        rule.delay_minutes = update.delay_minutes.unwrap_or(rule.delay_minutes);
        update.theme.apply(&mut rule.theme);
        rule.updated_at = now;
        rule.revision += 1;
        rule.works()?;
        Ok(rule)
    }

    /// Whether it says all that its type of message needs, and nothing that it has no use for.
    fn works(&self) -> Result<(), Error> {
        let mut faults = Faults::default();
        let (message_type, has_url) = (self.message_type, self.url.is_some());
        let needs_words = matches!(message_type, MessageType::Email | MessageType::Sms);
        let may_have_words = message_type != MessageType::EventStream;
        let message = format!("must be given for {message_type}");
        faults.expect(!needs_words || self.template_key.is_some(), "/templateKey", &message);
        let message = format!("must be left out for {message_type}, which says what the event says");
        faults.expect(may_have_words || self.template_key.is_none(), "/templateKey", &message);
        let is_webhook = message_type == MessageType::WebHook;
        faults.expect(!is_webhook || has_url, "/url", "must be given for WEB_HOOK");
        let message = format!("must be left out for {message_type}, which goes to no URL");
        faults.expect(is_webhook || !has_url, "/url", &message);
        let may_wait = needs_words || is_webhook;
        let message =
            format!("must be 0 or left out for {message_type}, which goes nowhere and so is made at once");
        faults.expect(may_wait || self.delay_minutes == 0, "/delayMinutes", &message);
        faults.none()
    }
}

#[cfg(test)]
mod tests;
