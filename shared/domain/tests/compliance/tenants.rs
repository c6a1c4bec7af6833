//! What a lender may change about the rules, and what it may not.

use std::collections::BTreeMap;

use domain::{
    compliance::{
        Profile, ReasonKind,
        changes::RuleUpdate,
        rules::{Standing, law, list},
    },
    ledger::Outcome,
    tenant::Settings,
    vocabulary::{Channel, Purpose},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::world::{World, local, utc};

const NY: &str = "America/New_York";

fn profile(of: Value) -> Profile {
    serde_json::from_value(of).unwrap()
}

fn with(of: Value) -> World {
    let mut world =
        World { purpose: Purpose::Servicing, channel: Channel::Email, ..World::in_state("VT", NY) };
    world.profile = profile(of);
    world.profile.safety_margin_minutes = 0;
    world
}

#[test]
fn a_rule_of_the_lenders_own_is_written_like_the_laws() {
    let at = |time: &str| local(NY, &format!("2026-11-10T{time}"));
    let quiet = json!({ "rules": [{
        "id": "OWN-QUIET", "title": "No e-mail at night or on inventory day", "citation": "Policy 12",
        "channels": ["email"],
        "hours": { "spans": [{ "days": ["mon", "tue"], "from": "07:00", "to": "22:00" }], "closedOn": ["2026-11-17"] }
    }] });
    let mut world = with(quiet);
    assert_eq!(world.blocked_by(at("06:59")), ["OWN-QUIET"]);
    assert_eq!(world.blocked_by(at("07:00")), Vec::<String>::new());
    let wednesday = world.decide(local(NY, "2026-11-11T12:00"));
    assert_eq!(wednesday.next_allowable_at, Some(local(NY, "2026-11-16T07:00")), "the next Monday");
    assert_eq!(wednesday.reasons[0].kind, ReasonKind::Lender);
    assert!(world.is_blocked_by("OWN-QUIET", local(NY, "2026-11-17T12:00")));
    world.channel = Channel::Text;
    assert_eq!(world.blocked_by(at("06:59")), Vec::<String>::new());

    let gap = json!({ "rules": [
        { "id": "OWN-GAP", "title": "45 minutes between messages", "citation": "Policy 13",
          "caps": [{ "most": 1, "period": { "minutes": 45 } }] },
        { "id": "OWN-TEXTS", "title": "Two texts a day", "citation": "Policy 14", "channels": ["text"],
          "caps": [{ "most": 2, "period": { "days": 1 } }] }
    ] });
    let mut world = World { channel: Channel::Text, ..with(gap) };
    world.sent(at("12:00"), Outcome::Attempted);
    assert_eq!(world.blocked_by(at("12:44")), ["OWN-GAP"]);
    assert_eq!(world.blocked_by(at("12:45")), Vec::<String>::new());
    world.sent(at("13:00"), Outcome::Attempted);
    assert_eq!(world.blocked_by(at("23:59")), ["OWN-TEXTS"]);
    let next = world.decide(at("23:59")).next_allowable_at;
    assert_eq!(next, Some(at("12:00") + SignedDuration::from_hours(24)));
}

#[test]
fn a_rule_that_ends_blocks_until_it_does() {
    let world = with(json!({ "rules": [{
        "id": "OWN-PAUSE", "title": "No e-mail without consent while we move", "citation": "Policy 15",
        "consent": "contact", "until": "2026-11-15"
    }] }));
    let decision = world.decide(local(NY, "2026-11-10T12:00"));
    assert_eq!(decision.reasons[0].rule_id, "OWN-PAUSE");
    assert_eq!(decision.next_allowable_at, Some(local(NY, "2026-11-15T00:00")));
}

#[test]
fn a_law_can_be_tightened_or_disabled_with_a_reason() {
    let mut world = with(json!({ "overrides": {
        "US-REGF-TIME": { "tightened": { "hours": [{ "from": "09:00", "to": "20:00" }] } },
        "US-REGF-7IN7": { "tightened": { "most": 3 } },
        "US-REGF-AFTERCONV": { "disabled": { "reason": "counsel of 2026-10-01", "by": "jane", "at": "2026-10-01T00:00:00Z" } }
    } }));
    world.purpose = Purpose::Collections;
    world.channel = Channel::Voice;
    let at = |time: &str| local(NY, &format!("2026-11-10T{time}"));
    assert_eq!(world.blocked_by(at("08:59")), ["US-REGF-TIME"]);
    assert_eq!(world.blocked_by(at("09:00")), Vec::<String>::new());
    world.sent(at("09:00"), Outcome::Conversation);
    assert_eq!(world.blocked_by(at("12:00")), Vec::<String>::new());
    world.sent(at("09:01"), Outcome::Attempted);
    world.sent(at("09:02"), Outcome::Attempted);
    assert_eq!(world.blocked_by(at("12:00")), ["US-REGF-7IN7"]);
}

#[test]
fn what_does_not_make_a_rule_stricter_is_refused_with_the_remedy() {
    let disabled = json!({ "reason": "r", "by": "b", "at": "2026-01-01T00:00:00Z" });
    let own = |with: Value| {
        let mut rule = json!({ "id": "OWN-A", "title": "t", "citation": "c", "caps": [{ "most": 1, "period": { "hours": 1 } }] });
        for (key, value) in with.as_object().unwrap() {
            rule[key] = value.clone();
        }
        json!({ "rules": [rule] })
    };
    let over = |id: &str, change: Value| json!({ "overrides": { id: change } });
    for (given, pointer) in [
        (json!({}), None),
        (own(json!({})), None),
        (over("US-BK", json!({ "disabled": disabled })), None),
        (
            over(
                "RI-MKT",
                json!({ "tightened": { "hours": [{ "days": ["sat"], "from": "10:00", "to": "16:00" }] } }),
            ),
            None,
        ),
        (json!({ "safetyMarginMinutes": 61 }), Some("/safetyMarginMinutes")),
        (over("US-NONE", json!({ "disabled": disabled })), Some("/overrides/US-NONE")),
        (over("US-ESIGN", json!({ "disabled": disabled })), Some("/overrides/US-ESIGN")),
        (over("US-BK", json!({})), Some("/overrides/US-BK")),
        (
            over("US-REGF-7IN7", json!({ "disabled": disabled, "tightened": { "most": 2 } })),
            Some("/overrides/US-REGF-7IN7"),
        ),
        (
            over("US-BK", json!({ "disabled": { "reason": "", "by": "b", "at": "2026-01-01T00:00:00Z" } })),
            Some("/overrides/US-BK/disabled/reason"),
        ),
        (over("US-BK", json!({ "tightened": { "most": 1 } })), Some("/overrides/US-BK/tightened/most")),
        (
            over("US-REGF-7IN7", json!({ "tightened": { "most": 8 } })),
            Some("/overrides/US-REGF-7IN7/tightened/most"),
        ),
        (
            over("US-REGF-7IN7", json!({ "tightened": { "most": 0 } })),
            Some("/overrides/US-REGF-7IN7/tightened/most"),
        ),
        (
            over("US-REGF-7IN7", json!({ "tightened": { "closedOn": ["2026-12-24"] } })),
            Some("/overrides/US-REGF-7IN7/tightened/closedOn"),
        ),
        (over("US-REGF-TIME", json!({ "tightened": {} })), Some("/overrides/US-REGF-TIME/tightened")),
        (
            over("US-REGF-TIME", json!({ "tightened": { "hours": [{ "from": "08:00", "to": "21:00" }] } })),
            Some("/overrides/US-REGF-TIME/tightened"),
        ),
        (
            over("US-REGF-7IN7", json!({ "tightened": { "most": 7 } })),
            Some("/overrides/US-REGF-7IN7/tightened"),
        ),
        (own(json!({ "jurisdiction": "AE" })), Some("/rules/0/jurisdiction")),
        (own(json!({ "jurisdiction": "NYC" })), None),
        (
            over("US-REGF-TIME", json!({ "tightened": { "hours": [{ "from": "07:59", "to": "20:00" }] } })),
            Some("/overrides/US-REGF-TIME/tightened/hours/0"),
        ),
        (
            over("RI-MKT", json!({ "tightened": { "hours": [{ "from": "10:00", "to": "17:00" }] } })),
            Some("/overrides/RI-MKT/tightened/hours/0"),
        ),
        (own(json!({ "id": "US-BK" })), Some("/rules/0/id")),
        (own(json!({ "title": "" })), Some("/rules/0/title")),
        (own(json!({ "citation": "" })), Some("/rules/0/citation")),
        (own(json!({ "jurisdiction": "ZZ" })), Some("/rules/0/jurisdiction")),
        (own(json!({ "enforcement": "informational" })), Some("/rules/0/enforcement")),
        (own(json!({ "confidence": "verified" })), Some("/rules/0/confidence")),
        (own(json!({ "channels": ["text", "email", "text"] })), Some("/rules/0/channels")),
        (own(json!({ "purposes": ["marketing", "marketing"] })), Some("/rules/0/purposes")),
        (own(json!({ "parties": ["creditor", "creditor"] })), Some("/rules/0/parties")),
        (own(json!({ "labels": ["work", "work"] })), Some("/rules/0/labels")),
        (own(json!({ "exempt": ["reply", "reply"] })), Some("/rules/0/exempt")),
        (own(json!({ "forbids": ["represented", "represented"] })), Some("/rules/0/forbids")),
        (own(json!({ "forbids": [{ "case": "deceased" }, { "case": "bankruptcy" }] })), None),
        (
            own(json!({ "caps": [{ "most": 1, "period": { "days": 1 }, "labels": ["work", "work"] }] })),
            Some("/rules/0/caps/0/labels"),
        ),
        (own(json!({ "caps": [{ "most": 1, "period": { "minutes": 86_400 } }] })), None),
        (
            own(json!({ "caps": [{ "most": 1, "period": { "minutes": 86_401 } }] })),
            Some("/rules/0/caps/0/period/minutes"),
        ),
        (own(json!({ "caps": [] })), Some("/rules/0")),
        (own(json!({ "from": "2026-02-01", "until": "2026-02-01" })), Some("/rules/0/until")),
        (own(json!({ "caps": [{ "most": 0, "period": { "days": 1 } }] })), Some("/rules/0/caps/0/most")),
        (
            own(json!({ "caps": [{ "most": 1, "period": { "days": 61 } }] })),
            Some("/rules/0/caps/0/period/days"),
        ),
        (own(json!({ "hours": { "spans": [] } })), Some("/rules/0/hours/spans")),
        (
            own(json!({ "hours": { "spans": [{ "from": "22:00", "to": "06:00" }] } })),
            Some("/rules/0/hours/spans/0/to"),
        ),
        (
            own(
                json!({ "hours": { "spans": [{ "from": "08:00", "to": "24:00" }], "timeZone": "Mars/Base" } }),
            ),
            Some("/rules/0/hours/timeZone"),
        ),
    ] {
        let found = profile(given.clone()).violations("");
        let pointers: Vec<_> = found.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, Vec::from_iter(pointer), "{given}");
        assert!(found.iter().all(|fault| fault.message.len() > 10), "{found:?}");
    }
    let twice = json!({ "rules": [own(json!({}))["rules"][0], own(json!({}))["rules"][0]] });
    assert_eq!(profile(twice).violations("/compliance")[0].pointer, "/compliance/rules/1/id");
}

