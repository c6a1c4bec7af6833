use axum::http::StatusCode;
use data_encoding::BASE64;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde_json::{Value, json};

use super::*;
use crate::standins::testbed::{Call, Testbed, Webhook as Hook, client, serve};

/// A SendGrid with the demo's accounts, its API, its controls and our webhook, each served.
struct Bench {
    bed: Testbed,
    api: String,
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
        let bed = Testbed::new();
        let sendgrid = Sendgrid::new(config, bed.surroundings());
        let (api, url) = (serve(sendgrid.api().unwrap()).await, serve(sendgrid.controls()).await);
        Self { bed, api, url, webhook, demo }
    }

    /// Sends with a key; answers the status, the message's id, and the body.
    async fn send(&self, key: &str, request: &Value) -> (u16, String, Value) {
        let url = format!("{}/v3/mail/send", self.api);
        let answer = client().post(url).bearer_auth(key).body(request.to_string()).send().await.unwrap();
        let id = answer.headers().get("x-message-id").map(|id| id.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        let body = answer.text().await.unwrap();
        (status, id.unwrap_or_default(), serde_json::from_str(&body).unwrap_or_default())
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

const KEY: &str = "SG.demo.sendgrid-api-key";

fn request() -> Value {
    json!({
        "personalizations": [{ "to": [{ "email": "john@example.com", "name": "John" }] }],
        "from": { "email": "service@acme.example", "name": "Acme Lending" },
        "subject": "Due",
        "content": [{ "type": "text/plain", "value": "Hi" }, { "type": "text/html", "value": "<p>Hi</p>" }],
        "attachments": [{ "content": "JVBERg==", "type": "application/pdf", "filename": "a.pdf" }],
        "headers": { "Message-ID": "<IN-1@acme.example>" },
        "custom_args": { "tenant": "demo", "interaction": "IN-1" },
    })
}

#[tokio::test]
async fn a_send_is_answered_202_with_an_id_and_leaves_the_building() {
    let bench = Bench::new().await;
    let (status, id, body) = bench.send(KEY, &request()).await;
    assert_eq!((status, body), (202, Value::Null));
    let left = bench.bed.outbox.find(ProviderName::Sendgrid, "IN-1").unwrap();
    assert_eq!((left.provider_message_id, left.to.as_str()), (id, "john@example.com"));
    assert_eq!((left.body.as_str(), left.html.as_deref()), ("Hi", Some("<p>Hi</p>")));
    assert_eq!((left.attachments[0].name.as_str(), left.attachments[0].size), ("a.pdf", Some(4)));
}

#[tokio::test]
async fn what_sendgrid_refuses_is_refused_in_its_words() {
    let bench = Bench::new().await;
    for (pointer, wrong, status, field) in [
        ("/personalizations", json!([]), 400, json!("personalizations")),
        ("/personalizations/0/to", json!([]), 400, json!("personalizations.0.to")),
        ("/personalizations/0/to/0/email", json!("john"), 400, json!("personalizations.0.to.0.email")),
        (
            "/personalizations/0/to",
            json!([{ "email": "a@b.example" }, { "email": "A@b.example" }]),
            400,
            json!("personalizations.0"),
        ),
        ("/from/email", json!("acme"), 400, json!("from.email")),
        ("/from/email", json!("ceo@elsewhere.example"), 403, json!("from")),
        ("/subject", json!(""), 400, json!("subject")),
        ("/content", json!([]), 400, json!("content")),
        ("/content/0/value", json!(""), 400, json!("content.0.value")),
        ("/content/0/type", json!("text/html"), 400, json!("content")),
        ("/attachments/0/content", json!("%"), 400, json!("attachments.0.content")),
        ("/headers", json!({ "Subject": "x" }), 400, json!("headers")),
        ("/custom_args/interaction", json!("x".repeat(10_000)), 400, json!("custom_args")),
    ] {
        let mut request = request();
        *request.pointer_mut(pointer).unwrap() = wrong;
        let (answered, _, body) = bench.send(KEY, &request).await;
        assert_eq!((answered, &body["errors"][0]["field"]), (status, &field), "{pointer}: {body}");
        assert!(body["errors"][0]["message"].is_string());
    }
    assert_eq!(bench.send("guess", &request()).await.0, 401);
    assert!(bench.bed.outbox.find(ProviderName::Sendgrid, "IN-1").is_none());
}

#[tokio::test]
async fn an_event_is_posted_as_an_array_signed_with_the_accounts_key() {
    let bench = Bench::new().await;
    let (_, id, _) = bench.send(KEY, &request()).await;
    let url = format!("{}/_local/providers/sendgrid/status", bench.url);
    let asked = json!({ "message": "IN-1", "event": "bounce", "more": { "type": "blocked" }, "times": 2 });
    assert_eq!(client().post(&url).body(asked.to_string()).send().await.unwrap().status(), StatusCode::OK);
    let call = bench.webhook.last_call();
    assert_eq!(call.path, "/api/v1/communications/webhooks/delivery-status?tenant=demo");
    assert!(bench.is_signed_for(0, &call));
    let events: Vec<Value> = serde_json::from_str(&call.body).unwrap();
    assert_eq!(events.len(), 2);
    assert_ne!(events[0]["sg_event_id"], events[1]["sg_event_id"]);
    let told = &events[0];
    assert_eq!((&told["event"], &told["type"]), (&json!("bounce"), &json!("blocked")));
    assert_eq!((&told["tenant"], &told["interaction"]), (&json!("demo"), &json!("IN-1")));
    assert!(told["sg_message_id"].as_str().unwrap().starts_with(&format!("{id}.")), "{told}");
}
