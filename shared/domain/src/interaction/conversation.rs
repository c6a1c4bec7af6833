//! Conversations: what a person wrote stays open until nothing was said for a while (001, `textConvoTimeoutAutoclose`).

use jiff::{SignedDuration, Timestamp};

use super::{Interaction, Origin, Step};
use crate::{
    ledger::Ledger,
    vocabulary::{Direction, InteractionStatus, StatusDetails},
};

impl Interaction {
    /// Whether the lender told us of it (001, `isExternal`), rather than a provider.
    pub fn is_external(&self) -> bool {
        match self.origin {
            Origin::Recorded(_) => true,
            Origin::Received(_) => self.provider.is_none(),
            Origin::Sent | Origin::Told => false,
        }
    }

    /// Whether it is one of a person's that stays open for a while.
    pub fn is_open(&self) -> bool {
        self.direction == Direction::Inbound
            && matches!(self.origin, Origin::Received(_))
            && self.state.status == Some(InteractionStatus::InProgress)
    }

    /// Closes it if nothing was said on its channel and contact for `quiet`; if something was, it is looked at again when
    /// that is so long ago. Returns whether anything changed. Of nobody we know, only what it says itself is known.
    pub fn close_if_quiet(&mut self, ledger: Option<&Ledger>, quiet: SignedDuration, now: Timestamp) -> bool {
        if !self.is_open() || self.due_at.is_none_or(|due_at| now < due_at) {
            return false;
        }
        let of_conversation = |ledger: &Ledger| {
            let messages = ledger.contacts.values().filter(|entry| {
                entry.channel == self.channel && entry.contact == self.contact_id && entry.at <= now
            });
            messages.map(|entry| entry.at).max()
        };
        let last = ledger.and_then(of_conversation).unwrap_or(self.created_at).max(self.created_at);
        let closes_at = last.checked_add(quiet).unwrap_or(Timestamp::MAX);
        self.due_at = Some(closes_at).filter(|at| now < *at);
        if self.due_at.is_none() {
            self.advance(InteractionStatus::Attempted, Some(StatusDetails::TextConvoTimeoutAutoclose));
            self.note(now, Step::Amended, Some(self.state.to_string()));
        }
        self.updated_at = now;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        id::Id,
        interaction::{Outline, Record},
        ledger::{LedgerEntry, Outcome},
        vocabulary::{Channel, State, Theme},
    };

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    fn open() -> Interaction {
        let outline = Outline {
            id: Id::external("demo", "wrote"),
            tenant: "demo".parse().expect("a tenant"),
            person_id: Some(Id::external("demo", "john")),
            channel: Channel::Text,
            direction: Direction::Inbound,
            theme: Theme::InbUnknown,
            trace_id: "1-0-0".into(),
        };
        Interaction {
            contact_id: Some(Id::external("demo", "cell")),
            state: State { status: Some(InteractionStatus::InProgress), details: None },
            due_at: Some(at(30)),
            ..Interaction::begin(outline, Origin::Received(Record::default()), at(0))
        }
    }

    fn ledger(minutes: &[(i64, Channel, &str)]) -> Ledger {
        let entry = |(minute, channel, contact): &(i64, Channel, &str)| LedgerEntry {
            at: at(*minute),
            channel: *channel,
            direction: Direction::Outbound,
            subject: None,
            theme: Theme::OpsServicing,
            purpose: None,
            loans: Vec::new(),
            contact: Some(Id::external("demo", contact)),
            label: None,
            outcome: Outcome::Attempted,
            exempt: Vec::new(),
        };
        let named = |of: &(i64, Channel, &str)| Id::external("demo", &format!("{of:?}"));
        Ledger {
            version: 1,
            contacts: minutes.iter().map(|of| (named(of), entry(of))).collect::<BTreeMap<_, _>>(),
            ..Ledger::default()
        }
    }

    #[test]
    fn a_conversation_closes_once_nothing_was_said_for_so_long() {
        let quiet = SignedDuration::from_mins(30);
        // Each line: what else was said, when it is looked at, and when it is looked at again; never where it closed.
        for (minutes, looked, again) in [
            (vec![], 29, Some(30)),
            (vec![], 30, None),
            (vec![(20, Channel::Text, "cell")], 30, Some(50)),
            (vec![(20, Channel::Text, "cell"), (25, Channel::Text, "cell")], 30, Some(55)),
            (vec![(20, Channel::Text, "cell")], 50, None),
            (vec![(20, Channel::Voice, "cell"), (20, Channel::Text, "other")], 30, None),
            // What is yet to leave was not said.
            (vec![(600, Channel::Text, "cell")], 30, None),
        ] {
            let mut message = open();
            message.close_if_quiet(Some(&ledger(&minutes)), quiet, at(looked));
            assert_eq!(message.due_at, again.map(at), "{minutes:?} at {looked}");
            let details = again.is_none().then_some(StatusDetails::TextConvoTimeoutAutoclose);
            assert_eq!(message.state.details, details, "{minutes:?} at {looked}");
        }
    }

    #[test]
    fn what_is_closed_stays_as_it_is() {
        let mut message = open();
        assert!(message.close_if_quiet(None, SignedDuration::from_mins(30), at(30)));
        let closed = message.clone();
        assert!(!message.close_if_quiet(None, SignedDuration::from_mins(30), at(90)));
        assert_eq!(message, closed);
    }
}
