use std::sync::atomic::Ordering;

use domain::template::Source;
use serde_json::{Value, json};

use super::*;
use crate::{
    outbound::Outbound,
    providers::Secrets,
    providers::fixtures::{Call, INTERACTION, Message, Server, StoppedClock, hanging_up_after, nobody, now},
    tenant_outbound::SystemNames,
};

const URL: &str = "https://hooks.acme.example.com/messages?from=postrider";

struct Key;

#[async_trait]
impl Secrets for Key {
    async fn secret(&self, name: &str) -> Result<String, Error> {
        match name {
            "postrider/webhooks/key" => Ok("a key of an installation".into()),
            _ => Err(Error::Unavailable(name.into())),
        }
    }
}

/// An endpoint whose receiver is at this address of this machine.
fn endpoint(receiver: &str, prefix: &str) -> Endpoint {
    let outbound = Outbound::new();
    let outbound = TenantOutbound::new(Arc::new(SystemNames), &outbound, Some(receiver));
    Endpoint::new(outbound, SigningKeys::below(prefix, Arc::new(Key)), Arc::new(StoppedClock))
}

fn words() -> Source {
    Source {
        subject_line: Some("System maintenance".into()),
        content_text: Some("Tonight at 22:00 UTC.".into()),
        content_html: None,
    }
}

async fn send(receiver: &str, message: &Message) -> SendOutcome {
    endpoint(receiver, "postrider/").send(&message.outgoing()).await
}

fn refusal_of(outcome: SendOutcome) -> Refusal {
    match outcome {
        SendOutcome::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn header<'a>(call: &'a Call, name: &str) -> &'a str {
    call.headers[name].to_str().unwrap()
}

#[tokio::test]
async fn a_message_is_posted_as_the_specification_has_it_and_has_arrived_with_any_2xx() {
    for status in [200, 201, 202, 204] {
        let server = Server::answering(status, &[], json!({})).await;
        let outcome = send(&server.url, &Message::webhook(URL, words())).await;
        let receipt = Receipt { reference: INTERACTION.into(), segments: None };
        assert_eq!(outcome, SendOutcome::Delivered(receipt), "{status}");
        let [call] = &server.calls()[..] else { panic!("one call") };
        assert_eq!((call.method.as_str(), call.uri.to_string()), ("POST", "/messages?from=postrider".into()));
        assert_eq!(header(call, "host"), "hooks.acme.example.com");
        assert_eq!(header(call, "content-type"), "application/json");
        assert_eq!(header(call, "webhook-id"), INTERACTION);
        assert_eq!(header(call, "webhook-timestamp"), now().as_second().to_string());
        assert_eq!(
            serde_json::from_str::<Value>(&call.body).unwrap(),
            json!({
                "type": "communication.dispatch",
                "timestamp": "2026-11-21T12:00:00Z",
                "data": {
                    "interactionId": INTERACTION,
                    "subject": "System maintenance",
                    "body": "Tonight at 22:00 UTC.",
                    "isHtml": false,
                },
            })
        );
    }
}

#[tokio::test]
async fn every_valid_secret_signs_and_no_other() {
    let server = Server::answering(204, &[], json!({})).await;
    let message = Message::webhook(URL, words());
    send(&server.url, &message).await;
    let call = &server.calls()[0];
    let signatures = header(call, "webhook-signature");
    assert_eq!(signatures.split(' ').count(), 2);
    let at = header(call, "webhook-timestamp");
    let endpoint = endpoint(&server.url, "postrider/");
    for (generation, valid) in [(1, true), (2, true), (3, false)] {
        let secret = endpoint.secret(&message.tenant.id, &Signer::Lender, generation).await.unwrap();
        let is_valid = secret.verify(INTERACTION, at, signatures, call.body.as_bytes(), now());
        assert_eq!(is_valid, valid, "{generation}");
    }
}

#[tokio::test]
async fn a_message_in_html_says_so() {
    let server = Server::answering(204, &[], json!({})).await;
    let html = Source { content_html: Some("<p>Tonight</p>".into()), ..words() };
    send(&server.url, &Message::webhook(URL, html)).await;
    let body: Value = serde_json::from_str(&server.calls()[0].body).unwrap();
    assert_eq!((&body["data"]["body"], &body["data"]["isHtml"]), (&json!("<p>Tonight</p>"), &json!(true)));
}

