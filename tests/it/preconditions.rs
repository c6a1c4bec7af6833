//! What somebody read is changed only if nobody else changed it meanwhile, where they say so with `If-Match`.

use domain::{
    id::{self, Id},
    tenant::TenantId,
};
use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

/// The `ETag` of what stands there.
async fn tag(app: &TestApp, path: &str) -> String {
    tag_of(&app.get(path).await)
}

fn tag_of(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

async fn put_if(app: &TestApp, path: &str, tag: &str, body: &Value) -> Answer {
    answer(app.request(Method::PUT, path).header("if-match", tag).json(body)).await
}

/// The path of a task that came up.
async fn task(app: &TestApp) -> String {
    app.texted("+13125550101", "Hello").await;
    app.drain().await;
    let tasks = app.get("/tasks").await.expect(200);
    format!("/tasks/{}", tasks["data"][0]["id"].as_str().unwrap())
}

#[tokio::test]
async fn what_somebody_else_changed_since_it_was_read_is_not_overwritten() {
    let app = TestApp::start().await;
    let (john, task, notice) =
        ("/people/ext-john", task(&app).await, "/communicator/subjects/annualPrivacyPolicyNotice");
    let endpoint = json!({ "url": "https://hooks.acme.example.com/in", "events": ["message.sent"] });
    let made = app.post("/webhook-endpoints", endpoint).await.expect(201);
    let endpoint = format!("/webhook-endpoints/{}", made["id"].as_str().unwrap());
    let (task, endpoint) = (task.as_str(), endpoint.as_str());
    for (read_at, path, theirs, own) in [
        (
            john,
            "/people/ext-john/communication-preference",
            json!({ "optedOut": ["text"] }),
            json!({ "preferred": "email" }),
        ),
        (john, john, json!({ "lastName": "Theirs" }), json!({ "lastName": "Own" })),
        (john, "/people/ext-john/do-not-contact", json!({ "reason": "Theirs" }), json!({ "reason": "Own" })),
        (
            "/people/ext-john/contacts",
            "/people/ext-john/contacts/ext-john-email",
            json!({ "label": "work" }),
            json!({ "label": "personal" }),
        ),
        (
            "/people/ext-john/loans",
            "/people/ext-john/loans/ext-LN-0001",
            json!({ "daysPastDue": 71 }),
            json!({ "daysPastDue": 72 }),
        ),
        (
            "/people/ext-john/cases",
            "/people/ext-john/cases/ext-7",
            json!({ "caseType": "legalAction" }),
            json!({ "caseType": "bankruptcy" }),
        ),
        (task, task, json!({ "note": "Theirs" }), json!({ "note": "Own" })),
        (notice, notice, json!({ "previewOnly": true }), json!({ "previewOnly": false })),
        (endpoint, endpoint, json!({ "description": "Theirs" }), json!({ "description": "Own" })),
    ] {
        let seen = tag(&app, read_at).await;
        let changed = tag_of(&app.put(path, theirs).await);
        assert_ne!(changed, seen, "{path}");
        let as_changed = app.get(read_at).await.expect(200);
        put_if(&app, path, &seen, &own).await.problem(412, "precondition-failed");
        assert_eq!(app.get(read_at).await.expect(200), as_changed, "{path}");
        let done = put_if(&app, path, &changed, &own).await;
        assert_eq!(tag_of(&done), tag(&app, read_at).await, "{path}");
        done.expect(200);
        put_if(&app, path, "*", &own).await.expect(200);
    }
    let listed = app.get("/communicator/subjects").await;
    assert_eq!(tag_of(&listed), tag(&app, notice).await, "all have one");
}

#[tokio::test]
async fn a_person_is_changed_by_what_is_known_of_them_and_not_by_messages() {
    let app = TestApp::start().await;
    let (path, template) = ("/people/ext-john", app.template("email", "welcome").await);
    let seen = tag(&app, path).await;
    app.sent(&template, "ext-john").await;
    app.drain().await;
    assert_eq!(tag(&app, path).await, seen);
    // A STOP is known of them.
    app.texted("+13125550101", "STOP").await;
    app.drain().await;
    assert_ne!(tag(&app, path).await, seen);
    put_if(&app, path, &seen, &json!({ "lastName": "Own" })).await.problem(412, "precondition-failed");
    let made = app.put("/people/ext-new", json!({ "lastName": "New" })).await;
    assert_eq!(tag_of(&made), tag(&app, "/people/ext-new").await);
    let made = app.post("/people", json!({ "lastName": "Newer", "externalId": "newer" })).await;
    assert_eq!(tag_of(&made), tag(&app, "/people/ext-newer").await);
    for tag in [seen.as_str(), "*", "\"0\""] {
        let problem = put_if(&app, "/people/ext-nobody", tag, &json!({ "lastName": "Typo" })).await;
        let problem = problem.problem(412, "precondition-failed");
        assert!(problem["detail"].as_str().unwrap().contains("leave the header out"), "{problem}");
        app.get("/people/ext-nobody").await.problem(404, "not-found");
    }
}

/// What is only added is held to what was read too, and so is an order that is lifted.
#[tokio::test]
async fn nothing_is_added_to_a_person_or_lifted_that_somebody_else_changed() {
    let app = TestApp::start().await;
    let (john, consents) = ("/people/ext-john", "/people/ext-john/consents");
    let seen = tag(&app, consents).await;
    assert_eq!(seen, tag(&app, john).await);
    let changed = tag_of(&app.put("/people/ext-john/do-not-contact", json!({ "reason": "Theirs" })).await);
    let asked = |method: Method, path: &str, tag: &str| app.request(method, path).header("if-match", tag);
    let consent = json!({ "status": "revoked", "channel": "text" });
    let contact = json!({ "contactType": "email", "value": "new@example.com" });
    for (path, body) in [(consents, &consent), ("/people/ext-john/contacts", &contact)] {
        let refused = answer(asked(Method::POST, path, &seen).json(body)).await;
        refused.problem(412, "precondition-failed");
    }
    let order = "/people/ext-john/do-not-contact";
    answer(asked(Method::DELETE, order, &seen)).await.problem(412, "precondition-failed");
    assert_eq!(tag(&app, john).await, changed);
    answer(asked(Method::DELETE, order, &changed)).await.expect(204);
    let added = answer(asked(Method::POST, consents, &tag(&app, john).await).json(&consent)).await;
    assert_eq!(tag_of(&added), tag(&app, john).await);
    added.expect(201);
}

#[tokio::test]
async fn a_task_that_was_announced_is_as_it_was_read() {
    let app = TestApp::start().await;
    let path = task(&app).await;
    let seen = tag(&app, &path).await;
    app.sweep().await;
    assert_eq!(app.get("/_local/events").await.expect(200).as_array().unwrap().len(), 1);
    put_if(&app, &path, &seen, &json!({ "status": "claimed", "assignee": "ada" })).await.expect(200);
    // Whoever comes second is told who has it.
    let late = put_if(&app, &path, &seen, &json!({ "status": "claimed", "assignee": "bob" })).await;
    assert!(late.problem(409, "task-claimed")["detail"].as_str().unwrap().contains("ada has the task"));
    app.sweep().await;
    assert_eq!(app.get("/_local/events").await.expect(200).as_array().unwrap().len(), 1);
}

/// Somebody reads a task before it is announced, and writes it after: what was announced is not due once more.
#[tokio::test]
async fn a_task_that_changes_while_it_is_announced_is_announced_once() {
    let app = TestApp::start().await;
    let path = task(&app).await;
    let store = &app.system.app().store;
    let tenant: TenantId = "demo".parse().unwrap();
    let named = path.trim_start_matches("/tasks/").parse::<Id<id::Task>>().unwrap();
    let mut read = store.task(&tenant, &named).await.unwrap();
    app.sweep().await;
    assert!(read.announce_at.is_some(), "{read:?}");
    assert!(store.save_task(&mut read).await.unwrap_err().is_edit_conflict());
    app.sweep().await;
    assert_eq!(app.get("/_local/events").await.expect(200).as_array().unwrap().len(), 1);
}

/// What a condition holds a request to is part of what it asks for, and a refusal that says "read it again" is not kept.
#[tokio::test]
async fn a_request_that_names_itself_may_be_repeated_with_what_was_read_again() {
    let app = TestApp::start().await;
    let body = json!({
        "name": "Notice", "template_type": "notice", "channel": "email", "language": "en", "subject": "A", "body": "B",
    });
    let path = "/api/v1/communication-templates";
    let named = |key: &str| app.request(Method::POST, path).header("idempotency-key", key);
    let made = answer(named("new").json(&body)).await;
    let again = answer(named("new").json(&body)).await;
    assert_eq!(again.headers["idempotent-replay"], "true");
    assert_eq!(tag_of(&again), tag_of(&made), "as the first time");

    let endpoint = json!({ "url": "https://hooks.acme.example.com/in", "events": ["message.sent"] });
    let made = app.post("/webhook-endpoints", endpoint).await;
    let rotate = format!("/webhook-endpoints/{}/rotate", made.expect(201)["id"].as_str().unwrap());
    let seen = tag_of(&app.get(rotate.trim_end_matches("/rotate")).await);
    let with = async |tag: &str| {
        let request = app.request(Method::POST, &rotate).header("idempotency-key", "r");
        answer(request.header("if-match", tag)).await
    };
    with("\"77\"").await.problem(412, "precondition-failed");
    with(&seen).await.expect(200);
    let default = app.request(Method::POST, "/webhook-endpoints/default/rotate").header("if-match", &seen);
    answer(default).await.problem(412, "precondition-failed");
}

#[tokio::test]
async fn a_condition_that_cannot_be_read_holds_all_the_same() {
    let app = TestApp::start().await;
    let task = task(&app).await;
    for (path, body) in [
        ("/people/ext-john", json!({ "lastName": "X" })),
        ("/settings", json!({ "currency": "EUR" })),
        ("/communicator/subjects/paymentFailed", json!({ "previewOnly": true })),
        (&task, json!({ "note": "X" })),
    ] {
        for tag in ["é", "", ",", "garbage", "W/\"1\"", "1"] {
            put_if(&app, path, tag, &body).await.problem(412, "precondition-failed");
        }
    }
    let request = app.request(Method::POST, "/api-keys").json(&json!({ "name": "x", "role": "viewer" }));
    let problem = answer(request.header("idempotency-key", "répay-1")).await.problem(400, "invalid-request");
    assert!(problem["detail"].as_str().unwrap().contains("printable ASCII"), "{problem}");
}

#[tokio::test]
async fn what_is_not_there_is_not_made_if_it_must_be_there() {
    let app = TestApp::start().await;
    for (path, body) in [
        ("/communicator/subjects/my_own", json!({ "previewOnly": true })),
        ("/communicator/shared-templates/footer", json!({ "content": "Regards" })),
    ] {
        put_if(&app, path, "*", &body).await.problem(412, "precondition-failed");
        app.put(path, body.clone()).await.expect(201);
        put_if(&app, path, "*", &body).await.expect(200);
    }
}
