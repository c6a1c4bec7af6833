//! Interactions that others had, as the lender records them: calls by agents, letters from elsewhere, what borrowers said to us.
//!
//! The guard is not asked: what happened has happened. It enters the ledger, which the guard counts.

mod schema;

use std::borrow::Cow;

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

use super::history::Failure;
use crate::{
    error::Error,
    formats,
    id::{self, ExternalId, Ref},
    shape,
    update::{Change, Faults, Ignored, MetaData},
    vocabulary::{
        AgentOutcome, Channel, Direction, FailureReason, InteractionStatus, Purpose, State, StatusDetails,
        Subject, Theme,
    },
};

/// What is known of an interaction that others had, beyond what every message has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Record {
    /// When it began. Not known of one that is scheduled or was called off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When the interaction ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The earliest it is to begin, or was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled_at_from: Option<Timestamp>,
    /// The latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled_at_to: Option<Timestamp>,
    /// What came of a call according to the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_outcome: Option<AgentOutcome>,
    /// Why, in the borrower's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub borrower_selected_theme: Option<Theme>,
    /// The lender's own notes.
    #[serde(skip_serializing_if = "Map::is_empty", with = "crate::free_json")]
    pub meta_data: Map<String, Value>,
}

/// A time, or a date if the time of day does not matter (001, `startedAt`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At this instant.
    At(Timestamp),
    /// Some time on this day.
    On(Date),
}

impl When {
    /// For what is to come: a day from its beginning in UTC.
    pub fn earliest(self) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::On(date) => in_utc(date.at(0, 0, 0, 0)),
        }
    }

    /// For what has been: of a day the last second in UTC that was, which is that day on every clock of the states. Limits
    /// then count it for as long as it may count.
    pub fn latest(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::On(date) if self.earliest() <= now => in_utc(date.at(23, 59, 59, 0)).min(now),
            Self::On(date) => in_utc(date.at(23, 59, 59, 0)),
        }
    }
}

