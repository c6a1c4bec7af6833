//! Communication messages that failed, sent again (003).

use postrider_tests::TestApp;
use serde_json::{Value, json};

async fn message(app: &TestApp, key: &str) -> Value {
    app.get(&format!("/communications/messages/{key}")).await.expect(200)
}

async fn by_hand(app: &TestApp, body: Value) -> Value {
    app.post("/communications/messages", body).await.expect(201)
}

/// A text to John that his phone did not get.
async fn undelivered(app: &TestApp) -> String {
    let made = by_hand(app, json!({ "type": "SMS", "clientKey": "john", "body": "Good night" })).await;
    let key = made["encodedKey"].as_str().unwrap().to_owned();
    app.drain().await;
    was_not_delivered(app, &key).await;
    key
}

async fn was_not_delivered(app: &TestApp, key: &str) {
    app.report("twilio", json!({ "message": key, "status": "undelivered", "error_code": 30004 })).await;
    assert_eq!(message(app, key).await["state"], "FAILED");
}

/// Begins to send messages again in the background, and returns where its progress is.
async fn begun(app: &TestApp, how: &str, body: Value) -> String {
    let begun = app.post(&format!("/communications/messages:{how}"), body).await.expect(202);
    format!("/communications/messages/operations/{}", begun["operationId"].as_str().unwrap())
}

fn today() -> Value {
    json!({ "startDate": "2026-01-05", "endDate": "2026-01-05" })
}

/// A message that failed because its template was archived, and the template that may be put right.
async fn failed_for_its_template(app: &TestApp, event_id: &str) -> (String, String) {
    let template = app.template("email", "hello").await;
    let rule = json!({ "event": "LOAN_CREATED", "type": "EMAIL", "templateKey": template });
    app.post("/communications/notification-rules", rule).await.expect(201);
    let descriptor = format!("/communicator/templatedescriptors/{template}");
    app.put(&descriptor, json!({ "enabled": false })).await.expect(200);
    let event = json!({ "event": "LOAN_CREATED", "eventId": event_id, "clientKey": "john" });
    let taken = app.post("/communications/events", event).await.expect(202);
    let key = taken["messages"][0]["encodedKey"].as_str().unwrap().to_owned();
    let shown = message(app, &key).await;
    assert_eq!(
        (&shown["state"], &shown["failureReason"]),
        (&json!("FAILED"), &json!("MISSING_TEMPLATE_KEY"))
    );
    (key, descriptor)
}

async fn resend(app: &TestApp, keys: Value) -> Value {
    app.post("/communications/messages:resend", json!({ "messages": keys })).await.expect(202)
}

#[tokio::test]
async fn what_failed_is_sent_again_under_its_own_key() {
    let app = TestApp::start().await;
    let (key, descriptor) = failed_for_its_template(&app, "e-1").await;
    let still = resend(&app, json!([key])).await;
    assert_eq!(still["messages"][0]["state"], "FAILED", "the template is still not in use: {still:#}");
    app.put(&descriptor, json!({ "enabled": true })).await.expect(200);
    let again = resend(&app, json!([key, "IN-1-1"])).await;
    assert_eq!(again["messages"][0], json!({ "encodedKey": key, "state": "QUEUED" }), "{again:#}");
    assert!(again["messages"][1]["problem"].is_string(), "{again:#}");
    app.drain_repeating().await;
    let shown = message(&app, &key).await;
    assert_eq!((&shown["state"], &shown["body"]), (&json!("SENT"), &json!("Hello John")), "{shown:#}");
    assert!(shown["failureReason"].is_null(), "{shown:#}");
    let sent = resend(&app, json!([key])).await;
    assert!(sent["messages"][0]["problem"].as_str().unwrap().contains("SENT"), "{sent:#}");
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
}

