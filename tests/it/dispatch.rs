//! 004 · Dispatch: one message by any channels at the same time, and what becomes of it on each.

use std::collections::BTreeSet;

use functions::communications::dispatch::example_answer;
use platform::invoke::{Callee, Unanswered};
use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const SEND: &str = "/api/v1/communications/send";
const JOHN: &str = "+13125550101";

/// The request of the document, with changes.
fn body(changes: Value) -> Value {
    let mut body = json!({
        "subject": "System maintenance",
        "body": "A scheduled maintenance window starts at 22:00 UTC.",
        "channels": ["Email", "Sms", "InApp"],
        "emailAddress": "user@example.com",
        "phoneNumber": "+97455555555",
        "userId": "3f45ef0f-39d1-4d65-8eaa-5db7c0b8f763",
        "pushToken": null,
        "webhookUrl": null,
        "isHtml": false,
    });
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    body
}

async fn dispatch(app: &TestApp, changes: Value) -> Answer {
    app.post(SEND, body(changes)).await
}

/// A text to a number nobody we know has.
async fn text(app: &TestApp) -> Answer {
    dispatch(app, json!({ "channels": ["Sms"] })).await
}

fn left(channel: &str) -> Value {
    json!({ "channel": channel, "success": true, "error": null })
}

fn stayed(channel: &str, error: &str) -> Value {
    json!({ "channel": channel, "success": false, "error": error })
}

/// The newest entry of the log.
async fn newest(app: &TestApp) -> Value {
    let log = app.get("/api/v1/communication-logs").await.expect(200);
    log["data"][0].clone()
}

/// Lets every lease end and hands out what is due.
async fn later(app: &TestApp) {
    app.advance(300).await;
    app.sweep().await;
}

#[tokio::test]
async fn the_documents_request_is_answered_as_printed() {
    let app = TestApp::start().await;
    let answer = dispatch(&app, json!({})).await.expect(200);
    assert_eq!(answer, example_answer());
    let (mail, text) = (app.outbox("email").await, app.outbox("text").await);
    assert_eq!((mail.len(), text.len()), (1, 1));
    assert_eq!(
        (&mail[0]["to"], &mail[0]["subject"]),
        (&json!("user@example.com"), &json!("System maintenance"))
    );
    assert!(mail[0]["html"].is_null(), "{:#}", mail[0]);
    assert!(mail[0]["from"].as_str().unwrap().contains("no-reply@acme.example"), "{:#}", mail[0]);
    for (message, to) in [(&mail[0], "user@example.com"), (&text[0], "+97455555555")] {
        assert_eq!((&message["to"], &message["body"]), (&json!(to), &body(json!({}))["body"]));
    }
    let queues = app.get("/_local/queues").await.expect(200);
    let waiting = |queue: &Value| queue["depth"] == 0 && queue["delayed"] == 0 && queue["in_flight"] == 0;
    assert!(queues.as_array().unwrap().iter().all(waiting), "{queues:#}");
    later(&app).await;
    assert_eq!((app.outbox("email").await.len(), app.outbox("text").await.len()), (1, 1));
    let log = app.get("/api/v1/communication-logs").await.expect(200);
    for entry in log["data"].as_array().unwrap() {
        assert_eq!((&entry["status"], &entry["borrower_id"]), (&json!("sent"), &Value::Null), "{entry:#}");
        let interaction =
            app.get(&format!("/interactions/{}", entry["id"].as_str().unwrap())).await.expect(200);
        let shown = if interaction["data"].is_null() { &interaction } else { &interaction["data"] };
        assert_eq!((&shown["theme"], &shown["subject"]), (&json!("opsServicing"), &Value::Null), "{shown:#}");
    }
}

#[tokio::test]
async fn only_admins_dispatch() {
    let app = TestApp::start().await;
    for (key, status, slug) in [
        (Some("demo-loan-officer"), 403, "forbidden"),
        (Some("demo-viewer"), 403, "forbidden"),
        (None, 401, "unauthenticated"),
    ] {
        app.seen_by(key).post(SEND, body(json!({}))).await.problem(status, slug);
    }
    assert!(app.outbox("email").await.is_empty());
}

#[tokio::test]
async fn a_body_at_fault_is_told_every_fault_and_sends_nothing() {
    let app = TestApp::start().await;
    for (changes, pointers) in [
        (json!({ "subject": "", "body": "" }), vec!["/body", "/subject"]),
        (json!({ "subject": "two\nlines" }), vec!["/subject"]),
        (json!({ "channels": [] }), vec!["/channels"]),
        (json!({ "channels": null }), vec!["/channels"]),
        (json!({ "channels": ["Fax"] }), vec!["/channels/0"]),
        (json!({ "channels": ["Sms", "Sms"] }), vec!["/channels/1"]),
        (
            json!({
                "channels": ["Email", "Sms", "Push", "InApp", "Webhook"],
                "emailAddress": "user", "phoneNumber": "5555555", "userId": null,
            }),
            vec!["/emailAddress", "/phoneNumber", "/pushToken", "/userId", "/webhookUrl"],
        ),
        (
            json!({ "channels": ["Webhook"], "webhookUrl": "https://169.254.169.254/latest" }),
            vec!["/webhookUrl"],
        ),
        (json!({ "channels": ["Webhook"], "webhookUrl": "http://hooks.example.com/" }), vec!["/webhookUrl"]),
        (json!({ "template_id": "ext-payment-reminder" }), vec!["/template_id"]),
    ] {
        assert_eq!(dispatch(&app, changes.clone()).await.violations(), pointers, "{changes}");
    }
    let mut unsaid = body(json!({}));
    unsaid.as_object_mut().unwrap().remove("channels");
    assert_eq!(app.post(SEND, unsaid).await.violations(), ["/channels"]);
    assert!(newest(&app).await.is_null());
}