fn in_utc(time: DateTime) -> Timestamp {
    time.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// An interaction others had, as the lender records it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(transform = schema::conditions)]
pub struct NewInteraction {
    /// The channel that messages are sent by.
    pub channel: Channel,
    /// What was said, as you keep it: 256 KB of JSON. The members `subjectLine`, `contentText` and `contentHtml` are shown
    /// in the communication log.
    #[serde(default)]
    #[schemars(with = "Option<shape::Stored>")]
    pub content: Option<Map<String, Value>>,
    /// With whom. Where the path names a person: that one, or left out.
    #[serde(default)]
    pub person_id: Option<Ref<id::Person>>,
    /// The contact used.
    #[serde(default)]
    pub contact_id: Option<Ref<id::Contact>>,
    /// The same by your own id.
    #[serde(default)]
    pub contact_external_id: Option<ExternalId>,
    /// The loan it was about; the person's only one by default.
    #[serde(default)]
    pub loan_id: Option<Ref<id::Loan>>,
    /// More loans it was about.
    #[serde(default)]
    #[schemars(length(max = Self::MAX_LOANS))]
    pub loan_ids: Vec<Ref<id::Loan>>,
    /// What it was about. Required for marketing: some states count calls by it.
    #[serde(default)]
    pub subject: Option<Subject>,
    /// Why. May be left out, or null, if the subject implies it.
    #[serde(default)]
    pub theme: Option<Theme>,
    /// What it was for besides what the theme says: `marketing`.
    #[serde(default)]
    pub purpose: Option<Purpose>,
    /// Whether the person had asked for this very contact within the 7 days before, such as a callback.
    #[serde(default)]
    pub prior_consent: Option<bool>,
    /// Why, as the borrower chose.
    #[serde(default)]
    pub borrower_selected_theme: Option<Theme>,
    /// Whether what was said is kept from callers who may only view. False by default.
    #[serde(default)]
    pub sensitive: Option<bool>,
    /// Your id for it. A second recording with the same one is refused.
    #[serde(default)]
    pub external_id: Option<ExternalId>,
    /// The person's interaction it follows. What we sent to answer theirs is known as a reply by it.
    #[serde(default)]
    pub previous_interaction_id: Option<Ref<id::Interaction>>,
    /// How far it has come.
    pub status: InteractionStatus,
    /// More about the status.
    #[serde(default)]
    pub status_details: Option<StatusDetails>,
    /// What came of a call according to the agent. Counts for more than `statusDetails`.
    #[serde(default)]
    pub agent_outcome: Option<AgentOutcome>,
    /// Twilio's error code, raw: up to 10 characters.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<10>>")]
    pub twilio_error_code: Change<String>,
    /// Your own notes: 50 keys of 100 characters with values of 500.
    #[serde(default)]
    #[schemars(with = "Option<MetaData>")]
    pub meta_data: Option<Map<String, Value>>,
    /// Whether a system sent it in response to an event. False by default.
    #[serde(default)]
    pub is_transactional: Option<bool>,
    /// Whether you began it (outbound, by default) or the person.
    #[serde(default)]
    pub direction: Option<Direction>,
    /// When it began; now by default.
    #[serde(default)]
    pub started_at: Option<When>,
    /// When the interaction ended.
    #[serde(default)]
    pub ended_at: Option<When>,
    /// The earliest it is to begin.
    #[serde(default)]
    pub scheduled_at_from: Option<When>,
    /// The latest it is to begin.
    #[serde(default)]
    pub scheduled_at_to: Option<When>,
    /// Why it failed, in up to 255 characters.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<255>>")]
    pub failure_description_short: Change<String>,
    /// Why it failed and what to do, in up to 5,000 characters.
    #[serde(default)]
    #[schemars(with = "Option<shape::Text<5_000>>")]
    pub failure_description_long: Change<String>,
    /// Shown in answers; passed over here.
    #[serde(default, rename = "id")]
    pub shown_id: Ignored,
    /// Shown in answers; passed over here.
    #[serde(default)]
    pub created_at: Ignored,
    /// Shown in answers; passed over here.
    #[serde(default)]
    pub updated_at: Ignored,
    /// Shown in answers; passed over here.
    #[serde(default)]
    pub deleted_at: Ignored,
    /// Shown in answers; passed over here.
    #[serde(default)]
    pub borrower: Ignored,
    /// Shown in answers; passed over here.
    #[serde(default)]
    pub contact: Ignored,
    /// True or left out: what you record is yours.
    #[serde(default)]
    pub is_external: Option<bool>,
    /// Shown in answers; passed over here.
    #[serde(default)]
    pub compliance_guard_rule_id: Ignored,
}

/// The texts of a recorded interaction, given when it is created or updated.
pub(super) struct Texts<'a> {
    pub content: Option<&'a Map<String, Value>>,
    pub meta_data: Option<&'a Map<String, Value>>,
    pub short: &'a Change<String>,
    pub long: &'a Change<String>,
    pub code: &'a Change<String>,
}

impl Texts<'_> {
    /// The most bytes of content, as JSON.
    const MAX_CONTENT: usize = 256 * 1024;

    pub fn faults(&self) -> Faults {
        let mut faults = Faults::default();
        if let Some(content) = self.content {
            faults.object("/content", content, Self::MAX_CONTENT);
        }
        if let Some(given) = self.meta_data {
            faults.meta_data(given);
        }
        faults.line("/failureDescriptionShort", self.short.given(), 255);
        faults.value("/failureDescriptionLong", self.long.given(), |text| formats::text(text, 5_000));
        faults.line("/twilioErrorCode", self.code.given(), 10);
        faults
    }

    /// Why it failed, after this update; `None` if nothing was given.
    pub fn failure(&self, before: Option<Failure>, state: State, channel: Channel) -> Option<Failure> {
        let reason = state.details.and_then(|details| FailureReason::of(details, channel));
        let (mut summary, mut code, mut description) = before
            .map_or((None, None, String::new()), |known| (known.summary, known.code, known.description));
        self.short.apply(&mut summary);
        self.code.apply(&mut code);
        match self.long {
            Change::Keep => {}
            Change::Clear => description.clear(),
            Change::Set(text) => description.clone_from(text),
        }
        let is_given = summary.is_some() || code.is_some() || !description.is_empty();
        let reason = reason.unwrap_or(FailureReason::Other);
        is_given.then_some(Failure { reason, code, summary, description, rule_id: None })
    }
}