#[tokio::test]
async fn a_message_its_provider_refused_is_sent_again_in_its_own_words_once() {
    let app = TestApp::start().await;
    let key = &undelivered(&app).await;
    let asked = (0..6).map(|_| app.post("/communications/messages:resend", json!({ "messages": [key] })));
    let answers = futures::future::join_all(asked).await;
    let queued = answers.into_iter().filter(|one| one.body["messages"][0]["state"] == "QUEUED").count();
    assert_eq!(queued, 1, "one of six at once");
    app.drain_repeating().await;
    let shown = message(&app, key).await;
    assert_eq!((&shown["state"], &shown["numRetries"]), (&json!("SENT"), &json!(1)), "{shown:#}");
    assert_eq!(app.outbox("text").await.len(), 2);
}

#[tokio::test]
async fn the_guard_is_asked_before_anything_is_sent_again_and_may_think_better_of_it() {
    let app = TestApp::start().await;
    let key = &undelivered(&app).await;
    let prefer = async |preference: Value| {
        app.put("/people/ext-john/communication-preference", preference).await.expect(200);
    };
    prefer(json!({ "optedOut": ["text"] })).await;
    for _ in 0..2 {
        assert_eq!(resend(&app, json!([key])).await["messages"][0]["state"], "QUEUED");
        app.drain().await;
        assert_eq!(message(&app, key).await["state"], "FAILED");
        assert_eq!(app.outbox("text").await.len(), 1);
    }
    prefer(json!({ "optedOut": [] })).await;
    let progress = begun(&app, "resendAsyncByDate", today()).await;
    app.drain().await;
    assert_eq!(app.get(&progress).await.expect(200)["resent"], 1);
    assert_eq!(message(&app, key).await["state"], "SENT");
    assert_eq!(app.outbox("text").await.len(), 2);
}

#[tokio::test]
async fn what_counted_for_a_moment_or_was_called_off_is_not_sent_again() {
    let app = TestApp::start().await;
    let asked = json!({ "personId": "ext-john", "phone": "+13125550101" });
    let code = app.post("/communicator/send-confirmation-code", asked).await.expect(202);
    let code = code["data"]["id"].as_str().unwrap().to_owned();
    app.drain().await;
    was_not_delivered(&app, &code).await;

    let template = app.template("email", "welcome").await;
    let later =
        json!({ "template_id": template, "borrower_ids": ["ext-john"], "send_at": "2026-01-06T15:00:00Z" });
    let batch = app.post("/api/v1/communications/send-batch", later).await.expect(202);
    app.drain().await;
    let path = format!("/api/v1/communications/batches/{}/cancel", batch["batch_id"].as_str().unwrap());
    app.post(&path, json!({})).await.expect(200);
    app.drain().await;
    let canceled = json!([{ "field": "type", "operator": "EQUALS", "value": "EMAIL" }]);
    let canceled = app.post("/communications/messages:search", canceled).await.expect(200);
    assert_eq!(canceled[0]["state"], "FAILED", "{canceled:#}");
    let canceled = canceled[0]["encodedKey"].as_str().unwrap();

    let dispatched =
        json!({ "channels": ["Sms"], "subject": "Hi", "body": "Hi", "phoneNumber": "+13125550199" });
    app.post("/api/v1/communications/send", dispatched).await.expect(200);
    let texts = json!([{ "field": "destination", "operator": "EQUALS", "value": "+13125550199" }]);
    let texts = app.post("/communications/messages:search", texts).await.expect(200);
    let dispatched = texts[0]["encodedKey"].as_str().unwrap();
    was_not_delivered(&app, dispatched).await;

    let progress = begun(&app, "resendAsyncByDate", today()).await;
    app.drain().await;
    let over = app.get(&progress).await.expect(200);
    assert_eq!((&over["resent"], &over["refused"]), (&json!(0), &json!(0)), "all are passed over: {over:#}");
    let named = resend(&app, json!([code, canceled, dispatched])).await;
    let problem = |at: usize| named["messages"][at]["problem"].as_str().unwrap_or_default().to_owned();
    assert!(problem(0).contains("confirmation code"), "{named:#}");
    assert!(problem(1).contains("called off") && problem(1).contains("anew"), "{named:#}");
    assert_eq!(named["messages"][2]["state"], "QUEUED", "whoever names it asks for it: {named:#}");
    app.drain().await;
    assert_eq!(app.outbox("text").await.len(), 3);
}

