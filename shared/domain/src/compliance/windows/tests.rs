//! The first open minute, found by arithmetic, is the one found by looking at every minute, also where clocks turn.

use jiff::SignedDuration;
use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::{compliance::place::zone, schedule::Span};

fn time(minutes: u16) -> TimeOfDay {
    TimeOfDay::MIDNIGHT + minutes
}

fn span() -> impl Strategy<Value = Span> {
    let day = select(vec![Day::Fri, Day::Sat, Day::Sun, Day::Mon, Day::Tue]);
    // Many spans begin or end in the hours in which clocks turn.
    let bounds = prop_oneof![(0..240u16, 1..240u16), (0..1440u16, 1..1440u16)];
    (vec(day, 0..3), bounds).prop_map(|(days, (from, length))| Span {
        days,
        from: time(from),
        to: time(from) + length.min(1440 - from).max(1),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_earliest_instant_is_the_one_found_minute_by_minute(
        spans in vec(span(), 1..3),
        inconvenient in vec(span(), 0..2),
        is_stated in any::<bool>(),
        margin in 0u16..10,
        zones in select(vec![vec!["America/New_York"], vec!["America/New_York", "America/Denver"], vec!["Pacific/Honolulu", "America/Chicago"]]),
        // Friday before the clocks go forward, and before they go back.
        day in select(vec!["2026-03-06", "2026-10-30"]),
        minutes in 0..3 * 1440i64,
    ) {
        let zones: Vec<_> = zones.into_iter().filter_map(zone).collect();
        let from: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
        let from = from + SignedDuration::from_mins(minutes);
        let horizon = from + SignedDuration::from_hours(72);
        let contact_times = ContactTimes { convenient: spans.clone(), inconvenient };
        let hours = Hours { spans, ..Hours::default() };
        let stated = Stated { times: &contact_times, margin };
        let ruled = RuleHours { hours: &hours, spans: &hours.spans, jurisdiction: Jurisdiction::US, margin };
        let allow = |local| if is_stated { stated.allow(local) } else { ruled.allow(local) };
        let found = if is_stated { earliest(&stated, &zones, from, horizon) } else { earliest(&ruled, &zones, from, horizon) };
        let looked = (0..72 * 60)
            .map(|minute| from + SignedDuration::from_mins(minute))
            .find(|at| zones.iter().all(|zone| allow(zone.to_datetime(*at))));
        prop_assert_eq!(found, looked);
    }
}

#[test]
fn a_span_in_the_hour_that_is_skipped_opens_when_the_clock_is_put_forward() {
    // 2026-03-08: after 01:59 comes 03:00 in New York.
    let new_york = vec![zone("America/New_York").unwrap()];
    let hours =
        Hours { spans: vec![Span { days: vec![], from: time(150), to: time(240) }], ..Hours::default() };
    let times = RuleHours { hours: &hours, spans: &hours.spans, jurisdiction: Jurisdiction::US, margin: 0 };
    let from = "2026-03-08T06:00:00Z".parse().unwrap();
    let horizon = "2026-03-20T00:00:00Z".parse().unwrap();
    assert_eq!(earliest(&times, &new_york, from, horizon), "2026-03-08T07:00:00Z".parse().ok());
}
