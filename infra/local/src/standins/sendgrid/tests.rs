use axum::http::StatusCode;
use data_encoding::BASE64;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde_json::{Value, json};

use super::*;
use crate::standins::testbed::{Call, Testbed, Webhook as Hook, client, serve};

/// A SendGrid with the demo's accounts, its controls and our webhook, each served.
struct Bench {
    url: String,
    webhook: Hook,
    demo: Demo,
}

impl Bench {
    async fn new() -> Self {
        let (webhook, webhook_url) = Hook::start().await;
        let demo = Demo::read().unwrap();
        let setup = Setup {
            aws: String::new(),
            sdk: aws_config::SdkConfig::builder().build(),
            bucket: String::new(),
            webhooks: webhook_url,
            auto_deliver: None,
        };
        let config = SendgridConfig::of(&demo, &setup).unwrap();
        let url = serve(Sendgrid::new(config, Testbed::new().surroundings()).controls()).await;
        Self { url, webhook, demo }
    }

    async fn control(&self, body: Value) -> (StatusCode, Value) {
        let url = format!("{}/_local/providers/sendgrid/inbound", self.url);
        let answer = client().post(url).body(body.to_string()).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn posted(&self, body: Value) -> Call {
        let (status, answer) = self.control(body).await;
        assert_eq!((status, answer["status"].as_u64()), (StatusCode::OK, Some(204)), "{answer}");
        self.webhook.last_call()
    }

    /// Whether a call is signed with the key that a tenant's settings name.
    fn is_signed_for(&self, tenant: usize, call: &Call) -> bool {
        let email = self.demo.tenants[tenant].senders.email.as_ref().unwrap();
        let der = BASE64.decode(email.inbound.sendgrid_public_keys[0].as_bytes()).unwrap();
        let header = |name: &str| call.header(&format!("x-twilio-email-event-webhook-{name}")).to_owned();
        let signature = BASE64.decode(header("signature").as_bytes()).unwrap();
        let signed = [header("timestamp").as_bytes(), call.body.as_bytes()].concat();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &der[26..]).verify(&signed, &signature).is_ok()
    }
}

#[tokio::test]
async fn each_lenders_mail_is_signed_with_its_own_key() {
    let bench = Bench::new().await;
    for (to, tenant, path) in [("service@acme.example", 0, "demo"), ("service@other.example", 1, "other")] {
        let call = bench.posted(json!({ "from": "john@example.com", "to": to, "body": "Hi" })).await;
        assert_eq!(call.path, format!("/api/v1/communications/webhooks/inbound/email?tenant={path}"));
        assert!(bench.is_signed_for(tenant, &call));
        assert!(!bench.is_signed_for(1 - tenant, &call));
    }
}

#[tokio::test]
async fn a_parsed_mail_is_a_form_of_its_parts_and_a_raw_one_has_it_whole() {
    let bench = Bench::new().await;
    let mail = json!({
        "from": "John <john@example.com>", "subject": "Größe", "body": "Can I pay?", "html": "<p>Can I pay?</p>",
        "files": [{ "name": "a.txt", "media_type": "text/plain", "content": "proof" }],
    });
    let parsed = bench.posted(mail.clone()).await;
    assert!(parsed.header("content-type").starts_with("multipart/form-data; boundary="));
    for part in [
        "name=\"text\"\r\n\r\nCan I pay?",
        "name=\"html\"\r\n\r\n<p>Can I pay?</p>",
        "name=\"subject\"\r\n\r\nGröße",
        "name=\"SPF\"\r\n\r\npass",
        "name=\"dkim\"\r\n\r\n{@example.com : pass}",
        "name=\"attachment1\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nproof",
        "name=\"attachments\"\r\n\r\n1",
    ] {
        assert!(parsed.body.contains(part), "{part}: {}", parsed.body);
    }
    let mut raw = mail;
    raw["raw_mode"] = json!(true);
    let raw = bench.posted(raw).await;
    assert!(raw.body.contains("name=\"email\"\r\n\r\nFrom: John <john@example.com>"), "{}", raw.body);
    assert!(!raw.body.contains("name=\"text\""));
}

#[tokio::test]
async fn mail_to_nobody_known_is_refused_in_words() {
    let bench = Bench::new().await;
    for (asked, expected) in [
        (json!({ "from": "john@example.com", "to": "a@elsewhere.example" }), StatusCode::NOT_FOUND),
        (json!({ "body": "Hi" }), StatusCode::BAD_REQUEST),
        (json!({ "from": "john@example.com", "via": "s3" }), StatusCode::BAD_REQUEST),
    ] {
        let (status, problem) = bench.control(asked).await;
        assert_eq!(status, expected, "{problem}");
    }
}
