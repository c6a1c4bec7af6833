//! What can be recorded, as a specification.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::interaction::tests::start;

fn parsed(more: Value) -> NewInteraction {
    let mut body = json!({ "channel": "voice", "theme": "opsCollDebt", "status": "attempted" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(body).unwrap()
}

fn faults(more: Value) -> Vec<String> {
    match parsed(more).check(start()) {
        Ok(()) => Vec::new(),
        Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn what_can_be_is_taken() {
    for more in [
        json!({}),
        json!({ "status": "succeeded", "statusDetails": "voiceSpokeWithFirstParty", "agentOutcome": "voiceSpokeWithFirstParty" }),
        json!({ "direction": "inbound", "status": "failed", "statusDetails": "voiceReceivedNoAgentsAvailable" }),
        json!({ "channel": "mail", "statusDetails": "letterInTransit" }),
        json!({ "status": "scheduled", "scheduledAtFrom": "2026-03-01", "scheduledAtTo": "2026-03-01" }),
        json!({ "status": "scheduled", "startedAt": "2026-03-01T15:00:00Z" }),
        json!({ "status": "canceled" }),
        json!({ "startedAt": "2026-01-05T15:01:00Z" }),
        json!({ "startedAt": "2026-01-05T14:00:00Z", "endedAt": "2026-01-05T14:00:00Z" }),
        json!({ "startedAt": "1999-12-31" }),
        json!({ "purpose": "marketing", "subject": "spring_offer" }),
        json!({ "status": "failed", "statusDetails": "blockedByComplianceGuard" }),
        json!({ "content": { "anything": [1, { "at": "all" }] }, "metaData": { "queue": 7 } }),
    ] {
        assert_eq!(faults(more.clone()), Vec::<String>::new(), "{more}");
    }
}

#[test]
fn every_fault_is_named_by_its_place() {
    let deep = (0..20).fold(json!(1), |inner, _| json!({ "x": inner }));
    for (more, expected) in [
        (json!({ "statusDetails": "voiceNumberDisconnected" }), vec!["/statusDetails"]),
        (json!({ "channel": "email", "statusDetails": "voiceRangNoPickup" }), vec!["/statusDetails"]),
        (json!({ "direction": "inbound", "statusDetails": "voiceRangNoPickup" }), vec!["/statusDetails"]),
        (json!({ "channel": "text", "agentOutcome": "voiceRangNoPickup" }), vec!["/agentOutcome"]),
        (json!({ "direction": "inbound", "agentOutcome": "voiceRangNoPickup" }), vec!["/agentOutcome"]),
        (json!({ "agentOutcome": "voiceDisconnectedWhileQueuedOnHold" }), vec!["/agentOutcome"]),
        (json!({ "status": "canceled", "agentOutcome": "voiceRangNoPickup" }), vec!["/agentOutcome"]),
        (json!({ "startedAt": "2026-01-05T15:01:00.001Z" }), vec!["/startedAt"]),
        (json!({ "status": "scheduled" }), vec!["/scheduledAtFrom"]),
        (json!({ "endedAt": "2026-01-05T16:00:00Z" }), vec!["/endedAt"]),
        (
            json!({ "startedAt": "2026-01-05T16:00:00Z", "endedAt": "2026-01-05T14:00:00Z" }),
            vec!["/startedAt"],
        ),
        (json!({ "startedAt": "2026-01-05T14:00:00Z", "endedAt": "2026-01-05T13:59:59Z" }), vec!["/endedAt"]),
        (json!({ "scheduledAtTo": "2026-01-05" }), vec!["/scheduledAtTo"]),
        (json!({ "scheduledAtFrom": "2026-01-06", "scheduledAtTo": "2026-01-05" }), vec!["/scheduledAtTo"]),
        (json!({ "contactId": "ext-a", "contactExternalId": "a" }), vec!["/contactExternalId"]),
        (json!({ "loanIds": vec!["ext-a"; 101] }), vec!["/loanIds"]),
        (json!({ "purpose": "marketing" }), vec!["/subject"]),
        (json!({ "content": { "text": "x".repeat(256 * 1024) } }), vec!["/content"]),
        (json!({ "content": deep }), vec!["/content"]),
        (json!({ "metaData": { "k": "x".repeat(501) } }), vec!["/metaData/k"]),
        (json!({ "twilioErrorCode": "12345678901" }), vec!["/twilioErrorCode"]),
        (
            json!({ "failureDescriptionShort": "a\nb", "failureDescriptionLong": "x".repeat(5_001) }),
            vec!["/failureDescriptionShort", "/failureDescriptionLong"],
        ),
    ] {
        assert_eq!(faults(more.clone()), expected, "{more}");
    }
}

#[test]
fn a_date_alone_is_a_day_planned_from_its_start_and_past_by_its_end() {
    for (text, expected) in [
        ("2026-01-05", Some("2026-01-05T00:00:00Z 2026-01-05T23:59:59Z")),
        ("2026-01-07", Some("2026-01-07T00:00:00Z 2026-01-07T12:00:00Z")),
        ("2026-01-08", Some("2026-01-08T00:00:00Z 2026-01-08T23:59:59Z")),
        ("2026-01-05T15:00:00Z", Some("2026-01-05T15:00:00Z 2026-01-05T15:00:00Z")),
        ("2026-01-05T09:00:00-06:00", Some("2026-01-05T15:00:00Z 2026-01-05T15:00:00Z")),
        ("2026-02-30", None),
        ("2026-01-05T15:00:00", None),
        ("yesterday", None),
        ("", None),
    ] {
        let now = "2026-01-07T12:00:00Z".parse().unwrap();
        let read = serde_json::from_value::<When>(json!(text)).ok();
        let read = read.map(|when| format!("{} {}", when.earliest(), when.latest(now)));
        assert_eq!(read.as_deref(), expected, "{text:?}");
    }
}

#[test]
fn what_began_began_now_unless_somebody_says_otherwise() {
    let at = |more| parsed(more).record(start()).started_at;
    assert_eq!(at(json!({})), Some(start()));
    assert_eq!(at(json!({ "startedAt": "2026-01-02" })), "2026-01-02T23:59:59Z".parse().ok());
    assert_eq!(at(json!({ "status": "scheduled", "scheduledAtFrom": "2026-02-01" })), None);
}

#[test]
fn a_loan_named_twice_is_one() {
    let loans = parsed(json!({ "loanId": "ext-a", "loanIds": ["ext-b", "ext-a", "ext-b"] })).loans();
    assert_eq!(json!(loans), json!(["ext-a", "ext-b"]));
}

#[test]
fn a_failure_is_what_was_said_of_it() {
    assert_eq!(parsed(json!({ "status": "failed" })).failure(), None);
    let told = json!({
        "channel": "text", "status": "failed", "statusDetails": "textUnsubscribedRecipient",
        "twilioErrorCode": "21610", "failureDescriptionShort": "Opted out",
    });
    let failure = parsed(told).failure().unwrap();
    assert_eq!((failure.reason, failure.code.as_deref()), (FailureReason::SmsNotSent, Some("21610")));
    assert_eq!((failure.summary.as_deref(), &*failure.description), (Some("Opted out"), ""));
}

proptest! {
    #[test]
    fn no_text_breaks_the_reading_of_a_time(text in "\\PC{0,40}") {
        let _ = serde_json::from_value::<When>(json!(text));
    }
}
