//! A second, slow opinion on rules about time and number, written without a look at the guard's own arithmetic: it
//! compares the digits of wall clocks and counts contacts pair by pair. It takes places as given and the rules' data as
//! written.

use domain::{
    compliance::rule::{Cap, Counts, Exemption, Party, Period, Rule, Scope},
    compliance::rules::law,
    ledger::{LedgerEntry, Outcome},
    person::ConsentScope,
    vocabulary::{Channel, Direction},
};
use jiff::{SignedDuration, Timestamp, Zoned, civil::Weekday};

use crate::world::World;

/// What is known about where the person is.
#[derive(Debug, Clone)]
pub struct Known {
    pub zones: Vec<&'static str>,
    pub jurisdictions: Vec<&'static str>,
}

/// Legal holidays of 2027 with the days on which they are observed, and whose they are.
const HOLIDAYS: [(&str, &str); 21] = [
    ("2027-01-01", "US"),
    ("2027-01-18", "US"),
    ("2027-02-15", "US"),
    ("2027-05-31", "US"),
    ("2027-06-18", "US"),
    ("2027-06-19", "US"),
    ("2027-07-04", "US"),
    ("2027-07-05", "US"),
    ("2027-09-06", "US"),
    ("2027-10-11", "US"),
    ("2027-11-11", "US"),
    ("2027-11-25", "US"),
    ("2027-12-24", "US"),
    ("2027-12-25", "US"),
    ("2027-12-31", "US"), // for 2028-01-01, a Saturday
    ("2027-07-23", "UT"),
    ("2027-07-24", "UT"),
    ("2027-05-04", "RI"),
    ("2027-08-09", "RI"),
    ("2027-03-26", "PA"),
    ("2027-06-14", "PA"),
];

/// The rules that a message at this instant, in 2027, would violate.
pub fn violations(world: &World, known: &Known, at: Timestamp) -> Vec<String> {
    let rules = law().rules.iter().filter(|rule| applies(rule, world, known, at));
    rules.filter(|rule| is_violated(rule, world, known, at)).map(|rule| rule.id.clone()).collect()
}

fn local(at: Timestamp, zone: &str) -> Zoned {
    at.in_tz(zone).unwrap()
}

fn applies(rule: &Rule, world: &World, known: &Known, at: Timestamp) -> bool {
    let washington = local(at, "America/New_York").date();
    let profile = &world.profile;
    let counts_as_collector = profile.party == Party::Creditor && profile.first_party_as_collector;
    let party = rule.parties.is_empty()
        || rule.parties.contains(&profile.party)
        || (counts_as_collector && rule.parties.contains(&Party::Collector));
    let label = world.person.select_contact(world.channel).map(|contact| contact.label);
    let exempt = (world.prior_consent && rule.exempt.contains(&Exemption::PriorConsent))
        || (rule.exempt.contains(&Exemption::UnusualTimeConsent)
            && world.person.consented(ConsentScope::UnusualTime, world.channel, None));
    rule.enforcement.is_enforced()
        && known.jurisdictions.contains(&rule.jurisdiction.as_str())
        && (rule.purposes.is_empty() || rule.purposes.contains(&world.purpose))
        && (rule.channels.is_empty() || rule.channels.contains(&world.channel))
        && party
        && rule.licence.is_none()
        && rule.from.is_none_or(|from| from <= washington)
        && rule.until.is_none_or(|until| washington < until)
        && (rule.labels.is_empty() || label.is_none_or(|label| rule.labels.contains(&label)))
        && !(rule.automated && world.channel == Channel::Voice && !world.autodialed)
        && !exempt
}

fn is_violated(rule: &Rule, world: &World, known: &Known, at: Timestamp) -> bool {
    if let Some(hours) = rule.hours.as_ref().filter(|_| world.channel != Channel::Mail) {
        let named = hours.time_zone.as_deref();
        for zone in known.zones.iter().copied().chain(named) {
            let local = local(at, zone);
            let (day, time) = (local.date().to_string(), local.strftime("%H:%M").to_string());
            let day_name = local.strftime("%a").to_string();
            let is_open = hours.spans.iter().any(|span| {
                let is_on = span.days.is_empty() || span.days.iter().any(|day| day.to_string() == day_name);
                is_on && time >= span.from.to_string() && time < span.to.to_string()
            });
            let is_holiday = hours.closed_on_holidays
                && HOLIDAYS.iter().any(|(date, whose)| {
                    *date == day && (*whose == "US" || *whose == rule.jurisdiction.as_str())
                });
            let is_sunday = local.weekday() == Weekday::Sunday;
            assert!(!is_sunday || day_name == "Sun");
            if !is_open || is_holiday {
                return true;
            }
        }
    }
    rule.caps.iter().any(|cap| is_exceeded(rule, cap, world, known, at))
}

