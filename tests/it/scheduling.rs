//! Messages for later: scheduled, spread by jitter, and looked at again when their time comes.

use postrider_tests::TestApp;
use serde_json::{Value, json};

async fn send(app: &TestApp, template: &str, more: Value) -> Value {
    let mut body = json!({ "template_id": template, "borrower_id": "ext-john" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.post("/api/v1/communications/send", body).await.expect(202)
}

#[tokio::test]
async fn a_scheduled_message_leaves_at_its_time() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let accepted = send(&app, &template, json!({ "send_at": "2026-01-06T15:00:00Z" })).await;
    assert_eq!(
        (&accepted["status"], &accepted["send_at"]),
        (&json!("scheduled"), &json!("2026-01-06T15:00:00Z"))
    );
    app.sweep().await;
    assert!(app.outbox("email").await.is_empty());
    app.set_clock("2026-01-06T15:00:00Z").await;
    app.sweep().await;
    assert_eq!(app.outbox("email").await.len(), 1);
    app.sweep().await;
    assert_eq!(app.outbox("email").await.len(), 1, "and only once");
}

#[tokio::test]
async fn who_opts_out_before_the_time_gets_nothing() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let accepted = send(&app, &template, json!({ "send_at": "2026-01-06T15:00:00Z" })).await;
    app.put("/people/ext-john/do-not-contact", json!({})).await.expect(200);
    app.set_clock("2026-01-06T15:00:00Z").await;
    app.sweep().await;
    assert!(app.outbox("email").await.is_empty());
    let entry = app.log(accepted["communication_id"].as_str().unwrap()).await;
    assert_eq!(
        (&entry["status"], &entry["status_details"]),
        (&json!("canceled"), &json!("blockedByComplianceGuard"))
    );
    assert_eq!(entry["failure"]["ruleId"], "stop.do_not_contact");
}

#[tokio::test]
async fn a_harmless_change_of_the_person_does_not_stop_a_message() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    send(&app, &template, json!({ "send_at": "2026-01-06T15:00:00Z" })).await;
    app.put("/people/ext-john", json!({ "lastName": "Doe-Smith" })).await.expect(200);
    app.set_clock("2026-01-06T15:00:00Z").await;
    app.sweep().await;
    assert_eq!(app.outbox("email").await.len(), 1);
}

#[tokio::test]
async fn a_message_to_an_address_the_person_no_longer_has_is_not_sent() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let accepted = send(&app, &template, json!({ "send_at": "2026-01-06T15:00:00Z" })).await;
    let moved = json!({ "contacts": [{ "externalId": "john-email", "contactType": "email", "value": "new@example.com" }] });
    app.put("/people/ext-john", moved).await.expect(200);
    app.set_clock("2026-01-06T15:00:00Z").await;
    app.sweep().await;
    assert!(app.outbox("email").await.is_empty());
    let entry = app.log(accepted["communication_id"].as_str().unwrap()).await;
    assert_eq!((&entry["status"], &entry["recipient"]), (&json!("canceled"), &json!("john@example.com")));
}

#[tokio::test]
async fn jitter_spreads_within_its_bounds() {
    let app = TestApp::start().await;
    let mut spread = Vec::new();
    for at in 0..20 {
        let template = app.template("email", &format!("welcome_{at}a")).await;
        let accepted = send(&app, &template, json!({ "send_jitter": 600 })).await;
        if let Some(at) = accepted["send_at"].as_str() {
            spread.push(at.to_owned());
            let latest = (app.system.app().now() + jiff::SignedDuration::from_secs(600)).to_string();
            assert!(("2026-01-05T15:00:00"..=latest.as_str()).contains(&at), "{at}");
        }
    }
    spread.dedup();
    assert!(spread.len() > 10, "{spread:?}");
}

#[tokio::test]
async fn a_message_that_missed_its_queue_is_found_by_the_sweep() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    app.fault("sqs", "error", 20).await;
    let id = app.sent(&template, "ext-john").await;
    app.no_faults().await;
    app.drain().await;
    assert_eq!(app.log(&id).await["status"], "queued");
    app.advance(180).await;
    app.sweep().await;
    assert_eq!(app.log(&id).await["status"], "sent");
}
