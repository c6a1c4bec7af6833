//! In which hours of a week a person may be contacted, as far as hours go.

use std::ops::Range;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::{
    Facts, evaluate,
    rule::Rule,
    windows::{RuleHours, Times as _},
};

/// Seven days of hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week {
    /// Every zone the person may be in. It is the clock of the first by which hours are told; of UTC if there is none.
    pub time_zones: Vec<String>,
    /// Seven days, from the one of the instant that was asked about.
    pub days: Vec<Day>,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// For each hour that its clock shows, whether hours of rules and those that the person named allow a contact as it begins.
    pub open: [bool; 24],
}

/// The week from `from` on. Limits, consents and stops are not asked about.
pub fn week(facts: &Facts<'_>, from: Timestamp) -> Week {
    let place = facts.place();
    let zone = place.zones.first().cloned().unwrap_or(TimeZone::UTC);
    let first = zone.to_datetime(from).date();
    let open = |date: Date| {
        std::array::from_fn(|hour| {
            let local = date.at(i8::try_from(hour).unwrap_or_default(), 0, 0, 0);
            let at = zone.to_ambiguous_timestamp(local).compatible();
            at.is_ok_and(|at| evaluate::is_within_hours(facts, &place, at))
        })
    };
    let dates = (0..7_i64).filter_map(|n| first.checked_add(n.days()).ok());
    Week { time_zones: place.zone_names(), days: dates.map(|date| Day { date, open: open(date) }).collect() }
}

/// When all of these rules allow contact on one day in a zone, in minutes of that day, half-open. Times that a person named, which may
/// take the place of a rule's, are not asked about. On the day that clocks are put back, the first of two hours is meant.
pub fn open_on(rules: &[&Rule], zone: &TimeZone, day: Date) -> Vec<Range<u16>> {
    let is_open = |minute: u16| {
        let clock = day.at(0, 0, 0, 0).checked_add(i64::from(minute).minutes());
        let at = clock.and_then(|local| zone.to_ambiguous_timestamp(local).compatible());
        at.is_ok_and(|at| {
            rules.iter().all(|rule| {
                let Some(hours) = &rule.hours else { return true };
                let times =
                    RuleHours { hours, spans: &hours.spans, jurisdiction: rule.jurisdiction, margin: 0 };
                let named = hours.time_zone.as_ref().and_then(|name| TimeZone::get(name).ok());
                times.allow(zone.to_datetime(at))
                    && named.is_none_or(|zone| times.allow(zone.to_datetime(at)))
            })
        })
    };
    let mut open = Vec::<Range<u16>>::new();
    for minute in (0..24 * 60).filter(|minute| is_open(*minute)) {
        match open.last_mut() {
            Some(last) if last.end == minute => last.end += 1,
            _ => open.push(minute..minute + 1),
        }
    }
    open
}