#[tokio::test]
async fn an_operation_says_which_it_did_not_send_and_why() {
    let app = TestApp::start().await;
    let (stillborn, _) = failed_for_its_template(&app, "e-1").await;
    let sent = by_hand(&app, json!({ "type": "EMAIL", "clientKey": "maria", "body": "Hello" })).await;
    let (undelivered, sent) = (undelivered(&app).await, sent["encodedKey"].as_str().unwrap());
    let all = json!({ "messages": [stillborn, undelivered, sent, "ext-none", undelivered] });
    let progress = begun(&app, "resendAsyncByKeys", all).await;
    app.drain_repeating().await;
    let over = app.get(&progress).await.expect(200);
    assert_eq!((&over["status"], &over["total"]), (&json!("COMPLETED"), &json!(4)), "each once: {over:#}");
    assert_eq!((&over["resent"], &over["refused"]), (&json!(1), &json!(3)), "{over:#}");
    let refusals = over["refusals"].as_array().unwrap();
    for (refusal, (key, detail)) in
        refusals.iter().zip([(stillborn.as_str(), "failed again"), (sent, "SENT"), ("ext-none", "ext-none")])
    {
        assert_eq!(refusal["encodedKey"], key, "{over:#}");
        assert!(refusal["detail"].as_str().unwrap().contains(detail), "{over:#}");
    }
    assert_eq!(refusals.len(), 3);

    let many: Vec<String> = (0..2_000).map(|n| format!("ext-{n:0>200}")).collect();
    let answer = app.post("/communications/messages:resendAsyncByKeys", json!({ "messages": many })).await;
    assert_eq!(answer.violations(), ["/messages"]);
}

#[tokio::test]
async fn a_message_that_cannot_be_read_holds_up_no_other() {
    let app = TestApp::start().await;
    let mut keys = Vec::new();
    for name in ["broken", "good"] {
        let mail = json!({ "type": "EMAIL", "destination": format!("{name}@example.com"), "body": "x" });
        let key = by_hand(&app, mail).await["encodedKey"].as_str().unwrap().to_owned();
        app.drain().await;
        app.report("ses", json!({ "message": key, "status": "Reject" })).await;
        assert_eq!(message(&app, &key).await["state"], "FAILED");
        keys.push(key);
    }
    assert_eq!(resend(&app, json!([keys[1]])).await["messages"][0]["state"], "QUEUED");
    app.drain().await;
    app.report("ses", json!({ "message": keys[1], "status": "Reject" })).await;
    assert_eq!(message(&app, &keys[1]).await["state"], "FAILED");
    app.take_out(&format!("T#demo#{}", keys[0]), "INTERACTION", &["data"]).await;
    let progress = begun(&app, "resendAsyncByKeys", json!({ "messages": keys })).await;
    app.drain().await;
    assert_eq!(app.get(&progress).await.expect(200)["status"], "RUNNING", "it is tried again");
    assert_eq!(app.outbox("email").await.len(), 4, "the other one went at once");
    for _ in 0..2 {
        app.advance(400).await;
        app.sweep().await;
    }
    let over = app.get(&progress).await.expect(200);
    assert_eq!((&over["status"], &over["resent"]), (&json!("COMPLETED"), &json!(1)), "{over:#}");
    assert_eq!(
        (&over["refused"], &over["refusals"][0]["encodedKey"]),
        (&json!(1), &json!(keys[0])),
        "{over:#}"
    );
    assert_eq!(app.outbox("email").await.len(), 4);
}

