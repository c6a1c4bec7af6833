//! One message on one channel: what it is, where it stands, and the rules by which it moves on.
//!
//! A communication-log entry (000), an interaction (001) and a CommunicationMessage (003) are views of this type.
//! Every method here is a pure step from one state to the next; `platform::pipeline` reads, applies a step, and
//! writes back on the condition that nobody else moved it meanwhile (`revision`).

#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    delivery::{ContactEffect, DeliveryEvent, News, Receipt, Refusal, Retry},
    id::{self, ExternalId, Id},
    template::Source,
    tenant::TenantId,
    vocabulary::{
        Channel, Direction, FailureReason, InteractionStatus, StatusDetails, Subject, Theme,
        progress::{Movement, State},
    },
};

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interaction {
    /// Ours.
    pub id: Id<id::Interaction>,
    /// Whose.
    pub tenant: TenantId,
    /// The lender's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<ExternalId>,
    /// To whom.
    pub person_id: Id<id::Person>,
    /// The contact used, where the channel needs one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contact_id: Option<Id<id::Contact>>,
    /// The address, number or token, frozen.
    pub to: String,
    /// By which channel.
    pub channel: Channel,
    /// Ours to them or theirs to us.
    pub direction: Direction,
    /// What about.
    pub subject: Subject,
    /// Why.
    pub theme: Theme,
    /// Sent by a system in response to an event, as 001 defines it.
    pub transactional: bool,
    /// About which loans.
    #[serde(default)]
    pub loan_ids: Vec<Id<id::Loan>>,
    /// Rendered from which template.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub descriptor_id: Option<Id<id::Descriptor>>,
    /// Rendered from which wording.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version_id: Option<Id<id::Version>>,
    /// Part of which batch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub batch_id: Option<Id<id::Batch>>,
    /// The rendered parts.
    pub content: Content,
    /// Where it stands.
    pub state: State,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<Failure>,
    /// The provider that took it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider: Option<String>,
    /// The provider's id of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<String>,
    /// Billed parts of a text message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub segments: Option<u16>,
    /// Not before this instant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub send_at: Option<Timestamp>,
    /// When somebody must look at it again; absent once nothing is left to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_at: Option<Timestamp>,
    /// Set while a dispatcher holds it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub leased_until: Option<Timestamp>,
    /// How often a dispatcher took it.
    #[serde(default)]
    pub attempts: u32,
    /// The ledger version the guard's last decision saw.
    pub ledger_version: u64,
    /// Joins logs from request to webhook.
    pub trace_id: String,
    /// What happened when.
    pub timeline: Vec<Moment>,
    /// When accepted.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
    /// Moves with every change; writes are conditional on it.
    pub revision: u64,
}

/// The rendered parts, in place or, when large, in the object store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Content {
    /// Here.
    Inline(Source),
    /// Under this key.
    Stored(String),
}

/// Why a message failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// 003's word.
    pub reason: FailureReason,
    /// The provider's code, raw.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// For people.
    pub description: String,
    /// The guard's rule, where it was the guard.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule_id: Option<String>,
}

/// One line of a message's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Step,
    /// More about it: a provider's code, a rule id. Holds no address and no content.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

/// The kinds of steps in a message's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Stored; from here on it is not lost.
    Accepted,
    /// Waiting for its time.
    Scheduled,
    /// A dispatcher took it.
    Claimed,
    /// An earlier dispatcher vanished after taking it; whether it sent the message is not known.
    LeaseExpired,
    /// The provider took it.
    Sent,
    /// No answer came from the provider.
    Unanswered,
    /// Refused for now, to be tried again.
    Retrying,
    /// The provider reports progress.
    Reported,
    /// Delivered.
    Delivered,
    /// Over without success.
    Failed,
    /// Called off.
    Canceled,
}

/// Whether a dispatcher may take a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Yes; it holds the lease now.
    Taken,
    /// Not before this instant: scheduled, or held by another.
    NotBefore(Timestamp),
    /// Never: nothing is left to do.
    Done,
    /// Never: every attempt was cut off, and the message has failed now.
    Spent,
}