#[tokio::test]
async fn html_is_cleaned_for_email_and_means_nothing_elsewhere() {
    let app = TestApp::start().await;
    let html = "<p>Back at <b>23:00</b></p><script>alert(1)</script>";
    let changes = json!({ "channels": ["Email", "Sms"], "isHtml": true, "body": html });
    dispatch(&app, changes).await.expect(200);
    let mail = &app.outbox("email").await[0];
    assert_eq!(mail["html"].as_str().map(str::trim), Some("<p>Back at <b>23:00</b></p>"), "{mail:#}");
    assert_eq!(mail["body"].as_str().map(str::trim), Some("Back at 23:00"), "{mail:#}");
    assert_eq!(app.outbox("text").await[0]["body"], html);
}

#[tokio::test]
async fn a_known_persons_contact_binds_the_message_and_keeps_opt_outs() {
    let app = TestApp::start().await;
    let johns =
        json!({ "channels": ["Sms", "Email"], "emailAddress": "JOHN@example.com", "phoneNumber": JOHN });
    let answer = dispatch(&app, johns.clone()).await.expect(200);
    assert_eq!(answer["results"], json!([left("Sms"), left("Email")]), "in the request's order");
    let log = app.get("/api/v1/communication-logs?borrower_id=ext-john").await.expect(200);
    assert_eq!(log["data"].as_array().unwrap().len(), 2);
    assert_eq!(app.outbox("email").await[0]["to"], "john@example.com");

    app.texted(JOHN, "STOP").await;
    let answer = dispatch(&app, johns.clone()).await.expect(200);
    assert_eq!(answer["results"], json!([stayed("Sms", "Recipient opted out"), left("Email")]));

    app.put("/people/ext-john/do-not-contact", json!({ "reason": "asked by phone" })).await.expect(200);
    let problem = dispatch(&app, johns).await.problem(400, "nothing-sent");
    let results = problem["results"].as_array().unwrap();
    assert!(results.len() == 2 && results.iter().all(|result| result["success"] == false), "{problem:#}");
    assert_eq!(app.outbox("email").await.len(), 2);
    assert_eq!(newest(&app).await["status"], "failed", "a refusal is on record");
}

#[tokio::test]
async fn a_channel_without_a_sender_says_so() {
    let app = TestApp::start().await;
    let other = app.seen_by(Some("other-admin"));
    for user in ["john", "ext-john"] {
        let changes = json!({
            "channels": ["Sms", "Push", "Email", "InApp", "Webhook"],
            "userId": user, "pushToken": "fcm:APA91b-x_y", "webhookUrl": "https://hooks.example.com/",
        });
        let answer = other.post(SEND, body(changes)).await.expect(200);
        for result in answer["results"].as_array().unwrap() {
            if result["channel"] == "Email" {
                assert_eq!(*result, left("Email"));
                continue;
            }
            assert_eq!(result["success"], false, "{answer:#}");
            assert!(result["error"].as_str().unwrap().starts_with("Channel not configured:"), "{answer:#}");
        }
    }
    other.post(SEND, body(json!({ "channels": ["Sms"] }))).await.problem(400, "nothing-sent");
}

#[tokio::test]
async fn what_the_provider_refuses_is_final() {
    let app = TestApp::start().await;
    app.fault("twilio", "throttle", 1).await;
    let problem = text(&app).await.problem(400, "nothing-sent");
    assert_eq!(problem["results"][0]["channel"], "Sms");
    let error = problem["results"][0]["error"].as_str().unwrap();
    assert!(!error.is_empty() && error != "Still being sent", "{error}");
    assert_eq!(newest(&app).await["status"], "failed");
    later(&app).await;
    assert!(app.outbox("text").await.is_empty(), "whether to send again is the caller's to say");
}

#[tokio::test]
async fn what_does_not_answer_in_ten_seconds_is_still_being_sent() {
    let app = TestApp::start().await;
    app.fault("twilio", "timeout", 1).await;
    let begun = std::time::Instant::now();
    let answer = dispatch(&app, json!({ "channels": ["Email", "Sms"] })).await.expect(200);
    let waited = begun.elapsed().as_secs();
    assert!((10..15).contains(&waited), "{waited} s");
    assert_eq!(answer["results"], json!([left("Email"), stayed("Sms", "Still being sent")]));
    later(&app).await;
    assert_eq!((app.outbox("email").await.len(), app.outbox("text").await.len()), (1, 1));
}