#[tokio::test]
async fn an_operation_that_its_queue_lost_goes_on_by_itself() {
    let app = TestApp::start().await;
    let key = undelivered(&app).await;
    app.fault("sqs", "error", 20).await;
    let progress = begun(&app, "resendAsyncByKeys", json!({ "messages": [key] })).await;
    app.no_faults().await;
    app.drain().await;
    assert_eq!(app.get(&progress).await.expect(200)["status"], "RUNNING");
    app.advance(180).await;
    app.sweep().await;
    let over = app.get(&progress).await.expect(200);
    assert_eq!((&over["status"], &over["resent"]), (&json!("COMPLETED"), &json!(1)), "{over:#}");
    assert_eq!(app.outbox("text").await.len(), 2);
}

/// How many of as many messages wait for their turn to leave, once an operation sent them again.
async fn in_turn(count: usize) -> usize {
    let app = TestApp::start().await;
    let (_, descriptor) = failed_for_its_template(&app, "e-0").await;
    let tenant = "demo".parse().unwrap();
    let store = &app.system.app().store;
    let mut lender: domain::tenant::Tenant = store.tenant(&tenant).await.unwrap();
    lender.senders.email.as_mut().unwrap().transactional.max_per_second = Some(10);
    store.save_tenant(&mut lender, &Default::default(), None).await.unwrap();
    app.people(count).await;
    let events: Vec<Value> = (0..count)
        .map(
            |n| json!({ "event": "LOAN_CREATED", "eventId": format!("p-{n}"), "clientKey": format!("p{n}") }),
        )
        .collect();
    let taken = app.post("/communications/events", json!({ "events": events })).await.expect(202);
    let results = taken["results"].as_array().unwrap();
    let keys: Vec<&str> =
        results.iter().map(|one| one["messages"][0]["encodedKey"].as_str().unwrap()).collect();
    app.put(&descriptor, json!({ "enabled": true })).await.expect(200);
    begun(&app, "resendAsyncByKeys", json!({ "messages": keys })).await;
    app.drain_batches().await;
    let mut waiting = 0;
    for key in keys {
        let id: domain::id::Id<domain::id::Interaction> = key.parse().unwrap();
        let message = store.interaction(&tenant, &id).await.unwrap();
        assert_eq!(message.message_state(), domain::vocabulary::MessageState::Queued);
        waiting += usize::from(message.turn.is_some());
    }
    app.drain_repeating_in_turn().await;
    assert_eq!(app.outbox("email").await.len(), count);
    waiting
}

#[tokio::test]
async fn many_that_are_sent_again_leave_in_their_turns() {
    assert_eq!(in_turn(10).await, 0, "few leave at once");
    assert!(in_turn(24).await > 0);
}

