use std::{collections::BTreeMap, sync::atomic::Ordering};

use data_encoding::BASE64;
use domain::{delivery::ContactEffect, vocabulary::StatusDetails};
use serde_json::{Value, json};

use super::*;
use crate::providers::fixtures::{
    INTERACTION, Message, OneSecret, Server, StoppedClock, hanging_up_after, nobody, now,
};

fn twilio(base_url: &str) -> Twilio {
    let outbound = Outbound::new();
    Twilio::new(outbound, base_url, "https://hooks.example", Arc::new(OneSecret), Arc::new(StoppedClock))
        .unwrap()
}

async fn send(base_url: &str, message: &Message) -> SendOutcome {
    twilio(base_url).send(&message.outgoing()).await
}

async fn answered(status: u16, body: Value) -> SendOutcome {
    let server = Server::answering(status, &[], body).await;
    send(&server.url, &Message::text("Hi John")).await
}

fn refusal_in(outcome: SendOutcome) -> Refusal {
    match outcome {
        SendOutcome::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn created(segments: &str) -> Value {
    json!({"sid": "SM0123", "status": "queued", "num_segments": segments, "error_code": null, "price": null})
}

#[tokio::test]
async fn a_text_is_posted_as_twilio_documents_it() {
    let server = Server::answering(201, &[], created("1")).await;
    let outcome = send(&server.url, &Message::text("Hi John & Söhne")).await;
    assert_eq!(outcome, SendOutcome::Sent(Receipt { reference: "SM0123".into(), segments: Some(1) }));

    let [call] = &server.calls()[..] else { panic!("one call") };
    assert_eq!(
        (call.method.as_str(), call.uri.path()),
        ("POST", "/2010-04-01/Accounts/AC0123/Messages.json")
    );
    let credentials = format!("Basic {}", BASE64.encode(b"AC0123:the auth token"));
    assert_eq!(call.headers["authorization"], credentials);
    assert_eq!(call.headers["content-type"], "application/x-www-form-urlencoded");
    let form: BTreeMap<_, _> = url::form_urlencoded::parse(call.body.as_bytes()).into_owned().collect();
    let webhook = Webhook::DeliveryStatus.path();
    let callback = format!("https://hooks.example{webhook}?tenant=demo&interaction={INTERACTION}");
    let expected = [
        ("Body", "Hi John & Söhne"),
        ("From", "+15555550100"),
        ("StatusCallback", &callback),
        ("To", "+13125550100"),
        ("ValidityPeriod", "14400"),
    ];
    assert_eq!(form, expected.map(|(name, value)| (name.into(), value.into())).into());
}

#[test]
fn a_code_waits_at_twilio_no_longer_than_it_counts() {
    let mut message = Message::text("Your code is 123456").interaction;
    let created = message.created_at;
    assert_eq!(validity(&message, created), TEXT_QUEUED);
    message.unmasked = Some(serde_json::from_value(json!({})).unwrap());
    assert_eq!(validity(&message, created), ConfirmationCode::LASTS);
    assert_eq!(validity(&message, created + ConfirmationCode::LASTS), SignedDuration::from_secs(1));
}

#[tokio::test]
async fn a_messaging_service_is_named_as_one() {
    let server = Server::answering(201, &[], created("0")).await;
    let mut message = Message::text(&"a".repeat(161));
    message.tenant.senders.text.as_mut().unwrap().from = "MG0123456789abcdef0123456789abcdef".into();
    let outcome = send(&server.url, &message).await;
    assert!(server.calls()[0].body.contains("MessagingServiceSid=MG0123456789abcdef0123456789abcdef"));
    // Twilio does not know the parts before it chose a number; our own count serves.
    assert_eq!(outcome, SendOutcome::Sent(Receipt { reference: "SM0123".into(), segments: Some(2) }));
}

#[tokio::test]
async fn a_refusal_is_read_from_the_table_of_codes() {
    let refused =
        |code: u32| json!({"code": code, "message": "To +13125550100 …", "more_info": "…", "status": 400});
    let stop = refusal_in(answered(400, refused(21610)).await);
    assert_eq!(stop.details, Some(StatusDetails::TextUnsubscribedRecipient));
    assert_eq!((stop.retry, stop.effect), (Retry::Never, Some(ContactEffect::OptedOut)));
    assert!(!stop.description.contains("+1312"), "{}", stop.description);

    let unknown = refusal_in(answered(400, refused(21999)).await);
    assert_eq!(
        (unknown.details, unknown.code),
        (Some(StatusDetails::TextUnknownError), Some("21999".into()))
    );
    let credentials = refusal_in(answered(401, refused(20003)).await);
    assert_eq!(credentials.reason, FailureReason::InvalidSmsGatewayCredentials);
    let speechless = refusal_in(answered(404, json!("gone")).await);
    assert_eq!((speechless.code, speechless.retry), (None, Retry::Never));
}

#[tokio::test]
async fn a_busy_twilio_is_tried_again() {
    let over = refusal_in(answered(429, json!({"code": 63038, "message": "Exceeded"})).await);
    assert_eq!((over.about, over.code.as_deref()), (About::Account, Some("63038")));
    let server = Server::answering(429, &[("retry-after", "120")], json!({"code": 20429})).await;
    let asking = refusal_in(send(&server.url, &Message::text("Hi John")).await);
    assert_eq!(asking.retry, Retry::After(SignedDuration::from_mins(2)));
    for (status, body) in [
        (429, json!({"code": 20429, "message": "Too Many Requests"})),
        (429, json!(null)),
        (500, json!({"code": 20500})),
        (503, json!("Service Unavailable")),
    ] {
        let refusal = refusal_in(answered(status, body).await);
        assert_eq!((refusal.details, refusal.retry), (None, Retry::WhileAllowed), "{status}");
    }
}

#[tokio::test]
async fn a_gateway_in_between_does_not_know_what_happened() {
    for status in [502, 504] {
        assert!(matches!(answered(status, json!(null)).await, SendOutcome::Unknown { .. }), "{status}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_leaves_it_open_whether_the_text_left() {
    assert!(matches!(answered(201, json!({"message": "hello"})).await, SendOutcome::Unknown { .. }));
}

#[tokio::test]
async fn an_answer_that_breaks_off_leaves_it_open_whether_the_text_left() {
    for answer in ["", "HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"sid\""] {
        let (url, connections) = hanging_up_after(answer).await;
        assert!(matches!(send(&url, &Message::text("Hi")).await, SendOutcome::Unknown { .. }), "{answer:?}");
        assert_eq!(connections.load(Ordering::SeqCst), 1, "nothing is sent twice on its own");
    }
}

#[tokio::test]
async fn a_refusal_that_breaks_off_is_still_one() {
    let (url, _) = hanging_up_after("HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\n{\"code\"").await;
    assert_eq!(
        refusal_in(send(&url, &Message::text("Hi")).await).details,
        Some(StatusDetails::TextUnknownError)
    );
}

#[tokio::test]
async fn without_a_connection_nothing_left() {
    let refusal = refusal_in(send(&nobody().await, &Message::text("Hi")).await);
    assert_eq!((refusal.reason, refusal.retry), (FailureReason::SmsConnectionException, Retry::WhileAllowed));
    assert!(!refusal.description.contains("AC0123"));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_without_asking_twilio() {
    let server = Server::answering(201, &[], created("1")).await;
    let mut no_sender = Message::text("Hi");
    no_sender.tenant.senders.text = None;
    let mut no_secret = Message::text("Hi");
    no_secret.tenant.senders.text.as_mut().unwrap().auth_token_secret = "other".into();
    let mut no_text = Message::text("");
    no_text.content.content_text = None;
    for (message, reason, retry) in [
        (Message::text(&"a".repeat(1531)), FailureReason::SmsTooLong, Retry::Never),
        (Message::text(&"ж".repeat(671)), FailureReason::SmsTooLong, Retry::Never),
        (Message::text(" \n"), FailureReason::SmsNotSent, Retry::Never),
        (no_text, FailureReason::SmsNotSent, Retry::Never),
        (no_sender, FailureReason::SmsServiceNotEnabled, Retry::Never),
        (no_secret, FailureReason::InvalidSmsGatewayCredentials, Retry::WhileAllowed),
    ] {
        let refusal = refusal_in(send(&server.url, &message).await);
        assert_eq!((refusal.reason, refusal.retry), (reason, retry));
    }
    assert!(server.calls().is_empty());
    assert!(matches!(send(&server.url, &Message::text(&"a".repeat(1530))).await, SendOutcome::Sent(_)));
}

fn listed(sid: &str, body: &str, created: &str) -> Value {
    json!({"sid": sid, "body": body, "date_created": created, "date_sent": null, "num_segments": "1"})
}

/// The references of what could be the lost message.
async fn found(messages: Value) -> Vec<String> {
    let server = Server::answering(200, &[], json!({"messages": messages, "page": 0})).await;
    let found = twilio(&server.url).find(&Message::text("Hi John").outgoing(), now()).await;
    found.unwrap().into_iter().map(|receipt| receipt.reference).collect()
}

#[tokio::test]
async fn a_lost_attempt_is_found_by_recipient_text_and_time() {
    let found = found(json!([
        listed("SM4", "Hi John", "Sat, 21 Nov 2026 12:00:06 +0000"),
        listed("SM3", "Hi Jane", "Sat, 21 Nov 2026 12:00:05 +0000"),
        listed("SM2", "Hi John", "Sat, 21 Nov 2026 12:00:02 +0000"),
        listed("SM1", "Hi John", "Fri, 20 Nov 2026 12:00:00 +0000"),
    ]));
    assert_eq!(found.await, ["SM4", "SM2"]);
}

#[tokio::test]
async fn an_attempt_that_failed_is_not_the_lost_one() {
    for (status, expected) in [
        ("queued", true),
        ("delivered", true),
        ("failed", false),
        ("undelivered", false),
        ("canceled", false),
    ] {
        let mut message = listed("SM1", "Hi John", "Sat, 21 Nov 2026 12:00:02 +0000");
        message["status"] = status.into();
        assert_eq!(!found(json!([message])).await.is_empty(), expected, "{status}");
    }
}

#[tokio::test]
async fn only_messages_since_the_attempt_count_give_or_take_a_minute() {
    for (created, expected) in [
        ("Sat, 21 Nov 2026 11:58:59 +0000", false),
        ("Sat, 21 Nov 2026 11:59:00 +0000", true),
        ("Sat, 21 Nov 2026 06:59:30 -0500", true),
        ("yesterday", false),
    ] {
        assert_eq!(
            !found(json!([listed("SM1", "Hi John", created)])).await.is_empty(),
            expected,
            "{created}"
        );
    }
    assert!(found(json!([])).await.is_empty());
    assert!(found(json!([{"sid": "SM1", "body": null}])).await.is_empty());
}

#[tokio::test]
async fn the_search_names_recipient_and_sender() {
    let server = Server::answering(200, &[], json!({"messages": []})).await;
    let mut message = Message::text("Hi John");
    assert_eq!(twilio(&server.url).find(&message.outgoing(), now()).await, Ok(Vec::new()));
    message.tenant.senders.text.as_mut().unwrap().from = "MG0123456789abcdef0123456789abcdef".into();
    assert_eq!(twilio(&server.url).find(&message.outgoing(), now()).await, Ok(Vec::new()));
    let queries: Vec<_> =
        server.calls().into_iter().map(|call| call.uri.query().unwrap().to_owned()).collect();
    assert_eq!(
        queries,
        ["To=%2B13125550100&PageSize=50&From=%2B15555550100", "To=%2B13125550100&PageSize=50"]
    );
}

#[tokio::test]
async fn a_twilio_that_cannot_be_asked_leaves_the_attempt_open() {
    let message = Message::text("Hi John");
    let (broken, _) = hanging_up_after("").await;
    let busy = Server::answering(503, &[], json!(null)).await;
    let odd = Server::answering(200, &[], json!({"mistake": true})).await;
    for url in [broken, nobody().await, busy.url, odd.url] {
        let description = twilio(&url).find(&message.outgoing(), now()).await.unwrap_err();
        assert!(!description.contains("3125550100"), "{description}");
    }
}
