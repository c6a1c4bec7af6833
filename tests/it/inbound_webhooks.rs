//! 000 · Inbound Webhooks: "Receive delivery status updates and inbound messages from providers."

use data_encoding::BASE64;
use local::standins::{http_client, twilio};
use platform::{digest::digest, providers::Webhook};
use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const JOHNS_NUMBER: &str = "+13125550101";
const TWILIO: &str = "x-twilio-signature";
const SENDGRID: &str = "x-twilio-email-event-webhook-signature";
const SNS: &str = "x-amz-sns-message-type";

/// Has a provider bring something; gives what our webhook answered.
async fn bring(app: &TestApp, provider: &str, message: Value) -> Value {
    app.post(&format!("/_local/providers/{provider}/inbound"), message).await.expect(200)
}

/// Has a provider bring something that our webhook takes, and works it off.
async fn brought(app: &TestApp, provider: &str, message: Value) {
    let told = bring(app, provider, message).await;
    assert!(matches!(told["status"].as_u64(), Some(200 | 204)), "{told:#}");
    app.drain().await;
}

async fn received(app: &TestApp, query: &str) -> Vec<Value> {
    let log = app.get(&format!("/api/v1/communication-logs?direction=inbound{query}")).await.expect(200);
    log["data"].as_array().unwrap().clone()
}

fn mail(more: Value) -> Value {
    let mut mail = json!({
        "from": "John Doe <john@example.com>", "to": "service@acme.example", "subject": "My due date",
        "body": "Can I pay on the 20th?",
    });
    mail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    mail
}

/// How often something was put into the bucket since the calls were forgotten.
fn stored(app: &TestApp) -> u64 {
    app.system.calls().get("s3.PutObject").copied().unwrap_or(0)
}

async fn dead(app: &TestApp) -> u32 {
    let depths = app.system.queues().await.unwrap();
    depths.iter().find(|depth| depth.name == "inbound").unwrap().dead
}

/// Lets what fails come back until it is given up.
pub async fn give_up(app: &TestApp) {
    for _ in 0..6 {
        app.drain().await;
    }
}

fn post(app: &TestApp, webhook: Webhook, query: &str) -> reqwest::RequestBuilder {
    http_client().post(format!("{}{}{query}", app.system.url(), webhook.path()))
}

/// A call of Twilio's with any form, signed.
fn signed(app: &TestApp, form: &[(&str, &str)]) -> (reqwest::RequestBuilder, String) {
    let pairs: Vec<_> = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let url = format!("{}{}?tenant=demo", app.system.url(), Webhook::InboundSms.path());
    let signature = twilio::signature("demo-twilio-auth-token", &url, &pairs);
    let request = post(app, Webhook::InboundSms, "?tenant=demo").header(TWILIO, signature).form(form);
    let body = request.try_clone().unwrap().build().unwrap();
    let body = String::from_utf8(body.body().unwrap().as_bytes().unwrap().to_vec()).unwrap();
    (request, body)
}

#[tokio::test]
async fn a_text_is_an_interaction_with_whoever_has_the_number() {
    let app = TestApp::start().await;
    let text = json!({ "from": JOHNS_NUMBER, "body": "Can I pay on the 20th? 💸" });
    let told = bring(&app, "twilio", text).await;
    assert_eq!((&told["status"], &told["body"]), (&json!(200), &json!("<Response/>")));
    app.drain().await;
    let [entry] = &received(&app, "").await[..] else { panic!("one") };
    assert_eq!(
        (&entry["sender"], &entry["recipient"], &entry["body"], &entry["borrower_external_id"]),
        (&json!(JOHNS_NUMBER), &json!("+13125550100"), &json!("Can I pay on the 20th? 💸"), &json!("john"))
    );
}

#[tokio::test]
async fn twilio_is_answered_twiml_that_tells_it_to_do_nothing() {
    let app = TestApp::start().await;
    let (request, _) = signed(&app, &[("MessageSid", "SM1"), ("From", JOHNS_NUMBER), ("To", "+13125550100")]);
    let told = answer(request).await;
    assert_eq!(told.headers["content-type"], "text/xml");
    assert_eq!(told.expect(200), "<Response/>");
}

#[tokio::test]
async fn a_mail_is_one_interaction_by_whatever_way_it_came() {
    for (provider, way) in [
        ("sendgrid", json!({})),
        ("sendgrid", json!({ "raw_mode": true })),
        ("ses", json!({ "via": "sns", "encoding": "UTF-8", "signature_version": "1" })),
        ("ses", json!({ "via": "sns", "encoding": "BASE64" })),
        ("ses", json!({ "via": "s3" })),
    ] {
        let app = TestApp::start().await;
        brought(&app, provider, mail(way.clone())).await;
        let [entry] = &received(&app, "").await[..] else { panic!("one by {provider} {way}") };
        assert_eq!(
            (&entry["sender"], &entry["recipient"], &entry["subject"], &entry["body"]),
            (
                &json!("john@example.com"),
                &json!("service@acme.example"),
                &json!("My due date"),
                &json!("Can I pay on the 20th?")
            ),
            "{provider} {way}"
        );
        assert_eq!(entry["borrower_external_id"], "john");
    }
}

