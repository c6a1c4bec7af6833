use serde_json::json;

use super::*;

/// Noon of a Wednesday in Chicago.
fn now() -> Zoned {
    "2026-01-07T12:00:00-06:00[America/Chicago]".parse().unwrap()
}

fn criterion(content: Value) -> Criterion {
    serde_json::from_value(content).unwrap()
}

fn faults(content: Value, kind: Kind) -> Vec<(String, String)> {
    let mut faults = Faults::default();
    criterion(content).check(kind, &mut faults, "/0");
    match faults.none() {
        Ok(()) => Vec::new(),
        Err(crate::Error::Invalid(all)) => all.into_iter().map(|one| (one.pointer, one.message)).collect(),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn every_operator_asks_what_its_name_says() {
    for (operator, value, found, holds) in [
        ("EQUALS", json!("late"), json!("LATE"), true),
        ("EQUALS", json!("late"), json!("later"), false),
        ("EQUALS", json!(10), json!("10.00"), true),
        ("EQUALS", json!(true), json!(true), true),
        ("EQUALS", json!("2026-01-05T15:00:00Z"), json!("2026-01-05T09:00:00-06:00"), true),
        ("EQUALS", json!("2026-01-05"), json!("2026-01-06T05:59:59Z"), true),
        ("EQUALS", json!("2026-01-05"), json!("2026-01-06T06:00:00Z"), false),
        ("DIFFERENT_THAN", json!("2026-01-05"), json!("2026-01-05T15:00:00Z"), false),
        // What is written as a text is one: codes are no numbers.
        ("EQUALS", json!("7"), json!("007"), false),
        ("EQUALS", json!("1000"), json!("1e3"), false),
        ("EQUALS", json!(7), json!("007"), true),
        ("MORE_THAN", json!(5), json!(1e40), true),
        ("LESS_THAN", json!(5), json!(1e40), false),
        ("LESS_THAN", json!(5), json!("-1e40"), true),
        ("EQUALS", json!(1e40), json!(1e41), false),
        ("MORE_THAN", json!(5), json!("1_000"), false),
        ("EQUALS_CASE_SENSITIVE", json!("late"), json!("LATE"), false),
        ("EQUALS_CASE_SENSITIVE", json!("late"), json!("late"), true),
        ("DIFFERENT_THAN", json!("late"), json!("LATE"), false),
        ("DIFFERENT_THAN", json!("late"), json!("early"), true),
        ("DIFFERENT_THAN", json!("late"), Value::Null, true),
        ("MORE_THAN", json!(10), json!("10.01"), true),
        ("MORE_THAN", json!(10), json!(10), false),
        ("MORE_THAN", json!(10), json!("ten"), false),
        ("MORE_THAN", json!("2026-01-05"), json!("2026-01-06T00:00:00-06:00"), true),
        ("LESS_THAN", json!("10"), json!(9.5), true),
        ("LESS_THAN", json!("2026-01-05"), json!("2026-01-05T00:00:00-06:00"), false),
        ("ON", json!("2026-01-05"), json!("2026-01-06T05:59:59Z"), true),
        ("ON", json!("2026-01-05"), json!("2026-01-06T06:00:00Z"), false),
        ("ON", json!("2026-01-05T01:00:00-06:00"), json!("2026-01-05T23:00:00-06:00"), true),
        ("AFTER", json!("2026-01-05"), json!("2026-01-06T06:00:00Z"), true),
        ("AFTER", json!("2026-01-05"), json!("2026-01-06T05:59:59Z"), false),
        ("AFTER", json!("2026-01-05T15:00:00Z"), json!("2026-01-05T15:00:00Z"), false),
        ("AFTER_INCLUSIVE", json!("2026-01-05T15:00:00Z"), json!("2026-01-05T15:00:00Z"), true),
        ("AFTER_INCLUSIVE", json!("2026-01-05"), json!("2026-01-05T06:00:00Z"), true),
        ("BEFORE", json!("2026-01-05"), json!("2026-01-05T05:59:59Z"), true),
        ("BEFORE", json!("2026-01-05"), json!("2026-01-05T06:00:00Z"), false),
        ("BEFORE_INCLUSIVE", json!("2026-01-05"), json!("2026-01-06T05:59:59Z"), true),
        ("STARTS_WITH", json!("Fee"), json!("fees are due"), true),
        ("STARTS_WITH_CASE_SENSITIVE", json!("Fee"), json!("fees are due"), false),
        ("STARTS_WITH_CASE_SENSITIVE", json!("fee"), json!("fees are due"), true),
        ("LAST_DAYS", json!(3), json!("2026-01-05T06:00:00Z"), true),
        ("LAST_DAYS", json!(3), json!("2026-01-05T05:59:59Z"), false),
        ("LAST_DAYS", json!("1"), json!("2026-01-07"), true),
    ] {
        let asked = criterion(json!({ "operator": operator, "value": value }));
        assert_eq!(asked.holds(Some(&found), &now()), holds, "{found} {operator} {value}");
        if operator != "DIFFERENT_THAN" {
            assert!(!asked.holds(None, &now()) && !asked.holds(Some(&Value::Null), &now()), "{operator}");
        }
    }
    for (operator, found, holds) in [
        ("TODAY", json!("2026-01-07T06:00:00Z"), true),
        ("TODAY", json!("2026-01-08T06:00:00Z"), false),
        ("THIS_WEEK", json!("2026-01-05"), true),
        ("THIS_WEEK", json!("2026-01-11"), true),
        ("THIS_WEEK", json!("2026-01-04"), false),
        ("THIS_MONTH", json!("2026-01-31"), true),
        ("THIS_MONTH", json!("2026-02-01"), false),
        ("THIS_YEAR", json!("2026-12-31"), true),
        ("THIS_YEAR", json!("2025-12-31T23:00:00-06:00"), false),
        ("TODAY", json!("soon"), false),
        ("EMPTY", json!(""), true),
        ("EMPTY", json!([]), true),
        ("EMPTY", json!(0), false),
        ("NOT_EMPTY", json!(false), true),
    ] {
        assert_eq!(
            criterion(json!({ "operator": operator })).holds(Some(&found), &now()),
            holds,
            "{found} {operator}"
        );
    }
    assert!(criterion(json!({ "operator": "EMPTY" })).holds(None, &now()));
    let between = criterion(json!({ "operator": "BETWEEN", "value": 1, "secondValue": "2.5" }));
    for (found, holds) in [(json!(1), true), (json!("2.50"), true), (json!(2.6), false), (json!(0.9), false)]
    {
        assert_eq!(between.holds(Some(&found), &now()), holds, "{found}");
    }
    let one_of = criterion(json!({ "operator": "IN", "values": ["a", 2] }));
    for (found, holds) in [(json!("A"), true), (json!("2.0"), true), (json!("b"), false)] {
        assert_eq!(one_of.holds(Some(&found), &now()), holds, "{found}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused_with_its_place() {
    for (content, kind, places) in [
        (json!({ "operator": "EQUALS", "value": "a" }), Kind::Text, vec![]),
        (json!({ "operator": "EQUALS" }), Kind::Text, vec!["/0/value"]),
        (json!({ "operator": "EQUALS", "value": [1] }), Kind::Any, vec!["/0/value"]),
        (
            json!({ "operator": "EQUALS", "value": "a", "secondValue": "b" }),
            Kind::Text,
            vec!["/0/secondValue"],
        ),
        (json!({ "operator": "EQUALS", "value": "a", "values": ["b"] }), Kind::Text, vec!["/0/values"]),
        (json!({ "operator": "BETWEEN", "value": 1 }), Kind::Number, vec!["/0/secondValue"]),
        (json!({ "operator": "IN" }), Kind::Text, vec!["/0/values"]),
        (json!({ "operator": "IN", "values": ["SENT", "GONE"] }), Kind::Word(&["SENT"]), vec!["/0/values/1"]),
        (json!({ "operator": "STARTS_WITH", "value": "SE" }), Kind::Word(&["SENT"]), vec![]),
        (json!({ "operator": "EQUALS", "value": "sent" }), Kind::Word(&["SENT"]), vec![]),
        (json!({ "operator": "TODAY", "value": "a" }), Kind::Time, vec!["/0/value"]),
        (json!({ "operator": "AFTER", "value": "soon" }), Kind::Time, vec!["/0/value"]),
        (json!({ "operator": "AFTER", "value": "2026-01-05" }), Kind::Text, vec!["/0/operator"]),
        (json!({ "operator": "MORE_THAN", "value": "a" }), Kind::Text, vec!["/0/operator"]),
        (json!({ "operator": "MORE_THAN", "value": "a" }), Kind::Number, vec!["/0/value"]),
        (json!({ "operator": "LAST_DAYS", "value": 0 }), Kind::Time, vec!["/0/value"]),
        (json!({ "operator": "LAST_DAYS", "value": 1.5 }), Kind::Time, vec!["/0/value"]),
    ] {
        let found = faults(content.clone(), kind);
        assert_eq!(found.iter().map(|(place, _)| place.as_str()).collect::<Vec<_>>(), places, "{content}");
    }
}

#[test]
fn a_criterion_bounds_the_time_in_which_it_can_hold() {
    for (content, from, to) in [
        (
            json!({ "operator": "ON", "value": "2026-01-05" }),
            Some("2026-01-05T06:00:00Z"),
            Some("2026-01-06T05:59:59.999999999Z"),
        ),
        (json!({ "operator": "AFTER", "value": "2026-01-05T15:00:00Z" }), Some("2026-01-05T15:00:00Z"), None),
        (
            json!({ "operator": "BEFORE", "value": "2026-01-05" }),
            None,
            Some("2026-01-06T05:59:59.999999999Z"),
        ),
        (
            json!({ "operator": "TODAY" }),
            Some("2026-01-07T06:00:00Z"),
            Some("2026-01-08T05:59:59.999999999Z"),
        ),
        (
            json!({ "operator": "BETWEEN", "value": "2026-01-05", "secondValue": "2026-01-06" }),
            Some("2026-01-05T06:00:00Z"),
            Some("2026-01-07T05:59:59.999999999Z"),
        ),
        (json!({ "operator": "EMPTY" }), None, None),
        (json!({ "operator": "DIFFERENT_THAN", "value": "2026-01-05" }), None, None),
    ] {
        let span = criterion(content.clone()).span(&now());
        let expected = |text: Option<&str>| text.map(|text| text.parse::<Timestamp>().unwrap());
        assert_eq!(span, (expected(from), expected(to)), "{content}");
    }
}
