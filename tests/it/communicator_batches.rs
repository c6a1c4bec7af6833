//! Batches in Communicator's words: what a send by subject does for one borrower, a batch does for each.

use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const SEND: &str = "/communicator/send-batch";
const BATCHES: &str = "/api/v1/communications/batches";
const PRIVACY: &str = "annualPrivacyPolicyNotice";

async fn template(app: &TestApp, subject: &str, channel: &str, language: &str) {
    let descriptor = json!({ "subject": subject, "channel": channel, "language": language, "name": format!("{channel} {language}") });
    let descriptor = app.post("/communicator/templatedescriptors", descriptor).await.expect(201);
    let version = json!({
        "descriptorId": descriptor["id"], "subjectLineTemplate": (channel == "email").then_some("Notice"),
        "contentTextTemplate": format!("{language} {{{{ borrower.first_name }}}} {{{{ lenderName }}}}"),
    });
    let version = app.post("/communicator/templates", version).await.expect(201);
    app.post(&format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap()), json!({}))
        .await
        .expect(200);
}

async fn send(app: &TestApp, more: Value) -> Answer {
    let mut body = json!({
        "subject": PRIVACY, "personIds": ["ext-john", "ext-maria"], "context": { "lenderName": "Peachy Lender" },
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.post(SEND, body).await
}

async fn results(app: &TestApp, batch: &Value) -> Vec<Value> {
    let path = format!("{BATCHES}/{}/results", batch["data"]["batchId"].as_str().unwrap());
    app.get(&path).await.expect(200)["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_borrower_gets_the_best_words_by_the_best_channel() {
    let app = TestApp::start().await;
    for (channel, language) in [("email", "en"), ("email", "es"), ("text", "en")] {
        template(&app, PRIVACY, channel, language).await;
    }
    app.put("/people/ext-maria", json!({ "language": "es" })).await.expect(200);
    app.put("/people/ext-john/communication-preference", json!({ "preferred": "text" })).await.expect(200);
    let batch = send(&app, json!({ "personIds": ["ext-john", "ext-maria", "ext-john", "ext-nobody"] }))
        .await
        .expect(202);
    assert_eq!(
        (&batch["status"], &batch["data"]["status"], &batch["data"]["total"]),
        (&json!(202), &json!("processing"), &json!(3))
    );
    assert_eq!(batch["data"]["repeated"], 1);
    app.drain_repeating().await;
    let results = results(&app, &batch).await;
    let told: Vec<_> = results.iter().map(|result| (&result["outcome"], &result["problem"])).collect();
    assert_eq!(
        told,
        [
            (&json!("accepted"), &Value::Null),
            (&json!("accepted"), &Value::Null),
            (&json!("failed"), &json!("not-found")),
        ]
    );
    let (texts, mails) = (app.outbox("text").await, app.outbox("email").await);
    assert_eq!((texts.len(), mails.len()), (1, 1));
    assert!(texts[0]["body"].as_str().unwrap().starts_with("en John Peachy Lender"), "{texts:#?}");
    assert!(mails[0]["body"].as_str().unwrap().starts_with("es Maria"), "{mails:#?}");
}

#[tokio::test]
async fn what_is_in_the_way_of_one_is_told_in_the_documents_causes() {
    let app = TestApp::start().await;
    template(&app, PRIVACY, "email", "en").await;
    app.put("/people/ext-john/do-not-contact", json!({ "reason": "Asked for time" })).await.expect(200);
    let revoked = json!({ "scope": "contact", "channel": "email", "status": "revoked", "source": "web" });
    app.post("/people/ext-maria/consents", revoked).await.expect(201);
    app.put("/people/ext-ann", json!({ "firstName": "Ann", "contacts": [] })).await.expect(201);
    let all = json!({ "channel": "email", "personIds": ["ext-john", "ext-maria", "ext-ann"] });
    let batch = send(&app, all).await.expect(202);
    app.drain().await;
    let results = results(&app, &batch).await;
    let problems: Vec<_> = results.iter().map(|result| result["problem"].as_str().unwrap()).collect();
    assert_eq!(problems, ["blocked-by-compliance-guard", "consent-revoked", "no-contact"]);
    assert!(app.outbox("email").await.is_empty());
}

#[tokio::test]
async fn subjects_say_who_sends_what_in_which_case() {
    let app = TestApp::start().await;
    template(&app, PRIVACY, "email", "en").await;
    let subject = format!("/communicator/subjects/{PRIVACY}");
    app.put(&subject, json!({ "theme": "opsServicing", "caseTypes": ["collection"], "agentCanSend": true, "previewOnly": false })).await.expect(200);
    app.put("/people/ext-john", json!({ "cases": [{ "externalId": "c1", "caseType": "collection" }] }))
        .await
        .expect(200);
    let batch = send(&app, json!({})).await.expect(202);
    app.drain().await;
    let results = results(&app, &batch).await;
    assert_eq!(results[1]["problem"], "case-required", "{results:#?}");
    let sent = app
        .get(&format!("/interactions/{}", results[0]["communication_id"].as_str().unwrap()))
        .await
        .expect(200);
    assert!(!sent["data"]["caseId"].is_null(), "{sent:#}");
    app.put(
        &subject,
        json!({ "theme": "opsServicing", "caseTypes": [], "agentCanSend": true, "previewOnly": true }),
    )
    .await
    .expect(200);
    send(&app, json!({})).await.problem(409, "must-be-edited");
}

#[tokio::test]
async fn a_batch_is_accepted_once_and_listed() {
    let app = TestApp::start().await;
    template(&app, PRIVACY, "email", "en").await;
    let body = json!({ "subject": PRIVACY, "personIds": ["ext-john"] });
    let keyed = || app.request(Method::POST, SEND).header("idempotency-key", "b").json(&body);
    let (one, two) = (answer(keyed()).await.expect(202), answer(keyed()).await.expect(202));
    assert_eq!(one["data"]["batchId"], two["data"]["batchId"]);
    // Also where the answer is forgotten by now.
    app.advance(25 * 3600).await;
    let three = answer(keyed()).await.expect(202);
    assert_eq!(one["data"]["batchId"], three["data"]["batchId"]);
    let of_template = app.template("email", "hello").await;
    let other = json!({ "template_id": of_template, "borrower_ids": ["ext-maria"] });
    let other = app.post("/api/v1/communications/send-batch", other).await.expect(202);
    app.drain_batches().await;
    let ids = async |query: &str| -> Vec<Value> {
        let page = app.get(&format!("{BATCHES}{query}")).await.expect(200);
        page["data"].as_array().unwrap().iter().map(|batch| batch["batch_id"].clone()).collect()
    };
    let (first, second) = (one["data"]["batchId"].clone(), other["batch_id"].clone());
    assert_eq!(ids("").await, [second.clone(), first.clone()], "newest first");
    assert_eq!(ids("?status=completed").await, [second.clone(), first.clone()]);
    assert!(ids("?status=canceled").await.is_empty());
    assert_eq!(ids(&format!("?template_id={of_template}")).await, std::slice::from_ref(&second));
    assert_eq!(ids("?to=2026-01-05T16:00:00Z").await, std::slice::from_ref(&first));
    let page = app.get(&format!("{BATCHES}?limit=1")).await.expect(200);
    assert_eq!(ids(&format!("?limit=1&cursor={}", page["next_cursor"].as_str().unwrap())).await, [first]);
    assert_eq!(app.get(&format!("{BATCHES}?status=done&from=now")).await.violations(), ["?from", "?status"]);
    assert!(
        app.seen_by(Some("other-admin")).get(BATCHES).await.expect(200)["data"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn every_wrong_field_is_told_at_once() {
    let app = TestApp::start().await;
    let wrong = json!({
        "sendJitter": 90_000, "sendAt": "2026-02-05T15:00:00Z", "supercaseBulkOperationId": "",
        "context": { "x": "y".repeat(70_000) },
    });
    assert_eq!(
        send(&app, wrong).await.violations(),
        ["/context", "/sendAt", "/sendJitter", "/supercaseBulkOperationId"]
    );
    assert_eq!(send(&app, json!({ "personIds": [] })).await.violations(), ["/personIds"]);
    assert_eq!(send(&app, json!({ "personIds": null })).await.violations(), ["/personIds"]);
    assert_eq!(
        send(&app, json!({ "personIds": null, "personIdsS3Key": "other/lists/x" })).await.violations(),
        ["/personIdsS3Key"]
    );
    assert_eq!(send(&app, json!({ "subject": "freeForm" })).await.violations(), ["/theme"]);
    assert_eq!(
        send(&app, json!({ "interactionExternalId": "x" })).await.violations(),
        ["/interactionExternalId"]
    );
    send(&app, json!({ "channel": "fax" })).await.problem(409, "channel-not-configured");
    let viewer = app.seen_by(Some("demo-viewer"));
    viewer
        .post(SEND, json!({ "subject": PRIVACY, "personIds": ["ext-john"] }))
        .await
        .problem(403, "forbidden");
}
