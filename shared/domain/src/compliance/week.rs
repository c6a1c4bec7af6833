//! In which hours of a week a person may be contacted, as far as hours go.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::{Facts, evaluate};

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
