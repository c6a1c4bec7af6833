//! E-mail through SendGrid and through a lender's own mail server: what leaves, what is repeated, what comes back.

use postrider_tests::TestApp;
use serde_json::{Value, json};

/// A system whose demo lender sends all its e-mail through a provider.
async fn sending_by(provider: &str) -> TestApp {
    let app = TestApp::start().await;
    let tenant = app.system.app().store.tenant(&"demo".parse().unwrap()).await.unwrap();
    let mut senders = serde_json::to_value(&tenant.senders).unwrap();
    for stream in ["transactional", "conversational"] {
        senders["email"][stream]["provider"] = json!(provider);
    }
    let tenant = json!({ "id": "demo", "name": tenant.name, "senders": senders, "issuers": tenant.issuers });
    app.system.invoke("tenants-provision", tenant).await.unwrap();
    app
}

async fn sent(app: &TestApp) -> String {
    let template = app.template("email", "hello").await;
    let id = app.sent(&template, "ext-john").await;
    app.drain().await;
    id
}

async fn is_valid(app: &TestApp) -> bool {
    let contacts = app.get("/people/ext-john/contacts").await.expect(200);
    let email =
        contacts.as_array().unwrap().iter().find(|contact| contact["contactType"] == "email").cloned();
    email.unwrap()["valid"] == json!(true)
}

async fn tasks(app: &TestApp) -> usize {
    app.get("/tasks").await.expect(200)["data"].as_array().unwrap().len()
}

