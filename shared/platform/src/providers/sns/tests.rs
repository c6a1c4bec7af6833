//! Envelopes are signed here as SNS does it, with a key made for these tests and used nowhere else.
//! `test_certificate.pem` belongs to `test_key.pk8` and is valid from 2026 to 2036.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{Router, http::StatusCode, routing::get};
use proptest::prelude::*;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::*;
use crate::providers::fixtures::now;

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:demo-events";
const CERTIFICATE_URL: &str = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123.pem";

/// [`notification`] signed with SHA-1, which `ring` verifies but does not sign with:
/// `openssl dgst -sha1 -sign test_key`.
const SHA1_SIGNATURE: &str = "efcmcsKSF3stxOQK6Mx3FkBcJeM2bK1WOSUo1m3HPzQRmQOyopGpl6uA6NNE/5R6BOwTCVzz3dIFvt/2u8MV3uXgu5K9Q4ZLPalg\
    TxLg/sIG3Em+lSCTPf1qBZiElfvEPTPcoB+HM5A2aVxQu3I91FI1/kpKXV2nbAbkGCAUBapL7AiJLdtQo8JkF83a8Qc4s0/eW5qm\
    1ajhXsaZ/nmcQuIho6/0ZXiwKGUKnpKU55T1OozTfbt+VFAGDggtIpH+gPMPQltAiSvbrG9E8bVh3R9OunYkLa21cNImsJWI1B7X\
    Rbmm1LdyTVE3RvxXv30wjpUUkZnt5k3NDFhu7lQykg==";