impl Record {
    /// How far a clock elsewhere may be ahead of ours.
    const SKEW: SignedDuration = SignedDuration::from_mins(1);

    /// What of it cannot be, of an interaction that stands so.
    pub(super) fn faults(
        &self,
        channel: Channel,
        direction: Direction,
        state: State,
        now: Timestamp,
    ) -> Faults {
        let mut faults = Faults::default();
        if let Err(contradiction) = state.check(channel, direction) {
            faults.expect(false, "/statusDetails", &contradiction.to_string());
        }
        let is_scheduled = state.status == Some(InteractionStatus::Scheduled);
        let has_begun = !is_scheduled && state.status != Some(InteractionStatus::Canceled);
        if let Some(outcome) = self.agent_outcome {
            let details = StatusDetails::from(outcome);
            faults.expect(
                channel == Channel::Voice,
                "/agentOutcome",
                "must be left out except with the channel voice",
            );
            let is_possible = details.direction().is_none_or(|allowed| allowed == direction);
            faults.expect(is_possible, "/agentOutcome", "must be an outcome of the interaction's direction");
            faults.expect(has_begun, "/agentOutcome", "must be left out for a call that has not begun");
        }
        let latest = now + Self::SKEW;
        let may_begin = is_scheduled || self.started_at.is_none_or(|at| at <= latest);
        faults.expect(may_begin, "/startedAt", "must not be in the future, unless the status is scheduled");
        faults.expect(
            !is_scheduled || self.scheduled_at_from.or(self.started_at).is_some(),
            "/scheduledAtFrom",
            "must be given with the status scheduled",
        );
        // Nothing follows from a beginning that cannot be.
        let began = self.started_at.filter(|_| may_begin);
        let is_ended = self
            .ended_at
            .is_none_or(|end| has_begun && end <= latest && began.is_none_or(|start| start <= end));
        faults.expect(
            is_ended,
            "/endedAt",
            "must not be before startedAt or in the future, and must be left out if nothing began",
        );
        let is_span =
            self.scheduled_at_to.is_none_or(|to| self.scheduled_at_from.is_some_and(|from| from <= to));
        faults.expect(is_span, "/scheduledAtTo", "must not be before scheduledAtFrom");
        faults
    }
}

impl NewInteraction {
    /// Loans one interaction may name.
    const MAX_LOANS: usize = 100;

    /// What a person sent us, of which nothing is known but what it says and when it came.
    pub fn inbound(channel: Channel, theme: Theme, content: Map<String, Value>, at: Timestamp) -> Self {
        Self {
            channel,
            content: Some(content),
            person_id: None,
            contact_id: None,
            contact_external_id: None,
            loan_id: None,
            loan_ids: Vec::new(),
            subject: None,
            theme: Some(theme),
            purpose: None,
            prior_consent: None,
            borrower_selected_theme: None,
            sensitive: None,
            external_id: None,
            previous_interaction_id: None,
            status: InteractionStatus::Succeeded,
            status_details: None,
            agent_outcome: None,
            twilio_error_code: Change::Keep,
            meta_data: None,
            is_transactional: None,
            direction: Some(Direction::Inbound),
            started_at: Some(When::At(at)),
            ended_at: None,
            scheduled_at_from: None,
            scheduled_at_to: None,
            failure_description_short: Change::Keep,
            failure_description_long: Change::Keep,
            shown_id: Ignored,
            created_at: Ignored,
            updated_at: Ignored,
            deleted_at: Ignored,
            borrower: Ignored,
            contact: Ignored,
            is_external: None,
            compliance_guard_rule_id: Ignored,
        }
    }

