//! Whether an account takes messages, as far as is known: a circuit that trouble of the provider's opens, so that messages wait
//! instead of failing one by one, and that one message, the probe, closes again.
//!
//! Pure steps, as those of an [`Interaction`](crate::interaction::Interaction): `platform` reads, applies a step, and writes back
//! on the condition that nobody else changed the circuit meanwhile.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    account::Account,
    delivery::{About, Refusal},
    id::{self, Id},
    interaction::Interaction,
    vocabulary::Channel,
    webhook_endpoint::WebhookEndpoint,
};

/// Trouble that is the provider's, or the lender's with it: no fault of the message or of whom it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The server's, or a part's of the account: how far it goes shows by coming again and again.
    Passing,
    /// The account is out of order until somebody settles that: once is enough.
    Lasting,
}

impl Trouble {
    /// Whether a refusal indicates trouble.
    pub fn of(refusal: &Refusal) -> Option<Self> {
        match refusal.about {
            About::Account => Some(Self::Lasting),
            About::Server => Some(Self::Passing),
            About::Message | About::Recipient | About::Us => None,
        }
    }
}

/// What is known of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Circuit {
    /// Which.
    pub account: Account,
    /// Whether it takes messages.
    pub state: State,
    /// Since when this is so, counting a row of failed probes as one.
    pub since: Timestamp,
    /// Moves with every change.
    pub revision: u64,
}

/// Whether an account takes messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum State {
    /// Yes.
    Closed,
    /// No.
    #[serde(rename_all = "camelCase")]
    Open {
        /// When a probe may be made.
        until: Timestamp,
        /// Why.
        outage: Outage,
    },
    /// One message finds that out.
    #[serde(rename_all = "camelCase")]
    Probing {
        /// Which.
        message: Id<id::Interaction>,
        /// Since when. If the provider took it and only a report can say more: since then.
        from: Timestamp,
        /// Whether the provider took it and only a report can say more.
        taken: bool,
        /// Why it is needed.
        outage: Outage,
    },
}

/// Why an account takes no messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outage {
    /// What the provider said last.
    pub refusal: Refusal,
    /// Whether it said so in a report, after it had taken the message: then that it takes one proves nothing.
    pub reported: bool,
    /// How many probes failed.
    pub probes: u32,
    /// The message that met it last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<Id<id::Interaction>>,
}

impl Outage {
    /// How long until the first probe, and between two at most. A probe that only a report can judge costs its recipient the
    /// message.
    fn pauses(&self) -> (SignedDuration, SignedDuration) {
        match self.reported {
            false => (SignedDuration::from_secs(30), SignedDuration::from_mins(15)),
            true => (SignedDuration::from_mins(15), SignedDuration::from_hours(2)),
        }
    }

    /// The longest that one answer keeps all others from an account.
    const ASKED: SignedDuration = SignedDuration::from_hours(1);

    /// How long until the next probe: it doubles with each that failed. Not sooner than the provider asks.
    pub fn pause(&self) -> SignedDuration {
        let (first, longest) = self.pauses();
        (first * (1 << self.probes.min(10))).min(longest).max(self.refusal.retry.wait().min(Self::ASKED))
    }
}

/// Whether a message may leave by an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Yes.
    Freely,
    /// Yes, if it takes the probe.
    AsProbe,
    /// Not before this instant.
    NotBefore(Timestamp),
}

impl Circuit {
    /// Failures in a row that open a circuit: of a process with the account, or of one message. By backoff, four minutes of a
    /// provider that is away.
    pub const FAILURES: u32 = 5;
    /// How long others wait at least for the answer to a probe, which a provider has 15 s for.
    const ANSWER: SignedDuration = SignedDuration::from_secs(20);
    /// How long a probe that the provider took must go without a bad report: longer than carriers take to filter.
    const SILENCE: SignedDuration = SignedDuration::from_mins(10);

    /// How long a message of a channel waits for its account, from when it met the outage: then it is of no use any more. The
    /// lender's own systems are told for as long as their endpoint is called.
    pub const fn patience(channel: Channel) -> SignedDuration {
        match channel {
            Channel::Webhook => WebhookEndpoint::PATIENCE,
            Channel::Voice
            | Channel::Email
            | Channel::Fax
            | Channel::Text
            | Channel::Chat
            | Channel::Mail
            | Channel::Gui
            | Channel::Document
            | Channel::Push
            | Channel::EventStream
            | Channel::Task => SignedDuration::from_hours(24),
        }
    }

