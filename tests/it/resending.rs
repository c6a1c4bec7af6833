//! 001 · Resend existing interaction: "Copy the fields from an existing interaction into a new interaction and queue that new
//! interaction for sending."

use futures::future::join_all;
use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const RESEND: &str = "/communicator/resend";

async fn resend(app: &TestApp, id: &str) -> Answer {
    app.post(RESEND, json!({ "interactionId": id })).await
}

async fn shown(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/interactions/{id}")).await.expect(200)["data"].clone()
}

#[tokio::test]
async fn what_was_sent_goes_out_again_as_it_was() {
    let app = TestApp::start().await;
    for (channel, outbox) in [("email", "email"), ("sms", "text")] {
        let template = app.template(channel, &format!("hello_{channel}")).await;
        let first = app.sent(&template, "ext-john").await;
        app.drain().await;
        // The template and the name are others by now; what was sent is not.
        let path = format!("/api/v1/communication-templates/{template}");
        let changed = json!({
            "name": "other", "template_type": format!("hello_{channel}"), "channel": channel, "language": "en",
            "subject": (channel == "email").then_some("Else"), "body": "Something else",
        });
        app.put(&path, changed).await.expect(200);
        app.put("/people/ext-john", json!({ "firstName": "Jack" })).await.expect(200);
        let again = resend(&app, &first).await.expect(202);
        assert_eq!((&again["status"], &again["message"]), (&json!(202), &json!("Accepted")));
        let again = &again["data"];
        assert_ne!(again["id"], first);
        assert_eq!(again["previousInteractionId"], first);
        let original = shown(&app, &first).await;
        for member in ["content", "subject", "theme", "channel", "contactId", "loanIds", "isTransactional"] {
            assert_eq!(again[member], original[member], "{member}");
        }
        app.drain_repeating().await;
        let sent = app.outbox(outbox).await;
        assert_eq!(sent.len(), 2, "delivered twice by the queue, sent once");
        assert_eq!((&sent[0]["body"], &sent[0]["to"]), (&sent[1]["body"], &sent[1]["to"]));
        app.put("/people/ext-john", json!({ "firstName": "John" })).await.expect(200);
    }
}

#[tokio::test]
async fn it_goes_to_where_the_contact_is_now_with_its_files() {
    let app = TestApp::start().await;
    app.post("/people/ext-john/documents", json!({ "externalId": "letter", "name": "letter" }))
        .await
        .expect(201);
    let upload = app.request(Method::PUT, "/people/ext-john/documents/ext-letter/content");
    answer(upload.header("content-type", "text/plain").body("as it was")).await.expect(200);
    let descriptor = json!({ "subject": "statement", "channel": "email", "language": "en", "name": "s" });
    let descriptor = app.post("/communicator/templatedescriptors", descriptor).await.expect(201);
    let version = json!({ "descriptorId": descriptor["id"], "subjectLineTemplate": "S", "contentTextTemplate": "Hello" });
    let version = app.post("/communicator/templates", version).await.expect(201);
    app.post(&format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap()), json!({}))
        .await
        .expect(200);
    let send = json!({ "subject": "statement", "channel": "email", "personId": "ext-john", "attachments": ["ext-letter"] });
    let first =
        app.post("/communicator/send", send).await.expect(202)["data"]["id"].as_str().unwrap().to_owned();
    app.drain().await;
    app.put("/people/ext-john/contacts/ext-john-email", json!({ "value": "new@example.com" }))
        .await
        .expect(200);
    resend(&app, &first).await.expect(202);
    app.drain().await;
    let outbox = app.outbox("email").await;
    let again = outbox.iter().find(|sent| sent["to"] == "new@example.com").unwrap();
    assert_eq!(again["attachments"][0]["name"], "letter.txt");
}