#[test]
fn what_is_accepted_rule_by_rule_is_accepted_as_a_whole() {
    let at = utc("2026-11-21T00:00:00Z");
    let mut accepted = 0;
    for rule in &law().rules {
        for update in [
            json!({ "reason": "r", "disabled": true }),
            json!({ "reason": "r", "tightened": { "most": 1 } }),
            json!({ "reason": "r", "tightened": { "closedOn": ["2026-12-24"] } }),
            json!({ "reason": "r", "tightened": { "hours": [{ "days": ["wed"], "from": "12:00", "to": "13:00" }] } }),
            json!({ "reason": "r" }),
        ] {
            let update: RuleUpdate = serde_json::from_value(update).unwrap();
            let changed = Profile::default().with_rule(&rule.id, &update, "jane", at);
            assert!(
                rule.enforcement.is_enforced() || changed.is_err(),
                "{}: there is nothing to change",
                rule.id
            );
            if let Ok(changed) = changed {
                assert_eq!(changed.violations(""), [], "{}", rule.id);
                accepted += 1;
            }
        }
    }
    assert!(accepted > 100, "{accepted}");
    let long = json!({ "reason": "r", "rule": {
        "id": "OWN-LONG", "title": "t", "citation": "c", "text": "x".repeat(2000), "consent": "contact"
    } });
    let mut profile = Profile::default();
    let outcome = (0..100).try_for_each(|n| {
        let mut update = long.clone();
        update["rule"]["id"] = json!(format!("OWN-{n}"));
        let update: RuleUpdate = serde_json::from_value(update).unwrap();
        profile = profile.with_rule(&format!("OWN-{n}"), &update, "jane", at)?;
        assert_eq!(profile.violations(""), [], "{n}");
        Ok::<_, domain::Error>(())
    });
    assert!(outcome.is_err(), "more than 100,000 bytes");
}

