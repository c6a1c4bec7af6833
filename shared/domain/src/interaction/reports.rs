//! What providers report of a message that left: which reports are about it, and how they move it on.

use jiff::{SignedDuration, Timestamp};

use super::{Interaction, Step};
use crate::{
    account::Account,
    delivery::{ContactEffect, DeliveryEvent, News, Retry},
    vocabulary::{InteractionStatus, ProviderName, progress::State},
};

/// What a provider's event did to a message that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Whether anything changed.
    pub moved: bool,
    /// Whether the message is now a failure.
    pub failed: bool,
    /// What we learned about the contact, to be recorded whether or not the message moved.
    pub effect: Option<ContactEffect>,
    /// The account it says something about; `None` if it is about an attempt that another followed.
    pub account: Option<Account>,
    /// When it happened, as far as that can be: not before the message was taken, and not in the future.
    pub at: Timestamp,
}

impl Interaction {
    /// Asks a provider to take it away, as it is being claimed.
    pub fn asks(&mut self, provider: ProviderName, account: Option<Account>) {
        self.provider = Some(provider.to_string());
        self.account = account;
        if !self.asked.contains(&provider) {
            self.asked.push(provider);
        }
    }

    /// Takes in a provider's event. Late and repeated ones change nothing. Returns what the event did; `None` if it cannot
    /// be about this message, and changed nothing.
    pub fn settle(
        &mut self,
        event: &DeliveryEvent,
        backoff: SignedDuration,
        now: Timestamp,
    ) -> Option<Settled> {
        let taken_at = self.first_claimed_at().filter(|_| self.may_be_told_by(event))?;
        // Some providers' clocks are wrong, and whoever signs an event may write any time into it.
        let at = event.occurred_at.max(taken_at).min(now);
        Some(self.settle_at(event, backoff, at))
    }

    fn settle_at(&mut self, event: &DeliveryEvent, backoff: SignedDuration, at: Timestamp) -> Settled {
        if let Some(erased_at) = self.erased_at.take() {
            // What the report says beyond how far the message got is as personal as what was erased.
            let settled = self.settle_at(event, backoff, at);
            self.erase(erased_at);
            return settled;
        }
        if self.was_called_off_in_doubt() {
            let mut left = Self { state: State::QUEUED, failure: None, ..self.clone() };
            let settled = left.settle_at(event, backoff, at);
            match settled.moved {
                true => *self = left,
                false => self.opted_out_at = left.opted_out_at,
            }
            return settled;
        }
        let is_latest = self.is_latest(event);
        if is_latest && self.reference.is_none() && !event.reference.is_empty() {
            // The event overtook our own record of the provider's answer, or replaces it after a crash.
            self.reference = Some(event.reference.clone());
        }
        let (mut moved, mut failed) = (false, false);
        let effect = match &event.news {
            News::Progress { status, details, effect } => {
                if self.advance(*status, *details) {
                    self.stop_waiting();
                    let is_there = *status == InteractionStatus::Succeeded;
                    let step = if is_there { Step::Delivered } else { Step::Reported };
                    self.note(at, step, details.map(|details| details.to_string()));
                    moved = true;
                }
                *effect
            }
            News::Failed(refusal) => {
                let state = State { status: Some(InteractionStatus::Failed), details: refusal.details };
                moved = is_latest && !self.waits_for_another() && state.may_follow(self.state);
                if moved && matches!(refusal.retry, Retry::Times(times) if self.attempts <= times) {
                    self.leased_until = None;
                    self.turn = None;
                    self.due_at = Some(at + backoff);
                    self.note(at, Step::Retrying, refusal.code.clone());
                } else if moved {
                    self.fail(refusal, at);
                    failed = true;
                }
                refusal.effect
            }
        };
        // What its recipient wants counts whichever attempt reached them; of an address, the last one tells.
        let effect = effect.filter(|effect| is_latest || *effect == ContactEffect::OptedOut);
        self.learns_of_opt_out(effect, at);
        let account = self.account.clone().filter(|_| is_latest);
        Settled { moved, failed, effect, account, at }
    }

    pub(super) fn learns_of_opt_out(&mut self, effect: Option<ContactEffect>, at: Timestamp) {
        if effect == Some(ContactEffect::OptedOut) {
            self.opts_out(at);
        }
    }

    /// Its recipient refused to have more such messages. Returns whether that is news.
    pub fn opts_out(&mut self, at: Timestamp) -> bool {
        let is_news = self.opted_out_at.is_none();
        self.opted_out_at.get_or_insert(at);
        is_news
    }

    /// Whether a report can be about this message: its provider was asked to take it away, and knows the attempt by the name
    /// that we know it by, or it may be another of several.
    fn may_be_told_by(&self, event: &DeliveryEvent) -> bool {
        let is_asked = self.asked.contains(&event.provider) || self.is_with(event.provider);
        let attempts = self.timeline.iter().filter(|moment| moment.what == Step::Claimed).count();
        is_asked && (self.is_latest(event) || attempts > 1)
    }

    /// Whether a report is about the last attempt, as far as anybody can tell. What arrived counts whichever attempt it was.
    fn is_latest(&self, event: &DeliveryEvent) -> bool {
        let is_other = self
            .reference
            .as_ref()
            .is_some_and(|known| !event.reference.is_empty() && *known != event.reference);
        self.is_with(event.provider) && !is_other
    }

    fn is_with(&self, provider: ProviderName) -> bool {
        self.provider.as_deref() == Some(provider.as_str())
    }

    fn waits_for_another(&self) -> bool {
        self.due_at.is_some() && self.leased_until.is_none() && self.attempts > 0
    }
}

#[cfg(test)]
mod tests;