fn state(entry: &Value) -> (&str, &str) {
    (entry["status"].as_str().unwrap_or_default(), entry["status_details"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_mail_leaves_by_the_provider_of_its_mailbox_with_headers_that_answers_find_it_by() {
    for provider in ["sendgrid", "smtp"] {
        let app = sending_by(provider).await;
        let template = app.template("email", "hello").await;
        let content =
            json!({ "template_id": template, "borrower_id": "ext-john", "is_transactional": false });
        let accepted = app.post("/api/v1/communications/send", content).await.expect(202);
        let id = accepted["communication_id"].as_str().unwrap().to_owned();
        app.drain().await;
        let [mail] = &app.outbox("email").await[..] else { panic!("one mail") };
        assert_eq!(
            (&mail["provider"], &mail["to"]),
            (&json!(provider), &json!("john@example.com")),
            "{mail:#}"
        );
        assert!(mail["from"].as_str().unwrap().contains("service@acme.example"), "{mail:#}");
        let raw = mail["raw"].as_str().unwrap();
        assert!(raw.contains("List-Unsubscribe") && raw.contains("/u/demo/"), "{mail:#}");
        let message_id = mail["headers"]["Message-ID"].as_str().unwrap().trim_matches(['<', '>']).to_owned();
        assert!(message_id.starts_with(&id), "{message_id}");
        assert_eq!(state(&app.log(&id).await), ("sent", "emailSent"), "{provider}");

        let answer = json!({ "from": "john@example.com", "body": "When?", "in_reply_to": message_id });
        app.wrote("ses", answer).await;
        assert_eq!(tasks(&app).await, 1, "{provider}: the answer waits for somebody");
    }
}

#[tokio::test]
async fn a_mail_is_sent_once_whatever_the_queue_repeats_and_again_when_the_provider_was_busy() {
    for provider in ["sendgrid", "smtp"] {
        let app = sending_by(provider).await;
        let template = app.template("email", "hello").await;
        app.fault(provider, "throttle", 1).await;
        let id = app.sent(&template, "ext-john").await;
        app.drain_repeating().await;
        assert_eq!(app.log(&id).await["attempts"], 1, "{provider}");
        app.advance(400).await;
        app.sweep().await;
        app.drain_repeating().await;
        let entry = app.log(&id).await;
        assert_eq!((&entry["status"], &entry["attempts"]), (&json!("sent"), &json!(2)), "{provider}");
        assert_eq!(app.outbox("email").await.len(), 1, "{provider}");
    }
}

#[tokio::test]
async fn an_answer_lost_or_a_crash_after_it_is_repeated_and_on_record() {
    for provider in ["sendgrid", "smtp"] {
        for mode in ["drop_answer", "crash_before_record"] {
            let app = sending_by(provider).await;
            app.fault(provider, mode, 1).await;
            let id = sent(&app).await;
            assert_eq!(app.log(&id).await["status"], "sending", "{provider} {mode}");
            app.advance(120).await;
            app.sweep().await;
            let entry = app.log(&id).await;
            assert_eq!(entry["status"], "sent", "{provider} {mode}: {entry:#}");
            assert!(entry["timeline"].to_string().contains("leaseExpired"), "never silently: {entry:#}");
            let mails = app.outbox("email").await;
            assert_eq!(mails.len(), 2, "{provider} {mode}: it cannot be asked");
            let named = |mail: &Value| mail["headers"]["Message-ID"].clone();
            assert_eq!(named(&mails[0]), named(&mails[1]), "whoever has both can tell");
        }
    }
}

#[tokio::test]
async fn a_report_that_comes_after_a_crash_settles_the_mail_for_good() {
    for (provider, report) in
        [("sendgrid", json!({ "event": "delivered" })), ("smtp", json!({ "action": "delivered" }))]
    {
        let app = sending_by(provider).await;
        app.fault(provider, "crash_before_record", 1).await;
        let id = sent(&app).await;
        let mut report = report;
        report["message"] = json!(id);
        app.report(provider, report).await;
        app.advance(120).await;
        app.sweep().await;
        assert_eq!(state(&app.log(&id).await), ("delivered", "emailDelivered"), "{provider}");
        assert_eq!(app.outbox("email").await.len(), 1, "{provider}");
    }
}

#[tokio::test]
async fn sendgrids_events_move_a_mail_on_with_their_side_effects() {
    let nothing = || json!({});
    for (event, more, expected, revoked) in [
        ("processed", nothing(), ("sent", "emailSent"), false),
        ("deferred", nothing(), ("sent", "emailSent"), false),
        ("delivered", nothing(), ("delivered", "emailDelivered"), false),
        ("open", nothing(), ("delivered", "emailOpened"), false),
        ("open", json!({ "sg_machine_open": true }), ("sent", "emailSent"), false),
        ("click", nothing(), ("delivered", "emailClick"), false),
        ("bounce", nothing(), ("failed", "emailBounced"), false),
        // A bounce that comes long after has no name of SendGrid's.
        ("bounce", json!({ "sg_message_id": null }), ("failed", "emailBounced"), false),
        ("bounce", json!({ "type": "blocked" }), ("failed", "emailBlocked"), false),
        ("dropped", json!({ "reason": "Spam Content" }), ("failed", "emailDropped"), false),
        ("dropped", json!({ "reason": "Unsubscribed Address" }), ("failed", "emailDropped"), true),
        ("spamreport", nothing(), ("failed", "emailReportedAsSpam"), true),
        ("unsubscribe", nothing(), ("sent", "emailSent"), true),
        ("group_unsubscribe", nothing(), ("sent", "emailSent"), true),
        ("group_resubscribe", nothing(), ("sent", "emailSent"), false),
        ("delivered", json!({ "tenant": "other" }), ("sent", "emailSent"), false),
    ] {
        let app = sending_by("sendgrid").await;
        let id = sent(&app).await;
        let report = json!({ "message": id, "event": event, "more": more });
        app.report("sendgrid", report.clone()).await;
        app.report("sendgrid", report).await;
        assert_eq!(state(&app.log(&id).await), expected, "{event} {more}");
        assert_eq!(is_valid(&app).await, expected.1 != "emailBounced", "{event} {more}");
        let consents = app.get("/people/ext-john/consents").await.expect(200);
        let is_by_sendgrid =
            |consent: &&Value| consent["status"] == "revoked" && consent["source"] == "sendgrid";
        assert_eq!(
            consents.as_array().unwrap().iter().filter(is_by_sendgrid).count(),
            usize::from(revoked),
            "{event}"
        );
    }
}

#[tokio::test]
async fn sendgrids_reports_late_and_many_at_once_change_nothing_twice() {
    let app = sending_by("sendgrid").await;
    let id = sent(&app).await;
    app.report("sendgrid", json!({ "message": id, "event": "click" })).await;
    let settled = app.log(&id).await;
    for event in ["open", "delivered", "processed"] {
        app.report("sendgrid", json!({ "message": id, "event": event, "times": 60 })).await;
    }
    assert_eq!(app.log(&id).await, settled);
}

#[tokio::test]
async fn a_mail_servers_refusal_ends_a_mail_or_has_it_tried_again() {
    for (stage, reply, expected, valid) in [
        ("rcpt", "550 5.1.1 No such user", ("failed", "emailBounced"), false),
        ("rcpt", "550 5.7.1 Blocked", ("failed", "emailBlocked"), true),
        ("message", "554 5.6.0 Content", ("failed", "emailDropped"), true),
        ("mail", "552 5.3.4 Too big", ("failed", ""), true),
        ("connect", "421 4.3.2 Busy", ("sent", "emailSent"), true),
        ("auth", "535 5.7.8 Not yet", ("sent", "emailSent"), true),
        ("rcpt", "450 4.7.1 Greylisted", ("sent", "emailSent"), true),
        ("message", "452 4.2.2 Full", ("sent", "emailSent"), true),
    ] {
        let app = sending_by("smtp").await;
        app.post("/_local/providers/smtp/refuse", json!({ "stage": stage, "reply": reply }))
            .await
            .expect(200);
        let id = sent(&app).await;
        app.advance(400).await;
        app.sweep().await;
        let entry = app.log(&id).await;
        assert_eq!(state(&entry), expected, "{stage} {reply}: {entry:#}");
        assert_eq!(is_valid(&app).await, valid, "{stage} {reply}");
    }
}

#[tokio::test]
async fn a_recipient_whose_server_never_takes_mail_stops_nobody_else_and_has_an_end() {
    let app = sending_by("smtp").await;
    let greylisted = json!({ "stage": "rcpt", "reply": "450 4.7.1 Greylisted", "times": 100 });
    app.post("/_local/providers/smtp/refuse", greylisted).await.expect(200);
    let id = sent(&app).await;
    for _ in 0..10 {
        app.advance(3_600).await;
        app.sweep().await;
    }
    let entry = app.log(&id).await;
    assert_eq!((state(&entry).0, &entry["attempts"]), ("failed", &json!(8)), "{entry:#}");
    let circuits = app.system.app().store.circuits(&"demo".parse().unwrap(), 10, None).await;
    assert_eq!(circuits.unwrap().entries, [], "no other waits for it");
}

#[tokio::test]
async fn mail_that_comes_back_settles_its_message_and_is_no_message_of_a_borrower() {
    for (report, expected, valid) in [
        (json!({ "action": "failed" }), ("failed", "emailBounced"), false),
        (json!({ "action": "failed", "code": "5.2.2" }), ("failed", "emailBlocked"), true),
        (
            json!({ "action": "failed", "recipient": "john@elsewhere.example" }),
            ("failed", "emailBounced"),
            true,
        ),
        (json!({ "action": "delayed" }), ("sent", "emailSent"), true),
        (json!({ "action": "relayed" }), ("sent", "emailSent"), true),
        (json!({ "action": "delivered" }), ("delivered", "emailDelivered"), true),
        // To an address without the name; the header that comes back has it.
        (json!({ "action": "failed", "to": "service@acme.example" }), ("failed", "emailBounced"), false),
    ] {
        let app = sending_by("smtp").await;
        let id = sent(&app).await;
        let mut asked = report.clone();
        asked["message"] = json!(id);
        app.post("/_local/providers/smtp/status", asked.clone()).await.expect(200);
        app.drain_repeating().await;
        app.report("smtp", asked).await;
        assert_eq!(state(&app.log(&id).await), expected, "{report}");
        assert_eq!(is_valid(&app).await, valid, "{report}");
        assert_eq!(tasks(&app).await, 0, "{report}: nobody has anything to do");
        assert_eq!(app.outbox("email").await.len(), 1, "{report}: nobody is answered");
    }
}

#[tokio::test]
async fn a_report_that_does_not_know_the_messages_name_settles_nothing() {
    let app = sending_by("smtp").await;
    let id = sent(&app).await;
    for named in [format!("{id}@acme.example"), format!("{id}.AAAAAAAAAAAAAAAA@acme.example")] {
        let report = format!(
            "From: MAILER-DAEMON@evil.example\r\nTo: bounces+{id}@acme.example\r\nSubject: Undelivered\r\n\
             Message-ID: <{named}-dsn@evil.example>\r\nIn-Reply-To: <{named}>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\n\r\nNo such user.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; evil.example\r\n\r\nFinal-Recipient: rfc822; john@example.com\r\nAction: failed\r\n\
             Status: 5.1.1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{named}>\r\n--b--\r\n"
        );
        app.wrote("ses", json!({ "raw": report, "from": "MAILER-DAEMON@evil.example" })).await;
        app.drain().await;
        assert_eq!(state(&app.log(&id).await), ("sent", "emailSent"), "{named}");
        assert!(is_valid(&app).await, "{named}");
    }
}