fn is_exceeded(rule: &Rule, cap: &Cap, world: &World, known: &Known, at: Timestamp) -> bool {
    let contact = world.person.select_contact(world.channel);
    let has_label =
        |label| cap.labels.is_empty() || Option::is_none_or(label, |label| cap.labels.contains(&label));
    if !has_label(contact.map(|contact| contact.label))
        || (cap.automated && world.channel == Channel::Voice && !world.autodialed)
        || (cap.without_consent
            && world.person.consented(
                ConsentScope::Contact,
                world.channel,
                contact.map(|contact| &contact.id),
            ))
    {
        return false;
    }
    let counted = |entry: &&LedgerEntry| {
        let outcome = match cap.counts {
            Counts::Attempts => entry.direction == Direction::Outbound,
            Counts::Placed => {
                entry.direction == Direction::Outbound
                    && !matches!(entry.outcome, Outcome::Failed | Outcome::NotConnected)
            }
            Counts::Connected => {
                entry.direction == Direction::Outbound
                    && matches!(entry.outcome, Outcome::Connected | Outcome::Conversation)
            }
            Counts::Conversations => entry.outcome == Outcome::Conversation,
        };
        outcome
            && (rule.channels.is_empty() || rule.channels.contains(&entry.channel))
            && (rule.purposes.is_empty() || entry.purposes().iter().any(|of| rule.purposes.contains(of)))
            && (rule.labels.is_empty() || entry.label.is_none_or(|label| rule.labels.contains(&label)))
            && has_label(entry.label)
            && !entry.exempt.iter().any(|exempt| rule.exempt.contains(exempt))
    };
    let entries: Vec<_> = world.ledger.contacts.values().filter(counted).collect();
    let groups: Vec<Vec<Timestamp>> = match cap.scope {
        Scope::Person => vec![entries.iter().map(|entry| entry.at).collect()],
        Scope::Number => {
            let same = entries
                .iter()
                .filter(|e| e.contact.is_none() || e.contact.as_ref() == contact.map(|c| &c.id));
            vec![same.map(|entry| entry.at).collect()]
        }
        Scope::Subject => {
            let same = entries
                .iter()
                .filter(|e| world.subject.as_ref().is_none_or(|subject| e.subject.as_ref() == Some(subject)));
            vec![same.map(|entry| entry.at).collect()]
        }
        Scope::Debt if world.loans.is_empty() => vec![entries.iter().map(|entry| entry.at).collect()],
        Scope::Debt => world
            .loans
            .iter()
            .map(|loan| {
                let about = entries.iter().filter(|e| e.loans.is_empty() || e.loans.contains(loan));
                about.map(|entry| entry.at).collect()
            })
            .collect(),
    };
    groups.into_iter().any(|times| {
        // Every period that ends with one of the contacts and has the message in it.
        times.iter().copied().filter(|end| *end > at).chain([at]).any(|end| {
            let in_period = |time: Timestamp| time <= end && is_within(cap.period, known, time, end);
            in_period(at) && times.iter().filter(|time| in_period(**time)).count() >= cap.most as usize
        })
    })
}

/// Whether two contacts, the first not after the second, fall into one period.
fn is_within(period: Period, known: &Known, first: Timestamp, second: Timestamp) -> bool {
    let apart = second.duration_since(first);
    match period {
        Period::Minutes(minutes) => apart < SignedDuration::from_mins(minutes.into()),
        Period::Hours(hours) => apart < SignedDuration::from_hours(hours.into()),
        Period::Days(days) => {
            apart < SignedDuration::from_hours(24 * i64::from(days))
                || known.zones.iter().any(|zone| {
                    let (first, second) = (local(first, zone).date(), local(second, zone).date());
                    first.until(second).unwrap().get_days() < i32::try_from(days).unwrap()
                })
        }
    }
}
