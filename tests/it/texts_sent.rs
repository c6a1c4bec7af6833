//! Texts with files, and senders by country.

use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

async fn upload(app: &TestApp, name: &str, media_type: &str, bytes: &[u8]) {
    app.post("/people/ext-john/documents", json!({ "externalId": name, "name": name })).await.expect(201);
    let path = format!("/people/ext-john/documents/ext-{name}/content");
    let request = app.request(Method::PUT, &path).header("content-type", media_type).body(bytes.to_vec());
    answer(request).await.expect(200);
}

async fn text(app: &TestApp, documents: &[&str]) -> Answer {
    let files: Vec<String> = documents.iter().map(|name| format!("ext-{name}")).collect();
    let body = json!({ "subject": "noticeByText", "personId": "ext-john", "channel": "text", "theme": "opsServicing", "attachments": files });
    app.post("/communicator/send", body).await
}

async fn with_files() -> TestApp {
    let app = TestApp::start().await;
    app.template("sms", "notice_by_text").await;
    upload(&app, "check", "image/png", PNG).await;
    upload(&app, "terms", "application/pdf", b"%PDF-1.7\nterms").await;
    upload(&app, "words", "text/plain", b"words").await;
    app
}

async fn files_of(app: &TestApp) -> Vec<(Value, Value)> {
    let outbox = app.outbox("text").await;
    assert_eq!(outbox.len(), 1, "{outbox:#?}");
    let files = outbox[0]["attachments"].as_array().unwrap().iter();
    files.map(|file| (file["media_type"].clone(), file["size"].clone())).collect()
}

#[tokio::test]
async fn a_text_carries_documents_that_the_provider_fetches() {
    let app = with_files().await;
    text(&app, &["check", "terms"]).await.expect(202);
    app.drain().await;
    let expected =
        [(json!("image/png"), json!(PNG.len())), (json!("application/pdf"), json!(b"%PDF-1.7\nterms".len()))];
    assert_eq!(files_of(&app).await, expected);
}

#[tokio::test]
async fn a_text_with_files_leaves_once_although_it_is_delivered_twice_or_its_dispatcher_dies() {
    for fault in [None, Some("crash_before_record"), Some("drop_answer")] {
        let app = with_files().await;
        if let Some(mode) = fault {
            app.fault("twilio", mode, 1).await;
        }
        let id = text(&app, &["check"]).await.expect(202)["data"]["id"].as_str().unwrap().to_owned();
        app.drain_repeating().await;
        app.advance(120).await;
        app.sweep().await;
        app.drain_repeating().await;
        assert_eq!(files_of(&app).await, [(json!("image/png"), json!(PNG.len()))], "{fault:?}");
        assert_eq!(app.log(&id).await["status"], "sent", "{fault:?}");
    }
}