impl Interaction {
    /// How long a dispatcher may hold a message: longer than the function's timeout of 60 s.
    pub const LEASE: SignedDuration = SignedDuration::from_secs(90);
    /// How long the sweep leaves a message to the queue it was handed to: longer than the sweep looks ahead (60 s).
    pub const GRACE: SignedDuration = SignedDuration::from_mins(2);
    /// Attempts before a busy provider becomes a failure.
    pub const MAX_ATTEMPTS: u32 = 8;
    /// Lines of history kept; later reports only move the state.
    const MAX_TIMELINE: usize = 50;

    /// Takes the message for sending.
    pub fn claim(&mut self, now: Timestamp) -> Claim {
        let Some(due_at) = self.due_at else { return Claim::Done };
        if let Some(until) = self.leased_until {
            if now < until {
                return Claim::NotBefore(until);
            }
            self.note(now, Step::LeaseExpired, None);
            if self.attempts >= Self::MAX_ATTEMPTS {
                self.fail(&self.no_answer("Every attempt was cut off before its outcome was recorded."), now);
                return Claim::Spent;
            }
        } else if let Some(send_at) = self.send_at.filter(|at| now < *at) {
            return Claim::NotBefore(send_at);
        } else if self.attempts > 0 && now < due_at {
            return Claim::NotBefore(due_at);
        }
        self.attempts += 1;
        self.leased_until = Some(now + Self::LEASE);
        self.due_at = self.leased_until;
        self.note(now, Step::Claimed, None);
        Claim::Taken
    }

    /// Whether an earlier attempt may have left without our knowing.
    pub fn may_have_left(&self) -> bool {
        matches!(
            self.timeline.as_slice(),
            [.., Moment { what: Step::LeaseExpired, .. }, Moment { what: Step::Claimed, .. }]
        )
    }

    /// When a dispatcher first took the message: nothing left before.
    pub fn first_claimed_at(&self) -> Option<Timestamp> {
        self.timeline.iter().find(|moment| moment.what == Step::Claimed).map(|moment| moment.at)
    }

    /// The provider took the message.
    pub fn sent(&mut self, provider: &str, receipt: Receipt, now: Timestamp) {
        self.provider = Some(provider.to_owned());
        self.reference = Some(receipt.reference);
        self.segments = receipt.segments;
        self.release();
        self.advance(InteractionStatus::Attempted, StatusDetails::sent_on(self.channel));
        self.note(now, Step::Sent, None);
    }

