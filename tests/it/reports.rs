//! Reports about messages they cannot be about, about accounts that messages no longer leave by, and of any shape and time.

use domain::circuit::State;
use postrider_tests::TestApp;
use serde_json::{Value, json};

/// Gives the demo's lender other senders.
async fn with_senders(app: &TestApp, change: impl FnOnce(&mut Value)) {
    let tenant = app.system.app().store.tenant(&"demo".parse().unwrap()).await.unwrap();
    let mut senders = serde_json::to_value(&tenant.senders).unwrap();
    change(&mut senders);
    let tenant = json!({ "id": "demo", "name": tenant.name, "senders": senders, "issuers": tenant.issuers });
    app.system.invoke("tenants-provision", tenant).await.unwrap();
}

async fn by_email_provider(app: &TestApp, provider: &str) {
    with_senders(app, |senders| {
        for stream in ["transactional", "conversational"] {
            senders["email"][stream]["provider"] = json!(provider);
        }
    })
    .await;
}

/// A message to John, worked off.
async fn sent(app: &TestApp, channel: &str, name: &str, more: Value) -> String {
    let mut body = json!({ "template_id": app.template(channel, name).await, "borrower_id": "ext-john" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let accepted = app.post("/api/v1/communications/send", body).await.expect(202);
    app.drain().await;
    accepted["communication_id"].as_str().unwrap().to_owned()
}

/// What is known of John's addresses, and of whether he wants anything there.
async fn john(app: &TestApp) -> (Value, Value) {
    let contacts = app.get("/people/ext-john/contacts").await.expect(200);
    (contacts, app.get("/people/ext-john/consents").await.expect(200))
}

#[tokio::test]
async fn a_signed_report_of_a_provider_that_does_not_have_the_message_changes_nothing() {
    let app = TestApp::start().await;
    let tomorrow = json!({ "send_at": "2026-01-06T15:00:00Z" });
    let waiting = sent(&app, "email", "waiting", tomorrow).await;
    let by_ses = sent(&app, "email", "by_ses", json!({})).await;
    let by_twilio = sent(&app, "sms", "by_twilio", json!({})).await;
    by_email_provider(&app, "sendgrid").await;
    let by_sendgrid = sent(&app, "email", "by_sendgrid", json!({})).await;
    by_email_provider(&app, "ses").await;
    let before = john(&app).await;
    for about in [&waiting, &by_ses, &by_twilio, &by_sendgrid] {
        let entry = app.log(about).await;
        for event in ["delivered", "bounce", "spamreport", "unsubscribe"] {
            let named = json!({ "interaction": about, "smtp-id": null, "sg_message_id": "zzz.r" });
            app.report("sendgrid", json!({ "message": by_sendgrid, "event": event, "more": named })).await;
            assert_eq!(app.log(about).await, entry, "{event}");
            assert_eq!(john(&app).await, before, "{event} about {entry:#}");
        }
    }

    app.set_clock("2026-01-06T15:01:00Z").await;
    app.sweep().await;
    assert_eq!(app.log(&waiting).await["status"], "sent", "it leaves at its time");
    // About this very message, whoever sends the lender's mail by now.
    app.report("sendgrid", json!({ "message": by_sendgrid, "event": "bounce" })).await;
    assert_eq!(app.log(&by_sendgrid).await["status_details"], "emailBounced");
}

#[tokio::test]
async fn a_late_report_about_the_number_of_before_stops_no_text_from_the_number_of_now() {
    let app = TestApp::start().await;
    let before = sent(&app, "sms", "before", json!({})).await;
    with_senders(&app, |senders| senders["text"]["from"] = json!("+13125550199")).await;
    app.report("twilio", json!({ "message": before, "status": "undelivered", "error_code": 30007 })).await;
    let circuits = app.system.app().store.circuits(&"demo".parse().unwrap(), 10, None).await.unwrap().entries;
    let [circuit] = &circuits[..] else { panic!("{circuits:#?}") };
    assert!(circuit.account.as_str().ends_with(":+13125550100"), "{circuit:#?}");
    assert!(matches!(circuit.state, State::Open { .. }), "{circuit:#?}");
    let now = sent(&app, "sms", "now", json!({})).await;
    assert_eq!(app.log(&now).await["status"], "sent");
    assert_eq!(app.outbox("text").await[0]["from"], "+13125550199");
}

#[tokio::test]
async fn a_report_of_odd_members_and_any_time_settles_its_message_as_of_when_that_can_be() {
    for (odd, is_on_time) in [
        (json!({ "timestamp": 0 }), false),
        (json!({ "timestamp": 4_102_444_800_u64 }), false),
        (json!({ "timestamp": "1767625203", "sg_machine_open": "no", "status": 5.1 }), true),
    ] {
        let app = TestApp::start().await;
        by_email_provider(&app, "sendgrid").await;
        let id = sent(&app, "email", "hello", json!({})).await;
        app.advance(60).await;
        app.report("sendgrid", json!({ "message": id, "event": "delivered", "more": odd })).await;
        let entry = app.log(&id).await;
        assert_eq!(entry["status"], "delivered", "{odd}");
        let at = |what: &str| {
            let timeline = entry["timeline"].as_array().unwrap();
            let moment = timeline.iter().find(|moment| moment["what"] == what).unwrap();
            moment["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap()
        };
        assert!(at("claimed") <= at("delivered") && at("delivered") <= app.system.app().now(), "{entry:#}");
        if is_on_time {
            assert_eq!(at("delivered").to_string(), "2026-01-05T15:00:03Z");
        }
    }
}

#[tokio::test]
async fn an_address_is_in_a_country_that_there_is() {
    let app = TestApp::start().await;
    for (country, is_one) in [("XX", false), ("ZZ", false), ("UK", false), ("GB", true), ("PR", true)] {
        let address = json!({ "addressLine1": "1 Main St", "city": "Anywhere", "country": country });
        let contact = json!({ "contactType": "address", "address": address });
        let answer = app.post("/people/ext-john/contacts", contact).await;
        assert_eq!(answer.status == 201, is_one, "{country}: {:#}", answer.body);
        if !is_one {
            assert_eq!(answer.violations(), ["/address/country"], "{country}");
        }
    }
}
