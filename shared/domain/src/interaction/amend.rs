//! Updates of an interaction: how it went on, and corrections.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    ExternalIds, Interaction, Record, Step,
    record::{Texts, When},
};
use crate::{
    error::{Conflict, Error},
    id::{self, Ref},
    person::Person,
    shape,
    update::{Change, MetaData},
    vocabulary::{AgentOutcome, InteractionStatus, Movement, State, StatusDetails},
};

/// What becomes different. Fields left out stay, null clears.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct InteractionUpdate {
    /// The person it was with, if that was not known before.
    pub person_id: Option<Ref<id::Person>>,
    /// How far it has come. What we send takes `canceled` only.
    pub status: Option<InteractionStatus>,
    /// More about the status.
    pub status_details: Change<StatusDetails>,
    /// What came of a call according to the agent, who may think better of it.
    pub agent_outcome: Change<AgentOutcome>,
    /// When it began. Now, if it was scheduled and begins with this.
    pub started_at: Option<When>,
    /// When the interaction ended.
    pub ended_at: Change<When>,
    /// The earliest it is to begin.
    pub scheduled_at_from: Option<When>,
    /// The latest it is to begin.
    pub scheduled_at_to: Change<When>,
    /// What was said, as you keep it: 256 KB of JSON.
    #[schemars(with = "Option<shape::Stored>")]
    pub content: Change<Map<String, Value>>,
    /// Your own notes: 50 keys of 100 characters with values of 500.
    #[schemars(with = "Option<MetaData>")]
    pub meta_data: Option<Map<String, Value>>,
    /// Whether what was said is kept from callers who may only view.
    pub sensitive: Option<bool>,
    /// Why it failed, in up to 255 characters.
    #[schemars(with = "Option<shape::Line<255>>")]
    pub failure_description_short: Change<String>,
    /// Why it failed and what to do, in up to 5,000 characters.
    #[schemars(with = "Option<shape::Text<5_000>>")]
    pub failure_description_long: Change<String>,
    /// Twilio's error code, raw: up to 10 characters.
    #[schemars(with = "Option<shape::Line<10>>")]
    pub twilio_error_code: Change<String>,
}

impl Interaction {
    /// Takes in what `by` said, but for the content, which is kept elsewhere. What was said before changes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault; [`Conflict::SentByPostrider`]; [`Conflict::StatusCannotChange`];
    /// [`Conflict::PersonErased`].
    pub fn amend(&mut self, update: &InteractionUpdate, by: &str, now: Timestamp) -> Result<(), Error> {
        if self.erased_at.is_some() {
            let detail = "The person was erased, and what is kept of the interaction cannot be changed.";
            return Err(Error::conflict(Conflict::PersonErased, detail));
        }
        match self.origin.record().cloned() {
            Some(record) => self.amend_record(record, update, by, now),
            None => self.call_off(update, by, now),
        }
    }

    /// It was with this person, as was found out.
    ///
    /// # Errors
    /// [`Conflict::BoundToAnother`] if it is another's.
    pub fn bind(&mut self, person: &Person, now: Timestamp) -> Result<(), Error> {
        match &self.person_id {
            Some(known) if *known == person.id => return Ok(()),
            Some(_) => {
                let detail = "The interaction belongs to another person already, and stays so; record another for somebody else.";
                return Err(Error::conflict(Conflict::BoundToAnother, detail));
            }
            None => {}
        }
        let contact = person.contact_on(self.channel, &self.to);
        self.person_id = Some(person.id.clone());
        self.contact_id = contact.map(|contact| contact.id.clone());
        self.external_ids = ExternalIds::of(person, contact, &[]);
        self.note(now, Step::Amended, Some("bound".into()));
        Ok(())
    }

