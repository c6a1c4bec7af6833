//! Contacts counted pair by pair.

use domain::{
    compliance::rule::{Cap, Counts, Period, Rule, Scope},
    ledger::{LedgerEntry, Outcome},
    person::{ConsentScope, ConsentStatus, ContactLabel},
    vocabulary::{Channel, Direction},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    Opinion, kind_for,
    rules::{Asked, is_automated, purposes, serves},
};

/// A contact with the days on which it was, by number, on the calendars of all zones.
pub struct Seen<'a> {
    entry: &'a LedgerEntry,
    moment: Moment,
}

#[derive(Clone)]
struct Moment {
    at: Timestamp,
    days: Vec<i64>,
}

impl Moment {
    fn new(at: Timestamp, zones: &[TimeZone]) -> Self {
        let number = |zone: &TimeZone| {
            let date = zone.to_datetime(at).date();
            date.duration_since(jiff::civil::date(2026, 1, 1)).as_hours() / 24
        };
        Self { at, days: zones.iter().map(number).collect() }
    }

    /// Whether it and a second one, not before it, fall into one period.
    fn is_with(&self, second: &Self, period: Period) -> bool {
        let is_near = second.at.duration_since(self.at) < hours(period);
        is_near
            || match period {
                Period::Minutes(_) | Period::Hours(_) => false,
                // Days from the first one's on, each a whole day on some clock of the person's.
                Period::Days(days) => {
                    self.days.iter().zip(&second.days).any(|(one, other)| other - one < i64::from(days))
                }
            }
    }
}

/// As many times 24 hours as a period has days.
pub fn hours(period: Period) -> SignedDuration {
    match period {
        Period::Minutes(minutes) => SignedDuration::from_mins(minutes.into()),
        Period::Hours(hours) => SignedDuration::from_hours(hours.into()),
        Period::Days(days) => SignedDuration::from_hours(24 * i64::from(days)),
    }
}

impl<'a> Seen<'a> {
    pub fn new(entry: &'a LedgerEntry, zones: &[TimeZone]) -> Self {
        Self { entry, moment: Moment::new(entry.at, zones) }
    }

    pub fn at(&self) -> Timestamp {
        self.moment.at
    }
}

/// Whether what a channel used is at such a place. What nobody knows may be, but what a channel does not use is nowhere.
pub fn is_label(labels: &[ContactLabel], channel: Channel, label: Option<ContactLabel>) -> bool {
    let is_it = match label {
        Some(label) => labels.contains(&label),
        None => kind_for(channel).is_some(),
    };
    labels.is_empty() || is_it
}

fn counts(rule: &Rule, cap: &Cap, entry: &LedgerEntry) -> bool {
    let is_ours = entry.direction == Direction::Outbound;
    let is_counted = match cap.counts {
        Counts::Attempts => is_ours,
        Counts::Placed => {
            is_ours && entry.outcome != Outcome::Failed && entry.outcome != Outcome::NotConnected
        }
        Counts::Connected => {
            is_ours && (entry.outcome == Outcome::Connected || entry.outcome == Outcome::Conversation)
        }
        Counts::Conversations => entry.outcome == Outcome::Conversation,
    };
    // What a person calls about is theirs to choose.
    let is_begun_by_them = !is_ours;
    is_counted
        && entry.channel.reaches_person()
        && (rule.channels.is_empty() || rule.channels.contains(&entry.channel))
        && (is_begun_by_them || serves(&rule.purposes, purposes(entry.theme, entry.purpose)))
        && is_label(&rule.labels, entry.channel, entry.label)
        && is_label(&cap.labels, entry.channel, entry.label)
        && !entry.exempt.iter().any(|exempt| rule.exempt.contains(exempt))
}

impl Opinion<'_> {
    pub(super) fn is_exceeded(&self, one: &Asked, cap: &Cap, at: Timestamp) -> bool {
        let has_consented = self.newest(ConsentScope::Contact) == Some(ConsentStatus::Consented);
        if !is_label(&cap.labels, self.world.channel, self.contact.map(|contact| contact.label))
            || (cap.automated && !is_automated(self.world))
            || (cap.without_consent && has_consented)
        {
            return false;
        }
        let counted = self.seen.iter().filter(|seen| counts(&one.rule, cap, seen.entry));
        let most = usize::try_from(cap.most.min(one.most)).unwrap();
        let groups: Vec<Vec<&Moment>> = match cap.scope {
            Scope::Debt if !self.world.loans.is_empty() => {
                let about =
                    |seen: &&Seen<'_>, loan| seen.entry.loans.is_empty() || seen.entry.loans.contains(loan);
                let of_loan = |loan| counted.clone().filter(move |seen| about(seen, loan));
                self.world.loans.iter().map(|loan| of_loan(loan).map(|seen| &seen.moment).collect()).collect()
            }
            Scope::Person | Scope::Debt => vec![counted.map(|seen| &seen.moment).collect()],
            Scope::Number => {
                let used = self.contact.map(|contact| &contact.id);
                let same = counted.filter(|seen| {
                    seen.entry.contact.as_ref().zip(used).is_none_or(|(theirs, used)| theirs == used)
                });
                vec![same.map(|seen| &seen.moment).collect()]
            }
            Scope::Subject => {
                let subject = self.world.subject.as_ref();
                let same = counted.filter(|seen| subject.is_none() || seen.entry.subject.as_ref() == subject);
                vec![same.map(|seen| &seen.moment).collect()]
            }
        };
        let now = Moment::new(at, &self.zones);
        groups.into_iter().any(|moments| {
            // Every period that ends with one of the contacts and has the message in it.
            let later = moments.iter().copied().filter(|moment| moment.at > at);
            later.chain([&now]).any(|end| {
                let is_in = |moment: &Moment| moment.at <= end.at && moment.is_with(end, cap.period);
                is_in(&now) && moments.iter().filter(|moment| is_in(moment)).count() >= most
            })
        })
    }
}
