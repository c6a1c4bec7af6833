//! When a message is held back, beyond what its sender and the guard say: until its turn comes among many, or until its
//! provider takes messages again. No attempt is spent on that.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Interaction, Step};
use crate::{
    circuit::Circuit,
    confirmation::ConfirmationCode,
    delivery::{Refusal, Retry},
    vocabulary::ProviderName,
};

/// When a message's turn comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Turn {
    /// Not before this instant.
    pub at: Timestamp,
    /// Whether a place under its account's rate is kept for it then.
    #[serde(default)]
    pub reserved: bool,
}

impl Turn {
    /// How long before a place that is kept for it a message may be taken: its dispatcher waits the rest. Queues' delays are
    /// whole seconds, and a place must not be missed.
    pub const EARLY: SignedDuration = SignedDuration::from_secs(3);

    /// When a dispatcher may take it.
    fn begins(self) -> Timestamp {
        if self.reserved { self.at.checked_sub(Self::EARLY).unwrap_or(self.at) } else { self.at }
    }
}

impl Interaction {
    /// The earliest it may be taken, leases aside: by its turn if it has one, by its sender's wish and the guard, by the
    /// backoff after an attempt.
    pub fn leaves_at(&self) -> Option<Timestamp> {
        let wished = if self.attempts == 0 { self.send_at } else { self.due_at };
        match self.turn {
            Some(turn) => Some(self.send_at.map_or(turn.begins(), |wished| wished.max(turn.begins()))),
            None => wished,
        }
    }

    /// Whether a dispatcher may take it now.
    pub fn is_ready(&self, now: Timestamp) -> bool {
        self.due_at.is_some()
            && match self.leased_until {
                Some(until) => now >= until,
                None => self.leaves_at().is_none_or(|at| now >= at),
            }
    }

    /// Holds it back until its turn.
    pub fn take_turn(&mut self, turn: Turn, now: Timestamp) {
        self.abandon(now);
        self.turn = Some(turn);
        // What the queue gets at once is left to it for a while; the rest is the sweep's.
        let at = self.leaves_at().unwrap_or(turn.at);
        self.due_at = Some(if self.leaves_soon(now) { at.max(now) + Self::GRACE } else { at });
        self.updated_at = self.updated_at.max(now);
    }

    /// It goes to the queue ahead of its time, by the sweep: it is left to the queue for as long as one that went there when it was
    /// accepted. Answers until when; `None` if its time has come already.
    pub fn handed_out_early(&mut self, now: Timestamp) -> Option<Timestamp> {
        // An attempt that is made again is due when it may be made.
        let at = self.leaves_at().filter(|at| self.attempts == 0 && *at > now)?;
        self.due_at = Some(at + Self::GRACE);
        self.due_at
    }

    /// Its account is out of order, for this reason: holds it back until `at`, or ends it if it is of no use after that, or
    /// its sender waits to hear: whether to send again is theirs to say. Returns whether that is the end of it.
    pub fn wait(&mut self, at: Timestamp, outage: &Refusal, now: Timestamp) -> bool {
        self.abandon(now);
        if self.is_awaited(now) {
            self.fail(outage, now);
            return true;
        }
        let end = self.useful_until(now);
        if now >= end {
            let hours = Circuit::patience(self.channel).as_hours();
            let description = format!(
                "It waited {hours} hours for its provider, and is not sent any more. {}",
                outage.description
            );
            self.fail(&Refusal { description, retry: Retry::Never, effect: None, ..outage.clone() }, now);
            return true;
        }
        self.note_once(Step::Waiting, outage.code.clone(), now);
        self.take_turn(Turn { at: at.min(end), reserved: false }, now);
        false
    }

    /// The same for one whose attempt just met the outage: the attempt is not spent. It is not made again sooner than the
    /// provider asks.
    pub fn wait_again(&mut self, at: Timestamp, outage: &Refusal, now: Timestamp) -> bool {
        self.met_outage();
        self.wait(at.max(now + outage.retry.wait()), outage, now)
    }

    /// The same if another provider is to take it at once.
    pub fn give_way(&mut self, outage: &Refusal, now: Timestamp) {
        self.met_outage();
        self.note_once(Step::Waiting, outage.code.clone(), now);
        self.take_turn(Turn { at: now, reserved: false }, now);
    }

    /// The attempt that was just made met an outage: it was refused, and is in no doubt, and it is not spent.
    fn met_outage(&mut self) {
        self.attempts = self.attempts.saturating_sub(1);
        self.leased_until = None;
        // Such attempts have no bound. Where there are many, no line is kept of another.
        let is_last = self.timeline.last().is_some_and(|moment| moment.what == Step::Claimed);
        if is_last && self.timeline.len() > Self::MAX_TIMELINE {
            self.timeline.pop();
        }
    }

    /// Another provider takes it than its own, as it is being claimed.
    pub fn taken_over(&mut self, by: ProviderName, now: Timestamp) {
        self.note_once(Step::TakenOver, Some(by.to_string()), now);
    }

    /// When it is of no use any more to send it, if it met this outage now at the latest.
    fn useful_until(&mut self, now: Timestamp) -> Timestamp {
        let since = *self.waits_since.get_or_insert(now);
        match self.unmasked {
            Some(_) => self.created_at + ConfirmationCode::LASTS,
            None => since + Circuit::patience(self.channel),
        }
    }

    fn note_once(&mut self, what: Step, note: Option<String>, now: Timestamp) {
        let last = self.timeline.iter().rev().find(|moment| !moment.what.is_of_attempt());
        if last.is_none_or(|last| last.what != what || last.note != note) {
            self.note(now, what, note);
        }
    }
}

#[cfg(test)]
mod tests;
