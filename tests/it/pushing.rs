//! Push notifications: from a template to the device, and what FCM says of that.

use postrider_tests::{Answer, TestApp};
use serde_json::{Value, json};

const OLD: &str = "fcm-johns-old-phone:APA91b-0001";
const NEW: &str = "fcm-johns-new-phone:APA91b-0002";

/// John with these devices, the newest last.
async fn with_devices(app: &TestApp, tokens: &[&str]) {
    for token in tokens {
        let contact = json!({ "contactType": "push", "value": token });
        app.post("/people/ext-john/contacts", contact).await.expect(201);
    }
}

async fn template(app: &TestApp, subject: &str) -> String {
    let descriptor = json!({ "subject": subject, "channel": "push", "language": "en", "name": subject });
    let descriptor = app.post("/communicator/templatedescriptors", descriptor).await.expect(201);
    let version = json!({
        "descriptorId": descriptor["id"], "subjectLineTemplate": "For {{ borrower.first_name }}",
        "contentTextTemplate": "Hello {{ borrower.first_name }}{{ more }}",
    });
    let version = app.post("/communicator/templates", version).await.expect(201);
    let path = format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap());
    app.post(&path, json!({})).await.expect(200);
    descriptor["id"].as_str().unwrap().to_owned()
}

async fn pushed(app: &TestApp, subject: &str) -> String {
    let id = app.sent(&template(app, subject).await, "ext-john").await;
    app.drain().await;
    id
}

async fn device(app: &TestApp, token: &str) -> Value {
    let contacts = app.get("/people/ext-john/contacts").await.expect(200);
    contacts.as_array().unwrap().iter().find(|contact| contact["value"] == token).unwrap().clone()
}

#[tokio::test]
async fn a_notification_reaches_the_device_that_was_added_last() {
    let app = TestApp::start().await;
    with_devices(&app, &[OLD, NEW]).await;
    let id = pushed(&app, "good_news").await;
    let sent = &app.outbox("push").await[0];
    for (member, value) in
        [("to", NEW), ("subject", "For John"), ("body", "Hello John"), ("from", "acme-loans")]
    {
        assert_eq!(sent[member], value, "{sent:#}");
    }
    assert_eq!(sent["tags"]["interactionId"], id.as_str());
    let entry = app.log(&id).await;
    assert_eq!(
        (&entry["status"], &entry["provider_reference"]),
        (&json!("sent"), &sent["provider_message_id"])
    );

    let named = device(&app, OLD).await["id"].clone();
    let subject = template(&app, "other_news").await;
    let body = json!({ "template_id": subject, "borrower_id": "ext-john", "contact_id": named });
    app.post("/api/v1/communications/send", body).await.expect(202);
    app.drain().await;
    assert_eq!(app.outbox("push").await[0]["to"], OLD, "the one that is named");
}

#[tokio::test]
async fn a_subject_goes_by_push_where_that_is_asked_for_or_liked_best() {
    let app = TestApp::start().await;
    with_devices(&app, &[NEW]).await;
    template(&app, "good_news").await;
    let send =
        json!({ "subject": "good_news", "personId": "ext-john", "theme": "opsServicing", "channel": "push" });
    let accepted = app.post("/communicator/send", send).await.expect(202);
    assert_eq!(accepted["data"]["channel"], "push");

    app.template("email", "other_news").await;
    template(&app, "other_news").await;
    let likes = json!({ "optedOut": [], "preferred": "push" });
    app.put("/people/ext-john/communication-preference", likes).await.expect(200);
    let send = json!({ "subject": "other_news", "personId": "ext-john", "theme": "opsServicing" });
    let accepted = app.post("/communicator/send", send).await.expect(202);
    assert_eq!(accepted["data"]["channel"], "push");
    app.drain().await;
    assert_eq!((app.outbox("push").await.len(), app.outbox("email").await.len()), (2, 0));
}

#[tokio::test]
async fn without_a_device_or_against_the_persons_wish_nothing_is_pushed() {
    let app = TestApp::start().await;
    let news = template(&app, "good_news").await;
    let problem = app.send(&news, "ext-john").await.problem(409, "no-contact");
    assert!(problem.to_string().contains("push token"), "{problem:#}");
    with_devices(&app, &[NEW]).await;
    app.put("/people/ext-john/communication-preference", json!({ "optedOut": ["push"] })).await.expect(200);
    app.send(&news, "ext-john").await.problem(409, "channel-opted-out");
    for token in ["", "two words", "https://example.com/token"] {
        let contact = json!({ "contactType": "push", "value": token });
        assert_eq!(app.post("/people/ext-john/contacts", contact).await.violations(), ["/value"], "{token}");
    }
}

