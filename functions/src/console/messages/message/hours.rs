//! The hours in which rules allow contact, drawn on the day of a decision in each zone it was made for.

use domain::compliance::{Decision, ReasonCode, rule::Rule, week};
use jiff::tz::TimeZone;
use serde::Serialize;

/// A day in a zone.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Band {
    zone: String,
    /// The instant of the decision, in minutes of the day.
    at: u16,
    /// When every rule that names hours allows contact.
    allowed: Vec<Stretch>,
    /// Whether the instant lies within; absent if the decision was made otherwise: by the rules as they were then, or because the
    /// borrower named times.
    is_allowed: Option<bool>,
}

/// A part of a day, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Stretch {
    from: u16,
    width: u16,
}

/// A band for each zone of a decision; none, if no rule that spoke names hours. The rules are those of today: whether they are those of
/// the decision is for the caller to say.
pub(super) fn bands(decision: &Decision, rules: &[&Rule], are_current: bool) -> Vec<Band> {
    if !rules.iter().any(|rule| rule.hours.is_some()) {
        return Vec::new();
    }
    let zones = decision.time_zones.iter();
    let mut bands: Vec<_> = zones.filter_map(|zone| band(zone, decision, rules)).collect();
    let is_outside = decision.reasons.iter().any(|reason| reason.code == ReasonCode::OutsideHours);
    let is_drawn_outside = bands.iter().any(|band| band.is_allowed == Some(false));
    if !are_current || is_outside != is_drawn_outside {
        bands.iter_mut().for_each(|band| band.is_allowed = None);
    }
    bands
}

fn band(zone: &str, decision: &Decision, rules: &[&Rule]) -> Option<Band> {
    let clock = TimeZone::get(zone).ok()?;
    let local = clock.to_datetime(decision.evaluated_at);
    let at = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).ok()?;
    let open = week::open_on(rules, &clock, local.date());
    let is_allowed = open.iter().any(|stretch| stretch.contains(&at));
    let allowed =
        open.iter().map(|stretch| Stretch { from: stretch.start, width: stretch.end - stretch.start });
    Some(Band { zone: zone.to_owned(), at, allowed: allowed.collect(), is_allowed: Some(is_allowed) })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rule(hours: Value) -> Rule {
        serde_json::from_value(json!({
            "id": "OWN-HOURS", "title": "Hours", "jurisdiction": "PA", "citation": "73 P.S.", "confidence": "own", "channels": ["text"],
            "hours": hours,
        }))
        .unwrap()
    }

    fn decision(at: &str, code: Option<&str>) -> Decision {
        let reasons =
            code.map(|code| json!({ "ruleId": "OWN-HOURS", "code": code, "detail": "Hours: closed" }));
        serde_json::from_value(json!({
            "allowed": code.is_none(), "reasons": Vec::from_iter(reasons), "evaluatedAt": at,
            "timeZones": ["America/Chicago", "America/Los_Angeles", "Nowhere/Known"],
        }))
        .unwrap()
    }

    #[test]
    fn a_band_shows_when_every_rule_allows_contact_where_the_person_may_be() {
        let day = rule(json!({ "spans": [{ "from": "08:00", "to": "21:00" }] }));
        let parts = rule(json!({
            "spans": [{ "days": ["mon"], "from": "00:00", "to": "12:00" }, { "from": "13:00", "to": "20:30" }],
        }));
        let allowed = vec![Stretch { from: 480, width: 240 }, Stretch { from: 780, width: 450 }];
        let band = |zone: &str, hour: u16, is_allowed: Option<bool>| Band {
            zone: zone.into(),
            at: hour * 60 + 30,
            allowed: allowed.clone(),
            is_allowed,
        };
        let outside = decision("2026-01-06T03:30:00Z", Some("outside_hours"));
        let zones = ["America/Chicago", "America/Los_Angeles"];
        assert_eq!(
            bands(&outside, &[&day, &parts], true),
            [band(zones[0], 21, Some(false)), band(zones[1], 19, Some(true))]
        );
        // By other rules, or in spite of these, it was decided otherwise than is drawn: then nothing is said of the instant.
        let unsaid = [band(zones[0], 21, None), band(zones[1], 19, None)];
        assert_eq!(bands(&outside, &[&day, &parts], false), unsaid);
        assert_eq!(bands(&decision("2026-01-06T03:30:00Z", None), &[&day, &parts], true), unsaid);
        assert_eq!(bands(&outside, &[], true), []);
    }

    #[test]
    fn a_rule_is_closed_on_its_holidays_and_on_the_clock_that_it_names() {
        let at = "2026-07-03T16:00:00Z";
        let closed =
            rule(json!({ "spans": [{ "from": "08:00", "to": "21:00" }], "closedOn": ["2026-07-03"] }));
        let eastern =
            rule(json!({ "spans": [{ "from": "08:00", "to": "21:00" }], "timeZone": "America/New_York" }));
        let drawn = |rule: &Rule| bands(&decision(at, None), &[rule], true).remove(1).allowed;
        assert_eq!(drawn(&closed), []);
        // From 8:00 in Los Angeles to 21:00 in New York.
        assert_eq!(drawn(&eastern), [Stretch { from: 480, width: 600 }]);
    }
}
