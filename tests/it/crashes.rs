//! Deliveries repeated and processes that die between two steps: nothing is lost, and nothing is sent twice unless the
//! provider cannot tell and the crash fell between its answer and our record.

use domain::{
    id::{self, Id},
    interaction::Claim,
};
use postrider_tests::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_message_delivered_twice_by_the_queue_is_sent_once() {
    let app = TestApp::start().await;
    for channel in ["email", "sms"] {
        let template = app.template(channel, &format!("hello_{channel}")).await;
        app.sent(&template, "ext-john").await;
        app.drain_repeating().await;
    }
    assert_eq!((app.outbox("email").await.len(), app.outbox("text").await.len()), (1, 1));
}

#[tokio::test]
async fn a_crash_after_the_claim_loses_nothing() {
    let app = TestApp::start().await;
    for channel in ["email", "sms"] {
        let template = app.template(channel, &format!("hello_{channel}")).await;
        let id = app.sent(&template, "ext-john").await;
        // A dispatcher that takes the message and is never heard of again.
        let (store, tenant) = (&app.system.app().store, "demo".parse().unwrap());
        let mut message =
            store.interaction(&tenant, &id.parse::<Id<id::Interaction>>().unwrap()).await.unwrap();
        assert_eq!(message.claim(app.system.app().now()), Claim::Taken);
        assert!(store.save_interaction(&mut message).await.unwrap());
        app.drain().await;
        assert_eq!(app.log(&id).await["status"], "sending");
        app.advance(120).await;
        app.sweep().await;
        assert_eq!(app.log(&id).await["status"], "sent", "{channel}");
    }
    assert_eq!((app.outbox("email").await.len(), app.outbox("text").await.len()), (1, 1));
}

#[tokio::test]
async fn a_crash_between_answer_and_record_repeats_only_what_cannot_be_asked() {
    let app = TestApp::start().await;
    // Twilio can be asked whether it has the message; SES cannot.
    for (provider, channel, outbox, copies) in [("twilio", "sms", "text", 1), ("ses", "email", "email", 2)] {
        let template = app.template(channel, &format!("hello_{channel}")).await;
        app.fault(provider, "crash_before_record", 1).await;
        let id = app.sent(&template, "ext-john").await;
        app.drain().await;
        assert_eq!(app.log(&id).await["status"], "sending", "{channel}");
        app.advance(120).await;
        app.sweep().await;
        let entry = app.log(&id).await;
        assert_eq!(entry["status"], "sent", "{entry:#}");
        assert!(entry["timeline"].to_string().contains("leaseExpired"), "never silently: {entry:#}");
        assert_eq!(app.outbox(outbox).await.len(), copies, "{channel}");
    }
}

#[tokio::test]
async fn an_event_that_arrives_after_a_crash_settles_the_message_for_good() {
    let app = TestApp::start().await;
    for (provider, channel, outbox, report) in [
        ("twilio", "sms", "text", json!({ "status": "delivered" })),
        ("ses", "email", "email", json!({ "event": "Delivery" })),
    ] {
        let template = app.template(channel, &format!("hello_{channel}")).await;
        app.fault(provider, "crash_before_record", 1).await;
        let id = app.sent(&template, "ext-john").await;
        app.drain().await;
        let mut report = report;
        report["message"] = json!(id);
        app.report(provider, report).await;
        app.advance(120).await;
        app.sweep().await;
        assert_eq!(app.log(&id).await["status"], "delivered");
        assert_eq!(app.outbox(outbox).await.len(), 1, "{channel}: sent once");
    }
}

#[tokio::test]
async fn what_left_before_a_crash_is_not_said_to_be_stopped_by_what_came_later() {
    // Twilio can be asked; what SES did is known once it reports.
    for (provider, channel, report, asked) in [
        ("twilio", "sms", json!({ "status": "delivered" }), "sent"),
        ("ses", "email", json!({ "event": "Delivery" }), "canceled"),
    ] {
        let app = TestApp::start().await;
        let template = app.template(channel, &format!("hello_{channel}")).await;
        app.fault(provider, "crash_before_record", 1).await;
        let id = app.sent(&template, "ext-john").await;
        app.drain().await;
        app.put("/people/ext-john/do-not-contact", json!({ "reason": "asked by phone" })).await.expect(200);
        app.advance(120).await;
        app.sweep().await;
        assert_eq!(app.log(&id).await["status"], asked, "{channel}");

        let mut report = report;
        report["message"] = json!(id);
        app.report(provider, report).await;
        let entry = app.log(&id).await;
        assert_eq!((&entry["status"], &entry["failure"]), (&json!("delivered"), &json!(null)), "{entry:#}");
        let explained = app.get(&format!("/interactions/{id}/compliance")).await.expect(200);
        let decisions = explained["earlier"].as_array().into_iter().flatten().chain([&explained["decision"]]);
        assert!(decisions.clone().any(|one| one["allowed"] == true), "by which it left: {explained:#}");
    }
}

