//! 001 · Send confirmation code for contact verification.

use futures::future::join_all;
use postrider_tests::{Answer, TestApp, answer};
use reqwest::Method;
use serde_json::{Value, json};

const SEND: &str = "/communicator/send-confirmation-code";
const CONTACTS: &str = "/people/ext-john/contacts";

async fn send(app: &TestApp, more: Value) -> Answer {
    let mut body = json!({ "personId": "ext-john" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.post(SEND, body).await
}

/// The code in the newest message of a channel.
async fn received(app: &TestApp, channel: &str) -> String {
    app.drain().await;
    let outbox = app.outbox(channel).await;
    let body = outbox.iter().max_by_key(|sent| sent["sequence"].as_u64()).unwrap()["body"]
        .as_str()
        .unwrap()
        .to_owned();
    let digits: Vec<&str> =
        body.split(|c: char| !c.is_ascii_digit()).filter(|word| word.len() == 6).collect();
    assert_eq!(digits.len(), 1, "{body}");
    digits[0].to_owned()
}

fn other_than(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn a_code_said_back_verifies_the_contact() {
    let app = TestApp::start().await;
    for (channel, given, kind, value) in [
        ("email", json!({ "email": "new@example.com" }), "email", "new@example.com"),
        ("text", json!({ "phone": "(312) 555-0188" }), "phone", "+13125550188"),
    ] {
        let sent = send(&app, given).await.expect(202);
        // "An interaction is created with InteractionSubject confirmationCode."
        assert_eq!(
            (&sent["data"]["subject"], &sent["data"]["channel"]),
            (&json!("confirmationCode"), &json!(channel))
        );
        let code = received(&app, channel).await;
        let contact = json!({ "contactType": kind, "value": value });
        let confirm = async |code: &str| {
            app.post(&format!("{CONTACTS}?confirmationCode={code}"), contact.clone()).await
        };
        confirm(&other_than(&code)).await.problem(409, "confirmation-code-wrong");
        let listed = app.get(CONTACTS).await.expect(200);
        assert!(!listed.to_string().contains(value), "a wrong one stores nothing: {listed:#}");
        let confirmed = confirm(&code).await.expect(201);
        assert_eq!((&confirmed["verified"], &confirmed["value"]), (&json!(true), &json!(value)));
        confirm(&code).await.problem(409, "confirmation-code-wrong");
        let known = app.get("/people/ext-john").await.expect(200);
        let known = known["contacts"].as_array().unwrap().iter().find(|contact| contact["value"] == value);
        assert_eq!(known.unwrap()["verified"], true);
    }
}

#[tokio::test]
async fn a_contact_that_is_there_is_verified_by_changing_it() {
    let app = TestApp::start().await;
    send(&app, json!({ "email": "john@example.com" })).await.expect(202);
    let code = received(&app, "email").await;
    let path = format!("{CONTACTS}/ext-john-email?confirmationCode={code}");
    assert_eq!(app.put(&path, json!({})).await.expect(200)["verified"], true);
    // A code is for one address: not for another contact, and not for another person.
    send(&app, json!({ "email": "john@example.com" })).await.expect(202);
    let code = received(&app, "email").await;
    let path = format!("{CONTACTS}/ext-john-email?confirmationCode={code}");
    app.put(&path, json!({ "value": "x@example.com" })).await.problem(409, "confirmation-code-wrong");
    let mobile = format!("{CONTACTS}/ext-john-mobile?confirmationCode={code}");
    app.put(&mobile, json!({})).await.problem(409, "confirmation-code-wrong");
    let marias = format!("/people/ext-maria/contacts?confirmationCode={code}");
    let same = json!({ "contactType": "email", "value": "john@example.com" });
    app.post(&marias, same).await.problem(409, "confirmation-code-wrong");
    let home = format!("{CONTACTS}/ext-john-home?confirmationCode={code}");
    assert_eq!(app.put(&home, json!({})).await.violations(), ["?confirmationCode"]);
    for wrong in ["12345", "abcdef", "1234567", ""] {
        let path = format!("{CONTACTS}/ext-john-email?confirmationCode={wrong}");
        assert_eq!(app.put(&path, json!({})).await.violations(), ["?confirmationCode"], "{wrong}");
    }
    assert_eq!(
        app.put(&path.replace("confirmationCode", "confirmationcode"), json!({})).await.violations(),
        ["?confirmationcode"]
    );
}

#[tokio::test]
async fn a_code_counts_ten_minutes_once_and_five_wrong_tries_end_it() {
    let app = TestApp::start().await;
    let path = |code: &str| format!("{CONTACTS}/ext-john-email?confirmationCode={code}");
    send(&app, json!({ "email": "john@example.com" })).await.expect(202);
    let code = received(&app, "email").await;
    app.advance(600).await;
    app.put(&path(&code), json!({})).await.problem(409, "confirmation-code-wrong");

    send(&app, json!({ "email": "john@example.com" })).await.expect(202);
    let code = received(&app, "email").await;
    let wrong = path(&other_than(&code));
    for guess in join_all((0..5).map(|_| app.put(&wrong, json!({})))).await {
        guess.problem(409, "confirmation-code-wrong");
    }
    app.put(&path(&code), json!({})).await.problem(409, "confirmation-code-wrong");

    // A new one takes the place of the last; and of two who say it at the same time, one does.
    send(&app, json!({ "email": "john@example.com" })).await.expect(202);
    let last = received(&app, "email").await;
    send(&app, json!({ "email": "john@example.com" })).await.expect(202);
    let code = received(&app, "email").await;
    if last != code {
        app.put(&path(&last), json!({})).await.problem(409, "confirmation-code-wrong");
    }
    let right = path(&code);
    let answers = join_all(
        (0..6).map(|at| app.put(&right, json!({ "label": if at % 2 == 0 { "home" } else { "work" } }))),
    )
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[tokio::test]
async fn a_code_is_not_used_up_by_a_write_whose_answer_was_lost() {
    // Whichever of the calls to the table it is.
    for call in 0..8 {
        let app = TestApp::start().await;
        send(&app, json!({ "email": "john@example.com" })).await.expect(202);
        let code = received(&app, "email").await;
        app.fault_after("dynamodb", "drop_answer", 1, call).await;
        let path = format!("{CONTACTS}/ext-john-email?confirmationCode={code}");
        let confirmed = app.put(&path, json!({ "label": "work" })).await;
        app.no_faults().await;
        assert_eq!(confirmed.expect(200)["verified"], true, "{call}");
        app.put(&path, json!({})).await.problem(409, "confirmation-code-wrong");
    }
}

#[tokio::test]
async fn ten_requests_a_borrower_and_hour_however_many_at_once() {
    let app = TestApp::start().await;
    let requests = (0..30).map(|at| send(&app, json!({ "email": format!("n{at}@example.com") })));
    let answers = join_all(requests).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 10);
    let refused = answers.into_iter().find(|answer| answer.status != 202).unwrap();
    let wait: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    refused.problem(429, "too-many-requests");
    let body = json!({ "personId": "ext-john", "email": "more@example.com" });
    let keyed = || app.request(Method::POST, SEND).header("idempotency-key", "later").json(&body);
    answer(keyed()).await.problem(429, "too-many-requests");
    // Another borrower has ten of their own.
    app.post(SEND, json!({ "personId": "ext-maria", "email": "maria@example.com" })).await.expect(202);
    app.drain().await;
    app.advance(wait).await;
    answer(keyed()).await.expect(202);
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 12);
}

#[tokio::test]
async fn the_code_stands_nowhere_but_in_the_message() {
    let app = TestApp::start().await;
    let sent =
        send(&app, json!({ "email": "john@example.com", "context": { "code": "111111" } })).await.expect(202);
    let id = sent["data"]["id"].as_str().unwrap().to_owned();
    let code = received(&app, "email").await;
    assert_ne!(code, "111111", "ours, whatever the context says");
    let shown = app.get(&format!("/interactions/{id}")).await.expect(200);
    let log = app.log(&id).await;
    for told in [&sent, &shown, &log] {
        assert!(!told.to_string().contains(&code), "{told:#}");
        assert!(told.to_string().contains("••••••"), "{told:#}");
    }
    // Nor in what is kept of it once it left.
    let (store, tenant) = (&app.system.app().store, "demo".parse().unwrap());
    let kept = store
        .interaction(&tenant, &id.parse::<domain::id::Id<domain::id::Interaction>>().unwrap())
        .await
        .unwrap();
    assert_eq!(kept.unmasked, None);
    assert!(!serde_json::to_string(&kept).unwrap().contains(&code));
}

#[tokio::test]
async fn a_code_delivered_twice_or_cut_off_is_one_message_and_never_late() {
    let app = TestApp::start().await;
    send(&app, json!({ "phone": "+13125550101" })).await.expect(202);
    app.drain_repeating().await;
    assert_eq!(app.outbox("text").await.len(), 1);
    // Twilio took it and the process ended before that was written: it is found there, and not sent again.
    app.fault("twilio", "crash_before_record", 1).await;
    send(&app, json!({ "phone": "+13125550101" })).await.expect(202);
    app.drain().await;
    app.advance(120).await;
    app.sweep().await;
    assert_eq!(app.outbox("text").await.len(), 2);
    // One that could not leave in its time does not leave after it.
    app.fault("twilio", "throttle", 100).await;
    let late = send(&app, json!({ "phone": "+13125550101" })).await.expect(202)["data"]["id"].clone();
    app.drain().await;
    app.advance(700).await;
    app.no_faults().await;
    app.sweep().await;
    assert_eq!(app.outbox("text").await.len(), 2);
    let shown = app.get(&format!("/interactions/{}", late.as_str().unwrap())).await.expect(200);
    assert_eq!(shown["data"]["status"], "canceled");
}

#[tokio::test]
async fn a_code_that_nobody_answered_for_ends_with_its_time() {
    let app = TestApp::start().await;
    for (provider, given) in
        [("ses", json!({ "email": "john@example.com" })), ("twilio", json!({ "phone": "+13125550101" }))]
    {
        app.fault(provider, "crash_before_record", 1).await;
        let id = send(&app, given).await.expect(202)["data"]["id"].as_str().unwrap().to_owned();
        app.drain().await;
        app.no_faults().await;
        app.advance(700).await;
        app.sweep().await;
        let shown = app.get(&format!("/interactions/{id}")).await.expect(200);
        // Twilio can be asked, and has it; SES cannot.
        let expected = if provider == "ses" { "canceled" } else { "attempted" };
        assert_eq!(shown["data"]["status"], expected, "{provider}");
        let (store, tenant) = (&app.system.app().store, "demo".parse().unwrap());
        let id: domain::id::Id<domain::id::Interaction> = id.parse().unwrap();
        let kept = store.interaction(&tenant, &id).await.unwrap();
        assert_eq!((kept.unmasked, kept.due_at), (None, None), "{provider}");
    }
}

#[tokio::test]
async fn an_agent_sends_what_agents_may() {
    let app = TestApp::start().await;
    let key = app
        .post("/api-keys", json!({ "name": "Desk 7", "role": "loan_officer", "agent": true }))
        .await
        .expect(201);
    let key: &'static str = key["key"].as_str().unwrap().to_owned().leak();
    let ask = async || {
        let code = json!({ "personId": "ext-john", "email": "john@example.com" });
        app.seen_by(Some(key)).post(SEND, code).await
    };
    let subject = "/communicator/subjects/confirmationCode";
    ask().await.problem(409, "agent-cannot-send");
    app.put(subject, json!({ "agentCanSend": true })).await.expect(200);
    ask().await.expect(202);
}

#[tokio::test]
async fn the_lenders_own_template_is_used() {
    let app = TestApp::start().await;
    let template = json!({
        "name": "code", "template_type": "confirmation_code", "channel": "sms", "language": "en",
        "body": "{{ tenant.name }} says {{ code }} to {{ borrower.first_name }}, {{ reason }}",
    });
    app.post("/api/v1/communication-templates", template).await.expect(201);
    let sent =
        send(&app, json!({ "phone": "+13125550101", "context": { "reason": "as asked" } })).await.expect(202);
    assert_eq!(sent["data"]["content"]["contentText"], "Acme Lending says ****** to John, as asked");
    let code = received(&app, "text").await;
    assert_eq!(app.outbox("text").await[0]["body"], format!("Acme Lending says {code} to John, as asked"));
}

#[tokio::test]
async fn only_an_opt_out_is_in_the_way() {
    let app = TestApp::start().await;
    // "It should never be necessary to restrict sending confirmation codes due to compliance guard rules."
    app.set_clock("2026-01-06T07:00:00Z").await;
    app.put("/people/ext-john/do-not-contact", json!({})).await.expect(200);
    send(&app, json!({ "email": "john@example.com" })).await.expect(202);
    let revoked = json!({ "scope": "contact", "channel": "text", "status": "revoked", "source": "STOP" });
    app.post("/people/ext-john/consents", revoked).await.expect(201);
    send(&app, json!({ "phone": "+13125550101" })).await.problem(409, "consent-revoked");
    app.drain().await;
    assert_eq!((app.outbox("email").await.len(), app.outbox("text").await.len()), (1, 0));
}

#[tokio::test]
async fn where_to_is_told_in_one_way() {
    let app = TestApp::start().await;
    for (given, pointers) in [
        (json!({}), vec!["/email"]),
        (json!({ "email": "a@example.com", "phone": "+13125550101" }), vec!["/channel"]),
        (json!({ "channel": "voice", "phone": "+13125550101" }), vec!["/channel"]),
        (json!({ "channel": "text", "email": "a@example.com" }), vec!["/phone"]),
        (json!({ "channel": "email", "phone": "+13125550101" }), vec!["/email"]),
        (json!({ "email": "nobody", "phone": "12" }), vec!["/channel", "/email", "/phone"]),
        (json!({ "email": 7, "context": [] }), vec!["/context", "/email"]),
    ] {
        assert_eq!(send(&app, given.clone()).await.violations(), pointers, "{given}");
    }
    let both = json!({ "email": "a@example.com", "phone": "+13125550101", "channel": "text" });
    assert_eq!(send(&app, both).await.expect(202)["data"]["channel"], "text");
    app.post(SEND, json!({ "personId": "ext-nobody", "email": "a@example.com" }))
        .await
        .problem(404, "not-found");
    app.seen_by(Some("other-admin"))
        .post(SEND, json!({ "personId": "ext-maria", "email": "a@example.com" }))
        .await
        .problem(404, "not-found");
    app.seen_by(Some("demo-viewer"))
        .post(SEND, json!({ "personId": "ext-john", "email": "a@example.com" }))
        .await
        .problem(403, "forbidden");
    let keyed = || {
        let body = json!({ "personId": "ext-maria", "email": "m@example.com" });
        app.request(Method::POST, SEND).header("idempotency-key", "c").json(&body)
    };
    let (one, two) = (answer(keyed()).await.expect(202), answer(keyed()).await.expect(202));
    assert_eq!(one["data"]["id"], two["data"]["id"]);
}