    /// Whether it can be true.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn check(&self, now: Timestamp) -> Result<(), Error> {
        let mut faults = self.texts().faults();
        faults.within("", self.record(now).faults(self.channel, self.direction(), self.state(), now));
        faults.expect(
            self.contact_id.is_none() || self.contact_external_id.is_none(),
            "/contactExternalId",
            "must be left out if contactId is given",
        );
        faults.expect(
            self.loan_ids.len() <= Self::MAX_LOANS,
            "/loanIds",
            &format!("must have at most {} entries", Self::MAX_LOANS),
        );
        faults.expect(
            self.is_external != Some(false),
            "/isExternal",
            "must be true or left out: what you record was not sent by Postrider",
        );
        faults.expect(
            self.subject.is_some() || self.purpose != Some(Purpose::Marketing),
            "/subject",
            "must be given for marketing",
        );
        faults.none()
    }

    /// What it names that only a person can have, if it names nobody.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every such member.
    pub fn check_unbound(&self) -> Result<(), Error> {
        let mut faults = Faults::default();
        let needs_person = [
            ("/contactId", self.contact_id.is_some()),
            ("/contactExternalId", self.contact_external_id.is_some()),
            ("/loanId", self.loan_id.is_some()),
            ("/loanIds", !self.loan_ids.is_empty()),
        ];
        for (place, is_given) in needs_person {
            faults.expect(
                !is_given,
                place,
                "must be left out without personId: nobody is known to have this interaction",
            );
        }
        faults.none()
    }

    /// The contact it names.
    pub fn contact(&self) -> Option<Ref<id::Contact>> {
        self.contact_id.clone().or_else(|| self.contact_external_id.clone().map(Ref::External))
    }

    /// The loans it names, each once.
    pub fn loans(&self) -> Vec<Ref<id::Loan>> {
        let mut loans: Vec<Ref<id::Loan>> = Vec::new();
        for loan in self.loan_id.iter().chain(&self.loan_ids) {
            if !loans.contains(loan) {
                loans.push(loan.clone());
            }
        }
        loans
    }

    /// Who began it.
    pub fn direction(&self) -> Direction {
        self.direction.unwrap_or(Direction::Outbound)
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        State { status: Some(self.status), details: self.status_details }
    }

    /// Why it failed, if that was said.
    pub fn failure(&self) -> Option<Failure> {
        self.texts().failure(None, self.state(), self.channel)
    }

    fn texts(&self) -> Texts<'_> {
        Texts {
            content: self.content.as_ref(),
            meta_data: self.meta_data.as_ref(),
            short: &self.failure_description_short,
            long: &self.failure_description_long,
            code: &self.twilio_error_code,
        }
    }

    /// What is known of it beyond what every message has.
    pub fn record(&self, now: Timestamp) -> Record {
        let began = |when: Option<When>| when.map(|when| when.latest(now));
        let planned = |when: Option<When>| when.map(When::earliest);
        let started_at = match self.status {
            InteractionStatus::Scheduled | InteractionStatus::Canceled => planned(self.started_at),
            InteractionStatus::InProgress
            | InteractionStatus::Attempted
            | InteractionStatus::Succeeded
            | InteractionStatus::Failed => Some(began(self.started_at).unwrap_or(now)),
        };
        Record {
            started_at,
            ended_at: began(self.ended_at),
            scheduled_at_from: planned(self.scheduled_at_from),
            scheduled_at_to: planned(self.scheduled_at_to),
            agent_outcome: self.agent_outcome,
            borrower_selected_theme: self.borrower_selected_theme,
            meta_data: self.meta_data.clone().unwrap_or_default(),
        }
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = if text.len() == 10 { text.parse().map(Self::On) } else { text.parse().map(Self::At) };
        read.map_err(|_| {
            de::Error::custom("must be a time such as 2026-01-05T15:00:00Z, or a date such as 2026-01-05")
        })
    }
}

impl JsonSchema for When {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "When".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "anyOf": [{ "format": "date-time" }, { "format": "date" }] })
    }
}

#[cfg(test)]
mod tests;
