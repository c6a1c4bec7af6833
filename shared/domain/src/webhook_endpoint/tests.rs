use serde_json::json;

use super::*;
use crate::vocabulary::Event;

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn endpoint() -> WebhookEndpoint {
    let content = json!({ "url": "https://hooks.example.com/", "events": ["message.sent", "LOAN_APPROVAL"] });
    WebhookEndpoint::new(
        Id::new(1, [1; 10]),
        &serde_json::from_value(content).unwrap(),
        at("2026-01-05T00:00:00Z"),
    )
}

#[test]
fn the_secret_before_the_newest_is_valid_for_a_day() {
    let mut secrets = Secrets::default();
    let now = at("2026-01-05T00:00:00Z");
    assert_eq!((secrets.valid(now), secrets.previous_until(now)), (vec![1], None));
    secrets.rotate(None, now);
    let a_day_later = at("2026-01-06T00:00:00Z");
    assert_eq!(secrets.valid(at("2026-01-05T23:59:59Z")), [2, 1]);
    assert_eq!(secrets.previous_until(now), Some(a_day_later));
    assert_eq!(secrets.valid(a_day_later), [2]);
    secrets.rotate(None, now);
    assert_eq!(secrets.valid(now), [3, 2]);
}

fn message() -> Id<id::Interaction> {
    Id::external("demo", "told")
}

#[test]
fn a_request_to_rotate_is_known_again_for_a_day_where_it_names_itself() {
    let now = at("2026-01-05T00:00:00Z");
    for (by, again, at_, is_repeat) in [
        (Some("one"), Some("one"), "2026-01-05T23:59:59Z", true),
        (Some("one"), Some("one"), "2026-01-06T00:00:00Z", false),
        (Some("one"), Some("other"), "2026-01-05T00:00:01Z", false),
        (Some("one"), None, "2026-01-05T00:00:01Z", false),
        (None, None, "2026-01-05T00:00:01Z", false),
    ] {
        let mut secrets = Secrets::default();
        assert!(!secrets.were_rotated_by(by, now));
        secrets.rotate(by, now);
        assert_eq!(secrets.were_rotated_by(again, at(at_)), is_repeat, "{by:?} {again:?} {at_}");
    }
}

#[test]
fn an_endpoint_that_failed_for_five_days_without_a_success_is_disabled() {
    let mut endpoint = endpoint();
    let set_up = endpoint.revision;
    for (time, how, is_changed, reason) in [
        ("2026-01-05T00:00:00Z", Called::Taken, false, None),
        ("2026-01-05T00:00:00Z", Called::Failed, true, None),
        ("2026-01-08T00:00:00Z", Called::Failed, false, None),
        ("2026-01-09T00:00:00Z", Called::Taken, true, None),
        ("2026-01-09T01:00:00Z", Called::Failed, true, None),
        ("2026-01-14T00:59:59Z", Called::Failed, false, None),
        ("2026-01-14T01:00:00Z", Called::Failed, true, Some(DisabledReason::Failing)),
        ("2026-01-15T00:00:00Z", Called::Failed, false, Some(DisabledReason::Failing)),
    ] {
        assert_eq!(endpoint.called(how, &message(), at(time)), is_changed, "{time}");
        assert_eq!(endpoint.disabled.as_ref().map(|disabled| disabled.reason), reason, "{time}");
        assert_eq!(endpoint.revision - set_up, u64::from(reason.is_some()), "{time}: calls change no set-up");
    }
}

#[test]
fn an_endpoint_that_is_gone_is_disabled_at_once_until_the_lender_says_otherwise() {
    let mut endpoint = endpoint();
    let now = at("2026-01-05T00:00:00Z");
    assert!(endpoint.called(Called::Gone, &message(), now));
    let disabled = Disabled { at: now, reason: DisabledReason::Gone, message: Some(message()) };
    assert_eq!(endpoint.disabled, Some(disabled));
    let enabled = endpoint.with(&WebhookEndpointUpdate { enabled: Some(true), ..Default::default() }, now);
    assert_eq!((&enabled.disabled, enabled.failing_since), (&None, None));
    let again = enabled.with(&WebhookEndpointUpdate { enabled: Some(false), ..Default::default() }, now);
    assert_eq!(again.disabled.map(|disabled| disabled.reason), Some(DisabledReason::Requested));
}

#[test]
fn what_is_said_of_an_endpoint_is_held_to_its_faults() {
    let many: Vec<_> = Event::ALL.iter().map(|event| json!(event)).collect();
    for (content, places) in [
        (json!({}), vec!["/url", "/events"]),
        (json!({ "url": "https://a.example/", "events": [] }), vec!["/events"]),
        (json!({ "url": "u", "events": ["message.sent", "message.sent"] }), vec!["/events/1"]),
        (
            json!({ "url": "u", "events": ["message.sent"], "description": "two\nlines" }),
            vec!["/description"],
        ),
        (json!({ "url": "u", "events": many }), vec![]),
    ] {
        let update: WebhookEndpointUpdate = serde_json::from_value(content.clone()).unwrap();
        let found = match update.expect_whole() {
            Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
            _ => Vec::new(),
        };
        assert_eq!(found, places, "{content}");
    }
}

#[test]
fn events_are_those_of_the_lenders_business_and_those_of_messages() {
    for name in ["LOAN_APPROVAL", "message.opted_out"] {
        let event: AnyEvent = serde_json::from_value(json!(name)).unwrap();
        assert_eq!(json!(event), json!(name));
    }
    for name in ["message.eaten", "LOAN_EATEN", "loan_approval", ""] {
        assert!(serde_json::from_value::<AnyEvent>(json!(name)).is_err(), "{name}");
    }
}

#[test]
fn a_lender_has_a_limited_number_of_endpoints() {
    let mut all = WebhookEndpoints::default();
    for number in 0..WebhookEndpoints::MOST {
        let id = Id::new(u64::try_from(number).unwrap(), [1; 10]);
        all.add(WebhookEndpoint { id, ..endpoint() }).unwrap();
    }
    let more = || WebhookEndpoint { id: Id::external("demo", "more"), ..endpoint() };
    assert!(matches!(all.add(more()), Err(Error::Conflict { conflict: Conflict::LimitReached, .. })));
    let first = all.all()[0].id.clone();
    assert!(all.remove(&first) && all.find(&first).is_none());
    assert!(all.add(more()).is_ok());
}

#[test]
fn no_two_endpoints_have_one_id() {
    let mut all = WebhookEndpoints::default();
    all.add(endpoint()).unwrap();
    let moved = WebhookEndpoint { url: "https://elsewhere.example.com/".into(), ..endpoint() };
    assert!(matches!(all.add(moved), Err(Error::Internal(_))));
    assert_eq!(all.all(), [endpoint()]);
}
