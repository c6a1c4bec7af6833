//! The rules by which a message moves on.
//!
//! Every method here is a pure step from one state to the next; `platform::pipeline` reads, applies a step, and
//! writes back on the condition that nobody else moved it meanwhile (`revision`).

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use super::{Claim, Failure, Interaction, Moment, Step};
use crate::{
    compliance::Decision,
    confirmation::ConfirmationCode,
    delivery::{About, Receipt, Refusal, Retry},
    vocabulary::{
        FailureReason, InteractionStatus, ProviderName, SendingChannel, StatusDetails,
        progress::{Movement, State},
    },
};

impl Interaction {
    /// How long a dispatcher may hold a message at least: longer than the function's timeout of 60 s. At most [`Self::GRACE`].
    pub const LEASE: SignedDuration = SignedDuration::from_secs(90);
    /// How long the sweep leaves a message to the queue it was handed to: longer than the sweep looks ahead (60 s).
    pub const GRACE: SignedDuration = SignedDuration::from_mins(2);
    /// Lines of history kept; later reports only move the state.
    pub(super) const MAX_TIMELINE: usize = 50;
    /// Earlier decisions kept (~2 KB each).
    pub(super) const MAX_DECISIONS: usize = 20;

    /// Takes the message for sending.
    pub fn claim(&mut self, now: Timestamp) -> Claim {
        if self.due_at.is_none() {
            return Claim::Done;
        }
        if let Some(until) = self.leased_until {
            if now < until {
                return Claim::NotBefore(until);
            }
            self.note(now, Step::LeaseExpired, None);
            if self.attempts >= self.most_attempts() {
                self.fail(&self.no_answer("Every attempt was cut off before its outcome was recorded."), now);
                return Claim::Spent;
            }
        } else if let Some(at) = self.leaves_at().filter(|at| now < *at) {
            return Claim::NotBefore(at);
        }
        self.attempts += 1;
        self.turn = None;
        // If it is due about then anyway, it stays due then: to move it in the index would cost two writes.
        let lease = now + Self::LEASE..=now + Self::GRACE;
        self.due_at = self.due_at.filter(|due_at| lease.contains(due_at)).or(Some(now + Self::LEASE));
        self.leased_until = self.due_at;
        self.note(now, Step::Claimed, None);
        Claim::Taken
    }

    /// Whether an earlier attempt may have left without our knowing. That a later one was refused says nothing of it.
    pub fn may_have_left(&self) -> bool {
        self.timeline.iter().any(|moment| moment.what == Step::LeaseExpired)
    }

    /// Whether its sender waits to hear what becomes of it.
    pub fn is_awaited(&self, now: Timestamp) -> bool {
        self.awaited_until.is_some_and(|until| now < until)
    }

    fn most_attempts(&self) -> u32 {
        self.channel.sending().map_or(0, SendingChannel::attempts)
    }

    /// Whether nobody knows the end of an attempt, as the message stands before it is taken again.
    pub fn is_in_doubt(&self) -> bool {
        self.leased_until.is_some() || self.may_have_left()
    }

    /// Whether nobody knows if the message left before it was called off.
    pub(super) fn was_called_off_in_doubt(&self) -> bool {
        self.state.status == Some(InteractionStatus::Canceled) && self.may_have_left()
    }

    /// When a dispatcher last took the message.
    pub fn last_claimed_at(&self) -> Option<Timestamp> {
        self.timeline.iter().rev().find(|moment| moment.what == Step::Claimed).map(|moment| moment.at)
    }

    /// When a dispatcher first took the message: nothing left before.
    pub fn first_claimed_at(&self) -> Option<Timestamp> {
        self.timeline.iter().find(|moment| moment.what == Step::Claimed).map(|moment| moment.at)
    }

    /// The day, in UTC, on which a dispatcher first took the message, which stays the same however often it is tried; when it
    /// was accepted, until then.
    pub fn first_taken_on(&self) -> Date {
        let at = self.first_claimed_at().unwrap_or(self.created_at);
        at.to_zoned(TimeZone::UTC).date()
    }