    /// What we send ourselves is called off, and nothing else is said of it.
    fn call_off(&mut self, update: &InteractionUpdate, by: &str, now: Timestamp) -> Result<(), Error> {
        let canceled = Some(InteractionStatus::Canceled);
        let bound_only =
            InteractionUpdate { person_id: update.person_id.clone(), ..InteractionUpdate::default() };
        if *update == bound_only {
            return Ok(());
        }
        if *update != (InteractionUpdate { status: canceled, ..bound_only }) {
            let detail = "Postrider sends this interaction and keeps its status; only {\"status\": \"canceled\"} is taken, \
                          while it waits.";
            return Err(Error::conflict(Conflict::SentByPostrider, detail));
        }
        if self.state.status == canceled || self.cancel("by request", Some(by), now) {
            return Ok(());
        }
        let detail = "The interaction no longer waits: it has ended, or a provider may have it. It cannot be called back.";
        Err(Error::conflict(Conflict::StatusCannotChange, detail))
    }

    fn amend_record(
        &mut self,
        mut record: Record,
        update: &InteractionUpdate,
        by: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let texts = Texts {
            content: update.content.given(),
            meta_data: update.meta_data.as_ref(),
            short: &update.failure_description_short,
            long: &update.failure_description_long,
            code: &update.twilio_error_code,
        };
        let next = self.next_state(update);
        record.amend(update, now);
        let begins = self.state.status == Some(InteractionStatus::Scheduled)
            && !matches!(next.status, Some(InteractionStatus::Scheduled | InteractionStatus::Canceled));
        if begins && update.started_at.is_none() {
            record.started_at = Some(record.started_at.map_or(now, |at| at.min(now)));
        }
        let mut faults = texts.faults();
        faults.within("", record.faults(self.channel, self.direction, next, now));
        faults.none()?;
        self.move_on(next, by, now)?;
        if !self.is_open() {
            self.due_at = None;
        }
        if self.origin.record().is_some_and(|known| known.agent_outcome != record.agent_outcome) {
            let outcome = record.agent_outcome.map_or("no agentOutcome", AgentOutcome::as_str);
            self.note_by(Some(by), now, Step::Amended, Some(outcome.to_owned()));
        }
        self.failure = texts.failure(self.failure.take(), next, self.channel);
        self.sensitive = update.sensitive.unwrap_or(self.sensitive);
        if let Some(known) = self.origin.record_mut() {
            *known = record;
        }
        Ok(())
    }

    /// Where it stands after this was said. A new status brings its own details or none.
    fn next_state(&self, update: &InteractionUpdate) -> State {
        let status = update.status.or(self.state.status);
        let details = match update.status_details {
            Change::Keep if status == self.state.status => self.state.details,
            Change::Keep | Change::Clear => None,
            Change::Set(details) => Some(details),
        };
        State { status, details }
    }

    fn move_on(&mut self, next: State, by: &str, now: Timestamp) -> Result<(), Error> {
        let Some(status) = next.status.filter(|_| next != self.state) else { return Ok(()) };
        let before = self.state;
        match self.state.advance(self.channel, self.direction, status, next.details) {
            Movement::Advanced => {
                let step = if status == InteractionStatus::Canceled { Step::Canceled } else { Step::Amended };
                self.note_by(Some(by), now, step, Some(next.to_string()));
                Ok(())
            }
            Movement::Stale => {
                let detail = format!(
                    "An interaction that is {before} cannot become {next}; agentOutcome can be corrected."
                );
                Err(Error::conflict(Conflict::StatusCannotChange, detail))
            }
            Movement::Invalid(contradiction) => {
                Err(Error::invalid("/statusDetails", contradiction.to_string()))
            }
        }
    }
}

impl Record {
    fn amend(&mut self, update: &InteractionUpdate, now: Timestamp) {
        self.started_at = update.started_at.map(|when| when.latest(now)).or(self.started_at);
        self.scheduled_at_from = update.scheduled_at_from.map(When::earliest).or(self.scheduled_at_from);
        update.ended_at.map(|when| when.latest(now)).apply(&mut self.ended_at);
        update.scheduled_at_to.map(When::earliest).apply(&mut self.scheduled_at_to);
        update.agent_outcome.apply(&mut self.agent_outcome);
        if let Some(given) = &update.meta_data {
            self.meta_data.clone_from(given);
        }
    }
}

#[cfg(test)]
mod tests;
