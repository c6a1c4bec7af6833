//! Tasks for the lender's staff, most of them about incoming messages.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Conflict, Error},
    id::{self, ExternalId, Id, Ref},
    interaction::Interaction,
    shape,
    tenant::TenantId,
    update::{Change, Faults},
    vocabulary::vocabulary,
};

vocabulary! {
    /// What is to be done (001, "Receive message").
    TaskType {
        /// A person wrote or called: answer, or note that nothing is to be done.
        HandleInboundInteraction "handleInboundInteraction",
        /// Somebody we do not know did: find out who, and bind the interaction to the person.
        HandleUnboundInboundInteraction "handleUnboundInboundInteraction",
        /// Somebody asked in words of their own to be left alone, and is: say whether it was meant so.
        ReviewRevocation "reviewRevocation",
        /// Somebody wrote that they are not whom we take them for, and the contact is marked invalid: correct it.
        ReviewContact "reviewContact",
        /// Something happened that a rule of the lender's gives somebody to do (003).
        FollowUpEvent "followUpEvent",
        /// An account at a provider, or an endpoint of yours, takes no messages, as the interaction met it: put it in order.
        ReviewAccount "reviewAccount",
    }
}

vocabulary! {
    /// How far a task has come.
    TaskStatus {
        /// Nobody has it.
        Open "open",
        /// Somebody works on it.
        Claimed "claimed",
        /// Nothing is left to do.
        Done "done",
    }
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// The id that Postrider gave it.
    pub id: Id<id::Task>,
    /// Whose.
    pub tenant: TenantId,
    /// What is to be done.
    #[serde(rename = "type")]
    pub task_type: TaskType,
    /// How far it has come.
    pub status: TaskStatus,
    /// About which interaction.
    pub interaction_id: Id<id::Interaction>,
    /// The person it is about, if known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person_id: Option<Id<id::Person>>,
    /// The lender's id of that person.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person_external_id: Option<ExternalId>,
    /// By when it should be done.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due: Option<Timestamp>,
    /// Who has it, in the lender's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assignee: Option<String>,
    /// What the lender's people noted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
    /// The latest message that answers what it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub answer_id: Option<Id<id::Interaction>>,
    /// When it came up.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it must be published to the bus; absent once it was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub announce_at: Option<Timestamp>,
    /// Moves with every change that is shown; the `ETag`.
    pub revision: u64,
}

/// What becomes different about a task. Fields left out stay, null clears.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TaskUpdate {
    /// How far it has come: `claimed` takes it, `open` gives it back, `done` ends it.
    pub status: Option<TaskStatus>,
    /// Who has it, in up to 255 characters. Where a task is claimed and this is left out: the caller.
    #[schemars(with = "Option<shape::Line<255>>")]
    pub assignee: Change<String>,
    /// By when it should be done.
    pub due: Change<Timestamp>,
    /// A note in up to 5,000 characters.
    #[schemars(with = "Option<shape::Text<5_000>>")]
    pub note: Change<String>,
    /// The message that answers what the task is about: whoever sees the task sees that somebody answered.
    pub answer_id: Change<Ref<id::Interaction>>,
}

/// A task as it is shown, on the bus and by the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskView {
    /// The id that Postrider gave it.
    pub id: Id<id::Task>,
    /// What is to be done.
    #[serde(rename = "type")]
    pub task_type: TaskType,
    /// How far it has come.
    pub status: TaskStatus,
    /// About which interaction.
    pub interaction_id: Id<id::Interaction>,
    /// The person it is about, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_id: Option<Id<id::Person>>,
    /// Your id of that person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_external_id: Option<ExternalId>,
    /// When it came up.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// By when it should be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// The person on your staff who has claimed the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// What your people noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The latest message that answers what it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_id: Option<Id<id::Interaction>>,
}

impl Task {
    /// The detail type of its event on the bus.
    pub const EVENT: &str = "task";

    /// What is shown of it.
    pub fn view(&self) -> TaskView {
        let task = self.clone();
        TaskView {
            id: task.id,
            task_type: task.task_type,
            status: task.status,
            interaction_id: task.interaction_id,
            person_id: task.person_id,
            person_external_id: task.person_external_id,
            created_at: task.created_at,
            updated_at: task.updated_at,
            due: task.due,
            assignee: task.assignee,
            note: task.note,
            answer_id: task.answer_id,
        }
    }