#[tokio::test]
async fn a_device_that_is_gone_is_given_up_and_the_next_takes_its_place() {
    let app = TestApp::start().await;
    with_devices(&app, &[OLD, NEW]).await;
    app.post("/_local/providers/fcm/unregister", json!({ "token": NEW })).await.expect(200);
    let id = pushed(&app, "good_news").await;
    let entry = app.log(&id).await;
    assert_eq!((&entry["status"], &entry["status_details"]), (&json!("failed"), &json!("invalidContact")));
    assert_eq!(entry["failure"]["code"], "UNREGISTERED");
    assert_eq!(device(&app, NEW).await["valid"], false);
    pushed(&app, "other_news").await;
    assert_eq!(app.outbox("push").await[0]["to"], OLD);
}

#[tokio::test]
async fn what_fcm_refuses_ends_or_waits_as_its_code_says() {
    for (code, status, valid) in [
        ("SENDER_ID_MISMATCH", "failed", true),
        ("THIRD_PARTY_AUTH_ERROR", "sent", true),
        ("INVALID_ARGUMENT", "failed", true),
        ("QUOTA_EXCEEDED", "sent", true),
        ("UNAVAILABLE", "sent", true),
        ("INTERNAL", "sent", true),
    ] {
        let app = TestApp::start().await;
        with_devices(&app, &[NEW]).await;
        app.post("/_local/providers/fcm/answer", json!({ "code": code, "times": 2 })).await.expect(200);
        let id = pushed(&app, "good_news").await;
        for _ in 0..2 {
            app.advance(400).await;
            app.sweep().await;
        }
        assert_eq!(app.log(&id).await["status"], status, "{code}");
        assert_eq!(device(&app, NEW).await["valid"], valid, "{code}");
        assert_eq!(app.outbox("push").await.len(), usize::from(status == "sent"), "{code}");
    }
}

#[tokio::test]
async fn access_tokens_that_end_in_flight_hold_nothing_up() {
    let app = TestApp::start().await;
    with_devices(&app, &[NEW]).await;
    pushed(&app, "first").await;
    assert_eq!(
        app.post("/_local/providers/fcm/expire-tokens", json!({})).await.expect(200),
        json!({ "expired": 1 })
    );
    let id = pushed(&app, "second").await;
    let entry = app.log(&id).await;
    assert_eq!((&entry["status"], &entry["attempts"]), (&json!("sent"), &json!(1)));
    // Long after the token's own end.
    app.advance(2 * 3600).await;
    let id = pushed(&app, "third").await;
    assert_eq!(app.log(&id).await["attempts"], 1);
    assert_eq!(app.outbox("push").await.len(), 3);
}

#[tokio::test]
async fn delivered_twice_by_the_queue_it_is_pushed_once() {
    let app = TestApp::start().await;
    with_devices(&app, &[NEW]).await;
    app.sent(&template(&app, "good_news").await, "ext-john").await;
    app.drain_repeating().await;
    assert_eq!(app.outbox("push").await.len(), 1);
}

#[tokio::test]
async fn a_copy_pushed_after_a_lost_answer_takes_the_place_of_the_first_on_the_device() {
    for fault in ["drop_answer", "crash_before_record"] {
        let app = TestApp::start().await;
        with_devices(&app, &[NEW]).await;
        let news = template(&app, "good_news").await;
        app.fault("fcm", fault, 1).await;
        let id = app.sent(&news, "ext-john").await;
        app.drain().await;
        assert_eq!(app.log(&id).await["status"], "sending", "{fault}");
        app.advance(120).await;
        app.sweep().await;
        let entry = app.log(&id).await;
        assert_eq!(entry["status"], "sent", "{fault}: {entry:#}");
        assert!(entry["timeline"].to_string().contains("leaseExpired"), "never silently: {entry:#}");
        let copies = app.outbox("push").await;
        assert_eq!(copies.len(), 2, "{fault}");
        for copy in &copies {
            let sent: Value = serde_json::from_str(copy["raw"].as_str().unwrap()).unwrap();
            let (android, apns) = (&sent["message"]["android"], &sent["message"]["apns"]);
            assert_eq!(android["notification"]["tag"], id.as_str());
            assert_eq!(apns["headers"]["apns-collapse-id"], id.as_str());
        }
    }
}

