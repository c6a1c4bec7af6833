//! How often: what counts toward a rule's limit, in which period, and when the next may follow.
//!
//! Periods are looked at on both sides of the instant a message leaves: one that is scheduled for later holds its place
//! today. Otherwise one sent now and one due in an hour would both pass a limit of one.

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

use super::{
    Facts,
    rule::{Cap, Counts, Period, Rule, Scope},
    windows::start_of_day,
};
use crate::{
    id::{self, Id},
    ledger::{LedgerEntry, Outcome},
    person::{ConsentScope, ContactLabel, ContactType},
    vocabulary::{Channel, Direction},
};

/// A rule's limit on messages like the one in question.
#[derive(Debug, Clone, Copy)]
pub struct Limit<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Its limit.
    pub cap: &'a Cap,
    /// The message and what went before.
    pub facts: &'a Facts<'a>,
    /// Every zone the person may be in.
    pub zones: &'a [TimeZone],
}

/// A limit that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// How many count.
    pub counted: usize,
    /// The earliest instant at which the limit is not reached; later messages that are scheduled already are taken into
    /// account.
    pub until: Option<Timestamp>,
}

/// A contact that counts from one instant until before another.
#[derive(Debug, Clone, Copy)]
struct Held {
    at: Timestamp,
    end: Timestamp,
}