    /// That somebody must look at an interaction that came in.
    pub fn to_handle(received: &Interaction, now: Timestamp) -> Self {
        let task_type = match received.person_id {
            Some(_) => TaskType::HandleInboundInteraction,
            None => TaskType::HandleUnboundInboundInteraction,
        };
        Self::about(received, task_type, now)
    }

    /// What is to be done about an interaction that came in. Its id follows from the interaction's, so that one received
    /// twice makes one task of a type.
    pub fn about(received: &Interaction, task_type: TaskType, now: Timestamp) -> Self {
        Self {
            id: Id::keyed(received.tenant.as_str(), received.id.as_str(), task_type.as_str()),
            tenant: received.tenant.clone(),
            task_type,
            status: TaskStatus::Open,
            interaction_id: received.id.clone(),
            person_id: received.person_id.clone(),
            person_external_id: received.external_ids.person.clone(),
            due: None,
            assignee: None,
            note: None,
            answer_id: None,
            created_at: now,
            updated_at: now,
            announce_at: Some(now),
            revision: 1,
        }
    }

    /// That somebody must put in order what messages leave by, as one of them met it. Its id follows from `outage`, so that one
    /// outage makes one task.
    pub fn to_put_in_order(
        tenant: &TenantId,
        met_by: Id<id::Interaction>,
        outage: &str,
        note: String,
        now: Timestamp,
    ) -> Self {
        let task_type = TaskType::ReviewAccount;
        Self {
            id: Id::keyed(tenant.as_str(), outage, task_type.as_str()),
            tenant: tenant.clone(),
            task_type,
            status: TaskStatus::Open,
            interaction_id: met_by,
            // It is about nobody, whoever the message was for.
            person_id: None,
            person_external_id: None,
            due: None,
            assignee: None,
            note: Some(note),
            answer_id: None,
            created_at: now,
            updated_at: now,
            announce_at: Some(now),
            revision: 1,
        }
    }

    /// What an interaction that came in may have given cause to.
    pub fn ids_about(
        tenant: &TenantId,
        received: &Id<id::Interaction>,
    ) -> impl Iterator<Item = Id<id::Task>> {
        TaskType::ALL
            .iter()
            .map(|task_type| Id::keyed(tenant.as_str(), received.as_str(), task_type.as_str()))
    }

    /// Leaves of it what is not personal, once its person was erased. Nothing is left to do.
    pub fn erase(&mut self, now: Timestamp) {
        *self = Self {
            status: TaskStatus::Done,
            person_external_id: None,
            note: None,
            announce_at: None,
            updated_at: now,
            ..self.clone()
        };
    }

