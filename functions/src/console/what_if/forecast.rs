//! What the guard says of many people on one channel, as pictures with their numbers.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use crate::console::{
    chart::{bars, stretches},
    settings::settings,
};

/// For how long those who may be contacted later are counted by the hour, and on how many days.
const HOURS: usize = 48;
const DAYS: usize = 15;
/// What is in the way, and places, of which so many are shown. The answer has all.
const BLOCKERS: usize = 10;
const ZONES: usize = 4;

/// When the question is about, and the lender's clock.
pub(super) struct Clock {
    pub(super) at: Timestamp,
    pub(super) zone: TimeZone,
}

/// How many may be contacted now, later, and not by waiting.
pub(super) fn numbers(channel: &Value) -> Value {
    json!({ "allowed": channel["allowed"], "later": channel["later"], "notByWaiting": channel["notByWaiting"] })
}

/// All that is known of one channel.
pub(super) fn shown(channel: &Value, clock: &Clock) -> Value {
    let count = |name: &str| channel[name].as_u64().unwrap_or_default();
    let people = count("allowed") + count("later") + count("notByWaiting");
    let (blockers, blockers_more) = first(&channel["blockedBy"], BLOCKERS);
    let (zones, zones_more) = first(&channel["week"], ZONES);
    json!({
        "numbers": numbers(channel),
        "people": people,
        "hours": hours(&channel["byHour"], clock),
        "days": days(&channel["byDay"], clock),
        "blockers": blockers,
        "blockersMore": blockers_more,
        "zones": zones.iter().map(zone).collect::<Vec<_>>(),
        "zonesMore": zones_more,
    })
}

/// The first ones, and how many are left out.
fn first(all: &Value, most: usize) -> (&[Value], usize) {
    let all = all.as_array().map(Vec::as_slice).unwrap_or_default();
    (&all[..all.len().min(most)], all.len().saturating_sub(most))
}

/// From which hour on how many may be contacted.
fn hours(by_hour: &Value, clock: &Clock) -> Value {
    let mut counts = [0; HOURS + 1];
    let begins = clock.at.as_second().div_euclid(3_600);
    let mut rows = Vec::new();
    for hour in by_hour.as_array().into_iter().flatten() {
        let from = hour["from"].as_str().and_then(|from| from.parse::<Timestamp>().ok());
        let Some(from) = from else { continue };
        let place = usize::try_from(from.as_second().div_euclid(3_600) - begins);
        if let Some(count) = place.ok().and_then(|place| counts.get_mut(place)) {
            *count = hour["people"].as_u64().unwrap_or_default();
        }
        let local = clock.zone.to_datetime(from);
        let time = local.time().strftime("%H:%M").to_string();
        rows.push(json!({ "date": local.date(), "time": time, "people": hour["people"] }));
    }
    picture(&counts, rows)
}

/// From which day on how many may be contacted.
fn days(by_day: &Value, clock: &Clock) -> Value {
    let mut counts = [0; DAYS];
    let first = clock.zone.to_datetime(clock.at).date();
    let rows = by_day.as_array().cloned().unwrap_or_default();
    for day in &rows {
        let date = day["date"].as_str().and_then(|date| date.parse::<Date>().ok());
        let place = date.and_then(|date| usize::try_from(first.until(date).ok()?.get_days()).ok());
        if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
            *count = day["people"].as_u64().unwrap_or_default();
        }
    }
    picture(&counts, rows)
}

fn picture(counts: &[u64], rows: Vec<Value>) -> Value {
    let most = counts.iter().copied().max().unwrap_or_default();
    json!({ "bars": bars(counts, most), "slots": counts.len(), "rows": rows })
}

/// A week in one place: for each day, the hours in which everybody there may be contacted, and those in which some may.
fn zone(zone: &Value) -> Value {
    let people = zone["people"].as_u64().unwrap_or_default();
    let day = |day: &Value| {
        let open: Vec<u64> = day["open"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
        let mut by_count = BTreeMap::<bool, Vec<(usize, usize)>>::new();
        let spans = runs(&open).into_iter().map(|(from, to, count)| {
            by_count.entry(count == people).or_default().push((from, to));
            let clock = |hour: usize| format!("{hour:02}:00");
            json!({ "from": clock(from), "to": clock(to), "people": count, "isAll": count == people })
        });
        let spans: Vec<_> = spans.collect();
        let drawn = |is_all: bool| stretches(by_count.get(&is_all).into_iter().flatten().copied());
        let date = day["date"].as_str().and_then(|date| date.parse::<Date>().ok()).unwrap_or_default();
        json!({
            "weekday": settings::DAYS[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())],
            "day": date.day(),
            "all": drawn(true),
            "some": drawn(false),
            "spans": spans,
        })
    };
    let days: Vec<_> = zone["days"].as_array().into_iter().flatten().map(day).collect();
    json!({ "timeZones": zone["timeZones"], "people": people, "days": days })
}

/// Hours in a row in which the same number may be contacted, where anybody may.
fn runs(open: &[u64]) -> Vec<(usize, usize, u64)> {
    let mut runs: Vec<(usize, usize, u64)> = Vec::new();
    for (hour, count) in open.iter().copied().enumerate().filter(|(_, count)| *count > 0) {
        match runs.last_mut() {
            Some((_, to, same)) if *to == hour && *same == count => *to = hour + 1,
            _ => runs.push((hour, hour + 1, count)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        // Half past eleven in the evening in New York.
        Clock {
            at: "2026-01-06T04:30:00Z".parse().unwrap(),
            zone: TimeZone::get("America/New_York").unwrap(),
        }
    }

    #[test]
    fn hours_and_days_stand_at_their_distance_on_the_lenders_clock() {
        let hours = hours(
            &json!([{ "from": "2026-01-06T04:00:00Z", "people": 1 }, { "from": "2026-01-06T13:00:00Z", "people": 2 }]),
            &clock(),
        );
        assert_eq!(hours["bars"], "M0.5 40v-20M9.5 40v-40");
        assert_eq!(hours["rows"][1], json!({ "date": "2026-01-06", "time": "08:00", "people": 2 }));
        let days = days(
            &json!([{ "date": "2026-01-06", "people": 3 }, { "date": "2026-01-19", "people": 3 }]),
            &clock(),
        );
        assert_eq!(days["bars"], "M1.5 40v-40M14.5 40v-40");
    }

    #[test]
    fn hours_in_which_some_may_be_contacted_stand_beside_those_for_all() {
        let open: Vec<u64> = (0..24)
            .map(|hour| match hour {
                8..21 => 5,
                7 => 2,
                _ => 0,
            })
            .collect();
        let zone = zone(&json!({
            "timeZones": ["America/Chicago"], "people": 5, "days": [{ "date": "2026-01-05", "open": open }],
        }));
        let day = &zone["days"][0];
        assert_eq!((&day["weekday"], &day["day"]), (&json!("mon"), &json!(5)));
        assert_eq!((&day["all"], &day["some"]), (&json!("M8 1h13"), &json!("M7 1h1")));
        assert_eq!(day["spans"][1], json!({ "from": "08:00", "to": "21:00", "people": 5, "isAll": true }));
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let many: Vec<_> = (0..12).map(|place| json!({ "ruleId": place })).collect();
        let shown =
            shown(&json!({ "allowed": 1, "later": 2, "notByWaiting": 3, "blockedBy": many }), &clock());
        assert_eq!(
            (&shown["people"], &shown["blockersMore"], &shown["zonesMore"]),
            (&json!(6), &json!(2), &json!(0))
        );
        assert_eq!(shown["blockers"].as_array().unwrap().len(), 10);
    }
}