    /// Of an account that nothing is known of.
    pub fn closed(account: Account) -> Self {
        Self { account, state: State::Closed, since: Timestamp::UNIX_EPOCH, revision: 0 }
    }

    /// Why it takes no messages.
    pub fn outage(&self) -> Option<&Outage> {
        match &self.state {
            State::Closed => None,
            State::Open { outage, .. } | State::Probing { outage, .. } => Some(outage),
        }
    }

    /// Whether a message may leave.
    pub fn passes(&self, message: &Id<id::Interaction>, now: Timestamp) -> Pass {
        match &self.state {
            State::Closed => Pass::Freely,
            State::Open { until, .. } if now < *until => Pass::NotBefore(*until),
            State::Open { .. } => Pass::AsProbe,
            // No news is good news.
            State::Probing { taken: true, from, .. } if now >= *from + Self::SILENCE => Pass::Freely,
            State::Probing { taken: true, from, .. } => Pass::NotBefore(*from + Self::SILENCE),
            // Its dispatcher began again, or vanished.
            State::Probing { message: probe, .. } if probe == message => Pass::AsProbe,
            State::Probing { from, .. } if now >= *from + Interaction::LEASE => Pass::AsProbe,
            State::Probing { .. } => Pass::NotBefore(now + Self::ANSWER),
        }
    }

    /// A message takes the probe.
    pub fn probe(&mut self, message: &Id<id::Interaction>, now: Timestamp) {
        if let Some(outage) = self.outage().cloned() {
            self.state = State::Probing { message: message.clone(), from: now, taken: false, outage };
        }
    }

    /// Whether it is a message's probe that is under way.
    pub fn is_probed_by(&self, message: &Id<id::Interaction>) -> bool {
        matches!(&self.state, State::Probing { message: probe, taken: false, .. } if probe == message)
    }

    /// A message that took the probe is not sent after all. Returns whether that changed anything.
    pub fn give_back(&mut self, message: &Id<id::Interaction>, now: Timestamp) -> bool {
        let outage = self.outage().filter(|_| self.is_probed_by(message)).cloned();
        let Some(outage) = outage else { return false };
        self.state = State::Open { until: now, outage };
        true
    }

    /// The provider looked at a message and refused it for what it is. Returns whether that changed anything.
    pub fn answered(&mut self, message: &Id<id::Interaction>, now: Timestamp) -> bool {
        let is_proof = self.outage().is_some_and(|outage| !outage.reported) && self.is_probed_by(message);
        is_proof && self.close(now)
    }

    /// The provider took a message. Returns whether that changed anything.
    pub fn taken(&mut self, message: &Id<id::Interaction>, now: Timestamp) -> bool {
        match &mut self.state {
            // What was on its way when the circuit opened proves nothing.
            State::Closed | State::Open { .. } => false,
            State::Probing { taken: true, from, .. } if now >= *from + Self::SILENCE => self.close(now),
            State::Probing { message: probe, .. } if probe != message => false,
            State::Probing { taken, from, outage, .. } if outage.reported => {
                (*taken, *from) = (true, now);
                true
            }
            State::Probing { .. } => self.close(now),
        }
    }

    /// The provider reports that a message arrived. Returns whether that changed anything.
    pub fn arrived(&mut self, message: &Id<id::Interaction>, now: Timestamp) -> bool {
        match &self.state {
            State::Probing { message: probe, .. } if probe == message => self.close(now),
            State::Closed | State::Open { .. } | State::Probing { .. } => false,
        }
    }

    /// A message met enough trouble to open the circuit: in a report, or in the answer. `left` is when the message was taken for
    /// that: what left before the circuit closed is no news. Returns whether that changed anything.
    pub fn failed(
        &mut self,
        message: &Id<id::Interaction>,
        left: Timestamp,
        refusal: &Refusal,
        reported: bool,
        now: Timestamp,
    ) -> bool {
        let probes = match &self.state {
            State::Closed if left < self.since => return false,
            State::Closed => 0,
            State::Probing { taken: true, from, .. } if now >= *from + Self::SILENCE => 0,
            State::Probing { message: probe, outage, .. } if probe == message => outage.probes + 1,
            State::Open { .. } | State::Probing { .. } => return false,
        };
        if probes == 0 {
            self.since = now;
        }
        let outage = Outage { refusal: refusal.clone(), reported, probes, message: Some(message.clone()) };
        self.state = State::Open { until: now + outage.pause(), outage };
        true
    }

    fn close(&mut self, now: Timestamp) -> bool {
        (self.state, self.since) = (State::Closed, now);
        true
    }
}

#[cfg(test)]
mod tests;