    /// The provider refused the message. Returns whether that is the end of it.
    pub fn refused(&mut self, refusal: &Refusal, backoff: SignedDuration, now: Timestamp) -> bool {
        let again = match refusal.retry {
            Retry::Never => false,
            Retry::Times(times) => self.attempts <= times,
            Retry::WhileAllowed => self.attempts < Self::MAX_ATTEMPTS,
        };
        if again {
            self.leased_until = None;
            self.due_at = Some(now + backoff);
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
        let over = self.attempts >= Self::MAX_ATTEMPTS;
        if over {
            self.fail(&self.no_answer(description), now);
        }
        over
    }

    /// The guard, or an earlier contact lost, forbids sending after all.
    pub fn blocked(&mut self, rule_id: Option<String>, description: String, now: Timestamp) {
        self.release();
        self.state = State {
            status: Some(InteractionStatus::Canceled),
            details: Some(StatusDetails::BlockedByComplianceGuard),
        };
        self.note(now, Step::Canceled, rule_id.clone());
        self.failure = Some(Failure { reason: FailureReason::Other, code: None, description, rule_id });
    }

    /// Called off before it was taken. Returns false when it is too late.
    pub fn cancel(&mut self, why: &str, now: Timestamp) -> bool {
        let waiting = self.due_at.is_some() && self.attempts == 0;
        if waiting {
            self.release();
            self.state = State { status: Some(InteractionStatus::Canceled), details: None };
            self.note(now, Step::Canceled, Some(why.to_owned()));
        }
        waiting
    }

    /// Takes in a provider's event. Late and repeated ones change nothing. Returns what the event did.
    pub fn settle(&mut self, event: &DeliveryEvent, backoff: SignedDuration) -> Settled {
        if self.provider.is_none() {
            // The event overtook our own record of the provider's answer, or replaces it after a crash.
            self.provider = Some(event.provider.clone());
            self.reference = Some(event.reference.clone());
        }
        match &event.news {
            News::Progress { status, details, effect } => {
                if self.advance(*status, *details) {
                    self.release();
                    let step = if *status == InteractionStatus::Succeeded {
                        Step::Delivered
                    } else {
                        Step::Reported
                    };
                    self.note(event.occurred_at, step, details.map(|d| d.to_string()));
                    Settled { moved: true, failed: false, effect: *effect }
                } else {
                    Settled { moved: false, failed: false, effect: *effect }
                }
            }
            News::Failed(refusal) => {
                let failed = State { status: Some(InteractionStatus::Failed), details: refusal.details };
                if self.is_past(event) || !failed.may_follow(self.state) {
                    return Settled { moved: false, failed: false, effect: refusal.effect };
                }
                let again = matches!(refusal.retry, Retry::Times(times) if self.attempts <= times);
                if again {
                    self.leased_until = None;
                    self.due_at = Some(event.occurred_at + backoff);
                    self.note(event.occurred_at, Step::Retrying, refusal.code.clone());
                } else {
                    self.fail(refusal, event.occurred_at);
                }
                Settled { moved: true, failed: !again, effect: refusal.effect }
            }
        }
    }

    fn no_answer(&self, description: &str) -> Refusal {
        Refusal {
            details: None,
            reason: FailureReason::no_answer_on(self.channel),
            code: None,
            description: description.to_owned(),
            retry: Retry::Never,
            effect: None,
        }
    }

    fn fail(&mut self, refusal: &Refusal, now: Timestamp) {
        self.release();
        if !self.advance(InteractionStatus::Failed, refusal.details) {
            // A detail that cannot be true of this message must not keep it from ending.
            self.state = State { status: Some(InteractionStatus::Failed), details: None };
        }
        self.failure = Some(Failure {
            reason: refusal.reason,
            code: refusal.code.clone(),
            description: refusal.description.clone(),
            rule_id: None,
        });
        self.note(now, Step::Failed, refusal.code.clone());
    }

    /// Whether a failure is about an attempt that another one followed, or is about to follow. What arrived counts
    /// whichever attempt it was.
    fn is_past(&self, event: &DeliveryEvent) -> bool {
        let is_other = self.reference.as_deref() != Some(event.reference.as_str());
        let waits_for_another = self.due_at.is_some() && self.leased_until.is_none() && self.attempts > 0;
        is_other || waits_for_another
    }

    /// Moves the state if the report is news and can be true of this message.
    fn advance(&mut self, status: InteractionStatus, details: Option<StatusDetails>) -> bool {
        self.state.advance(self.channel, self.direction, status, details) == Movement::Advanced
    }

    fn release(&mut self) {
        self.leased_until = None;
        self.due_at = None;
    }

    fn note(&mut self, at: Timestamp, what: Step, note: Option<String>) {
        self.updated_at = self.updated_at.max(at);
        // Attempts are bounded, and what is known of them decides whether the provider is asked: they are always kept.
        let is_attempt = matches!(what, Step::Claimed | Step::LeaseExpired);
        if is_attempt || self.timeline.len() < Self::MAX_TIMELINE {
            self.timeline.push(Moment { at, what, note });
        }
    }
}

/// What a provider's event did to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// Whether anything changed.
    pub moved: bool,
    /// Whether the message is now a failure, so that its place in the ledger is given back.
    pub failed: bool,
    /// What we learned about the contact, to be recorded whether or not the message moved.
    pub effect: Option<ContactEffect>,
}