#[tokio::test]
async fn the_guard_is_asked_only_what_forbids_contact_altogether() {
    let app = TestApp::start().await;
    let template = app.template("email", "loan_overdue_first_notice").await;
    let first = app.sent(&template, "ext-john").await;
    app.drain().await;
    // "WARNING: This message is not checked against Compliance Guard": neither the night nor the same again stops it.
    app.set_clock("2026-01-06T07:00:00Z").await;
    app.send(&template, "ext-john").await.expect(409);
    resend(&app, &first).await.expect(202);
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 2);

    app.put("/people/ext-john/do-not-contact", json!({ "reason": "Asked for time" })).await.expect(200);
    let problem = resend(&app, &first).await.problem(409, "blocked-by-compliance-guard");
    assert!(problem["detail"].as_str().unwrap().contains("Asked for time"), "{problem:#}");
    // An admin may answer for it, and is remembered with the reason.
    let overriding = json!({ "interactionId": first, "overrideReason": "Court order 7 of 2026 asks for it" });
    let officer = app.seen_by(Some("demo-loan-officer"));
    officer.post(RESEND, overriding.clone()).await.problem(403, "forbidden");
    let again = app.post(RESEND, overriding).await.expect(202)["data"].clone();
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 3);
    let why =
        app.get(&format!("/interactions/{}/compliance", again["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(why["overridden"]["reason"], "Court order 7 of 2026 asks for it");
    assert!(!why["overridden"]["by"].as_str().unwrap().is_empty());

    // What the borrower said is not overridden by anybody.
    let revoked = json!({ "scope": "contact", "channel": "email", "status": "revoked", "source": "web" });
    app.post("/people/ext-john/consents", revoked).await.expect(201);
    let overriding = json!({ "interactionId": first, "overrideReason": "Really" });
    app.post(RESEND, overriding).await.problem(409, "consent-revoked");
}

#[tokio::test]
async fn an_order_between_acceptance_and_dispatch_stops_it() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let first = app.sent(&template, "ext-john").await;
    app.drain().await;
    let again = resend(&app, &first).await.expect(202)["data"]["id"].as_str().unwrap().to_owned();
    app.put("/people/ext-john/do-not-contact", json!({})).await.expect(200);
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
    assert_eq!(shown(&app, &again).await["status"], "canceled");
}

#[tokio::test]
async fn the_log_names_who_called_a_message_off_and_who_had_it_sent_again() {
    let app = TestApp::start().await;
    let [admin, officer] = ["demo-admin", "demo-loan-officer"].map(|key| app.seen_by(Some(key)));
    let template = app.template("email", "hello").await;
    let body =
        json!({ "template_id": template, "borrower_id": "ext-john", "send_at": "2026-01-06T15:00:00Z" });
    let waiting = app.post("/api/v1/communications/send", body).await.expect(202);
    let waiting = waiting["communication_id"].as_str().unwrap();
    officer.put(&format!("/interactions/{waiting}"), json!({ "status": "canceled" })).await.expect(200);
    let again = resend(&app, waiting).await.expect(202)["data"]["id"].as_str().unwrap().to_owned();
    for (id, what, who, follows) in
        [(waiting, "canceled", officer, Value::Null), (&again, "accepted", admin, json!(waiting))]
    {
        let log = app.log(id).await;
        let steps = log["timeline"].as_array().unwrap();
        let step = steps.iter().find(|step| step["what"] == what).unwrap();
        assert_eq!(
            (&step["by"], &log["previous_interaction_id"]),
            (&who.subject().await, &follows),
            "{log:#}"
        );
    }
}

#[tokio::test]
async fn what_failed_or_was_called_off_can_be_sent_again_and_what_others_did_cannot() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let body =
        json!({ "template_id": template, "borrower_id": "ext-john", "send_at": "2026-01-06T15:00:00Z" });
    let waiting = app.post("/api/v1/communications/send", body).await.expect(202);
    let waiting = waiting["communication_id"].as_str().unwrap();
    let problem = resend(&app, waiting).await.problem(409, "not-sent-yet");
    assert!(problem["detail"].as_str().unwrap().contains("cancel it first"), "{problem:#}");
    assert_eq!(app.log(waiting).await["is_resendable"], false);
    app.put(&format!("/interactions/{waiting}"), json!({ "status": "canceled" })).await.expect(200);
    assert_eq!(app.log(waiting).await["is_resendable"], true);
    resend(&app, waiting).await.expect(202);
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);

    let call = json!({ "channel": "voice", "theme": "opsServicing", "status": "succeeded" });
    let recorded = app.post("/people/ext-john/interactions", call).await.expect(201);
    let problem = resend(&app, recorded["data"]["id"].as_str().unwrap()).await;
    problem.problem(409, "not-sent-by-postrider");
    // What the guard refused had no words.
    app.put("/people/ext-maria/do-not-contact", json!({})).await.expect(200);
    let refused = app.send(&template, "ext-maria").await.problem(409, "blocked-by-compliance-guard");
    app.delete("/people/ext-maria/do-not-contact").await.expect(204);
    let wordless = refused["interactionId"].as_str().unwrap();
    resend(&app, wordless).await.problem(409, "cannot-be-repeated");
    let code = json!({ "personId": "ext-john", "email": "john@example.com" });
    let code = app.post("/communicator/send-confirmation-code", code).await.expect(202);
    resend(&app, code["data"]["id"].as_str().unwrap()).await.problem(409, "cannot-be-repeated");
    resend(&app, "IN-AAAA-BBBB").await.problem(404, "not-found");
    app.seen_by(Some("other-admin"))
        .post(RESEND, json!({ "interactionId": waiting }))
        .await
        .problem(404, "not-found");
    app.seen_by(Some("demo-viewer"))
        .post(RESEND, json!({ "interactionId": waiting }))
        .await
        .problem(403, "forbidden");
    assert_eq!(app.post(RESEND, json!({})).await.violations(), ["/interactionId"]);
    let long = json!({ "interactionId": waiting, "overrideReason": "" });
    assert_eq!(app.post(RESEND, long).await.violations(), ["/overrideReason"]);
}