impl Limit<'_> {
    /// Whether it is reached at `at`. Of several debts, the one that waits longest decides.
    pub fn reached(&self, at: Timestamp) -> Option<Reached> {
        if !self.binds() {
            return None;
        }
        let debts: &[_] = if self.cap.scope == Scope::Debt { self.facts.loans } else { &[] };
        if debts.is_empty() {
            return self.reached_for(None, at);
        }
        let each = debts.iter().filter_map(|debt| self.reached_for(Some(debt), at));
        each.reduce(|one, other| Reached {
            counted: one.counted.max(other.counted),
            until: one.until.zip(other.until).map(|(one, other)| one.max(other)),
        })
    }

    fn reached_for(&self, debt: Option<&Id<id::Loan>>, at: Timestamp) -> Option<Reached> {
        let most = usize::try_from(self.cap.most).unwrap_or(usize::MAX);
        let since = at.checked_sub(self.longest()).unwrap_or(Timestamp::MIN);
        let times: Vec<_> = self
            .facts
            .others()
            .filter(|entry| entry.at > since && self.counts(entry, debt))
            .map(|entry| entry.at)
            .collect();
        if times.len() < most {
            return None;
        }
        let held: Vec<_> = times.into_iter().filter_map(|at| Some(Held { at, end: self.end(at)? })).collect();
        let counted = self.most_held(&held, at);
        if counted < most {
            return None;
        }
        let mut ends: Vec<_> = held.iter().map(|one| one.end).filter(|end| *end > at).collect();
        ends.sort_unstable();
        let until = ends.into_iter().find(|end| self.most_held(&held, *end) < most);
        Some(Reached { counted, until })
    }

    /// Whether a contact that is scheduled shares a period with a message at `last`, and with none at `at`.
    pub fn is_entered_between(&self, at: Timestamp, last: Timestamp) -> bool {
        let mut scheduled = self.facts.others().filter(|entry| entry.at > at).peekable();
        if scheduled.peek().is_none() || !self.binds() {
            return false;
        }
        let (Some(before), Some(after)) = (self.end(at), self.end(last)) else { return false };
        scheduled.any(|entry| (before..after).contains(&entry.at) && self.counts(entry, None))
    }

    /// Whether the message itself is what the limit speaks of.
    fn binds(&self) -> bool {
        let Self { cap, facts, .. } = self;
        is_at(&cap.labels, facts.channel, facts.contact.map(|contact| contact.label))
            && (!cap.automated || facts.is_automated())
            && !(cap.without_consent && facts.consented(ConsentScope::Contact))
    }

    /// Whether an entry counts, whenever it was.
    fn counts(&self, entry: &LedgerEntry, debt: Option<&Id<id::Loan>>) -> bool {
        let Self { rule, cap, .. } = self;
        // What a person calls about is not ours to choose: their conversations count whatever the theme.
        let is_theirs = entry.direction == Direction::Inbound;
        is_counted(cap.counts, entry)
            && rule.is_on(entry.channel)
            && (is_theirs || rule.is_for(entry.purposes()))
            && !entry.exempt.iter().any(|exempt| rule.exempt.contains(exempt))
            && is_at(&rule.labels, entry.channel, entry.label)
            && is_at(&cap.labels, entry.channel, entry.label)
            && self.is_same(entry, debt)
    }

    /// Whether an entry is about the same debt, number or subject as the message. Where either is silent, it may be; but a
    /// contact without a subject is of no type of message.
    fn is_same(&self, entry: &LedgerEntry, debt: Option<&Id<id::Loan>>) -> bool {
        match self.cap.scope {
            Scope::Person => true,
            Scope::Debt => debt.is_none_or(|debt| entry.loans.is_empty() || entry.loans.contains(debt)),
            Scope::Number => match (self.facts.contact, &entry.contact) {
                (Some(contact), Some(used)) => contact.id == *used,
                (None, _) | (_, None) => true,
            },
            Scope::Subject => {
                self.facts.subject.is_none_or(|subject| entry.subject.as_ref() == Some(subject))
            }
        }
    }

    /// The most contacts any one period holds that also holds a message at `at`, not counting the message.
    fn most_held(&self, held: &[Held], at: Timestamp) -> usize {
        let held_at = |now: Timestamp| held.iter().filter(|one| one.at <= now && now < one.end).count();
        let mut later = held.iter().map(|one| one.at).filter(|later| *later > at).peekable();
        if later.peek().is_none() {
            return held_at(at);
        }
        let end = self.end(at);
        let shared = later.filter(|later| end.is_some_and(|end| *later < end));
        shared.map(held_at).max().unwrap_or(0).max(held_at(at))
    }

    /// The instant at which a contact made at `at` no longer counts.
    fn end(&self, at: Timestamp) -> Option<Timestamp> {
        let by_hours = at.checked_add(self.duration()).ok()?;
        let Period::Days(days) = self.cap.period else { return Some(by_hours) };
        let by_day = |zone: &TimeZone| {
            let next = zone.to_datetime(at).date().checked_add(i64::from(days).days()).ok()?;
            start_of_day(zone, next)
        };
        self.zones.iter().filter_map(by_day).chain([by_hours]).max()
    }

    /// The period in hours, as far as hours go.
    fn duration(&self) -> SignedDuration {
        match self.cap.period {
            Period::Minutes(minutes) => SignedDuration::from_mins(minutes.into()),
            Period::Hours(hours) => SignedDuration::from_hours(hours.into()),
            Period::Days(days) => SignedDuration::from_hours(24 * i64::from(days)),
        }
    }

    /// What no contact counts longer than: days in which clocks turn have more than 24 hours.
    fn longest(&self) -> SignedDuration {
        self.duration() + SignedDuration::from_hours(24)
    }
}

/// Whether the contact a channel uses is at one of these places. One that is not known may be, where the channel uses any.
pub fn is_at(labels: &[ContactLabel], channel: Channel, label: Option<ContactLabel>) -> bool {
    let may_be = || ContactType::for_channel(channel).is_some();
    labels.is_empty() || label.map_or_else(may_be, |label| labels.contains(&label))
}

fn is_counted(counts: Counts, entry: &LedgerEntry) -> bool {
    let is_ours = entry.direction == Direction::Outbound;
    match (counts, entry.outcome) {
        (Counts::Attempts, _)
        | (Counts::Placed, Outcome::Attempted | Outcome::Connected | Outcome::Conversation)
        | (Counts::Connected, Outcome::Connected | Outcome::Conversation) => is_ours,
        (Counts::Conversations, Outcome::Conversation) => true,
        (Counts::Placed, Outcome::NotConnected | Outcome::Failed)
        | (Counts::Connected, Outcome::Attempted | Outcome::NotConnected | Outcome::Failed)
        | (
            Counts::Conversations,
            Outcome::Attempted | Outcome::Connected | Outcome::NotConnected | Outcome::Failed,
        ) => false,
    }
}