#[test]
fn a_law_the_lender_tightened_does_not_speak_in_the_laws_name() {
    let mut world = with(json!({ "overrides": {
        "US-REGF-TIME": { "tightened": { "hours": [{ "from": "09:00", "to": "20:00" }] } }
    } }));
    world.purpose = Purpose::Collections;
    let reasons = world.decide(local(NY, "2026-11-10T08:30")).reasons;
    assert!(
        reasons[0].tightened && reasons[0].detail.contains("stricter by the lender"),
        "{}",
        reasons[0].detail
    );
    let reasons = world.decide(local(NY, "2026-11-10T07:30")).reasons;
    assert!(!reasons[0].tightened && !reasons[0].detail.contains("lender"), "the law's own: {reasons:?}");

    let mut calls = with(json!({ "overrides": { "US-REGF-7IN7": { "tightened": { "most": 3 } } } }));
    (calls.purpose, calls.channel) = (Purpose::Collections, Channel::Voice);
    for n in 0..7 {
        let called = local(NY, "2026-11-10T08:00") + SignedDuration::from_mins(n);
        calls.sent(called, Outcome::Attempted);
        let reasons = calls.decide(local(NY, "2026-11-10T12:00")).reasons;
        let tightened: Vec<_> = reasons.iter().map(|reason| reason.tightened).collect();
        let expected = match n {
            0..2 => vec![],
            2..6 => vec![true],
            _ => vec![false],
        };
        assert_eq!(tightened, expected, "{} calls", n + 1);
    }
}