#[tokio::test]
async fn many_are_sent_again_in_the_background_each_once() {
    for by_date in [false, true] {
        let app = TestApp::start().await;
        let (key, descriptor) = failed_for_its_template(&app, "e-0").await;
        let people: Vec<Value> = (0..60)
            .map(|n| json!({ "externalId": format!("p{n}"), "contacts": [{ "contactType": "email", "value": format!("p{n}@example.com") }] }))
            .collect();
        app.post("/people/bulk", json!({ "people": people })).await.expect(200);
        let events: Vec<Value> = (0..60)
            .map(|n| json!({ "event": "LOAN_CREATED", "eventId": format!("p-{n}"), "clientKey": format!("p{n}") }))
            .collect();
        let taken = app.post("/communications/events", json!({ "events": events })).await.expect(202);
        let mut all = vec![key];
        for result in taken["results"].as_array().unwrap() {
            all.push(result["messages"][0]["encodedKey"].as_str().unwrap().to_owned());
        }
        app.put(&descriptor, json!({ "enabled": true })).await.expect(200);
        let begun = match by_date {
            false => app.post("/communications/messages:resendAsyncByKeys", json!({ "messages": all })).await,
            true => {
                let day = json!({ "startDate": "2026-01-05", "endDate": "2026-01-05" });
                app.post("/communications/messages:resendAsyncByDate", day).await
            }
        };
        let operation = begun.expect(202)["operationId"].as_str().unwrap().to_owned();
        let path = format!("/communications/messages/operations/{operation}");
        assert_eq!(app.get(&path).await.expect(200)["status"], "RUNNING");
        app.drain_repeating_in_turn().await;
        let over = app.get(&path).await.expect(200);
        assert_eq!(
            (&over["status"], &over["resent"], &over["refused"]),
            (&json!("COMPLETED"), &json!(61), &json!(0)),
            "{over:#}"
        );
        app.seen_by(Some("other-admin")).get(&path).await.problem(404, "not-found");
        assert_eq!(app.outbox("email").await.len(), 61, "by date: {by_date}");
    }
    let app = TestApp::start().await;
    let path = "/communications/messages:resendAsyncByDate";
    for (from, to, pointer) in [
        ("2026-01-05", "2026-01-04", "/endDate"),
        ("2026-01-05", "2026-03-05", "/endDate"),
        ("soon", "2026-01-05", "/startDate"),
    ] {
        assert_eq!(app.post(path, json!({ "startDate": from, "endDate": to })).await.violations(), [pointer]);
    }
}

#[tokio::test]
async fn a_time_that_has_not_come_is_refused() {
    let app = TestApp::start().await;
    let later = json!({ "startDate": "2026-01-06", "endDate": "2026-01-07" });
    let answer = app.post("/communications/messages:resendAsyncByDate", later).await;
    assert_eq!(answer.violations(), ["/startDate"]);
}

#[tokio::test]
async fn a_message_that_lacked_an_address_goes_to_the_one_there_is_by_now() {
    let app = TestApp::start().await;
    app.post("/people", json!({ "externalId": "new" })).await.expect(201);
    let made = by_hand(&app, json!({ "type": "EMAIL", "clientKey": "new", "body": "Hello" })).await;
    let key = made["encodedKey"].as_str().unwrap();
    let lacks = json!("MISSING_EMAIL_RECIPIENT_ADDRESS");
    assert_eq!((&made["state"], &made["failureReason"]), (&json!("FAILED"), &lacks), "{made:#}");
    resend(&app, json!([key])).await;
    app.drain().await;
    let still = message(&app, key).await;
    assert_eq!((&still["state"], &still["failureReason"]), (&json!("FAILED"), &lacks), "{still:#}");
    let contact = json!({ "contactType": "email", "value": "new@example.com" });
    app.post("/people/ext-new/contacts", contact).await.expect(201);
    assert_eq!(resend(&app, json!([key])).await["messages"][0]["state"], "QUEUED");
    app.drain().await;
    let sent = message(&app, key).await;
    assert_eq!(
        (&sent["state"], &sent["destination"]),
        (&json!("SENT"), &json!("new@example.com")),
        "{sent:#}"
    );
    assert_eq!(app.outbox("email").await.len(), 1);
}