#[tokio::test]
async fn a_dispatcher_that_dies_after_the_provider_took_the_message_leaves_it_to_the_queue() {
    let app = TestApp::start().await;
    app.fault("twilio", "crash_before_record", 1).await;
    let answer = text(&app).await.expect(200);
    assert_eq!(answer["results"], json!([stayed("Sms", "Still being sent")]));
    app.drain_repeating().await;
    assert_eq!(newest(&app).await["status"], "sending", "its lease holds");
    later(&app).await;
    let entry = newest(&app).await;
    assert_eq!(entry["status"], "sent", "{entry:#}");
    assert_eq!(app.outbox("text").await.len(), 1, "Twilio is asked whether it has the message");
}

#[tokio::test]
async fn whoever_dies_between_two_steps_what_was_stored_is_sent_once() {
    let app = TestApp::start().await;
    let mut died = 0;
    // The authorizer, the route and the dispatcher, at each of their calls to the table.
    for step in 0..10 {
        app.fault_after("dynamodb", "crash_before_record", 1, step).await;
        let answer = dispatch(&app, json!({ "channels": ["Sms"], "body": format!("Step {step}") })).await;
        app.no_faults().await;
        match answer.status.as_u16() {
            200 => {}
            _ => {
                answer.problem(500, "internal");
                died += 1;
            }
        }
    }
    later(&app).await;
    let log = app.get("/api/v1/communication-logs").await.expect(200);
    let entries = log["data"].as_array().unwrap();
    assert!(entries.iter().all(|entry| entry["status"] == "sent"), "{log:#}");
    let outbox = app.outbox("text").await;
    let bodies: BTreeSet<&str> = outbox.iter().map(|text| text["body"].as_str().unwrap()).collect();
    assert_eq!((outbox.len(), bodies.len()), (entries.len(), entries.len()), "each once");
    assert!(
        died > 10 - entries.len(),
        "some route died after storing: {died} died, {} stored",
        entries.len()
    );
}

#[tokio::test]
async fn a_route_that_dies_while_it_waits_may_be_asked_again() {
    let app = TestApp::start().await;
    let request = || {
        let request = app.request(Method::POST, SEND).header("idempotency-key", "maintenance");
        answer(request.json(&body(json!({ "channels": ["Sms"] }))))
    };
    app.fault("lambda", "crash_before_record", 1).await;
    request().await.problem(500, "internal");
    later(&app).await;
    let again = request().await.expect(200);
    assert_eq!(again["results"], json!([left("Sms")]), "it is the same message");
    assert_eq!(app.outbox("text").await.len(), 1);
}

#[tokio::test]
async fn a_lost_answer_of_the_dispatcher_sends_nothing_twice() {
    let app = TestApp::start().await;
    app.fault("lambda", "drop_answer", 1).await;
    let answer = text(&app).await.expect(200);
    assert_eq!(answer["results"], json!([left("Sms")]));
    later(&app).await;
    assert_eq!(app.outbox("text").await.len(), 1);
}

#[tokio::test]
async fn what_no_dispatcher_is_free_for_goes_by_the_queue() {
    let app = TestApp::start().await;
    for mode in ["throttle", "error"] {
        app.fault("lambda", mode, 9).await;
        let answer = text(&app).await.expect(200);
        assert_eq!(answer["results"], json!([stayed("Sms", "Still being sent")]), "{mode}");
        app.no_faults().await;
    }
    app.drain_repeating().await;
    assert_eq!(app.outbox("text").await.len(), 2);
    assert_eq!(newest(&app).await["status"], "sent");
}

#[tokio::test]
async fn the_same_request_again_is_one_message() {
    let app = TestApp::start().await;
    let request = || {
        let request = app.request(Method::POST, SEND).header("idempotency-key", "k1");
        answer(request.json(&body(json!({}))))
    };
    let first = request().await.expect(200);
    let again = request().await;
    assert_eq!(again.headers["idempotent-replay"], "true");
    assert_eq!(again.expect(200), first);
    assert_eq!((app.outbox("email").await.len(), app.outbox("text").await.len()), (1, 1));
}

#[tokio::test]
async fn a_function_that_is_called_wrongly_says_what_is_wrong() {
    let app = TestApp::start().await;
    let invoker = &app.system.app().invoker;
    let callee = Callee::all().next().unwrap();
    let refused = invoker.invoke::<Value>(callee, &json!({ "dispatch": {} })).await.unwrap_err();
    let Unanswered::Refused(_) = &refused else { panic!("{refused}") };
    let domain::Error::Invalid(faults) = domain::Error::from(refused) else {
        panic!("an error of the caller's")
    };
    assert_eq!(faults[0].pointer, "/dispatch");
    let too_much = "x".repeat(7 << 20);
    let unsaid = invoker.invoke::<Value>(callee, &too_much).await.unwrap_err();
    assert!(matches!(unsaid, Unanswered::Misunderstood(_)), "{unsaid}");
}
