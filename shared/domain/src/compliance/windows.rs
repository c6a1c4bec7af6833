//! Times at which a message may leave: on the wall clock of every zone the person may be in, computed for each instant.
//!
//! Spans are half-open, and the last minutes before they end are kept free for what waits in a queue: minutes that pass, not
//! those a clock shows, and only if nothing goes on. Nothing here adds hours to an instant to get to tomorrow: a day has
//! 23 to 25 of them.

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::{AmbiguousOffset, TimeZone},
};

use super::{
    holidays::holiday,
    rule::{Hours, Jurisdiction},
};
use crate::{
    person::ContactTimes,
    schedule::{Span, TimeOfDay},
};

/// Times on a wall clock at which something is allowed.
pub trait Times {
    /// Whether it is at this local time.
    fn allow(&self, local: DateTime) -> bool;

    /// The times of day at which it may begin to be.
    fn edges(&self) -> impl Iterator<Item = TimeOfDay>;

    /// Minutes kept free before they end.
    fn margin(&self) -> u16;

    /// Whether it is at an instant, and still so many minutes later, on the clock of a zone. Times begin and end, and clocks
    /// are put forward and back, on whole minutes.
    fn last(&self, zone: &TimeZone, at: Timestamp) -> bool {
        let margin = SignedDuration::from_mins(self.margin().into());
        let now = zone.to_datetime(at);
        if !self.allow(now) {
            return false;
        }
        let Ok(end) = at.checked_add(margin) else { return false };
        // As long as the clock is not turned, the minutes that pass are those it shows.
        let is_steady = now.checked_add(margin).is_ok_and(|then| then == zone.to_datetime(end));
        (1..=i64::from(self.margin())).map(SignedDuration::from_mins).all(|passed| {
            let then = if is_steady {
                now.checked_add(passed)
            } else {
                at.checked_add(passed).map(|then| zone.to_datetime(then))
            };
            then.is_ok_and(|then| self.allow(then))
        })
    }
}

/// A rule's hours.
#[derive(Debug, Clone, Copy)]
pub struct RuleHours<'a> {
    /// The hours.
    pub hours: &'a Hours,
    /// The spans that hold: the hours' own, or all day if the person's times take their place.
    pub spans: &'a [Span],
    /// Whose holidays.
    pub jurisdiction: Jurisdiction,
    /// Minutes kept free before the end.
    pub margin: u16,
}

/// Every day, all day.
pub static ALL_DAY: [Span; 1] = [Span { days: Vec::new(), from: TimeOfDay::MIDNIGHT, to: TimeOfDay::END }];

impl RuleHours<'_> {
    /// Why the whole day is closed, if it is.
    pub fn closed(&self, day: Date) -> Option<&'static str> {
        if self.hours.closed_on.contains(&day) {
            return Some("a day kept free");
        }
        if self.hours.closed_on_holidays { holiday(day, self.jurisdiction) } else { None }
    }
}

impl Times for RuleHours<'_> {
    fn allow(&self, local: DateTime) -> bool {
        is_within(self.spans, local) && self.closed(local.date()).is_none()
    }

    fn edges(&self) -> impl Iterator<Item = TimeOfDay> {
        self.spans.iter().map(|span| span.from)
    }

    fn margin(&self) -> u16 {
        self.margin
    }
}

fn is_within(spans: &[Span], local: DateTime) -> bool {
    let (day, time) = (local.weekday().into(), TimeOfDay::of(local));
    spans.iter().any(|span| span.contains(day, time))
}

/// Times the person named.
#[derive(Debug, Clone, Copy)]
pub struct Stated<'a> {
    /// The times.
    pub times: &'a ContactTimes,
    /// Minutes kept free before convenient times end and inconvenient ones begin.
    pub margin: u16,
}

impl Times for Stated<'_> {
    fn allow(&self, local: DateTime) -> bool {
        let ContactTimes { convenient, inconvenient } = self.times;
        (convenient.is_empty() || is_within(convenient, local)) && !is_within(inconvenient, local)
    }

    fn edges(&self) -> impl Iterator<Item = TimeOfDay> {
        let ContactTimes { convenient, inconvenient } = self.times;
        let begins = convenient.iter().map(|span| span.from);
        begins.chain(inconvenient.iter().map(|span| span.to)).chain([TimeOfDay::MIDNIGHT])
    }

    fn margin(&self) -> u16 {
        self.margin
    }
}

/// The earliest instant from `from` on, before `horizon`, that is allowed on the clocks of all zones. Exact: nothing
/// between `from` and it is allowed.
pub fn earliest(
    times: &impl Times,
    zones: &[TimeZone],
    from: Timestamp,
    horizon: Timestamp,
) -> Option<Timestamp> {
    let mut at = from;
    loop {
        let mut latest = at;
        for zone in zones {
            latest = latest.max(opening(times, zone, at, horizon)?);
        }
        if latest == at {
            return Some(at);
        }
        at = latest;
    }
}

/// The earliest instant from `from` on that is allowed on the clock of one zone.
///
/// What is closed opens at one of its edges, or where the clock is put forward or back past one.
fn opening(times: &impl Times, zone: &TimeZone, from: Timestamp, horizon: Timestamp) -> Option<Timestamp> {
    let opens = |at: &Timestamp| times.last(zone, *at);
    if opens(&from) {
        return Some(from);
    }
    let turn = zone.following(from).next().map(|turn| turn.timestamp()).filter(opens);
    let mut day = zone.to_datetime(from).date();
    loop {
        let begins = times.edges().flat_map(|edge| instants(zone, day, edge));
        let first = begins.flatten().filter(|at| *at > from).filter(opens).min();
        if let Some(first) = first {
            let first = turn.map_or(first, |turn| turn.min(first));
            return (first < horizon).then_some(first);
        }
        if zone.to_datetime(horizon).date() < day {
            return turn.filter(|turn| *turn < horizon);
        }
        day = day.checked_add(1.day()).ok()?;
    }
}

/// When a zone's clock shows this time on this day: twice if it is put back, never if it is put forward.
fn instants(zone: &TimeZone, day: Date, time: TimeOfDay) -> [Option<Timestamp>; 2] {
    let local = match time.on_a_clock() {
        Some(clock) => day.to_datetime(clock),
        None => {
            return day
                .checked_add(1.day())
                .map_or([None; 2], |next| instants(zone, next, TimeOfDay::MIDNIGHT));
        }
    };
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => [offset.to_timestamp(local).ok(), None],
        AmbiguousOffset::Gap { .. } => [None; 2],
        AmbiguousOffset::Fold { before, after } => {
            [before.to_timestamp(local).ok(), after.to_timestamp(local).ok()]
        }
    }
}

/// The instant a day begins in a zone.
pub fn start_of_day(zone: &TimeZone, day: Date) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(day.to_datetime(jiff::civil::Time::midnight())).compatible().ok()
}