#[test]
fn the_sentence_names_the_instant_at_which_the_rule_ends_where_that_comes_first() {
    let ending = |asks: Value| {
        let mut rule = json!({ "id": "OWN-A", "title": "t", "citation": "c", "until": "2026-11-11" });
        rule.as_object_mut().unwrap().extend(asks.as_object().unwrap().clone());
        let mut world = with(json!({ "rules": [rule] }));
        world.sent(local(NY, "2026-11-10T11:00"), Outcome::Attempted);
        world
    };
    let end = local(NY, "2026-11-11T00:00");
    for asks in [
        json!({ "hours": { "spans": [{ "days": ["fri"], "from": "09:00", "to": "10:00" }] } }),
        json!({ "caps": [{ "most": 1, "period": { "days": 7 } }] }),
    ] {
        let decision = ending(asks).decide(local(NY, "2026-11-10T12:00"));
        assert_eq!((decision.reasons[0].until, decision.next_allowable_at), (Some(end), Some(end)));
        assert!(
            decision.reasons[0].detail.ends_with(&format!("at {end}."))
                || decision.reasons[0].detail.ends_with(&format!("until {end}.")),
            "{}",
            decision.reasons[0].detail
        );
    }
}

#[test]
fn the_list_says_where_each_rule_stands() {
    let settings = Settings {
        compliance: profile(json!({ "party": "creditor", "firstPartyAsCollector": false, "overrides": {
            "US-BK": { "disabled": { "reason": "r", "by": "b", "at": "2026-01-01T00:00:00Z" } },
            "FL-MKT": { "tightened": { "most": 1 } },
            "US-REGF-7IN7": { "tightened": { "most": 1 } }
        } })),
        ..Settings::default()
    };
    let listed = list(&settings, utc("2026-11-21T00:00:00Z"));
    assert_eq!(listed.len(), law().rules.len() + 1, "the law's and suppression");
    let standing: BTreeMap<_, _> =
        listed.into_iter().map(|listed| (listed.rule.id, listed.standing)).collect();
    for (id, expected) in [
        ("MA-CRED", "enforced"),
        ("tenant.suppression", "enforced"),
        ("US-REGF-MEDIUM", "byStop"),
        ("US-REGF-7IN7-EXCL", "partOf"),
        ("US-CANSPAM", "informational"),
        ("NY-DFS-CALLS", "informational"),
        ("US-REGF-TIME", "bindsOthers"),
        ("WA-PAYDAY", "bindsOthers"),
        ("US-TCPA-REVOKEALL", "notYet"),
        ("NYC-OLD", "ended"),
        ("US-BK", "disabled"),
        ("FL-MKT", "tightened"),
        ("US-REGF-7IN7", "bindsOthers"),
    ] {
        let json = serde_json::to_value(&standing[id]).unwrap();
        let word = json.as_str().or_else(|| json.as_object()?.keys().next().map(String::as_str));
        assert_eq!(word, Some(expected), "{id}");
    }
    assert_eq!(standing["US-TCPA-REVOKEALL"], Standing::NotYet("2027-01-31".parse().unwrap()));
}

#[test]
fn a_rule_set_has_a_version_of_its_own_and_a_decision_names_it() {
    let (one, other) = (with(json!({})), with(json!({ "party": "collector" })));
    let at = utc("2026-11-10T17:00:00Z");
    assert_eq!(one.decide(at).rule_set, one.decide(at).rule_set);
    assert_ne!(one.decide(at).rule_set, other.decide(at).rule_set);
    assert!(one.decide(at).rule_set.starts_with(&law().version.to_string()));
}

#[test]
fn settings_stored_before_there_was_a_profile_still_read() {
    let settings: Settings = serde_json::from_value(json!({ "suppressionHours": 12 })).unwrap();
    assert_eq!(settings.compliance, Profile::default());
}
