//! How often: what counts toward a rule's limit, in which period, and when the next may follow.
//!
//! Periods are looked at on both sides of the instant a message leaves: one that is scheduled for later holds its place
//! today. Otherwise one sent now and one due in an hour would both pass a limit of one.

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

use super::{
    Facts, is_automated,
    rule::{Cap, Counts, Period, Rule, Scope},
    windows::start_of_day,
};
use crate::{
    id::{self, Id},
    ledger::{LedgerEntry, Outcome},
    person::{ConsentScope, ContactLabel},
    vocabulary::Direction,
};

/// A limit that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// How many count.
    pub counted: usize,
    /// The earliest instant at which the limit is not reached; later messages that are scheduled already are taken into
    /// account.
    pub until: Option<Timestamp>,
}

/// Whether a rule's limit is reached at `at`, in the zones the person may be in. Of several debts, the one that waits
/// longest decides.
pub fn reached(
    rule: &Rule,
    cap: &Cap,
    facts: &Facts<'_>,
    zones: &[TimeZone],
    at: Timestamp,
) -> Option<Reached> {
    if !binds(cap, facts) {
        return None;
    }
    let debts: &[_] = if cap.scope == Scope::Debt { facts.loans } else { &[] };
    if debts.is_empty() {
        return reached_for(None, rule, cap, facts, zones, at);
    }
    let each = debts.iter().filter_map(|debt| reached_for(Some(debt), rule, cap, facts, zones, at));
    each.reduce(|one, other| Reached {
        counted: one.counted.max(other.counted),
        until: one.until.zip(other.until).map(|(one, other)| one.max(other)),
    })
}

fn reached_for(
    debt: Option<&Id<id::Loan>>,
    rule: &Rule,
    cap: &Cap,
    facts: &Facts<'_>,
    zones: &[TimeZone],
    at: Timestamp,
) -> Option<Reached> {
    let most = usize::try_from(cap.most).unwrap_or(usize::MAX);
    let times: Vec<_> =
        facts.others().filter(|entry| counts(rule, cap, entry, debt, facts)).map(|entry| entry.at).collect();
    if times.len() < most {
        return None;
    }
    let span = Held { period: cap.period, zones };
    let counted = most_held(&times, &span, at);
    if counted < most {
        return None;
    }
    let mut ends: Vec<_> = times.iter().filter_map(|time| span.end(*time)).filter(|end| *end > at).collect();
    ends.sort_unstable();
    let until = ends.into_iter().find(|end| most_held(&times, &span, *end) < most);
    Some(Reached { counted, until })
}

/// Whether the message itself is what a limit speaks of.
fn binds(cap: &Cap, facts: &Facts<'_>) -> bool {
    let contact = facts.contact;
    is_at(&cap.labels, contact.map(|contact| contact.label))
        && (!cap.automated || is_automated(facts))
        && !(cap.without_consent
            && facts.person.consented(
                ConsentScope::Contact,
                facts.channel,
                contact.map(|contact| &contact.id),
            ))
}

/// Whether a contact is at one of these places. One that is not known may be.
pub fn is_at(labels: &[ContactLabel], label: Option<ContactLabel>) -> bool {
    labels.is_empty() || label.is_none_or(|label| labels.contains(&label))
}

/// Whether an entry counts toward a limit, whenever it was.
fn counts(
    rule: &Rule,
    cap: &Cap,
    entry: &LedgerEntry,
    debt: Option<&Id<id::Loan>>,
    facts: &Facts<'_>,
) -> bool {
    is_counted(cap.counts, entry)
        && entry.channel.reaches_person()
        && (rule.channels.is_empty() || rule.channels.contains(&entry.channel))
        && (rule.purposes.is_empty() || entry.may_serve(&rule.purposes))
        && !entry.exempt.iter().any(|exempt| rule.exempt.contains(exempt))
        && is_at(&rule.labels, entry.label)
        && is_at(&cap.labels, entry.label)
        && is_same(cap.scope, entry, debt, facts)
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

/// Whether an entry is about the same debt, number or subject as the message. Where either is silent, it may be; but
/// a contact without a subject is of no type of message.
fn is_same(scope: Scope, entry: &LedgerEntry, debt: Option<&Id<id::Loan>>, facts: &Facts<'_>) -> bool {
    match scope {
        Scope::Person => true,
        Scope::Debt => debt.is_none_or(|debt| entry.loans.is_empty() || entry.loans.contains(debt)),
        Scope::Number => match (facts.contact, &entry.contact) {
            (Some(contact), Some(used)) => contact.id == *used,
            (None, _) | (_, None) => true,
        },
        Scope::Subject => facts.subject.is_none_or(|subject| entry.subject.as_ref() == Some(subject)),
    }
}

/// The most contacts any one period holds that also holds a message at `at`, not counting the message.
fn most_held(times: &[Timestamp], span: &Held<'_>, at: Timestamp) -> usize {
    let held_at = |instant: Timestamp| {
        let still = span.reach(instant);
        times.iter().filter(|time| **time <= instant && still.holds(**time)).count()
    };
    let later = times.iter().filter(|time| **time > at && span.reach(**time).holds(at));
    later.map(|time| held_at(*time)).max().unwrap_or(0).max(held_at(at))
}

/// How long a contact counts.
struct Held<'a> {
    period: Period,
    zones: &'a [TimeZone],
}

/// From when on contacts still count at some instant: those after `after`, and those from `dawn` on.
struct Reach {
    after: Timestamp,
    dawn: Option<Timestamp>,
}

impl Reach {
    fn holds(&self, at: Timestamp) -> bool {
        at > self.after || self.dawn.is_some_and(|dawn| at >= dawn)
    }
}

impl Held<'_> {
    /// The period in hours, as far as hours go.
    fn duration(&self) -> SignedDuration {
        match self.period {
            Period::Minutes(minutes) => SignedDuration::from_mins(minutes.into()),
            Period::Hours(hours) => SignedDuration::from_hours(hours.into()),
            Period::Days(days) => SignedDuration::from_hours(24 * i64::from(days)),
        }
    }

    /// Which contacts still count at `at`.
    fn reach(&self, at: Timestamp) -> Reach {
        let dawn = match self.period {
            Period::Minutes(_) | Period::Hours(_) => None,
            Period::Days(days) => self
                .zones
                .iter()
                .filter_map(|zone| {
                    let first = zone.to_datetime(at).date().checked_sub((i64::from(days) - 1).days()).ok()?;
                    start_of_day(zone, first)
                })
                .min(),
        };
        Reach { after: at.checked_sub(self.duration()).unwrap_or(Timestamp::MIN), dawn }
    }

    /// The instant at which a contact made at `at` no longer counts.
    fn end(&self, at: Timestamp) -> Option<Timestamp> {
        let by_hours = at.checked_add(self.duration()).ok()?;
        let by_days = match self.period {
            Period::Minutes(_) | Period::Hours(_) => None,
            Period::Days(days) => self
                .zones
                .iter()
                .filter_map(|zone| {
                    let next = zone.to_datetime(at).date().checked_add(i64::from(days).days()).ok()?;
                    start_of_day(zone, next)
                })
                .max(),
        };
        Some(by_days.map_or(by_hours, |by_days| by_days.max(by_hours)))
    }
}
