//! What somebody unproven says stays out of the logs, but for a little.

use data_encoding::BASE64URL_NOPAD;
use platform::providers::Webhook;
use postrider_tests::{
    TestApp, answer,
    log::{Log, Logging},
};
use reqwest::Method;
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

/// More than a log may have of it, in as many letters as lines of ours never have.
fn long() -> String {
    "ẞ".repeat(2_000)
}

fn token(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}.AAAA", part(header), part(claims))
}

#[tokio::test]
async fn of_what_somebody_unproven_says_the_logs_have_80_characters_at_most() {
    let app = TestApp::start().await;
    let log = Log::default();
    let lines = tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new("functions=trace,platform=trace,domain=trace"))
        .with_writer(log.clone())
        .finish();
    let logging = Logging::to(lines);

    let hs256 = json!({ "alg": "HS256", "kid": long() });
    let tokens = [
        token(&hs256, &json!({ "iss": "ẞ".repeat(150), "aud": "a", "sub": "s" })),
        token(&json!({ "alg": long() }), &json!({ "iss": "a" })),
        token(&hs256, &json!({ "iss": [long()] })),
        token(&hs256, &json!({ "iss": "https://login.acme.example", "sub": long(), "role": long() })),
        format!("{}\u{85}", BASE64URL_NOPAD.encode(long().as_bytes())),
    ];
    for token in tokens {
        let me = format!("{}/me", app.system.url());
        let bearer =
            app.anonymous(Method::GET, &me).header("authorization", format!("Bearer {token}").into_bytes());
        assert_eq!(answer(bearer).await.status, 401);
    }
    let notification = |member: &str, value: Value| {
        let mut body = json!({
            "Type": "Notification", "MessageId": "1", "Message": "m", "Timestamp": "2026-01-05T15:00:00Z",
            "TopicArn": "arn:aws:sns:us-east-1:100000000000:postrider-email-events", "Signature": "AAAA",
            "SignatureVersion": "2", "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-10ca1.pem",
        });
        body[member] = value;
        body.to_string()
    };
    for body in [
        notification("TopicArn", json!(format!("{}\n\u{1b}[31mERROR forged", long()))),
        notification("SigningCertURL", json!(format!("https://evil.example/{}", long()))),
        notification("Type", json!(long())),
        notification("SignatureVersion", json!(long())),
        notification("Message", json!({ "a": long() })),
        notification("MessageId", json!([long()])),
        long(),
    ] {
        for webhook in [Webhook::DeliveryStatus, Webhook::InboundEmail] {
            let url = format!("{}{}?tenant=demo&more={}", app.system.url(), webhook.path(), long());
            let call = app.anonymous(Method::POST, &url).header("x-amz-sns-message-type", "Notification");
            assert_eq!(answer(call.body(body.clone())).await.status, 401);
        }
    }
    drop(logging);

    let log = log.text();
    assert!(log.lines().count() > 20, "{log}");
    for line in log.lines() {
        assert!(line.matches('ẞ').count() <= 80, "{line}");
        let line: Value = serde_json::from_str(line).expect("a line is one event");
        let texts = line["fields"].as_object().unwrap().values().filter_map(Value::as_str);
        assert!(texts.into_iter().all(|text| !text.chars().any(char::is_control)), "{line}");
    }
    assert!(log.contains("no caller") && log.contains("not believed"), "{log}");
}