#[tokio::test]
async fn a_message_to_somebody_not_known_goes_to_them_once_they_are() {
    let app = TestApp::start().await;
    let mut keys = Vec::new();
    for to in [None, Some("new@example.com"), Some("other@example.com")] {
        let mut asked = json!({ "type": "EMAIL", "clientKey": "new", "body": "Hello" });
        to.inspect(|to| asked["destination"] = json!(to));
        let made = by_hand(&app, asked).await;
        assert_eq!(made["state"], "FAILED", "{made:#}");
        keys.push(made["encodedKey"].as_str().unwrap().to_owned());
    }
    let still = resend(&app, json!(keys)).await;
    for at in 0..3 {
        assert!(still["messages"][at]["problem"].as_str().unwrap().contains("new"), "{still:#}");
    }
    let contact = json!({ "contactType": "email", "value": "new@example.com" });
    app.post("/people", json!({ "externalId": "new", "contacts": [contact] })).await.expect(201);
    let again = resend(&app, json!(keys)).await;
    assert_eq!(again["messages"][0]["state"], "QUEUED", "{again:#}");
    assert_eq!(again["messages"][1]["state"], "QUEUED", "{again:#}");
    assert!(
        again["messages"][2]["problem"].as_str().unwrap().contains("not a contact of the person"),
        "{again:#}"
    );
    app.drain_repeating().await;
    for key in &keys[..2] {
        let sent = message(&app, key).await;
        assert_eq!(
            (&sent["state"], &sent["destination"]),
            (&json!("SENT"), &json!("new@example.com")),
            "{sent:#}"
        );
    }
    assert_eq!(app.outbox("email").await.len(), 2);
}

#[tokio::test]
async fn what_was_called_off_says_so() {
    let app = TestApp::start().await;
    let made = by_hand(&app, json!({ "type": "EMAIL", "clientKey": "john", "body": "Hello" })).await;
    let key = made["encodedKey"].as_str().unwrap();
    app.put(&format!("/interactions/{key}"), json!({ "status": "canceled" })).await.expect(200);
    let shown = message(&app, key).await;
    assert_eq!((&shown["state"], &shown["failureReason"]), (&json!("FAILED"), &json!("OTHER")), "{shown:#}");
    assert!(shown["failureCause"].as_str().unwrap().contains("called off"), "{shown:#}");
}

#[tokio::test]
async fn what_is_no_key_is_told_beside_the_others() {
    let app = TestApp::start().await;
    let key = undelivered(&app).await;
    let again = resend(&app, json!(["no key", key])).await;
    assert!(again["messages"][0]["problem"].as_str().unwrap().contains("no key"), "{again:#}");
    assert_eq!(again["messages"][1]["state"], "QUEUED", "{again:#}");
    app.drain().await;
    was_not_delivered(&app, &key).await;
    for (keys, counted) in [(json!(["no key", key]), (2, 1, 1)), (json!(["no key", ""]), (2, 0, 2))] {
        let progress = begun(&app, "resendAsyncByKeys", json!({ "messages": keys })).await;
        app.drain().await;
        let over = app.get(&progress).await.expect(200);
        let (total, resent, refused) = counted;
        assert_eq!(over["status"], "COMPLETED", "{over:#}");
        assert_eq!(
            (&over["total"], &over["resent"], &over["refused"]),
            (&json!(total), &json!(resent), &json!(refused)),
            "{over:#}"
        );
        assert_eq!(over["refusals"][0]["encodedKey"], "no key", "{over:#}");
    }
    assert_eq!(app.outbox("text").await.len(), 3);
}

#[tokio::test]
async fn an_operation_that_was_cut_off_anywhere_sends_each_message_again_once() {
    for mode in ["error", "drop_answer"] {
        for call in (0..24).step_by(4) {
            let app = TestApp::start().await;
            let keys = [undelivered(&app).await, undelivered(&app).await];
            let progress = begun(&app, "resendAsyncByKeys", json!({ "messages": keys })).await;
            app.fault_after("dynamodb", mode, 1_000, call).await;
            app.drain().await;
            app.no_faults().await;
            app.drain_repeating().await;
            for _ in 0..3 {
                app.advance(400).await;
                app.sweep().await;
                app.drain_repeating().await;
            }
            let over = app.get(&progress).await.expect(200);
            assert_eq!(
                (&over["status"], &over["resent"]),
                (&json!("COMPLETED"), &json!(2)),
                "{mode} after {call}: {over:#}"
            );
            assert_eq!(app.outbox("text").await.len(), 4, "{mode} after {call}");
        }
    }
}
