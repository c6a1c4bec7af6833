//! Webhooks to URLs of the lender's: signed, tried again, refused where they lead inside; and the endpoints they go to.

use domain::{template::Source, vocabulary::Channel};
use platform::{
    pipeline::fan_out::{self, Addressed, Fate, Recipient},
    providers::endpoint::signing::Secret,
};
use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const URL: &str = "https://hooks.acme.example.com/messages";

/// Dispatches a message to a URL (004).
async fn dispatch(app: &TestApp, url: &str) -> Answer {
    let body = json!({
        "subject": "System maintenance",
        "body": "Tonight at 22:00 UTC.",
        "channels": ["Webhook"],
        "webhookUrl": url,
        "isHtml": false,
    });
    app.post("/api/v1/communications/send", body).await
}

/// What came to the receiver, the oldest first.
async fn calls(app: &TestApp) -> Vec<Value> {
    let calls = app.get("/_local/providers/endpoint/calls").await.expect(200);
    calls.as_array().cloned().unwrap_or_default()
}

async fn answers(app: &TestApp, next: Value) {
    app.put("/_local/providers/endpoint/answers", next).await.expect(204);
}

/// The newest entry of the log.
async fn newest(app: &TestApp) -> Value {
    let log = app.get("/api/v1/communication-logs").await.expect(200);
    log["data"][0].clone()
}

/// Has the receiver learn the secret that signs messages to URLs they name themselves.
async fn rotate_default(app: &TestApp) -> String {
    let rotated = app.post("/webhook-endpoints/default/rotate", json!({})).await;
    assert_eq!(rotated.headers["cache-control"], "no-store");
    let secret = rotated.expect(200)["secret"].as_str().unwrap().to_owned();
    app.post("/_local/providers/endpoint/secrets", json!({ "secret": secret })).await.expect(204);
    secret
}