    /// The provider took the message.
    pub fn sent(&mut self, provider: ProviderName, receipt: Receipt, now: Timestamp) {
        self.provider = Some(provider.to_string());
        self.reference = Some(receipt.reference);
        self.segments = receipt.segments;
        self.stop_waiting();
        self.advance(InteractionStatus::Attempted, StatusDetails::sent_on(self.channel));
        self.note(now, Step::Sent, None);
    }

    /// The provider took the message, and with that it has arrived.
    pub fn delivered(&mut self, provider: ProviderName, receipt: Receipt, now: Timestamp) {
        self.provider = Some(provider.to_string());
        self.reference = Some(receipt.reference);
        self.stop_waiting();
        self.advance(InteractionStatus::Succeeded, None);
        self.note(now, Step::Sent, None);
        self.note(now, Step::Delivered, None);
    }

    /// The provider refused the message. Returns whether that is the end of it, which it is for a sender who waits to hear:
    /// whether to send again is theirs to say.
    pub fn refused(&mut self, refusal: &Refusal, backoff: SignedDuration, now: Timestamp) -> bool {
        let again = match refusal.retry {
            // Somebody settles what is wrong with the account, and then the message can leave.
            _ if refusal.about == About::Account => self.attempts < self.most_attempts(),
            Retry::Never => false,
            Retry::Times(times) => self.attempts <= times,
            Retry::WhileAllowed | Retry::After(_) => self.attempts < self.most_attempts(),
        };
        let wait = backoff.max(refusal.retry.wait());
        let again = again && !self.is_awaited(now);
        if again {
            self.leased_until = None;
            (self.turn, self.waits_since) = (None, None);
            self.due_at = Some(now + wait);
            self.note(now, Step::Retrying, refusal.code.clone());
        } else {
            self.fail(refusal, now);
        }
        !again
    }

    /// No answer came. The lease is left to run out, so that a delivery event can still settle what happened before
    /// anybody tries again. Returns whether that is the end of it.
    pub fn unanswered(&mut self, description: &str, now: Timestamp) -> bool {
        self.note(now, Step::Unanswered, None);
        let over = self.attempts >= self.most_attempts();
        if over {
            self.fail(&self.no_answer(description), now);
        }
        over
    }

    /// Keeps what the guard decided, on the ledger of this version. A decision that let the message go takes the place
    /// of one that did so before; every other is kept beside it.
    pub fn judged(&mut self, decision: Decision, ledger_version: u64) {
        self.ledger_version = ledger_version;
        let both_allow = |before: &Decision| before.allowed && decision.allowed;
        let earlier = self.decision.take().filter(|before| !both_allow(before));
        self.decision = Some(decision);
        self.earlier_decisions.extend(earlier);
        if self.earlier_decisions.len() > Self::MAX_DECISIONS {
            // The first tells why the message was accepted as it was.
            self.earlier_decisions.remove(1);
        }
    }

    /// The guard forbids sending before `send_at`.
    pub fn postponed(&mut self, send_at: Timestamp, rule_id: Option<String>, now: Timestamp) {
        self.abandon(now);
        self.send_at = Some(send_at);
        (self.turn, self.waits_since) = (None, None);
        self.due_at = Some(send_at);
        // What was attempted stays so: a report may still come.
        self.state.status = self.state.status.or(Some(InteractionStatus::Scheduled));
        self.note(now, Step::Scheduled, rule_id);
    }

    /// The guard, which decided this, forbids sending after all.
    pub fn blocked(&mut self, decision: &Decision, now: Timestamp) {
        self.abandon(now);
        self.stop_waiting();
        self.stopped(InteractionStatus::Canceled, decision);
        self.note(now, Step::Canceled, self.ruled_by());
    }

    pub(super) fn stopped(&mut self, status: InteractionStatus, decision: &Decision) {
        let rule_id = decision.ruling().map(|ruling| ruling.rule_id.clone());
        let (reason, description) = (FailureReason::of_decision(decision, self.channel), decision.detail());
        self.state = State { status: Some(status), details: Some(StatusDetails::BlockedByComplianceGuard) };
        self.failure = Some(Failure { reason, code: None, summary: None, description, rule_id });
    }

    pub(super) fn ruled_by(&self) -> Option<String> {
        self.failure.as_ref().and_then(|failure| failure.rule_id.clone())
    }