/// Has one document, and lets nobody confirm.
struct Serving(&'static [u8]);

const SNS: Serving = Serving(include_bytes!("test_certificate.pem"));

#[async_trait]
impl Sns for Serving {
    async fn certificate(&self, url: &Url) -> Result<Arc<[u8]>, Error> {
        assert_eq!(url.as_str(), CERTIFICATE_URL);
        Ok(self.0.into())
    }

    async fn confirm(&self, subscribe_url: &Url) -> Result<(), Error> {
        panic!("{subscribe_url} visited")
    }
}

fn notification() -> Map<String, Value> {
    let Value::Object(fields) = json!({
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": "{\"eventType\":\"Delivery\"}\n",
        "Timestamp": "2026-11-21T11:59:58.123Z",
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE_URL,
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
    }) else {
        unreachable!()
    };
    fields
}

fn confirmation() -> Map<String, Value> {
    let mut fields = notification();
    fields.remove("Subject");
    fields.remove("UnsubscribeURL");
    fields.insert("Type".into(), "SubscriptionConfirmation".into());
    fields.insert("Message".into(), "You have chosen to subscribe to the topic.".into());
    fields.insert("Token".into(), "2336412f37".into());
    fields.insert(
        "SubscribeURL".into(),
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37".into(),
    );
    fields
}

fn signed(mut fields: Map<String, Value>) -> Map<String, Value> {
    let keys: &[&str] = if fields["Type"] == "Notification" {
        &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    } else {
        &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    };
    let present = keys.iter().filter_map(|key| Some((key, fields.get(*key)?.as_str()?)));
    let text: String = present.map(|(key, value)| format!("{key}\n{value}\n")).collect();
    let key = RsaKeyPair::from_pkcs8(include_bytes!("test_key.pk8")).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    fields.insert("Signature".into(), BASE64.encode(&signature).into());
    fields
}

fn with(mut fields: Map<String, Value>, name: &str, value: &str) -> Map<String, Value> {
    fields.insert(name.into(), value.into());
    fields
}

async fn open_at(now: Timestamp, fields: Map<String, Value>) -> Result<Delivery, Refusal> {
    let body = serde_json::to_vec(&fields).unwrap();
    open(&body, &[TOPIC.to_owned()], now, &SNS).await
}

async fn opened(fields: Map<String, Value>) -> Result<Delivery, Refusal> {
    open_at(now(), fields).await
}

#[tokio::test]
async fn a_signed_notification_is_opened_in_both_signature_versions() {
    let sha1 = with(with(notification(), "SignatureVersion", "1"), "Signature", SHA1_SIGNATURE);
    for fields in [sha1, signed(notification())] {
        let delivery = opened(fields).await.unwrap();
        assert_eq!(delivery.topic, TOPIC);
        assert_eq!(delivery.message_id, "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324");
        assert_eq!(
            delivery.content,
            Content::Notification { message: "{\"eventType\":\"Delivery\"}\n".into() }
        );
    }
}

#[tokio::test]
async fn a_notification_without_subject_is_signed_without_it() {
    let mut fields = notification();
    fields.remove("Subject");
    assert!(opened(signed(fields.clone())).await.is_ok());
    fields.insert("Subject".into(), Value::Null);
    assert!(opened(signed(fields)).await.is_ok());
}

#[tokio::test]
async fn a_confirmation_for_an_expected_topic_gives_the_url_to_get() {
    let delivery = opened(signed(confirmation())).await.unwrap();
    let Content::SubscriptionConfirmation { subscribe_url } = delivery.content else { panic!() };
    assert_eq!(subscribe_url.host_str(), Some("sns.us-east-1.amazonaws.com"));
    let goodbye = opened(signed(with(confirmation(), "Type", "UnsubscribeConfirmation"))).await.unwrap();
    assert_eq!(goodbye.content, Content::UnsubscribeConfirmation);
}

#[tokio::test]
async fn a_confirmation_elsewhere_than_at_sns_is_refused() {
    for url in [
        "https://169.254.169.254/",
        "https://sns.us-east-1.amazonaws.com.evil.example/?Action=ConfirmSubscription&Token=1",
        "https://sns.s3-us-west-2.amazonaws.com/?Action=ConfirmSubscription&Token=1",
        "http://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=1",
        "https://sns.us-east-1.amazonaws.com/",
        "https://sns.us-east-1.amazonaws.com/a?Action=ConfirmSubscription&Token=1",
        "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&Token=1",
        "https://sns.us-east-1.amazonaws.com/?Action=Publish&Action=ConfirmSubscription&Token=1",
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=1#a",
        "",
    ] {
        let fields = signed(with(confirmation(), "SubscribeURL", url));
        assert!(matches!(opened(fields).await, Err(Refusal::Host(_))), "{url}");
    }
}

#[tokio::test]
async fn a_topic_nobody_expects_is_refused_before_anything_is_fetched() {
    for fields in [notification(), confirmation()] {
        // Fetching from any other URL than the test's would panic.
        let fields = with(signed(fields), "SigningCertURL", "https://sns.eu-west-1.amazonaws.com/a.pem");
        let body = serde_json::to_vec(&fields).unwrap();
        for topics in [vec![], vec!["arn:aws:sns:us-east-1:123456789012:other".to_owned()]] {
            let refused = open(&body, &topics, now(), &SNS).await;
            assert!(matches!(refused, Err(Refusal::Topic(_))), "{topics:?}");
        }
    }
}

#[tokio::test]
async fn any_signed_field_changed_breaks_the_signature() {
    for (original, fields) in [
        (notification(), ["Message", "MessageId", "Subject", "Timestamp"].as_slice()),
        (confirmation(), &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token"]),
    ] {
        for field in fields {
            let other = if *field == "Timestamp" {
                "2026-11-21T11:59:57Z"
            } else {
                "https://sns.eu-west-1.amazonaws.com/"
            };
            let refused = opened(with(signed(original.clone()), field, other)).await;
            assert!(matches!(refused, Err(Refusal::Signature)), "{field}: {refused:?}");
        }
    }
    // A confirmation must not pass as a notification, nor SHA-256 as SHA-1.
    assert!(matches!(
        opened(with(signed(confirmation()), "Type", "Notification")).await,
        Err(Refusal::Signature)
    ));
    assert!(matches!(
        opened(with(signed(notification()), "SignatureVersion", "1")).await,
        Err(Refusal::Signature)
    ));
    assert!(matches!(
        opened(with(notification(), "Signature", SHA1_SIGNATURE)).await,
        Err(Refusal::Signature)
    ));
    assert!(matches!(opened(with(notification(), "Signature", "")).await, Err(Refusal::Signature)));
    assert!(matches!(opened(with(notification(), "Signature", "?")).await, Err(Refusal::Signature)));
}

#[tokio::test]
async fn a_certificate_elsewhere_than_at_sns_is_not_fetched() {
    const FILE: &str = "/SimpleNotificationService-0123abcdef.pem";
    for origin in [
        "http://sns.us-east-1.amazonaws.com",
        "https://sns.us-east-1.amazonaws.com:8443",
        "https://sns.us-east-1.amazonaws.com:443",
        "https://SNS.us-east-1.amazonaws.com",
        "https://sns.us-east-1.amazonaws.com@evil.example",
        "https://user@sns.us-east-1.amazonaws.com",
        "https://@sns.us-east-1.amazonaws.com",
        "https://sns.us-east-1.amazonaws.com.",
        "https://sns.us-east-1.amazonaws.com.evil.example",
        "https://evil.example/sns.us-east-1.amazonaws.com",
        "https://sns.evil.example.amazonaws.com",
        "https://sns.s3-us-west-2.amazonaws.com",
        "https://sns.s3-website-us-west-2.amazonaws.com",
        "https://sns.s3.us-west-2.amazonaws.com",
        "https://sns.s3.amazonaws.com",
        "https://sns.us-west-2.elb.amazonaws.com",
        "https://sns.execute-api.us-west-2.amazonaws.com",
        "https://sns.us-west-2-s3.amazonaws.com",
        "https://sns.us-west-22.amazonaws.com",
        "https://sns.us-west-.amazonaws.com",
        "https://sns.us-2.amazonaws.com",
        "https://sns.us--2.amazonaws.com",
        "https://sns.usa-west-2.amazonaws.com",
        "https://sns.-west-2.amazonaws.com",
        "https://bucket.s3.amazonaws.com",
        "https://sns.amazonaws.com",
        "https://sns.ab.amazonaws.com",
        "https://evilsns.us-east-1.amazonaws.com",
        "https://sns.us-east-1.amazonaws.com.cn",
        "https://sns.cn-north-1.amazonaws.com",
        "https://sns.cn-north-1.amazonaws.com.cn.cn",
        "file://",
        "",
    ] {
        let url = format!("{origin}{FILE}");
        let refused = opened(signed(with(notification(), "SigningCertURL", &url))).await;
        assert!(matches!(refused, Err(Refusal::Host(_))), "{url}: {refused:?}");
    }
    for rest in [
        "/a.pem",
        "/SimpleNotificationService-.pem",
        "/SimpleNotificationService-0123",
        "/SimpleNotificationService-0123.pem/",
        "/SimpleNotificationService-0123.pem?a=b",
        "/SimpleNotificationService-0123.pem?",
        "/SimpleNotificationService-0123.pem#",
        "/SimpleNotificationService-0123.pem#a.pem",
        "/SimpleNotificationService-evil.pem",
        "/SimpleNotificationService-01/23.pem",
        "/SimpleNotificationService-01%2F23.pem",
        "/a/SimpleNotificationService-0123.pem",
        "/a/../SimpleNotificationService-0123.pem",
        "//SimpleNotificationService-0123.pem",
        "\\SimpleNotificationService-0123.pem",
        "/Simple\tNotificationService-0123.pem",
        "/?Action=ConfirmSubscription&a=/SimpleNotificationService-0123.pem",
    ] {
        let url = format!("https://sns.us-east-1.amazonaws.com{rest}");
        let refused = opened(signed(with(notification(), "SigningCertURL", &url))).await;
        assert!(matches!(refused, Err(Refusal::Host(_))), "{url}: {refused:?}");
    }
    for host in [
        "sns.us-east-1.amazonaws.com",
        "sns.us-gov-west-1.amazonaws.com",
        "sns.ap-southeast-7.amazonaws.com",
        "sns.cn-north-1.amazonaws.com.cn",
    ] {
        assert!(on_sns_host(&format!("https://{host}{FILE}")).is_some(), "{host}");
    }
}

#[tokio::test]
async fn a_delivery_is_believed_for_an_hour() {
    let published: Timestamp = "2026-11-21T11:59:58.123Z".parse().unwrap();
    let fields = signed(notification());
    for (after, fresh) in
        [(-301, false), (-300, true), (0, true), (3600, true), (3601, false), (31_536_000, false)]
    {
        let now = published + SignedDuration::from_secs(after);
        let result = open_at(now, fields.clone()).await;
        assert_eq!(result.is_ok(), fresh, "{after} s: {result:?}");
    }
}

#[tokio::test]
async fn a_certificate_counts_only_while_it_is_valid() {
    for (timestamp, valid) in [
        ("2025-12-31T23:59:59Z", false),
        ("2026-01-01T00:00:00Z", true),
        ("2036-12-31T23:59:59Z", true),
        ("2037-01-01T00:00:00Z", false),
    ] {
        let result =
            open_at(timestamp.parse().unwrap(), signed(with(notification(), "Timestamp", timestamp))).await;
        match result {
            Ok(_) => assert!(valid, "{timestamp}"),
            Err(refusal) => {
                assert!(!valid && matches!(refusal, Refusal::Certificate(_)), "{timestamp}: {refusal}")
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_certificate_proves_nothing() {
    let body = serde_json::to_vec(&signed(notification())).unwrap();
    for text in ["", "<html>", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let refused = open(&body, &[TOPIC.to_owned()], now(), &Serving(text.as_bytes())).await;
        assert!(matches!(refused, Err(Refusal::Certificate(_))), "{text}: {refused:?}");
    }
}

#[tokio::test]
async fn an_unknown_type_or_version_is_malformed() {
    for (field, value) in [("Type", "Invitation"), ("SignatureVersion", "3"), ("Timestamp", "yesterday")] {
        let refused = opened(signed(with(notification(), field, value))).await;
        assert!(matches!(refused, Err(Refusal::Malformed(_))), "{field}: {refused:?}");
    }
}

#[test]
fn callers_learn_nothing_but_that_they_are_not_believed() {
    assert!(matches!(Error::from(Refusal::Signature), Error::Unauthenticated));
    let undecided = Refusal::Undecided(Error::Unavailable("sns".into()));
    assert!(matches!(Error::from(undecided), Error::Unavailable(_)));
}

/// A server that is not available for the first call, and the number of calls it got.
async fn server() -> (Url, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let answer = async move || match counted.fetch_add(1, Ordering::SeqCst) {
        0 => (StatusCode::SERVICE_UNAVAILABLE, ""),
        _ => (StatusCode::OK, "pem"),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", get(answer))).await });
    (url, calls)
}

#[tokio::test]
async fn a_certificate_is_fetched_once_and_a_failure_is_not_remembered() {
    let (url, calls) = server().await;
    let sns = SnsOverHttps::new(Outbound::new());
    assert!(matches!(sns.certificate(&url).await, Err(Error::Unavailable(_))));
    for _ in 0..3 {
        assert_eq!(&*sns.certificate(&url).await.unwrap(), b"pem");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_subscription_is_confirmed_by_a_visit() {
    let (url, calls) = server().await;
    let sns = SnsOverHttps::new(Outbound::new());
    assert!(matches!(sns.confirm(&url).await, Err(Error::Unavailable(_))));
    assert!(sns.confirm(&url).await.is_ok());
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

fn try_open(body: &[u8]) -> Result<Delivery, Refusal> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(open(body, &[TOPIC.to_owned()], now(), &SNS))
}

proptest! {
    #[test]
    fn no_body_makes_it_panic_or_be_believed(body: Vec<u8>) {
        prop_assert!(try_open(&body).is_err());
    }

    #[test]
    fn no_field_makes_it_panic(field in 0usize..9, value in ".{0,30}") {
        let fields = with(notification(), "Signature", "AAAA");
        let name = fields.keys().nth(field).unwrap().clone();
        let fields = with(fields, &name, &value);
        prop_assert!(try_open(&serde_json::to_vec(&fields).unwrap()).is_err());
    }
}
