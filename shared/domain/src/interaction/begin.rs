//! How an interaction begins: the one place where all its members are named.

use jiff::{SignedDuration, Timestamp};
use serde_json::Map;

use super::{Content, Copies, ExternalIds, Interaction, Moment, Origin, Step};
use crate::{
    compliance::{Circumstances, Decision},
    id::{self, Id},
    tenant::TenantId,
    vocabulary::{Channel, Direction, InteractionStatus, State, StatusDetails, Theme},
};

/// What every interaction has from its first moment on. The rest is added to [`Interaction::begin`]'s.
#[derive(Debug, Clone)]
pub struct Outline {
    /// The id that Postrider gave it.
    pub id: Id<id::Interaction>,
    /// Whose.
    pub tenant: TenantId,
    /// With whom; with nobody we know by default.
    pub person_id: Option<Id<id::Person>>,
    /// The channel that messages are sent by.
    pub channel: Channel,
    /// Ours to them or theirs to us.
    pub direction: Direction,
    /// The theme of the message: why it is sent.
    pub theme: Theme,
    /// Joins logs from request to webhook.
    pub trace_id: String,
}

impl Interaction {
    /// An interaction of which nothing is known but this. It says nothing, is about no loan, and waits for nobody.
    pub fn begin(outline: Outline, origin: Origin, now: Timestamp) -> Self {
        Self {
            id: outline.id,
            tenant: outline.tenant,
            external_id: None,
            person_id: outline.person_id,
            contact_id: None,
            to: String::new(),
            ours: None,
            external_ids: ExternalIds::default(),
            channel: outline.channel,
            direction: outline.direction,
            subject: None,
            theme: outline.theme,
            circumstances: Circumstances::default(),
            transactional: false,
            loan_ids: Vec::new(),
            case_id: None,
            statement_id: None,
            descriptor_id: None,
            version_id: None,
            batch_id: None,
            supercase_bulk_operation_id: None,
            content: Content::Inline(Map::new()),
            unmasked: None,
            letter: None,
            copies: Copies::default(),
            attachments: Vec::new(),
            enclosures: Vec::new(),
            unproven: false,
            sensitive: false,
            timeline: vec![Moment { at: now, what: origin.first_step(), note: None, by: None }],
            origin,
            trigger: None,
            state: State::QUEUED,
            failure: None,
            provider: None,
            account: None,
            asked: Vec::new(),
            reference: None,
            segments: None,
            opted_out_at: None,
            send_at: None,
            turn: None,
            waits_since: None,
            due_at: None,
            leased_until: None,
            awaited_until: None,
            attempts: 0,
            decision: None,
            overridden: None,
            earlier_decisions: Vec::new(),
            ledger_version: 0,
            trace_id: outline.trace_id,
            created_at: now,
            updated_at: now,
            erased_at: None,
            revision: 1,
        }
    }

    /// The same, asked for by hand by an API key of this id or a token's subject.
    #[must_use]
    pub fn asked_for_by(mut self, by: &str) -> Self {
        if let Some(first) = self.timeline.first_mut() {
            first.by = Some(by.to_owned());
        }
        self
    }

    /// Nobody is asked whether it may go, for nobody we know gets it: from here on the message is due.
    pub fn let_go_unasked(&mut self, now: Timestamp) {
        self.leave_at(now, now);
    }

    /// The same, to leave so much later.
    pub fn let_go_later(&mut self, by: SignedDuration, now: Timestamp) {
        self.leave_at(now + by, now);
    }

    /// The guard lets it go, at the instant it was asked about: from here on the message is due. `ledger_version` is that
    /// of the ledger with its place in it.
    pub fn let_go(&mut self, decision: Decision, ledger_version: u64, now: Timestamp) {
        self.leave_at(decision.evaluated_at, now);
        self.judged(decision, ledger_version);
    }

    fn leave_at(&mut self, at: Timestamp, now: Timestamp) {
        self.send_at = Some(at).filter(|at| *at > now);
        if self.send_at.is_some() {
            self.state.status = Some(InteractionStatus::Scheduled);
            self.note(now, Step::Scheduled, None);
        }
        // What the queue already has is left to it for a while; the rest is the sweep's from the start.
        self.due_at = Some(match self.send_at {
            Some(at) if !self.leaves_soon(now) => at,
            at => at.unwrap_or(now) + Self::GRACE,
        });
    }

    /// Nothing is left to do: with being kept it is where it was to go.
    pub fn stands(&mut self, now: Timestamp) {
        self.state.status = Some(InteractionStatus::Succeeded);
        self.note(now, Step::Sent, None);
    }

    /// Whether it goes to the queue at once, with a delay if it has one, rather than through the sweep.
    pub fn leaves_soon(&self, now: Timestamp) -> bool {
        self.leaves_at().is_none_or(|at| at.duration_since(now) <= Self::GRACE)
    }

    /// The record of this message, which the guard refused, under an id of its own: the request may come again when it is
    /// right.
    pub fn refused_by_guard(
        self,
        id: Id<id::Interaction>,
        decision: Decision,
        ledger_version: u64,
        now: Timestamp,
    ) -> Self {
        let timeline = if id == self.id { self.timeline.clone() } else { Vec::new() };
        let mut record = Self { id, external_id: None, timeline, ..self };
        record.stopped(InteractionStatus::Failed, &decision);
        record.judged(decision, ledger_version);
        record.note(now, Step::Failed, record.ruled_by());
        record
    }

    /// Whether this is what is left of a request that the guard refused, and that comes again as `message`. An event happens once,
    /// so what it asked for does not.
    pub fn was_refused_as(&self, message: &Self) -> bool {
        let is_event = self.trigger.as_ref().is_some_and(|trigger| trigger.event_id.is_some());
        self.id == message.id
            && !is_event
            && self.attempts == 0
            && self.state.status == Some(InteractionStatus::Failed)
            && self.state.details == Some(StatusDetails::BlockedByComplianceGuard)
    }
}