#[tokio::test]
async fn each_lenders_mail_is_its_own() {
    let app = TestApp::start().await;
    for (provider, way) in [("sendgrid", json!({})), ("ses", json!({ "via": "s3" }))] {
        let mut brought_mail = mail(way);
        brought_mail["to"] = json!("service@other.example");
        brought(&app, provider, brought_mail).await;
    }
    assert!(received(&app, "").await.is_empty());
    let log = app
        .seen_by(Some("other-admin"))
        .get("/api/v1/communication-logs?direction=inbound")
        .await
        .expect(200);
    assert_eq!(log["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_same_brought_or_delivered_twice_is_one_interaction() {
    let app = TestApp::start().await;
    let named = json!({ "headers": { "Message-ID": "<7@example.com>" } });
    for provider in ["sendgrid", "ses"] {
        for _ in 0..2 {
            bring(&app, provider, mail(named.clone())).await;
            app.drain_repeating().await;
        }
    }
    let text = [("MessageSid", "SM1"), ("From", JOHNS_NUMBER), ("To", "+13125550100"), ("Body", "Hello")];
    for _ in 0..2 {
        answer(signed(&app, &text).0).await.expect(200);
        app.drain_repeating().await;
    }
    assert_eq!(received(&app, "&channel=email").await.len(), 2, "one of each provider");
    assert_eq!(received(&app, "&channel=sms").await.len(), 1);
}

#[tokio::test]
async fn whoever_writes_to_an_address_that_nobody_reads_is_told_so() {
    let app = TestApp::start().await;
    // In the lender's own words, where it has some.
    app.template("email", "unmonitored_email_address").await;
    brought(&app, "sendgrid", mail(json!({ "to": "no-reply@acme.example" }))).await;
    let [sent] = &app.outbox("email").await[..] else { panic!("one") };
    assert_eq!((&sent["to"], sent["subject"].as_str()), (&json!("john@example.com"), Some("Hello John")));
}

#[tokio::test]
async fn an_unproven_call_is_refused_and_leaves_nothing() {
    let app = TestApp::start().await;
    app.system.reset_calls();
    let form = [("MessageSid", "SM1"), ("From", JOHNS_NUMBER), ("To", "+13125550100"), ("Body", "Hello")];
    let (text, email) = (Webhook::InboundSms, Webhook::InboundEmail);
    let now = app.system.app().now().as_second().to_string();
    let sendgrid = |query: &str| {
        let request = post(&app, email, query).header("x-twilio-email-event-webhook-timestamp", &now);
        request.header("content-type", "multipart/form-data; boundary=x").body("--x--")
    };
    let good = signed(&app, &form).0.build().unwrap().headers()[TWILIO].clone();
    for request in [
        post(&app, text, "").form(&form),
        post(&app, text, "?tenant=demo").form(&form),
        post(&app, text, "?tenant=demo").header(TWILIO, "AAAA").form(&form),
        // Signed, but for another tenant, another query, another webhook, another body.
        post(&app, text, "?tenant=other").header(TWILIO, &good).form(&form),
        post(&app, text, "?tenant=nobody").header(TWILIO, &good).form(&form),
        post(&app, text, "?tenant=demo&a=1").header(TWILIO, &good).form(&form),
        post(&app, Webhook::DeliveryStatus, "?tenant=demo").header(TWILIO, &good).form(&form),
        post(&app, email, "?tenant=demo").header(TWILIO, &good).form(&form),
        post(&app, text, "?tenant=demo").header(TWILIO, &good).form(&form[..3]),
        sendgrid("?tenant=demo"),
        sendgrid("?tenant=demo").header(SENDGRID, "AAAA"),
        sendgrid("?tenant=nobody").header(SENDGRID, "AAAA"),
        post(&app, text, "?tenant=demo").header(SENDGRID, "AAAA"),
        post(&app, email, "?tenant=demo").header(SNS, "Notification").body("{}"),
        post(&app, text, "?tenant=demo").header(SNS, "Notification").body("{}"),
    ] {
        let problem = answer(request).await.problem(401, "unauthenticated");
        assert!(problem["detail"].as_str().unwrap().contains("credentials it signs with"), "{problem}");
    }
    assert_eq!(stored(&app), 0);
    app.drain().await;
    assert!(received(&app, "").await.is_empty());
}

#[tokio::test]
async fn a_receipt_topic_is_confirmed_and_carries_no_delivery_reports() {
    let app = TestApp::start().await;
    let topic = "arn:aws:sns:us-east-1:100000000000:postrider-demo-mail";
    let told = app.post("/_local/providers/ses/subscribe", json!({ "topic": topic })).await.expect(200);
    assert_eq!(told["confirmed"], true, "{told:#}");
    assert!(told["webhook"]["url"].as_str().unwrap().contains("/inbound/email?"), "{told:#}");
    let told =
        bring(&app, "ses", mail(json!({ "message": "Successfully validated SNS topic for Amazon SES." })))
            .await;
    assert_eq!(told["status"], 204);
    app.drain().await;
    assert!(received(&app, "").await.is_empty());
    assert_eq!(dead(&app).await, 0);
}

#[tokio::test]
async fn what_cannot_be_read_is_parked_and_kept_as_it_came() {
    let app = TestApp::start().await;
    let (request, body) =
        signed(&app, &[("MessageSid", "SM1"), ("To", "+13125550100"), ("Body", "Who am I?")]);
    answer(request).await.expect(200);
    bring(&app, "ses", mail(json!({ "message": "{}" }))).await;
    // Mail of another lender, or of nobody.
    for key in ["other/mail/abc", "demo/interactions/abc", "abc"] {
        bring(&app, "ses", mail(json!({ "via": "s3", "object_key": key }))).await;
    }
    bring(&app, "ses", mail(json!({ "via": "s3", "bucket": "strangers" }))).await;
    give_up(&app).await;
    assert_eq!(dead(&app).await, 6);
    assert!(received(&app, "").await.is_empty());

    let key = format!("demo/inbound/twilio/{}.json", digest(&["tenant=demo", &body]));
    let kept: Value = serde_json::from_slice(&app.system.app().objects.get(&key).await.unwrap()).unwrap();
    let decoded = BASE64.decode(kept["body"]["here"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(String::from_utf8(decoded).unwrap(), body);
    assert_eq!((&kept["tenant"], &kept["query"]), (&json!("demo"), &json!("tenant=demo")));
    assert_eq!(kept["contentType"], "application/x-www-form-urlencoded");
}

#[tokio::test]
async fn of_a_mail_with_a_virus_nothing_is_shown() {
    let app = TestApp::start().await;
    let infected = mail(json!({ "to": "no-reply@acme.example", "verdicts": { "virus": "FAIL" } }));
    brought(&app, "ses", infected).await;
    let [entry] = &received(&app, "").await[..] else { panic!("one") };
    assert!(entry["body"].as_str().unwrap().contains("a virus was found"), "{entry:#}");
}

#[tokio::test]
async fn a_long_mail_is_taken_and_one_too_long_for_us_is_told_so() {
    let app = TestApp::start().await;
    let picture =
        |bytes: usize| json!([{ "name": "a.bin", "media_type": "image/png", "content": "x".repeat(bytes) }]);
    let words = "I cannot pay before the 20th. ".repeat(1_000);
    brought(&app, "sendgrid", mail(json!({ "body": words, "files": picture(3 << 20) }))).await;
    brought(&app, "ses", mail(json!({ "via": "s3", "files": picture(9 << 20) }))).await;
    let log = received(&app, "").await;
    assert_eq!(log.len(), 2);
    assert!(log.iter().any(|entry| entry["body"].as_str().is_some_and(|body| body.trim() == words.trim())));

    app.system.reset_calls();
    let told = bring(&app, "sendgrid", mail(json!({ "files": picture((6 << 20) + 1) }))).await;
    assert_eq!(told["status"], 413);
    let form = [("MessageSid", "SM1"), ("From", JOHNS_NUMBER), ("Body", &"x".repeat(1 << 20))];
    answer(signed(&app, &form).0).await.problem(413, "body-too-large");
    assert_eq!(stored(&app), 0);
}

#[tokio::test]
async fn a_picture_by_text_stands_at_twilio_until_it_is_fetched() {
    let app = TestApp::start().await;
    let media = json!([{ "media_type": "image/png", "content": "a picture" }]);
    brought(&app, "twilio", json!({ "from": JOHNS_NUMBER, "media": media })).await;
    let [entry] = &received(&app, "").await[..] else { panic!("one") };
    assert_eq!(entry["sender"], JOHNS_NUMBER);
}

#[tokio::test]
async fn when_the_store_or_the_queue_is_away_the_provider_is_told_to_try_again() {
    let app = TestApp::start().await;
    for target in ["s3", "sqs"] {
        app.fault(target, "error", 5).await;
        let told = bring(&app, "twilio", json!({ "from": JOHNS_NUMBER, "body": "Hello" })).await;
        assert_eq!(told["status"], 503, "{target}: {told:#}");
        app.no_faults().await;
    }
    app.drain().await;
    assert!(received(&app, "").await.is_empty());
    let request = app.request(Method::GET, Webhook::InboundSms.path());
    answer(request).await.problem(405, "method-not-allowed");
}
