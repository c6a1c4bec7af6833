//! Events as SES's documentation prints them, cut to what differs.

use domain::{
    delivery::{Refusal, Retry},
    vocabulary::{FailureReason, InteractionStatus},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::providers::fixtures::{INTERACTION, now};

const MESSAGE_ID: &str = "0100018f3c-7e0a4b1d-0000-0000-0000-000000000000-000000";

fn event(event_type: &str, key: &str, details: &Value) -> Value {
    json!({
        "eventType": event_type,
        "mail": {
            "timestamp": "2026-11-21T11:00:00.000Z",
            "source": "Acme Lending <care@acme.example>",
            "sendingAccountId": "123456789012",
            "messageId": MESSAGE_ID,
            "destination": ["john@borrower.example"],
            "headersTruncated": false,
            "tags": {
                "ses:configuration-set": ["postrider"],
                "interaction": [INTERACTION],
                "tenant": ["demo"],
            },
        },
        key: details,
    })
}

fn read_json(event: &Value) -> Option<Report> {
    read(&event.to_string(), now()).unwrap()
}

fn news_of(event_type: &str, key: &str, details: Value) -> Option<News> {
    read_json(&event(event_type, key, &details)).map(|report| report.event.news)
}

fn refusal_of(event_type: &str, key: &str, details: Value) -> Refusal {
    match news_of(event_type, key, details) {
        Some(News::Failed(refusal)) => refusal,
        other => panic!("{event_type}: {other:?}"),
    }
}

#[test]
fn an_event_names_our_message_sess_message_and_itself() {
    let details = json!({"timestamp": "2026-11-21T11:00:03.517Z", "processingTimeMillis": 3517});
    let Report { tenant, event } = read_json(&event("Delivery", "delivery", &details)).unwrap();
    assert_eq!(tenant, Some("demo".parse().unwrap()));
    assert_eq!(event.interaction_id, Some(INTERACTION.parse().unwrap()));
    assert_eq!((event.provider.as_str(), event.reference.as_str()), ("ses", MESSAGE_ID));
    assert_eq!(event.event_id, format!("{MESSAGE_ID}:Delivery:2026-11-21T11:00:03.517Z"));
    assert_eq!(event.occurred_at, "2026-11-21T11:00:03.517Z".parse().unwrap());
}

#[test]
fn an_oddly_typed_member_costs_no_event() {
    for details in [
        json!({ "timestamp": 1_763_722_800, "bounceType": "Permanent", "bounceSubType": null }),
        json!({ "timestamp": [], "bounceType": "Permanent", "bounceSubType": {}, "newTopicPreferences": 7 }),
    ] {
        let bounce = event("Bounce", "bounce", &details);
        for (member, odd) in [("timestamp", json!(7)), ("tags", json!(null)), ("tags", json!(["a"]))] {
            let mut odd_mail = bounce.clone();
            odd_mail["mail"][member] = odd;
            let report = read_json(&odd_mail).unwrap_or_else(|| panic!("{odd_mail}"));
            let is_bounce =
                matches!(&report.event.news, News::Failed(refusal) if refusal.effect == Some(Invalid));
            assert!(is_bounce, "{odd_mail}");
        }
        let mut with_an_odd_tag = bounce.clone();
        with_an_odd_tag["mail"]["tags"]["campaign"] = json!("spring");
        let report = read_json(&with_an_odd_tag).unwrap();
        assert_eq!(report.event.interaction_id, Some(INTERACTION.parse().unwrap()));
    }
    let leaving =
        json!({ "newTopicPreferences": { "unsubscribeAll": "true", "topicSubscriptionStatus": null } });
    assert!(news_of("Subscription", "subscription", leaving).is_some());
    assert!(read_json(&event("Delivery", "delivery", &json!(null))).is_some());
}

#[test]
fn an_event_without_a_time_of_its_own_has_the_messages() {
    let report = read_json(&event("Send", "send", &json!({}))).unwrap();
    assert_eq!(report.event.occurred_at, "2026-11-21T11:00:00Z".parse().unwrap());
    let mut timeless = event("Send", "send", &json!({}));
    timeless["mail"]["timestamp"] = "yesterday".into();
    assert_eq!(read_json(&timeless).unwrap().event.occurred_at, now());
}

#[test]
fn identity_feedback_is_known_by_sess_id_alone() {
    let mut feedback = event("Delivery", "delivery", &json!({}));
    feedback["notificationType"] = feedback["eventType"].take();
    feedback.as_object_mut().unwrap().remove("eventType");
    feedback["mail"].as_object_mut().unwrap().remove("tags");
    let Report { tenant, event } = read_json(&feedback).unwrap();
    assert_eq!((tenant, event.interaction_id), (None, None));
    assert_eq!(event.reference, MESSAGE_ID);
}

#[test]
fn progress_is_read_from_the_type() {
    use InteractionStatus::{Attempted, Succeeded};
    for (event_type, key, status, details) in [
        ("Send", "send", Attempted, EmailSent),
        ("DeliveryDelay", "deliveryDelay", Attempted, EmailSent),
        ("Delivery", "delivery", Succeeded, EmailDelivered),
        ("Open", "open", Succeeded, EmailOpened),
        ("Click", "click", Succeeded, EmailClick),
    ] {
        let expected = News::Progress { status, details: Some(details), effect: None };
        let timed = json!({"timestamp": "2026-11-21T11:05:00Z", "linkTags": null});
        assert_eq!(news_of(event_type, key, timed), Some(expected), "{event_type}");
    }
}

#[test]
fn a_failure_says_what_it_taught_about_the_address() {
    let bounce = |kind: &str| json!({"bounceType": kind, "bounceSubType": "General", "feedbackId": "f"});
    let complaint = |kind: Option<&str>| json!({"complaintFeedbackType": kind, "complaintSubType": null});
    for (event_type, key, details, expected, effect, code) in [
        ("Bounce", "bounce", bounce("Permanent"), EmailBounced, Some(Invalid), Some("Permanent/General")),
        ("Bounce", "bounce", bounce("Transient"), EmailBlocked, None, Some("Transient/General")),
        ("Bounce", "bounce", bounce("Undetermined"), EmailBlocked, None, Some("Undetermined/General")),
        ("Bounce", "bounce", json!({}), EmailBlocked, None, None),
        (
            "Complaint",
            "complaint",
            complaint(Some("abuse")),
            EmailReportedAsSpam,
            Some(OptedOut),
            Some("abuse"),
        ),
        ("Complaint", "complaint", complaint(None), EmailReportedAsSpam, Some(OptedOut), None),
        ("Reject", "reject", json!({"reason": "Bad content"}), EmailDropped, None, None),
        ("Rendering Failure", "failure", json!({"templateName": "t"}), EmailDropped, None, None),
    ] {
        let refusal = refusal_of(event_type, key, details);
        assert_eq!((refusal.details, refusal.effect), (Some(expected), effect), "{event_type}");
        assert_eq!((refusal.code.as_deref(), refusal.retry), (code, Retry::Never), "{event_type}");
        assert_eq!(Some(refusal.reason), FailureReason::of(expected, Channel::Email), "{event_type}");
    }
}

#[test]
fn a_complaint_taken_back_is_no_news() {
    assert_eq!(news_of("Complaint", "complaint", json!({"complaintFeedbackType": "not-spam"})), None);
}

#[test]
fn unsubscribing_opts_out_and_subscribing_is_no_news() {
    let preferences = |all: bool, topic: &str| {
        json!({
            "source": "UnsubscribeHeader",
            "timestamp": "2026-11-21T11:30:00Z",
            "newTopicPreferences": {
                "unsubscribeAll": all,
                "topicSubscriptionStatus": [{"topicName": "offers", "subscriptionStatus": topic}],
            },
            "oldTopicPreferences": {"unsubscribeAll": false, "topicSubscriptionStatus": []},
        })
    };
    for (all, topic, opted_out) in [(true, "OptIn", true), (false, "OptOut", true), (false, "OptIn", false)] {
        let news = news_of("Subscription", "subscription", preferences(all, topic));
        let effect = news.map(|news| match news {
            News::Progress { effect, details: None, .. } => effect,
            other => panic!("{other:?}"),
        });
        assert_eq!(effect, opted_out.then_some(Some(OptedOut)), "{all} {topic}");
    }
    assert_eq!(news_of("Subscription", "subscription", json!({})), None);
}

#[test]
fn what_is_not_about_a_message_is_no_news() {
    assert_eq!(read(TOPIC_CONNECTED, now()), Ok(None));
    let connected = json!({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "Subscribed."});
    assert_eq!(read_json(&connected), None);
    assert_eq!(news_of("Invented Tomorrow", "invention", json!({})), None);
}

#[test]
fn what_is_not_sess_json_is_malformed() {
    for text in ["", "hello", "[]", "{}", r#"{"eventType": 1}"#, r#"{"eventType": "Send", "mail": {}}"#] {
        assert!(read(text, now()).is_err(), "{text}");
    }
}

#[test]
fn tags_that_are_not_ours_name_nobody() {
    let mut foreign = event("Send", "send", &json!({}));
    foreign["mail"]["tags"] = json!({"interaction": ["welcome-campaign"], "tenant": []});
    let Report { tenant, event } = read_json(&foreign).unwrap();
    assert_eq!((tenant, event.interaction_id), (None, None));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}", event_type in ".{0,20}", time in ".{0,30}") {
        let _ = read(&text, now());
        let _ = read_json(&event(&event_type, "delivery", &json!({"timestamp": time})));
    }
}
