//! `Idempotency-Key`: the same request twice is one message, answered the same both times.

use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

async fn send(app: &TestApp, key: &str, body: &Value) -> Answer {
    let request = app.request(Method::POST, "/api/v1/communications/send").header("idempotency-key", key);
    answer(request.json(body)).await
}

#[tokio::test]
async fn the_first_answer_is_given_again() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let body = json!({ "template_id": template, "borrower_id": "ext-john" });
    let first = send(&app, "k1", &body).await;
    assert!(first.headers.get("idempotent-replay").is_none());
    let again = send(&app, "k1", &body).await;
    assert_eq!(again.headers["idempotent-replay"], "true");
    assert_eq!(first.expect(202), again.expect(202));
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    send(&app, "k1", &json!({ "template_id": template, "borrower_id": "ext-john" })).await.expect(202);
    let other = json!({ "template_id": template, "borrower_id": "ext-maria" });
    send(&app, "k1", &other).await.problem(422, "idempotency-key-reused");
}

#[tokio::test]
async fn refusals_are_repeated_too_and_keys_end_after_a_day() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    app.put("/people/ext-john/do-not-contact", json!({})).await.expect(200);
    let body = json!({ "template_id": template, "borrower_id": "ext-john" });
    send(&app, "k1", &body).await.problem(409, "blocked-by-compliance-guard");
    app.delete("/people/ext-john/do-not-contact").await.expect(204);
    send(&app, "k1", &body).await.problem(409, "blocked-by-compliance-guard");
    app.advance(24 * 3600 + 1).await;
    send(&app, "k1", &body).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_at_once_make_one_message() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let body = json!({ "template_id": template, "borrower_id": "ext-john" });
    let answers = futures::future::join_all((0..20).map(|_| send(&app, "k1", &body))).await;
    for answer in answers {
        match answer.status.as_u16() {
            202 => {}
            409 => {
                assert!(answer.headers.contains_key("retry-after"));
                answer.problem(409, "still-running");
            }
            other => panic!("{other}: {:#}", answer.body),
        }
    }
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
}

#[tokio::test]
async fn a_refused_repetition_leaves_large_content_as_it_was() {
    let app = TestApp::start().await;
    let body = "{{ word }} ".repeat(3_000);
    let template = json!({ "name": "long", "template_type": "long", "channel": "email", "subject": "Long", "body": body });
    let template = app.post("/api/v1/communication-templates", template).await.expect(201);
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    let send = |word: &str| {
        json!({
            "template_id": template["id"], "borrower_id": "ext-john", "external_id": "m-1", "context": { "word": word },
        })
    };
    app.post("/api/v1/communications/send", send("first")).await.expect(202);
    app.post("/api/v1/communications/send", send("second")).await.problem(409, "duplicate-external-id");
    app.drain().await;
    let mail = app.outbox("email").await[0].clone();
    assert!(mail["body"].as_str().unwrap().starts_with("first first"));
}

#[tokio::test]
async fn an_answer_lost_after_the_commit_is_found_again() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let body = json!({ "template_id": template, "borrower_id": "ext-john", "external_id": "m-1" });
    let first = app.post("/api/v1/communications/send", body.clone()).await.expect(202);
    // 001: "Subsequent attempts to send with the same external ID will be blocked."
    app.post("/api/v1/communications/send", body).await.problem(409, "duplicate-external-id");
    let found = app.get("/api/v1/communication-logs/ext-m-1").await.expect(200);
    assert_eq!(found["id"], first["communication_id"]);
}

#[tokio::test]
async fn a_question_is_answered_anew_whatever_its_key() {
    let app = TestApp::start().await;
    let asked = async || {
        let request =
            app.request(Method::POST, "/people/ext-john/can-interact").header("idempotency-key", "morning");
        answer(request.json(&json!({ "channel": "email", "theme": "opsServicing" }))).await.expect(200)["result"].clone()
    };
    assert_eq!(asked().await, true);
    app.put("/people/ext-john/do-not-contact", json!({ "reason": "asked by phone" })).await.expect(200);
    assert_eq!(asked().await, false);
}