#[tokio::test]
async fn a_table_that_stutters_during_the_guards_second_look_neither_sends_nor_loses() {
    for mode in ["error", "throttle", "drop_answer"] {
        for call in 1..=4 {
            let app = TestApp::start().await;
            let stutters = async || {
                app.fault("dynamodb", mode, call).await;
                app.drain().await;
                app.no_faults().await;
                for _ in 0..3 {
                    app.advance(180).await;
                    app.sweep().await;
                }
                assert!(app.outbox("email").await.is_empty(), "{mode} x{call}");
            };
            let template = app.template("email", "loan_overdue_first_notice").await;
            let stopped = app.sent(&template, "ext-john").await;
            app.put("/people/ext-john/do-not-contact", json!({ "reason": "asked" })).await.expect(200);
            stutters().await;
            assert_eq!(app.log(&stopped).await["status"], "canceled", "{mode} x{call}");

            app.delete("/people/ext-john/do-not-contact").await.expect(204);
            app.set_clock("2026-01-06T02:50:00Z").await;
            let postponed = app.sent(&template, "ext-john").await;
            app.set_clock("2026-01-06T03:30:00Z").await;
            stutters().await;
            let entry = app.log(&postponed).await;
            assert_eq!(entry["status"], "scheduled", "{mode} x{call}: {entry:#}");
            app.set_clock("2026-01-06T14:00:00Z").await;
            app.sweep().await;
            assert_eq!(app.outbox("email").await.len(), 1, "{mode} x{call}");
        }
    }
}

#[tokio::test]
async fn an_answer_lost_on_the_way_is_not_followed_by_a_second_text() {
    let app = TestApp::start().await;
    let template = app.template("sms", "hello").await;
    app.fault("twilio", "drop_answer", 1).await;
    let id = app.sent(&template, "ext-john").await;
    app.drain().await;
    assert_eq!(app.log(&id).await["status"], "sending");
    app.advance(120).await;
    app.sweep().await;
    assert_eq!(app.log(&id).await["status"], "sent");
    assert_eq!(app.outbox("text").await.len(), 1);
}

#[tokio::test]
async fn a_text_of_the_same_words_is_not_taken_for_the_lost_one() {
    let app = TestApp::start().await;
    app.put("/settings?reason=test", json!({ "suppressionHours": 0 })).await.expect(200);
    let template = app.template("sms", "hello").await;
    app.fault("twilio", "timeout", 1).await;
    let lost = app.sent(&template, "ext-john").await;
    app.drain().await;
    let other = app.sent(&template, "ext-john").await;
    app.drain().await;
    assert_eq!(app.outbox("text").await.len(), 1, "the first never arrived");
    app.advance(120).await;
    app.sweep().await;
    let (lost, other) = (app.log(&lost).await, app.log(&other).await);
    assert_eq!((&lost["status"], &other["status"]), (&json!("sent"), &json!("sent")));
    assert_ne!(lost["provider_reference"], other["provider_reference"]);
    assert_eq!(app.outbox("text").await.len(), 2);
}

#[tokio::test]
async fn a_table_that_stutters_between_the_steps_loses_and_doubles_nothing() {
    for mode in ["error", "throttle", "drop_answer"] {
        for call in 1..=4 {
            let app = TestApp::start().await;
            let template = app.template("sms", "hello").await;
            let id = app.sent(&template, "ext-john").await;
            app.fault("dynamodb", mode, call).await;
            app.drain().await;
            app.no_faults().await;
            for _ in 0..3 {
                app.advance(180).await;
                app.sweep().await;
            }
            assert_eq!(app.log(&id).await["status"], "sent", "{mode} x{call}");
            assert_eq!(app.outbox("text").await.len(), 1, "{mode} x{call}");
        }
    }
}

#[tokio::test]
async fn a_report_delivered_twice_by_the_queue_counts_once() {
    let app = TestApp::start().await;
    let template = app.template("sms", "hello").await;
    let id = app.sent(&template, "ext-john").await;
    app.drain().await;
    let report = json!({ "message": id, "status": "undelivered", "error_code": 21610 });
    app.post("/_local/providers/twilio/status", report).await.expect(200);
    app.drain_repeating().await;
    let consents = app.get("/people/ext-john/consents").await.expect(200);
    assert_eq!(consents.as_array().unwrap().iter().filter(|c| c["source"] == "twilio").count(), 1);
    assert_eq!(app.log(&id).await["status"], "failed");
}
