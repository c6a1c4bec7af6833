//! Contacts counted pair by pair.

use domain::{
    compliance::rule::{Cap, Counts, Period, Rule, Scope},
    id::{self, Id},
    ledger::{LedgerEntry, Outcome},
    person::{ConsentScope, ConsentStatus, ContactLabel},
    vocabulary::{Channel, Direction},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    Opinion, kind_for,
    rules::{Asked, is_automated, is_late, purposes, serves},
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
            let arrived = entry.outcome == Outcome::Attempted && entry.channel != Channel::Voice;
            is_ours
                && (arrived || entry.outcome == Outcome::Connected || entry.outcome == Outcome::Conversation)
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
        // Days past due hold of the debt: neither contacts about others count nor are others counted for.
        let is_late = |loan: &Id<id::Loan>| {
            one.rule.over_days_past_due.is_none_or(|days| is_late(self.world, loan, days))
        };
        let counted: Vec<_> = counted
            .filter(|seen| seen.entry.loans.is_empty() || seen.entry.loans.iter().any(is_late))
            .collect();
        let of = |is_same: &dyn Fn(&LedgerEntry) -> bool| -> Vec<&Moment> {
            counted.iter().filter(|seen| is_same(seen.entry)).map(|seen| &seen.moment).collect()
        };
        // Whoever names nothing may mean this one or that one, and all those of which nothing is known; but not two at once.
        let mut groups = vec![];
        match cap.scope {
            Scope::Person => groups.push(of(&|_| true)),
            Scope::Debt => {
                let named = self.world.loans.iter();
                let owed = self.person.loans.iter().map(|loan| &loan.id);
                let spoken_of = counted.iter().flat_map(|seen| &seen.entry.loans);
                let any: Vec<_> =
                    if named.len() > 0 { named.collect() } else { owed.chain(spoken_of).collect() };
                for loan in any.into_iter().filter(|loan| is_late(loan)) {
                    groups.push(of(&|entry| entry.loans.is_empty() || entry.loans.contains(loan)));
                }
            }
            Scope::Number => {
                let used = self.contact.map(|contact| &contact.id);
                let rung = counted.iter().filter_map(|seen| seen.entry.contact.as_ref());
                let any: Vec<_> = used.map_or_else(|| rung.collect(), |used| vec![used]);
                for number in any {
                    groups
                        .push(of(&|entry| entry.contact.is_none() || entry.contact.as_ref() == Some(number)));
                }
            }
            Scope::Subject => {
                let named = self.world.subject.as_ref();
                let heard = counted.iter().filter_map(|seen| seen.entry.subject.as_ref());
                let any: Vec<_> = named.map_or_else(|| heard.collect(), |named| vec![named]);
                for subject in any {
                    let is_silent = |entry: &LedgerEntry| named.is_none() && entry.subject.is_none();
                    groups.push(of(&|entry| is_silent(entry) || entry.subject.as_ref() == Some(subject)));
                }
            }
        }
        if groups.is_empty() {
            groups.push(of(&|_| true));
        }
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