    /// Takes in what `caller` says of it. Saying it again changes nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault; [`Conflict::TaskClaimed`] if somebody else has it, or it is done.
    pub fn amend(&mut self, update: &TaskUpdate, caller: &str, now: Timestamp) -> Result<(), Error> {
        let mut faults = Faults::default();
        faults.line("/assignee", update.assignee.given(), 255);
        faults.value("/note", update.note.given(), |text| crate::formats::text(text, 5_000));
        faults.none()?;
        let mut next = self.clone();
        update.due.apply(&mut next.due);
        update.note.apply(&mut next.note);
        match &update.answer_id {
            Change::Keep => {}
            Change::Clear => next.answer_id = None,
            Change::Set(answer) => next.answer_id = Some(answer.resolve(self.tenant.as_str())),
        }
        update.assignee.apply(&mut next.assignee);
        next.status = update.status.unwrap_or(self.status);
        let is_claimed_anew = update.status == Some(TaskStatus::Claimed);
        match (self.status, next.status) {
            (TaskStatus::Done, TaskStatus::Claimed) => {
                let detail = "The task is done; open it again with {\"status\": \"open\"} first.";
                return Err(Error::conflict(Conflict::TaskClaimed, detail));
            }
            (_, TaskStatus::Open) => next.assignee = update.assignee.given().cloned(),
            (_, TaskStatus::Claimed)
                if next.assignee.is_none() || (is_claimed_anew && update.assignee == Change::Keep) =>
            {
                next.assignee = Some(caller.to_owned());
            }
            (_, TaskStatus::Claimed | TaskStatus::Done) => {}
        }
        let is_taken_over = self.status == TaskStatus::Claimed
            && is_claimed_anew
            && self.assignee.is_some()
            && self.assignee != next.assignee;
        if is_taken_over {
            let has_it = self.assignee.as_deref().unwrap_or_default();
            let detail = format!("{has_it} has the task; it can be claimed once its status is open again.");
            return Err(Error::conflict(Conflict::TaskClaimed, detail));
        }
        if next != *self {
            next.updated_at = now;
            *self = next;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        interaction::{Origin, Outline, Record},
        vocabulary::{Channel, Direction, Theme},
    };

    fn received() -> Interaction {
        let outline = Outline {
            id: Id::external("demo", "wrote"),
            tenant: "demo".parse().expect("a tenant"),
            person_id: Some(Id::external("demo", "john")),
            channel: Channel::Email,
            direction: Direction::Inbound,
            theme: Theme::InbUnknown,
            trace_id: "1-0-0".into(),
        };
        Interaction::begin(outline, Origin::Received(Record::default()), Timestamp::UNIX_EPOCH)
    }

    fn task() -> Task {
        Task::to_handle(&received(), Timestamp::UNIX_EPOCH)
    }

    fn update(text: &str) -> TaskUpdate {
        serde_json::from_str(text).expect("readable")
    }

    #[test]
    fn a_task_is_claimed_by_one_given_back_and_done() {
        let now = Timestamp::UNIX_EPOCH;
        // Each line: what is said, by whom, and how the task then stands; or who is in the way.
        let mut task = task();
        for (text, by, expected) in [
            (r#"{"status":"claimed"}"#, "AK-1", Ok((TaskStatus::Claimed, Some("AK-1")))),
            (r#"{"status":"claimed"}"#, "AK-1", Ok((TaskStatus::Claimed, Some("AK-1")))),
            (r#"{"status":"claimed"}"#, "AK-2", Err("AK-1 has the task")),
            (r#"{"status":"claimed","assignee":"ada"}"#, "AK-1", Err("AK-1 has the task")),
            (r#"{"note":"called back"}"#, "AK-2", Ok((TaskStatus::Claimed, Some("AK-1")))),
            (r#"{"assignee":"ada"}"#, "AK-2", Ok((TaskStatus::Claimed, Some("ada")))),
            (r#"{"status":"open"}"#, "AK-2", Ok((TaskStatus::Open, None))),
            (r#"{"status":"claimed","assignee":"ada"}"#, "AK-2", Ok((TaskStatus::Claimed, Some("ada")))),
            (r#"{"status":"done"}"#, "AK-2", Ok((TaskStatus::Done, Some("ada")))),
            (r#"{"status":"done"}"#, "AK-1", Ok((TaskStatus::Done, Some("ada")))),
            (r#"{"status":"claimed"}"#, "AK-1", Err("The task is done")),
            (r#"{"status":"open"}"#, "AK-1", Ok((TaskStatus::Open, None))),
        ] {
            let outcome = task.amend(&update(text), by, now);
            match (outcome, expected) {
                (Ok(()), Ok((status, assignee))) => {
                    assert_eq!((task.status, task.assignee.as_deref()), (status, assignee), "{text}");
                }
                (Err(Error::Conflict { detail, .. }), Err(says)) => {
                    assert!(detail.contains(says), "{text}: {detail}");
                }
                (outcome, _) => panic!("{text} by {by}: {outcome:?}"),
            }
        }
        assert_eq!(task.note.as_deref(), Some("called back"));
    }

    #[test]
    fn faults_are_told_together() {
        let long = "x".repeat(5_001);
        let update = TaskUpdate {
            assignee: Change::Set("a\nb".into()),
            note: Change::Set(long),
            ..TaskUpdate::default()
        };
        let Err(Error::Invalid(faults)) = task().amend(&update, "AK-1", Timestamp::UNIX_EPOCH) else {
            panic!("taken")
        };
        let places: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(places, ["/assignee", "/note"]);
    }

    #[test]
    fn one_interaction_makes_one_task_whoever_wrote() {
        assert_eq!(task().id, task().id);
        assert_eq!(task().task_type, TaskType::HandleInboundInteraction);
        let stranger = Interaction { person_id: None, ..received() };
        let task = Task::to_handle(&stranger, Timestamp::UNIX_EPOCH);
        assert_eq!(task.task_type, TaskType::HandleUnboundInboundInteraction);
    }
}