#[tokio::test]
async fn every_other_answer_is_a_failure_and_all_but_gone_are_tried_again() {
    let seconds = SignedDuration::from_secs;
    for (status, headers, retry) in [
        (301, &[("location", "https://hooks.example.com/")][..], Retry::WhileAllowed),
        (307, &[("location", "http://127.0.0.1/")], Retry::WhileAllowed),
        (304, &[], Retry::WhileAllowed),
        (400, &[], Retry::WhileAllowed),
        (401, &[], Retry::WhileAllowed),
        (404, &[], Retry::WhileAllowed),
        (410, &[], Retry::Never),
        (410, &[("retry-after", "120")], Retry::Never),
        (429, &[], Retry::WhileAllowed),
        (429, &[("retry-after", "120")], Retry::After(seconds(120))),
        (429, &[("retry-after", "4000000000")], Retry::After(MAX_WAIT)),
        (429, &[("retry-after", "soon")], Retry::WhileAllowed),
        (500, &[], Retry::WhileAllowed),
        (502, &[("retry-after", "0")], Retry::After(seconds(0))),
        (503, &[("retry-after", "Sat, 21 Nov 2026 12:30:00 GMT")], Retry::After(seconds(1_800))),
        (504, &[("retry-after", "Fri, 20 Nov 2026 12:30:00 GMT")], Retry::After(seconds(0))),
    ] {
        let server = Server::answering(status, headers, json!({})).await;
        let is_away = matches!(status, 502..=504);
        let may_be_about_the_message = matches!(status, 400 | 410);
        for (message, is_about_all) in [
            // Another path may be in order.
            (Message::webhook(URL, words()), is_away),
            (to_endpoint(), !may_be_about_the_message),
        ] {
            let refusal = refusal_of(send(&server.url, &message).await);
            assert_eq!(refusal.retry, retry, "{status} {headers:?}");
            let about = if is_about_all { About::Server } else { About::Recipient };
            assert_eq!(refusal.about, about, "{status} {:?}", message.destination);
            assert_eq!(refusal.reason, FailureReason::InvalidHttpResponse);
            assert_eq!(refusal.code, Some(status.to_string()));
            let is_gone = refusal.effect == Some(ContactEffect::Invalid);
            assert_eq!(is_gone, status == 410, "{status}");
        }
        assert_eq!(server.calls().len(), 2, "no redirect is followed");
    }
}

/// A message to an endpoint of the lender's.
fn to_endpoint() -> Message {
    let signer = Signer::Endpoint(Id::external("demo", "hooks"));
    let destination = Destination { url: URL.into(), signer, generations: vec![1] };
    Message { destination: Some(destination), ..Message::webhook(URL, words()) }
}

#[tokio::test]
async fn a_lost_answer_is_simply_tried_again() {
    let (broken, connections) = hanging_up_after("").await;
    for receiver in [nobody().await, broken] {
        let refusal = refusal_of(send(&receiver, &Message::webhook(URL, words())).await);
        assert_eq!(refusal.retry, Retry::WhileAllowed);
        assert_eq!(refusal.reason, FailureReason::HttpErrorWhileSending);
    }
    assert!(connections.load(Ordering::SeqCst) > 0);
    assert!(endpoint("http://127.0.0.1:1", "postrider/").knows_repeats());
}

#[tokio::test]
async fn what_cannot_be_sent_says_why_and_is_not_tried_again() {
    let server = Server::answering(204, &[], json!({})).await;
    let long = Source { content_text: Some("x".repeat(MAX_BODY)), ..words() };
    for (url, source, reason) in [
        ("", words(), FailureReason::UndefinedDestination),
        ("hooks", words(), FailureReason::UndefinedDestination),
        ("http://hooks.example.com/", words(), FailureReason::InvalidHttpProtocol),
        ("https://169.254.169.254/latest", words(), FailureReason::BlacklistedUrl),
        ("https://localhost/", words(), FailureReason::BlacklistedUrl),
        (URL, long, FailureReason::MaxMessageSizeLimitExceeded),
    ] {
        let refusal = refusal_of(send(&server.url, &Message::webhook(url, source)).await);
        assert_eq!((refusal.reason, refusal.retry), (reason, Retry::Never), "{url}");
    }
    let nowhere = Message { destination: None, ..Message::webhook(URL, words()) };
    let refusal = refusal_of(send(&server.url, &nowhere).await);
    assert_eq!(refusal.reason, FailureReason::UndefinedDestination);
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn without_its_key_nothing_is_sent_unsigned() {
    let server = Server::answering(204, &[], json!({})).await;
    let unkeyed = endpoint(&server.url, "elsewhere/");
    let refusal = refusal_of(unkeyed.send(&Message::webhook(URL, words()).outgoing()).await);
    assert_eq!(refusal.retry, Retry::WhileAllowed);
    assert!(server.calls().is_empty());
}
