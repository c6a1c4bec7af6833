//! Delivery: provider wire formats in and out, and what their reports do.

use postrider_tests::{TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

async fn sent_text(app: &TestApp) -> String {
    let template = app.template("sms", "hello").await;
    let id = app.sent(&template, "ext-john").await;
    app.drain().await;
    id
}

async fn sent_email(app: &TestApp) -> String {
    let template = app.template("email", "hello").await;
    let id = app.sent(&template, "ext-john").await;
    app.drain().await;
    id
}

#[tokio::test]
async fn twilio_reports_move_a_text_on_with_their_side_effects() {
    // Code, 001's detail, what is learned about the contact.
    for (code, details, learned) in [
        (30004, "textMessageBlocked", None),
        (30005, "textNumberDisconnected", Some(("valid", json!(false)))),
        (30006, "textLandlineOrUnreachableCarrier", Some(("receiveTextMessages", json!(false)))),
        (30007, "textCarrierViolation", None),
        (21610, "textUnsubscribedRecipient", None),
    ] {
        let app = TestApp::start().await;
        let id = sent_text(&app).await;
        app.report("twilio", json!({ "message": id, "status": "undelivered", "error_code": code })).await;
        let entry = app.log(&id).await;
        assert_eq!(
            (&entry["status"], &entry["status_details"]),
            (&json!("failed"), &json!(details)),
            "{code}"
        );
        assert_eq!(entry["failure"]["code"], code.to_string());
        let contacts = app.get("/people/ext-john/contacts").await.expect(200);
        let phone =
            contacts.as_array().unwrap().iter().find(|c| c["contactType"] == "phone").unwrap().clone();
        if let Some((field, value)) = learned {
            assert_eq!(phone[field], value, "{code}");
        }
        let consents = app.get("/people/ext-john/consents").await.expect(200);
        let revoked =
            consents.as_array().unwrap().iter().any(|c| c["status"] == "revoked" && c["source"] == "twilio");
        assert_eq!(revoked, code == 21610, "{code}: {consents:#}");
    }
}

#[tokio::test]
async fn ses_events_move_an_email_on_with_their_side_effects() {
    for (report, status, details) in [
        (json!({ "event": "Send" }), "sent", "emailSent"),
        (json!({ "event": "Delivery" }), "delivered", "emailDelivered"),
        (json!({ "event": "Open" }), "delivered", "emailOpened"),
        (json!({ "event": "Click" }), "delivered", "emailClick"),
        (json!({ "event": "Bounce", "bounce_type": "Permanent" }), "failed", "emailBounced"),
        (json!({ "event": "Bounce", "bounce_type": "Transient" }), "failed", "emailBlocked"),
        (json!({ "event": "Complaint" }), "failed", "emailReportedAsSpam"),
        (json!({ "event": "Reject" }), "failed", "emailDropped"),
        (json!({ "event": "DeliveryDelay" }), "sent", "emailSent"),
    ] {
        for signature in ["1", "2"] {
            let app = TestApp::start().await;
            let id = sent_email(&app).await;
            let mut report = report.clone();
            report["message"] = json!(id);
            report["signature_version"] = json!(signature);
            app.report("ses", report.clone()).await;
            let entry = app.log(&id).await;
            assert_eq!(
                (&entry["status"], &entry["status_details"]),
                (&json!(status), &json!(details)),
                "{report}"
            );
            let contacts = app.get("/people/ext-john/contacts").await.expect(200);
            let email =
                contacts.as_array().unwrap().iter().find(|c| c["contactType"] == "email").unwrap().clone();
            assert_eq!(email["valid"], json!(details != "emailBounced"), "{report}");
        }
    }
}

#[tokio::test]
async fn a_complaint_is_an_opt_out() {
    let app = TestApp::start().await;
    let id = sent_email(&app).await;
    app.report("ses", json!({ "message": id, "event": "Complaint" })).await;
    let template = app.template("email", "another").await;
    let problem = app.send(&template, "ext-john").await.problem(409, "consent-revoked");
    assert_eq!(problem["reasons"][0]["code"], "consent_revoked");
}

#[tokio::test]
async fn late_and_repeated_reports_change_nothing() {
    let app = TestApp::start().await;
    let id = sent_email(&app).await;
    for event in ["Delivery", "Open", "Click"] {
        app.report("ses", json!({ "message": id, "event": event })).await;
    }
    let settled = app.log(&id).await;
    for event in ["Open", "Delivery", "Send", "Click"] {
        app.report("ses", json!({ "message": id, "event": event })).await;
    }
    assert_eq!(app.log(&id).await, settled);
}

#[tokio::test]
async fn an_undelivered_text_worth_a_retry_is_sent_again() {
    let app = TestApp::start().await;
    let id = sent_text(&app).await;
    app.report("twilio", json!({ "message": id, "status": "undelivered", "error_code": 30008 })).await;
    assert_eq!(app.log(&id).await["status"], "sent", "not failed while another attempt is due");
    app.advance(3600).await;
    app.sweep().await;
    assert_eq!(app.outbox("text").await.len(), 2);
    app.report("twilio", json!({ "message": id, "status": "undelivered", "error_code": 30008 })).await;
    let entry = app.log(&id).await;
    assert_eq!((&entry["status"], &entry["status_details"]), (&json!("failed"), &json!("textUnknownError")));
}

#[tokio::test]
async fn a_failure_reported_twice_is_retried_once() {
    let app = TestApp::start().await;
    let id = sent_text(&app).await;
    let first = app.log(&id).await["provider_reference"].as_str().unwrap().to_owned();
    let report = json!({ "message": first, "status": "undelivered", "error_code": 30003 });
    app.report("twilio", report.clone()).await;
    app.report("twilio", report.clone()).await;
    for _ in 0..2 {
        app.advance(3600).await;
        app.sweep().await;
        // The first text's report, delivered once more.
        app.report("twilio", report.clone()).await;
    }
    assert_eq!(app.outbox("text").await.len(), 2);
    assert_eq!(app.log(&id).await["status"], "sent");
}

#[tokio::test]
async fn a_busy_provider_is_tried_again_with_growing_pauses() {
    let app = TestApp::start().await;
    for (provider, channel) in [("twilio", "sms"), ("ses", "email")] {
        let template = app.template(channel, &format!("hello_{channel}")).await;
        app.fault(provider, "throttle", 2).await;
        let id = app.sent(&template, "ext-john").await;
        app.drain().await;
        assert_eq!(app.log(&id).await["attempts"], 1);
        app.sweep().await;
        assert_eq!(app.log(&id).await["attempts"], 1, "not before its time");
        for _ in 0..2 {
            app.advance(400).await;
            app.sweep().await;
        }
        let entry = app.log(&id).await;
        assert_eq!((&entry["status"], &entry["attempts"]), (&json!("sent"), &json!(3)), "{provider}");
    }
    assert_eq!(app.outbox("email").await.len() + app.outbox("text").await.len(), 2);
}

#[tokio::test]
async fn a_provider_that_stays_away_for_a_day_ends_in_a_failure() {
    let app = TestApp::start().await;
    let template = app.template("sms", "hello").await;
    app.fault("twilio", "error", 1_000).await;
    let id = app.sent(&template, "ext-john").await;
    app.drain().await;
    // Its fifth attempt stops the account, after four hours, and from then on it waits.
    for hour in 1..28 {
        app.advance(3600).await;
        app.sweep().await;
        assert_eq!(app.log(&id).await["status"], "queued", "after {hour} hours");
    }
    app.advance(2 * 3600).await;
    app.sweep().await;
    let entry = app.log(&id).await;
    assert_eq!((&entry["status"], &entry["attempts"]), (&json!("failed"), &json!(4)));
    assert_eq!(entry["failure"]["reason"], "SMS_SERVICE_ERROR");
    let description = entry["failure"]["description"].as_str().unwrap();
    assert!(description.starts_with("It waited 24 hours for its provider"), "{description}");
}

#[tokio::test]
async fn transactional_and_conversational_mail_differ_in_sender_and_unsubscribe() {
    let app = TestApp::start().await;
    for (transactional, from, unsubscribe) in
        [(true, "no-reply@acme.example", false), (false, "service@acme.example", true)]
    {
        let template = app.template("email", &format!("hello_{transactional}")).await;
        let body =
            json!({ "template_id": template, "borrower_id": "ext-john", "is_transactional": transactional });
        app.post("/api/v1/communications/send", body).await.expect(202);
        app.drain().await;
        let mail = app.outbox("email").await[0].clone();
        assert!(mail["from"].to_string().contains(from), "{mail:#}");
        assert_eq!(mail["raw"].as_str().unwrap().contains("List-Unsubscribe:"), unsubscribe);
    }
}

#[tokio::test]
async fn mail_has_a_text_and_an_html_part_whose_values_are_escaped() {
    let app = TestApp::start().await;
    app.put("/people/ext-john", json!({ "firstName": "J<o>hn & Söhne" })).await.expect(200);
    let template = json!({
        "name": "both", "template_type": "both", "channel": "email", "subject": "Für {{ borrower.first_name }}",
        "body": "Hi {{ borrower.first_name }}", "body_html": "<p>Hi {{ borrower.first_name }}</p>",
    });
    let template = app.post("/api/v1/communication-templates", template).await.expect(201);
    app.sent(template["id"].as_str().unwrap(), "ext-john").await;
    app.drain().await;
    let mail = app.outbox("email").await[0].clone();
    assert_eq!(mail["subject"], "Für J<o>hn & Söhne");
    assert!(mail["body"].as_str().unwrap().starts_with("Hi J<o>hn & Söhne"));
    assert!(mail["html"].as_str().unwrap().contains("<p>Hi J&lt;o&gt;hn &amp; Söhne</p>"), "{mail:#}");
}

#[tokio::test]
async fn texts_carry_their_segments() {
    let app = TestApp::start().await;
    let template =
        json!({ "name": "long", "template_type": "long", "channel": "sms", "body": "x".repeat(161) });
    let template = app.post("/api/v1/communication-templates", template).await.expect(201);
    let id = app.sent(template["id"].as_str().unwrap(), "ext-john").await;
    app.drain().await;
    assert_eq!(app.log(&id).await["segments"], 2);
}

#[tokio::test]
async fn calls_nobody_signed_are_refused_and_leave_nothing() {
    let app = TestApp::start().await;
    let id = sent_text(&app).await;
    let url = format!("{}/api/v1/communications/webhooks/delivery-status", app.system.url());
    let client = local::standins::http_client();
    let form = "MessageSid=SM1&MessageStatus=delivered";
    let post = |query: &str| client.post(format!("{url}{query}")).body(form);
    let named = format!("?tenant=demo&interaction={id}");
    let twilio = "X-Twilio-Signature";
    for request in [
        post(""),
        post(&named),
        post(&named).header(twilio, "AAAA"),
        post("?tenant=nobody").header(twilio, "AAAA"),
        post(&format!("{named}&AccountSid=AC1")).header(twilio, "AAAA"),
        post("?tenant=demo").header("x-amz-sns-message-type", "Notification"),
        client.post(format!("{url}?tenant=demo")).header("x-amz-sns-message-type", "Notification").body("{}"),
    ] {
        answer(request).await.problem(401, "unauthenticated");
    }
    app.drain().await;
    assert_eq!(app.log(&id).await["status"], "sent");
}

#[tokio::test]
async fn a_subscription_of_an_allowed_topic_is_confirmed() {
    let app = TestApp::start().await;
    let told = app.post("/_local/providers/ses/subscribe", json!({})).await.expect(200);
    assert_eq!(told["confirmed"], true, "{told:#}");
    let told = app
        .post(
            "/_local/providers/ses/subscribe",
            json!({ "topic": "arn:aws:sns:us-east-1:000000000000:strangers" }),
        )
        .await
        .expect(200);
    assert_eq!(told["confirmed"], false, "{told:#}");
}

#[tokio::test]
async fn one_trace_id_leads_from_request_to_webhook() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let body: Value = json!({ "template_id": template, "borrower_id": "ext-john" });
    let request = app.request(Method::POST, "/api/v1/communications/send");
    let trace = "1-67891233-abcdef012345678912345678";
    let told = answer(request.header("x-amzn-trace-id", format!("Root={trace};Sampled=1")).json(&body)).await;
    assert_eq!(told.headers["x-trace-id"], trace);
    let id = told.expect(202)["communication_id"].as_str().unwrap().to_owned();
    assert_eq!(app.log(&id).await["trace_id"], trace);
}

#[tokio::test]
async fn what_is_too_large_for_the_table_is_sent_and_shown_from_where_it_is_kept() {
    let app = TestApp::start().await;
    let template = json!({
        "name": "long", "template_type": "long", "channel": "email", "subject": "Long", "body": "{{ words }}",
    });
    let template = app.post("/api/v1/communication-templates", template).await.expect(201)["id"].clone();
    let words = "Peachy ".repeat(2_000);
    let message =
        json!({ "template_id": template, "borrower_id": "ext-john", "context": { "words": words } });
    let sent = app.post("/api/v1/communications/send", message).await.expect(202);
    app.drain().await;
    let entry = app.log(sent["communication_id"].as_str().unwrap()).await;
    assert_eq!((&entry["status"], &entry["body"]), (&json!("sent"), &json!(words)));
}
