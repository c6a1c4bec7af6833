//! How often: what counts toward a rule's limit, in which period, and when the next may follow.
//!
//! Periods are looked at on both sides of the instant a message leaves: one that is scheduled for later holds its place
//! today. Otherwise one sent now and one due in an hour would both pass a limit of one.

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

use super::{
    Facts,
    limits::Counted,
    rule::{Cap, Counts, Period, Rule, Scope},
    windows::start_of_day,
};
use crate::{
    id::{self, Id},
    ledger::{LedgerEntry, Outcome},
    person::{ConsentScope, ContactLabel, ContactType},
    vocabulary::{Channel, Direction, Subject},
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

/// What contacts are counted together for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of<'a> {
    /// The person, or a thing nobody knows.
    Anything,
    /// A debt.
    Debt(&'a Id<id::Loan>),
    /// A number or address.
    Number(&'a Id<id::Contact>),
    /// A subject.
    Subject(&'a Subject),
}

/// How much of a limit is used for one of these.
#[derive(Debug, Clone)]
pub struct Use<'a> {
    /// For what.
    pub of: Of<'a>,
    /// How many count.
    pub counted: usize,
    /// What shares a period with the message, the oldest first.
    pub contacts: Vec<Counted>,
    /// The earliest instant at which fewer count than now, and fewer than are allowed.
    pub next_free_at: Option<Timestamp>,
}

/// A contact that counts from one instant until before another.
#[derive(Debug, Clone, Copy)]
struct Held {
    at: Timestamp,
    end: Timestamp,
}

impl<'a> Limit<'a> {
    /// Whether it is reached at `at`. Of several debts, numbers or subjects, the one that waits longest decides.
    pub fn reached(&self, at: Timestamp) -> Option<Reached> {
        if !self.binds() {
            return None;
        }
        let most = usize::try_from(self.cap.most).unwrap_or(usize::MAX);
        let since = at.checked_sub(self.longest()).unwrap_or(Timestamp::MIN);
        let recent = self.facts.others().filter(|entry| entry.at > since && self.counts(entry));
        let recent: Vec<_> = recent.collect();
        if recent.len() < most {
            return None;
        }
        let each = self.each(&recent).into_iter().filter_map(|of| self.reached_for(of, &recent, most, at));
        each.reduce(|one, other| Reached {
            counted: one.counted.max(other.counted),
            until: one.until.zip(other.until).map(|(one, other)| one.max(other)),
        })
    }

    /// How much of it is used at `at`, for each debt, number or subject the message is about. Nothing if the message is not
    /// what the limit speaks of.
    pub fn uses(&self, at: Timestamp) -> Vec<Use<'a>> {
        if !self.binds() {
            return Vec::new();
        }
        let since = at.checked_sub(self.longest()).unwrap_or(Timestamp::MIN);
        let own = self.facts.interaction;
        let all = self.facts.ledger.contacts.iter().filter(|(id, _)| own != Some(*id));
        let recent: Vec<_> = all.filter(|(_, entry)| entry.at > since && self.counts(entry)).collect();
        let entries: Vec<_> = recent.iter().map(|(_, entry)| *entry).collect();
        let each = self.each(&entries).into_iter();
        each.map(|of| {
            let same = recent.iter().filter(|(_, entry)| self.is_same(entry, of));
            let mut held: Vec<_> =
                same.filter_map(|(id, entry)| Some((*id, *entry, self.end(entry.at)?))).collect();
            held.sort_by_key(|(id, entry, _)| (entry.at, *id));
            self.use_for(of, &held, at)
        })
        .collect()
    }

    fn use_for(
        &self,
        of: Of<'a>,
        same: &[(&Id<id::Interaction>, &LedgerEntry, Timestamp)],
        at: Timestamp,
    ) -> Use<'a> {
        let held: Vec<_> = same.iter().map(|(_, entry, end)| Held { at: entry.at, end: *end }).collect();
        let counted = self.most_held(&held, at);
        let most = usize::try_from(self.cap.most).unwrap_or(usize::MAX);
        let mut ends: Vec<_> = held.iter().map(|one| one.end).filter(|end| *end > at).collect();
        ends.sort_unstable();
        let next_free_at = ends.into_iter().find(|end| self.most_held(&held, *end) < counted.min(most));
        let end = self.end(at);
        let shares = |one: &&(_, &LedgerEntry, Timestamp)| match one.1.at <= at {
            true => at < one.2,
            false => end.is_some_and(|end| one.1.at < end),
        };
        let contacts = same.iter().filter(shares).map(|(id, entry, until)| Counted {
            interaction_id: (*id).clone(),
            channel: entry.channel,
            at: entry.at,
            until: *until,
        });
        Use { of, counted, contacts: contacts.collect(), next_free_at }
    }

    fn reached_for(
        &self,
        of: Of<'_>,
        recent: &[&LedgerEntry],
        most: usize,
        at: Timestamp,
    ) -> Option<Reached> {
        let same = recent.iter().filter(|entry| self.is_same(entry, of));
        let held: Vec<_> =
            same.filter_map(|entry| Some(Held { at: entry.at, end: self.end(entry.at)? })).collect();
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
        let entered = scheduled.filter(|entry| (before..after).contains(&entry.at) && self.counts(entry));
        let entered: Vec<_> = entered.collect();
        let each = self.each(&entered);
        entered.iter().any(|entry| each.iter().any(|of| self.is_same(entry, *of)))
    }

    /// Whether the message itself is what the limit speaks of.
    fn binds(&self) -> bool {
        let Self { cap, facts, .. } = self;
        is_at(&cap.labels, facts.channel, facts.contact.map(|contact| contact.label))
            && (!cap.automated || facts.is_automated())
            && !(cap.without_consent && facts.consented(ConsentScope::Contact))
    }

    /// What the message is about, each counted by itself. If it does not name it, it may be any that the person or one of
    /// these contacts has, but not several at once.
    fn each(&self, contacts: &[&'a LedgerEntry]) -> Vec<Of<'a>> {
        let Facts { person, contact, subject, loans, .. } = *self.facts;
        let entries = contacts.iter().copied();
        let mut each: Vec<_> = match self.cap.scope {
            Scope::Person => Vec::new(),
            Scope::Debt => {
                let known = person.loans.iter().map(|loan| &loan.id).chain(entries.flat_map(|of| &of.loans));
                let debts: Vec<_> = if loans.is_empty() { known.collect() } else { loans.iter().collect() };
                debts.into_iter().filter(|debt| self.speaks_of(debt)).map(Of::Debt).collect()
            }
            Scope::Number => match contact {
                Some(contact) => vec![Of::Number(&contact.id)],
                None => entries.filter_map(|entry| entry.contact.as_ref()).map(Of::Number).collect(),
            },
            Scope::Subject => match subject {
                Some(subject) => vec![Of::Subject(subject)],
                None => entries.filter_map(|entry| entry.subject.as_ref()).map(Of::Subject).collect(),
            },
        };
        each.sort_unstable();
        each.dedup();
        if each.is_empty() {
            each.push(Of::Anything);
        }
        each
    }

    /// Whether the rule speaks of a debt: it is, or may be, so many days past due.
    fn speaks_of(&self, debt: &Id<id::Loan>) -> bool {
        self.rule.over_days_past_due.is_none_or(|days| self.facts.person.may_be_past_due(debt, days))
    }

    /// Whether an entry counts, whenever it was and whatever it was about.
    fn counts(&self, entry: &LedgerEntry) -> bool {
        let Self { rule, cap, .. } = self;
        // What a person calls about is not ours to choose: their conversations count whatever the theme.
        let is_theirs = entry.direction == Direction::Inbound;
        is_counted(cap.counts, entry)
            && rule.is_on(entry.channel)
            && (is_theirs || rule.is_for(entry.purposes()))
            && !entry.exempt.iter().any(|exempt| rule.exempt.contains(exempt))
            && is_at(&rule.labels, entry.channel, entry.label)
            && is_at(&cap.labels, entry.channel, entry.label)
            && (entry.loans.is_empty() || entry.loans.iter().any(|debt| self.speaks_of(debt)))
    }

    /// Whether an entry is about this debt, number or subject. One that is silent may be; but a contact without a subject is of
    /// no type of message.
    fn is_same(&self, entry: &LedgerEntry, of: Of<'_>) -> bool {
        match of {
            Of::Anything => true,
            Of::Debt(debt) => entry.loans.is_empty() || entry.loans.contains(debt),
            Of::Number(number) => entry.contact.as_ref().is_none_or(|used| used == number),
            Of::Subject(subject) => match &entry.subject {
                Some(about) => about == subject,
                None => self.facts.subject.is_none(),
            },
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

/// Whether the contact a channel uses is at one of these places. One that is not known may be, if the channel uses any.
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
        // A call that rang reached nobody; a message arrives unless it is known to have failed.
        (Counts::Connected, Outcome::Attempted) => is_ours && entry.channel != Channel::Voice,
        (Counts::Conversations, Outcome::Conversation) => true,
        (Counts::Placed | Counts::Connected, Outcome::NotConnected | Outcome::Failed)
        | (
            Counts::Conversations,
            Outcome::Attempted | Outcome::Connected | Outcome::NotConnected | Outcome::Failed,
        ) => false,
    }
}