#[tokio::test]
async fn what_went_to_nobody_known_goes_to_the_same_address() {
    let app = TestApp::start().await;
    let free = json!({
        "personalizations": [{ "to": [{ "email": "stranger@example.com" }] }], "subjectLine": "s", "contentPlain": "x",
    });
    let first = app.post("/communicator/send-free-form-email", free).await.expect(202);
    let first = first["data"]["id"].as_str().unwrap();
    app.drain().await;
    let again = resend(&app, first).await.expect(202)["data"].clone();
    assert!(again["personId"].is_null(), "{again:#}");
    app.drain().await;
    let to: Vec<_> = app.outbox("email").await.iter().map(|sent| sent["to"].clone()).collect();
    assert_eq!(to, ["stranger@example.com", "stranger@example.com"]);
    // Whoever it turned out to be may have opted out since.
    let contact = json!({ "contactType": "email", "value": "stranger@example.com" });
    app.put("/people/ext-late", json!({ "firstName": "Late", "contacts": [contact] })).await.expect(201);
    let revoked = json!({ "scope": "contact", "channel": "email", "status": "revoked", "source": "web" });
    app.post("/people/ext-late/consents", revoked).await.expect(201);
    resend(&app, first).await.problem(409, "consent-revoked");
}

#[tokio::test]
async fn five_times_an_hour_however_many_at_once() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let first = app.sent(&template, "ext-john").await;
    app.drain().await;
    let answers = join_all((0..12).map(|_| resend(&app, &first))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 5);
    // A refusal for being too many is not remembered: the same request goes through once there is room.
    let body = json!({ "interactionId": first });
    let keyed = || app.request(Method::POST, RESEND).header("idempotency-key", "later").json(&body);
    answer(keyed()).await.problem(429, "too-many-requests");
    let refused = answers.into_iter().find(|answer| answer.status == 429).unwrap();
    let wait: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((3_500..=3_602).contains(&wait), "{wait}");
    refused.problem(429, "too-many-requests");
    app.advance(wait).await;
    answer(keyed()).await.expect(202);
}

#[tokio::test]
async fn the_same_request_again_is_one_message() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let first = app.sent(&template, "ext-john").await;
    app.drain().await;
    let body = json!({ "interactionId": first });
    let again = || app.request(Method::POST, RESEND).header("idempotency-key", "again").json(&body);
    app.fault("sqs", "crash_before_record", 1).await;
    assert!(answer(again()).await.status.as_u16() >= 500);
    app.no_faults().await;
    app.advance(60).await;
    let one = answer(again()).await.expect(202);
    let two = answer(again()).await.expect(202);
    assert_eq!(one["data"]["id"], two["data"]["id"]);
    app.sweep().await;
    assert_eq!(app.outbox("email").await.len(), 2);
}
