//! What failed and is worth a retry, and sending it again with a reason.

use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

async fn failed(app: &TestApp, code: u32) -> String {
    let template = app.template("sms", "welcome").await;
    let id = app.sent(&template, "ext-john").await;
    app.drain().await;
    app.report("twilio", json!({ "message": id, "status": "undelivered", "error_code": code })).await;
    id
}

fn path(id: &str) -> String {
    format!("/interactions/{id}/retry")
}

#[tokio::test]
async fn what_failed_is_listed_with_whether_a_retry_makes_sense() {
    for (code, worth) in [(30009, "now"), (30005, "no"), (30004, "no")] {
        let app = TestApp::start().await;
        let id = failed(&app, code).await;
        let log = app.get("/api/v1/communication-logs?status=failed").await.expect(200);
        let entry = &log["data"][0];
        assert_eq!(
            (&entry["id"], &entry["retry"]["worth"]),
            (&json!(id), &json!(worth)),
            "{code}: {entry:#}"
        );
        assert!(entry["retry"]["why"].as_str().unwrap().ends_with('.'));
    }
    let app = TestApp::start().await;
    let template = app.template("sms", "welcome").await;
    let id = app.sent(&template, "ext-john").await;
    assert!(app.log(&id).await.get("retry").is_none());
}

#[tokio::test]
async fn a_retry_goes_once_and_says_who_asked_for_it_and_why() {
    let app = TestApp::start().await;
    let id = failed(&app, 30009).await;
    assert_eq!(app.outbox("text").await.len(), 1);
    let reason = json!({ "reason": "John says that half of it was missing" });
    for _ in 0..2 {
        let answer =
            app.seen_by(Some("demo-loan-officer")).post(&path(&id), reason.clone()).await.expect(202);
        assert_eq!(answer["data"]["id"], json!(id));
    }
    app.drain_repeating().await;
    app.post(&path(&id), reason.clone()).await.expect(202);
    app.drain_repeating().await;
    assert_eq!(app.outbox("text").await.len(), 2, "once more, and not three times");
    let entry = app.log(&id).await;
    assert_eq!(entry["status"], "sent");
    let timeline = entry["timeline"].as_array().unwrap();
    let retries: Vec<&Value> = timeline.iter().filter(|moment| moment["what"] == "resent").collect();
    assert_eq!(retries.len(), 1, "{entry:#}");
    let note = retries[0]["note"].as_str().unwrap();
    assert!(note.ends_with(": John says that half of it was missing") && note.contains(" by "), "{note}");
}

#[tokio::test]
async fn the_guard_is_asked_anew() {
    let app = TestApp::start().await;
    let id = failed(&app, 30009).await;
    app.put("/people/ext-john/do-not-contact", json!({ "reason": "asked by letter" })).await.expect(200);
    app.post(&path(&id), json!({ "reason": "try again" })).await.expect(202);
    app.drain_repeating().await;
    assert_eq!(app.outbox("text").await.len(), 1);
    let entry = app.log(&id).await;
    assert_eq!(
        (&entry["status"], &entry["retry"]["worth"]),
        (&json!("canceled"), &json!("onceCorrected")),
        "{entry:#}"
    );
}

#[tokio::test]
async fn only_what_failed_goes_again_with_a_reason() {
    let app = TestApp::start().await;
    let template = app.template("sms", "welcome").await;
    let id = app.sent(&template, "ext-john").await;
    let reason = json!({ "reason": "try again" });
    app.post(&path(&id), reason.clone()).await.problem(409, "status-cannot-change");
    assert_eq!(app.post(&path(&id), json!({ "reason": "" })).await.violations(), ["/reason"]);
    assert_eq!(app.post(&path(&id), json!({})).await.violations(), ["/reason"]);
    app.post(&path("ext-none"), reason.clone()).await.problem(404, "not-found");
    app.seen_by(Some("other-admin")).post(&path(&id), reason.clone()).await.problem(404, "not-found");
    app.seen_by(Some("demo-viewer")).post(&path(&id), reason).await.problem(403, "forbidden");
}

#[tokio::test]
async fn the_same_request_again_is_answered_as_before_and_one_that_failed_may_be_repeated() {
    let app = TestApp::start().await;
    let id = failed(&app, 30009).await;
    let request = |id: &str| {
        let body = json!({ "reason": "the phone is on again" });
        app.request(Method::POST, &path(id)).header("idempotency-key", "retry-1").json(&body)
    };
    answer(request("ext-none")).await.problem(404, "not-found");
    let first = answer(request(&id)).await.expect(202);
    assert_eq!(answer(request(&id)).await.expect(202), first);
    app.drain().await;
    assert_eq!(app.outbox("text").await.len(), 2);
}

#[tokio::test]
async fn a_message_to_nobody_known_goes_again_unless_who_has_the_address_by_now_forbids_it() {
    let app = TestApp::start().await;
    let message = json!({ "type": "SMS", "destination": "+13125550177", "body": "Call us" });
    let sent = app.post("/communications/messages", message).await.expect(201);
    let id = sent["encodedKey"].as_str().unwrap().to_owned();
    app.drain().await;
    app.report("twilio", json!({ "message": id, "status": "undelivered", "error_code": 30009 })).await;
    let contact = json!([{ "contactType": "phone", "value": "+13125550177", "receiveTextMessages": true }]);
    let person = json!({ "externalId": "new", "firstName": "Nell", "contacts": contact, "doNotContact": { "reason": "asked" } });
    app.post("/people/bulk", json!({ "people": [person] })).await.expect(200);
    app.post(&path(&id), json!({ "reason": "try again" })).await.problem(409, "cannot-be-repeated");
}