#[tokio::test]
async fn what_is_larger_than_fcm_carries_is_told_at_the_call() {
    let app = TestApp::start().await;
    with_devices(&app, &[NEW]).await;
    let news = template(&app, "good_news").await;
    let with = |length: usize| json!({ "template_id": news, "borrower_id": "ext-john", "context": { "more": "x".repeat(length) } });
    let problem = app.post("/api/v1/communications/send", with(4000)).await.problem(409, "message-too-large");
    assert!(problem["detail"].as_str().unwrap().contains("Shorten"), "{problem:#}");
    let descriptor = json!({ "subject": "blank", "channel": "push", "language": "en", "name": "blank" });
    let descriptor = app.post("/communicator/templatedescriptors", descriptor).await.expect(201);
    let version = json!({ "descriptorId": descriptor["id"], "contentHtmlTemplate": "<p>Hello</p>" });
    let version = app.post("/communicator/templates", version).await.expect(201);
    let activate = format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap());
    let problem = app.post(&activate, json!({})).await.expect(409);
    assert!(
        problem["detail"].as_str().unwrap().contains("contentTextTemplate"),
        "nobody would see the HTML: {problem:#}"
    );
    let preview = json!({
        "subject": "good_news", "personId": "ext-john", "channel": "push", "context": { "more": "x".repeat(4000) },
    });
    let preview = app.post("/communicator/preview", preview).await.expect(200);
    let size = preview.pointer("/data/size/push").or_else(|| preview.pointer("/size/push")).unwrap().clone();
    assert_eq!(size["mostBytes"], 4000);
    assert!(size["bytes"].as_u64().unwrap() > 4000, "{size}");
    app.post("/api/v1/communications/send", with(3900)).await.expect(202);
    app.drain().await;
    assert_eq!(app.outbox("push").await.len(), 1);
}

/// Dispatches a message to a device (004).
async fn dispatched(app: &TestApp) -> Answer {
    let body = json!({
        "subject": "Welcome", "body": "Good to have you", "isHtml": false, "channels": ["Push"], "pushToken": NEW,
    });
    app.post("/api/v1/communications/send", body).await
}

#[tokio::test]
async fn dispatch_to_a_borrowers_device_is_the_borrowers_message() {
    let app = TestApp::start().await;
    with_devices(&app, &[NEW]).await;
    app.post("/_local/providers/fcm/unregister", json!({ "token": NEW })).await.expect(200);
    dispatched(&app).await.problem(400, "nothing-sent");
    assert_eq!(device(&app, NEW).await["valid"], false);
    let history = app.get("/people/ext-john/interactions").await.expect(200);
    assert_eq!(history["data"][0]["channel"], "push", "{history:#}");
}

#[tokio::test]
async fn dispatch_pushes_to_nobody_who_must_not_be_contacted_or_opted_out() {
    for (path, content) in [
        ("/people/ext-john/do-not-contact", json!({})),
        ("/people/ext-john/communication-preference", json!({ "optedOut": ["push"] })),
    ] {
        for is_shared in [false, true] {
            let app = TestApp::start().await;
            with_devices(&app, &[NEW]).await;
            if is_shared {
                let contact = json!({ "contactType": "push", "value": NEW });
                app.post("/people/ext-maria/contacts", contact).await.expect(201);
            }
            let put = app.put(path, content.clone()).await;
            assert!(put.status.is_success(), "{path}");
            let problem = dispatched(&app).await.problem(400, "nothing-sent");
            let error = &problem["results"][0]["error"];
            assert_eq!(error == "Recipient opted out", path.ends_with("preference"), "{path}: {error}");
            app.drain().await;
            assert_eq!(app.outbox("push").await, [] as [Value; 0], "{path}");
        }
    }
}

#[tokio::test]
async fn dispatch_pushes_to_a_token_of_nobodys() {
    let app = TestApp::start().await;
    let send = async |text: &str| {
        let body = json!({ "subject": "Welcome", "body": text, "isHtml": false, "channels": ["Push"], "pushToken": NEW });
        app.post("/api/v1/communications/send", body).await
    };
    send("Good to have you").await.expect(200);
    let sent = &app.outbox("push").await[0];
    assert_eq!(
        (&sent["to"], &sent["subject"], &sent["body"]),
        (&json!(NEW), &json!("Welcome"), &json!("Good to have you"))
    );
    let problem = send(&"x".repeat(4100)).await.problem(400, "nothing-sent");
    assert!(problem["results"][0]["error"].as_str().unwrap().contains("4,000"), "{problem:#}");
}