    /// Whether it only says something that no longer counts: a code that ended before it could leave.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.unmasked.is_some() && now.duration_since(self.created_at) >= ConfirmationCode::LASTS
    }

    /// Called off while it waits: for its dispatcher, or to be tried again after the provider refused it. Returns false when
    /// it is too late, or nobody knows whether it left. `by` is who asked for that, if somebody did.
    pub fn cancel(&mut self, why: &str, by: Option<&str>, now: Timestamp) -> bool {
        let waiting = self.due_at.is_some() && !self.is_in_doubt();
        if waiting {
            self.stop_waiting();
            self.state = State { status: Some(InteractionStatus::Canceled), details: None };
            self.note_by(by, now, Step::Canceled, Some(why.to_owned()));
        }
        waiting
    }

    /// Whether its provider may still be asked to give it back: a letter that it took and of which no end is known.
    pub fn may_be_called_back(&self) -> bool {
        self.letter.is_some()
            && self.reference.is_some()
            && self.due_at.is_none()
            && self.state.status == Some(InteractionStatus::Attempted)
    }

    /// The provider gave it back before it left for the recipient, as somebody asked.
    pub fn called_back(&mut self, by: Option<&str>, now: Timestamp) {
        self.state = State { status: Some(InteractionStatus::Canceled), details: None };
        self.note_by(by, now, Step::Canceled, Some("called back".to_owned()));
    }

    /// Called off permanently, whatever it waits for. What a dispatcher may have sent before it vanished is settled by the
    /// provider's report alone.
    pub fn call_off_for_good(&mut self, why: Option<&str>, now: Timestamp) {
        if self.due_at.is_some() {
            self.abandon(now);
            self.stop_waiting();
            self.state = State { status: Some(InteractionStatus::Canceled), details: None };
            self.note(now, Step::Canceled, why.map(str::to_owned));
        }
    }

    fn no_answer(&self, description: &str) -> Refusal {
        Refusal::new(About::Server, FailureReason::no_answer_on(self.channel), Retry::Never, description)
    }

    pub(super) fn fail(&mut self, refusal: &Refusal, now: Timestamp) {
        self.stop_waiting();
        self.learns_of_opt_out(refusal.effect, now);
        if !self.advance(InteractionStatus::Failed, refusal.details) {
            // A detail that cannot be true of this message must not keep it from ending.
            self.state = State { status: Some(InteractionStatus::Failed), details: None };
        }
        self.failure = Some(Failure {
            reason: refusal.reason,
            code: refusal.code.clone(),
            summary: None,
            description: refusal.description.clone(),
            rule_id: None,
        });
        self.note(now, Step::Failed, refusal.code.clone());
    }

    /// Moves the state if the report is news and can be true of this message.
    pub(super) fn advance(&mut self, status: InteractionStatus, details: Option<StatusDetails>) -> bool {
        self.state.advance(self.channel, self.direction, status, details) == Movement::Advanced
    }

    /// Ends the lease of a dispatcher that vanished.
    pub(super) fn abandon(&mut self, now: Timestamp) {
        if self.leased_until.take().is_some() {
            self.note(now, Step::LeaseExpired, None);
        }
    }

    /// Nothing is left to do: it is in no dispatcher's hands, in no line and not in the due index.
    pub(super) fn stop_waiting(&mut self) {
        self.leased_until = None;
        (self.turn, self.waits_since) = (None, None);
        self.due_at = None;
        self.unmasked = None;
    }

    pub(super) fn note(&mut self, at: Timestamp, what: Step, note: Option<String>) {
        self.note_by(None, at, what, note);
    }

    pub(super) fn note_by(&mut self, by: Option<&str>, at: Timestamp, what: Step, note: Option<String>) {
        self.updated_at = self.updated_at.max(at);
        // What is known of attempts decides whether the provider is asked, and what asked for it to be sent again whether that
        // is done: they are always kept, and are few by themselves. Of the others only so many are.
        if what.is_always_kept() || self.timeline.len() < Self::MAX_TIMELINE {
            self.timeline.push(Moment { at, what, note, by: by.map(str::to_owned) });
        }
    }
}
