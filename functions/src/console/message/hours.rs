//! The hours in which rules allow contact, drawn on the day of a decision in each zone it was made for.

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use serde_json::Value;

/// Minutes of a day: the width of a band.
const DAY: u16 = 24 * 60;

/// A day in a zone.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Band {
    zone: String,
    /// The instant of the decision, in minutes of the day.
    at: u16,
    /// When every rule that names hours allows contact.
    allowed: Vec<Stretch>,
    /// Whether the instant lies within.
    is_allowed: bool,
}

/// A part of a day, in minutes. Half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Stretch {
    from: u16,
    width: u16,
}

/// A band for each zone of a decision; none, if no rule that spoke names hours.
pub(super) fn bands(decision: &Value, rules: &Value) -> Vec<Band> {
    let rules = rules.as_array().into_iter().flatten();
    let hours: Vec<&Value> =
        rules.map(|rule| &rule["rule"]["hours"]).filter(|hours| hours.is_object()).collect();
    let Some(at) = decision["evaluatedAt"].as_str().and_then(|at| at.parse::<Timestamp>().ok()) else {
        return Vec::new();
    };
    let zones = decision["timeZones"].as_array().into_iter().flatten().filter_map(Value::as_str);
    zones.filter(|_| !hours.is_empty()).filter_map(|zone| band(zone, at, &hours)).collect()
}

fn band(zone: &str, at: Timestamp, hours: &[&Value]) -> Option<Band> {
    let zoned = at.to_zoned(TimeZone::get(zone).ok()?);
    // As the API writes days: `mon`.
    let day = zoned.strftime("%a").to_string().to_lowercase();
    let minute = u16::try_from(i32::from(zoned.hour()) * 60 + i32::from(zoned.minute())).ok()?;
    // Minute by minute is little work, and spans may overlap in any way.
    let is_free = |minute: u16| hours.iter().all(|hours| allows(hours, &day, minute));
    let mut allowed = Vec::<Stretch>::new();
    for minute in (0..DAY).filter(|minute| is_free(*minute)) {
        match allowed.last_mut() {
            Some(last) if last.from + last.width == minute => last.width += 1,
            _ => allowed.push(Stretch { from: minute, width: 1 }),
        }
    }
    Some(Band { zone: zone.to_owned(), at: minute, allowed, is_allowed: is_free(minute) })
}

fn allows(hours: &Value, day: &str, minute: u16) -> bool {
    let spans = hours["spans"].as_array().into_iter().flatten();
    let is_on = |span: &Value| {
        span["days"].as_array().is_none_or(|days| days.is_empty() || days.iter().any(|named| named == day))
    };
    let mut open = spans.filter(|span| is_on(span));
    open.any(|span| (minute_of(&span["from"], 0)..minute_of(&span["to"], DAY)).contains(&minute))
}

/// `08:30` in minutes.
fn minute_of(time: &Value, otherwise: u16) -> u16 {
    let read = || {
        let (hour, minute) = time.as_str()?.split_once(':')?;
        Some(hour.parse::<u16>().ok()? * 60 + minute.get(..2)?.parse::<u16>().ok()?)
    };
    read().unwrap_or(otherwise)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_band_shows_when_every_rule_allows_contact_where_the_person_may_be() {
        let decision = json!({
            "evaluatedAt": "2026-01-06T03:30:00Z",
            "timeZones": ["America/Chicago", "America/Los_Angeles", "Nowhere/Known"],
        });
        let rule = |spans: Value| json!({ "rule": { "id": "A", "hours": { "spans": spans } } });
        let rules = json!([
            rule(json!([{ "from": "08:00", "to": "21:00" }])),
            rule(json!([{ "days": ["mon"], "from": "00:00", "to": "12:00" }, { "from": "13:00", "to": "20:30" }])),
            { "rule": { "id": "B" } },
        ]);
        let allowed = vec![Stretch { from: 480, width: 240 }, Stretch { from: 780, width: 450 }];
        assert_eq!(
            bands(&decision, &rules),
            [
                Band {
                    zone: "America/Chicago".into(),
                    at: 21 * 60 + 30,
                    allowed: allowed.clone(),
                    is_allowed: false
                },
                Band { zone: "America/Los_Angeles".into(), at: 19 * 60 + 30, allowed, is_allowed: true },
            ]
        );
        assert_eq!(bands(&decision, &json!([])), []);
        assert_eq!(bands(&json!(null), &rules), []);
    }
}