fn verifies(call: &Value, secret: &str, app: &TestApp) -> bool {
    let header = |name: &str| call["headers"][name].as_str().unwrap();
    let (id, at, signatures) =
        (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
    let body = call["body"].as_str().unwrap();
    Secret::parse(secret).unwrap().verify(id, at, signatures, body.as_bytes(), app.system.app().now())
}

fn endpoint(changes: Value) -> Value {
    let mut body =
        json!({ "url": URL, "events": ["message.delivered", "LOAN_APPROVAL"], "description": "Loans" });
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn a_dispatched_webhook_arrives_signed_once() {
    let app = TestApp::start().await;
    rotate_default(&app).await;
    let answer = dispatch(&app, URL).await.expect(200);
    assert_eq!(answer["results"], json!([{ "channel": "Webhook", "success": true, "error": null }]));
    app.drain_repeating().await;
    app.advance(300).await;
    app.sweep().await;
    let [call] = &calls(&app).await[..] else { panic!("one call") };
    assert_eq!((&call["url"], &call["signature"]), (&json!(URL), &json!("valid")));
    let entry = newest(&app).await;
    assert_eq!((&entry["status"], &entry["id"]), (&json!("delivered"), &call["headers"]["webhook-id"]));
    let body: Value = serde_json::from_str(call["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["type"], "communication.dispatch");
    assert_eq!(
        body["data"],
        json!({
            "interactionId": entry["id"],
            "subject": "System maintenance",
            "body": "Tonight at 22:00 UTC.",
            "isHtml": false,
        })
    );
    let outbox = app.outbox("webhook").await;
    assert_eq!((outbox.len(), &outbox[0]["to"]), (1, &json!(URL)));
}

#[tokio::test]
async fn while_secrets_are_rotated_both_sign() {
    let app = TestApp::start().await;
    let first = rotate_default(&app).await;
    let second = rotate_default(&app).await;
    dispatch(&app, URL).await.expect(200);
    let call = calls(&app).await.remove(0);
    assert!(verifies(&call, &first, &app) && verifies(&call, &second, &app), "{call:#}");
    app.advance(24 * 60 * 60).await;
    dispatch(&app, URL).await.expect(200);
    let call = calls(&app).await.remove(1);
    assert!(!verifies(&call, &first, &app) && verifies(&call, &second, &app), "{call:#}");
}

/// Rotates by a request that names itself, as its sender makes it again after a lost answer.
async fn rotate_named(app: &TestApp, path: &str, key: &str, tag: Option<&str>) -> String {
    let request = app.request(Method::POST, &format!("{path}/rotate")).header("idempotency-key", key);
    let request = tag.iter().fold(request, |request, tag| request.header("if-match", *tag));
    answer(request.json(&json!({}))).await.expect(200)["secret"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_rotation_that_is_asked_for_again_makes_no_other_secret() {
    let app = TestApp::start().await;
    let created = app.post("/webhook-endpoints", endpoint(json!({}))).await;
    let tag = created.headers["etag"].to_str().unwrap().to_owned();
    let created = created.expect(201);
    let own = format!("/webhook-endpoints/{}", created["id"].as_str().unwrap());
    for (path, tag) in [("/webhook-endpoints/default", None), (&own, Some(tag.as_str()))] {
        let first = rotate_named(&app, path, "one", tag).await;
        app.advance(60 * 60).await;
        assert_eq!(rotate_named(&app, path, "one", tag).await, first, "{path}");
        assert_ne!(rotate_named(&app, path, "other", None).await, first, "{path}");
    }
    let shown = app.get(&own).await.expect(200);
    let until = shown["previousSecretUntil"].as_str().unwrap();
    assert!(until.starts_with("2026-01-06T17:00:"), "two rotations, the last after two hours: {until}");
}

/// Its sender waits ten seconds; what took longer is tried again by the schedule, under the same id.
#[tokio::test]
async fn an_attempt_whose_answer_was_lost_is_made_again_under_the_same_id() {
    let app = TestApp::start().await;
    rotate_default(&app).await;
    app.fault("endpoint", "crash_before_record", 1).await;
    let answer = dispatch(&app, URL).await.expect(200);
    assert_eq!(answer["results"][0]["error"], "Still being sent");
    app.advance(300).await;
    app.sweep().await;
    let calls = calls(&app).await;
    assert_eq!(calls.len(), 2);
    let id = |call: &Value| call["headers"]["webhook-id"].clone();
    let at = |call: &Value| call["headers"]["webhook-timestamp"].clone();
    assert_eq!(id(&calls[0]), id(&calls[1]));
    assert_ne!(at(&calls[0]), at(&calls[1]));
    assert!(calls.iter().all(|call| call["signature"] == "valid"), "{calls:#?}");
    assert_eq!(newest(&app).await["status"], "delivered");
}

#[tokio::test]
async fn what_a_receiver_does_not_take_is_told_to_whoever_waits() {
    let app = TestApp::start().await;
    for (status, told) in [(410, "is gone for good"), (503, "did not take"), (302, "redirects")] {
        answers(&app, json!([{ "status": status, "headers": { "location": "http://127.0.0.1/" } }])).await;
        let body = dispatch(&app, URL).await.expect(400);
        let error = body["results"][0]["error"].as_str().unwrap();
        assert!(error.contains(told), "{error}");
    }
    assert_eq!(calls(&app).await.len(), 3, "no redirect is followed");
    assert!(app.outbox("webhook").await.is_empty());
}

/// The accounts that are out of order.
async fn out_of_order(app: &TestApp) -> Vec<String> {
    let page = app.system.app().store.circuits(&"demo".parse().unwrap(), 10, None).await;
    let open = page.unwrap().entries.into_iter().filter(|circuit| circuit.outage().is_some());
    open.map(|circuit| circuit.account.to_string()).collect()
}

#[tokio::test]
async fn a_path_that_is_not_found_stops_no_other_url_of_its_server() {
    let app = TestApp::start().await;
    let missing = vec![json!({ "status": 404 }); 7];
    answers(&app, json!(missing)).await;
    for _ in 0..7 {
        dispatch(&app, "https://hooks.acme.example.com/mistyped").await.expect(400);
    }
    assert_eq!(out_of_order(&app).await, [""; 0]);
    dispatch(&app, URL).await.expect(200);
    assert_eq!(calls(&app).await.len(), 8);
}

#[tokio::test]
async fn a_server_that_is_away_is_told_at_once_and_nothing_leaves_behind_the_back_of_whoever_asked() {
    let app = TestApp::start().await;
    let away = vec![json!({ "status": 503 }); 5];
    answers(&app, json!(away)).await;
    for nth in 0..4 {
        dispatch(&app, URL).await.expect(400);
        assert_eq!(out_of_order(&app).await, [""; 0], "{nth}");
    }
    // Another URL of the same server.
    dispatch(&app, "https://hooks.acme.example.com/others").await.expect(400);
    assert_eq!(out_of_order(&app).await, ["endpoint:https://hooks.acme.example.com"]);
    let body = dispatch(&app, URL).await.expect(400);
    assert!(body["results"][0]["error"].as_str().unwrap().contains("did not take"), "{body:#}");
    for _ in 0..3 {
        app.advance(900).await;
        app.sweep().await;
    }
    assert_eq!(calls(&app).await.len(), 5, "neither while it is away nor later");
}

#[tokio::test]
async fn an_endpoint_that_fails_stops_no_other_of_its_server() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for path in ["one", "two"] {
        let endpoint = endpoint(json!({ "url": format!("https://hooks.acme.example.com/{path}") }));
        let created = app.post("/webhook-endpoints", endpoint).await.expect(201);
        ids.push(created["id"].as_str().unwrap().to_owned());
    }
    // What may be about a message alone counts against no other.
    answers(&app, json!(vec![json!({ "status": 422 }); 6])).await;
    for _ in 0..6 {
        assert!(matches!(send_to(&app, &ids[0]).await, Fate::Ended(_)));
    }
    assert_eq!(out_of_order(&app).await, [""; 0]);
    answers(&app, json!(vec![json!({ "status": 500 }); 5])).await;
    for _ in 0..5 {
        assert!(matches!(send_to(&app, &ids[0]).await, Fate::Ended(_)));
    }
    assert_eq!(out_of_order(&app).await, [format!("endpoint:{}", ids[0])]);
    assert_eq!(send_to(&app, &ids[1]).await, Fate::Left);
    dispatch(&app, URL).await.expect(200);
}

#[tokio::test]
async fn a_url_that_leads_inside_is_refused_wherever_it_is_given() {
    let app = TestApp::start().await;
    for url in [
        "http://hooks.example.com/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/",
        "https://db.internal/",
        "https://user:password@hooks.example.com/",
    ] {
        assert_eq!(dispatch(&app, url).await.violations(), ["/webhookUrl"], "{url}");
        let created = app.post("/webhook-endpoints", endpoint(json!({ "url": url }))).await;
        assert_eq!(created.violations(), ["/url"], "{url}");
    }
    assert!(calls(&app).await.is_empty());
}

#[tokio::test]
async fn an_endpoint_is_made_changed_and_deleted_and_shows_its_secret_once() {
    let app = TestApp::start().await;
    let created = app.post("/webhook-endpoints", endpoint(json!({}))).await;
    assert_eq!(created.headers["cache-control"], "no-store");
    let created = created.expect(201);
    assert!(Secret::parse(created["secret"].as_str().unwrap()).is_some());
    let path = format!("/webhook-endpoints/{}", created["id"].as_str().unwrap());
    assert!(path.contains("/WE-"), "{path}");

    let shown = app.get(&path).await.expect(200);
    assert_eq!(
        (&shown["url"], &shown["enabled"], &shown["secret"]),
        (&json!(URL), &json!(true), &Value::Null)
    );
    let listed = app.get("/webhook-endpoints").await.expect(200);
    assert_eq!(listed["data"], json!([shown]));

    let disabled = app.put(&path, json!({ "enabled": false })).await.expect(200);
    assert_eq!((&disabled["enabled"], &disabled["disabledReason"]), (&json!(false), &json!("requested")));
    let enabled = app.put(&path, json!({ "enabled": true, "description": null })).await.expect(200);
    assert_eq!((&enabled["disabledAt"], &enabled["description"]), (&Value::Null, &Value::Null));

    let rotated = app.post(&format!("{path}/rotate"), json!({})).await.expect(200);
    assert_ne!(rotated["secret"], created["secret"]);
    assert_eq!(rotated["previousSecretUntil"], app.get(&path).await.expect(200)["previousSecretUntil"]);

    app.delete(&path).await.expect(204);
    app.get(&path).await.problem(404, "not-found");
    app.put(&path, json!({})).await.problem(404, "not-found");
    app.delete(&path).await.problem(404, "not-found");
    app.post(&format!("{path}/rotate"), json!({})).await.problem(404, "not-found");
}

/// Sends a message to an endpoint of the demo's lender.
async fn send_to(app: &TestApp, endpoint: &str) -> Fate {
    let (tenant, own) = ("demo".parse().unwrap(), app.system.app());
    let lender = own.lender(&tenant).await.unwrap();
    let message = Addressed {
        id: own.new_id(),
        channel: Channel::Webhook,
        to: Recipient::Address(endpoint.to_owned()),
        content: Source { content_text: Some("Hello".into()), ..Source::default() },
        trace_id: "1-0-0".into(),
    };
    fan_out::send(own, &lender, message, fan_out::patience()).await.unwrap()
}

#[tokio::test]
async fn an_endpoint_is_called_with_its_own_secret_until_it_is_gone() {
    let app = TestApp::start().await;
    let created = app.post("/webhook-endpoints", endpoint(json!({}))).await.expect(201);
    let (id, secret) = (created["id"].as_str().unwrap(), created["secret"].as_str().unwrap());
    let path = format!("/webhook-endpoints/{id}");

    assert_eq!(send_to(&app, id).await, Fate::Left);
    let call = calls(&app).await.remove(0);
    assert!(call["url"] == URL && verifies(&call, secret, &app), "{call:#}");

    answers(&app, json!([{ "status": 500 }, { "status": 204 }, { "status": 410 }])).await;
    assert!(matches!(send_to(&app, id).await, Fate::Ended(_)));
    assert!(app.get(&path).await.expect(200)["failingSince"].is_string());
    assert_eq!(send_to(&app, id).await, Fate::Left);
    assert_eq!(app.get(&path).await.expect(200)["failingSince"], Value::Null);

    assert!(matches!(send_to(&app, id).await, Fate::Ended(_)));
    let gone = app.get(&path).await.expect(200);
    assert_eq!((&gone["enabled"], &gone["disabledReason"]), (&json!(false), &json!("gone")));
    assert!(matches!(send_to(&app, id).await, Fate::Ended(why) if why.contains("disabled")));
    assert_eq!(calls(&app).await.len(), 4, "a disabled endpoint is not called");

    app.put(&path, json!({ "enabled": true })).await.expect(200);
    assert_eq!(send_to(&app, id).await, Fate::Left);
    app.delete(&path).await.expect(204);
    assert!(matches!(send_to(&app, id).await, Fate::Ended(why) if why.contains("deleted")));
}

#[tokio::test]
async fn what_is_wrong_with_an_endpoint_is_told() {
    let app = TestApp::start().await;
    for (changes, places) in [
        (json!({ "events": [] }), vec!["/events"]),
        (json!({ "events": ["message.eaten"] }), vec!["/events/0"]),
        (json!({ "events": ["message.sent", "message.sent"] }), vec!["/events/1"]),
        (json!({ "url": null }), vec!["/url"]),
        (json!({ "colour": "red" }), vec!["/colour"]),
    ] {
        let refused = app.post("/webhook-endpoints", endpoint(changes.clone())).await;
        assert_eq!(refused.violations(), places, "{changes}");
    }
}

#[tokio::test]
async fn endpoints_are_for_admins_and_of_one_tenant() {
    let app = TestApp::start().await;
    let created = app.post("/webhook-endpoints", endpoint(json!({}))).await.expect(201);
    let path = format!("/webhook-endpoints/{}", created["id"].as_str().unwrap());
    for key in ["demo-loan-officer", "demo-viewer"] {
        app.seen_by(Some(key)).get("/webhook-endpoints").await.problem(403, "forbidden");
        app.seen_by(Some(key)).post(&format!("{path}/rotate"), json!({})).await.problem(403, "forbidden");
    }
    let other = app.seen_by(Some("other-admin"));
    other.get(&path).await.problem(404, "not-found");
    assert_eq!(other.get("/webhook-endpoints").await.expect(200)["data"], json!([]));
}