#[tokio::test]
async fn files_that_no_text_carries_are_refused_at_the_call() {
    let app = with_files().await;
    let refused = text(&app, &["check", "words"]).await;
    assert_eq!(refused.violations(), ["/attachments/1"]);
    for name in ["large", "also-large"] {
        upload(&app, name, "image/png", &[PNG, &vec![0; 2_500_000]].concat()).await;
    }
    text(&app, &["large", "also-large"]).await.problem(409, "attachments-too-large");
    assert_eq!(app.get("/api/v1/communication-logs").await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn a_text_comes_from_the_sender_of_the_recipients_country() {
    let app = TestApp::start().await;
    let mut tenant =
        serde_json::to_value(&*app.system.app().tenant(&"demo".parse().unwrap()).await.unwrap()).unwrap();
    tenant["senders"]["text"]["byCountry"] = json!({ "GB": "ACME", "CA": "24725" });
    let provisioned = json!({ "id": "demo", "name": tenant["name"], "senders": tenant["senders"] });
    app.system.invoke("tenants-provision", provisioned).await.unwrap();
    let template = app.template("sms", "welcome").await;
    for (name, number, from) in [
        ("uk", "+447400123456", "ACME"),
        ("ca", "+14165550123", "24725"),
        ("us", "+13125550142", "+13125550100"),
    ] {
        let person = json!({
            "firstName": "Ann",
            "contacts": [{
                "externalId": "phone", "contactType": "phone", "value": number, "receiveTextMessages": true,
            }],
            "timeZone": "America/Chicago",
            "consents": [{ "channel": "text", "status": "consented", "recordedAt": "2025-11-03T16:20:00Z", "source": "web form" }],
        });
        app.put(&format!("/people/ext-{name}"), person).await.expect(201);
        app.sent(&template, &format!("ext-{name}")).await;
        app.drain().await;
        assert_eq!(app.outbox("text").await[0]["from"], from, "{number}");
    }
}

async fn template(app: &TestApp, text: &str) -> String {
    let body = json!({ "name": "Typography", "template_type": "typography", "channel": "sms", "language": "en", "body": text });
    app.post("/api/v1/communication-templates", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn preview(app: &TestApp, template: &str) -> Value {
    let body = json!({ "template_id": template, "borrower_id": "ext-john" });
    app.post("/api/v1/communications/preview", body).await.expect(200)
}

#[tokio::test]
async fn a_text_goes_out_in_gsm7_as_it_is_previewed_recorded_and_counted() {
    let app = TestApp::start().await;
    let written = "John’s “loan” – {{ 1234.5 | currency('fr-FR', 'EUR') }} {{ 0.0725 | percent('de-DE') }} isn’t paid… \
                   Please call us on any working day from nine to five.";
    let text = "John's \"loan\" - 1 234,50 € 7,25 % isn't paid... Please call us on any working day from nine to five.";
    let id = template(&app, written).await;
    let previewed = preview(&app, &id).await;
    assert_eq!(previewed["body"], text);
    let sms = &previewed["sms"];
    assert_eq!((&sms["encoding"], &sms["segments"]), (&json!("GSM-7"), &json!(1)));
    assert_eq!((&sms["before"]["encoding"], &sms["before"]["segments"]), (&json!("UCS-2"), &json!(2)));
    assert!(
        sms["replaced"].as_array().unwrap().contains(&json!({ "character": "’", "by": "'", "count": 2 }))
    );
    assert!(
        sms["replaced"]
            .as_array()
            .unwrap()
            .contains(&json!({ "character": "\u{202f}", "by": " ", "count": 1 }))
    );
    let sent = app.sent(&id, "ext-john").await;
    app.drain().await;
    assert_eq!(app.outbox("text").await[0]["body"], text);
    let entry = app.log(&sent).await;
    assert_eq!((&entry["body"], &entry["segments"]), (&json!(text), &json!(1)));
}

#[tokio::test]
async fn a_lender_keeps_its_typography_where_it_wants_and_never_pays_for_blanks_of_ours() {
    let app = TestApp::start().await;
    app.put("/settings", json!({ "smsReplaceTypography": false })).await.expect(200);
    assert_eq!(app.get("/settings").await.expect(200)["smsReplaceTypography"], false);
    let id = template(&app, "John’s {{ 1234.5 | currency('fr-FR', 'EUR') }}").await;
    let previewed = preview(&app, &id).await;
    assert_eq!(
        (&previewed["body"], &previewed["sms"]["encoding"]),
        (&json!("John’s 1 234,50 €"), &json!("UCS-2"))
    );
    let id = template(&app, "{{ 1234.5 | currency('fr-FR', 'EUR') }}").await;
    let previewed = preview(&app, &id).await;
    assert_eq!((&previewed["body"], &previewed["sms"]["encoding"]), (&json!("1 234,50 €"), &json!("GSM-7")));
}

#[tokio::test]
async fn words_given_by_hand_and_edited_ones_go_out_in_gsm7_too() {
    let app = TestApp::start().await;
    let message = json!({ "type": "SMS", "destination": "+13125550142", "body": "It’s “by hand”…" });
    app.post("/communications/messages", message).await.expect(201);
    app.drain().await;
    assert_eq!(app.outbox("text").await[0]["body"], "It's \"by hand\"...");
}
