//! Communication messages: sent by hand, searched, and sent again (003).

use postrider_tests::{Answer, TestApp};
use serde_json::{Value, json};

async fn message(app: &TestApp, key: &str) -> Value {
    app.get(&format!("/communications/messages/{key}")).await.expect(200)
}

async fn by_hand(app: &TestApp, body: Value) -> Value {
    app.post("/communications/messages", body).await.expect(201)
}

async fn search(app: &TestApp, criteria: Value) -> Answer {
    app.post("/communications/messages:search", criteria).await
}

fn keys(found: &Value) -> Vec<String> {
    found.as_array().unwrap().iter().map(|one| one["encodedKey"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_message_is_sent_by_hand_in_own_words_or_a_templates() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    for (body, said) in [
        (
            json!({ "type": "EMAIL", "clientKey": "john", "subject": "Hi", "body": "Good morning" }),
            "Good morning",
        ),
        (json!({ "type": "EMAIL", "clientKey": "john", "templateKey": template }), "Hello John"),
        (
            json!({ "type": "EMAIL", "destination": "stranger@example.com", "subject": "Hi", "body": "Good evening" }),
            "Good evening",
        ),
        (json!({ "type": "SMS", "clientKey": "john", "body": "Good night" }), "Good night"),
    ] {
        let made = by_hand(&app, body.clone()).await;
        assert_eq!(
            (&made["event"], &made["state"]),
            (&json!("MANUAL"), &json!("QUEUED")),
            "{body}: {made:#}"
        );
        assert!(made["senderKey"].is_string(), "{made:#}");
        app.drain().await;
        let shown = message(&app, made["encodedKey"].as_str().unwrap()).await;
        assert_eq!((&shown["state"], &shown["body"]), (&json!("SENT"), &json!(said)), "{body}: {shown:#}");
    }
    let failed = by_hand(&app, json!({ "type": "EMAIL", "clientKey": "nobody", "body": "Hello" })).await;
    assert_eq!(
        (&failed["state"], &failed["failureReason"]),
        (&json!("FAILED"), &json!("MISSING_EMAIL_RECIPIENT_ADDRESS"))
    );
}

#[tokio::test]
async fn the_documents_example_may_be_sent_as_it_is_answered() {
    let app = TestApp::start().await;
    let made = by_hand(
        &app,
        json!({ "type": "EMAIL", "clientKey": "john", "subject": "Hi", "body": "Good morning" }),
    )
    .await;
    let again = by_hand(&app, made.clone()).await;
    assert_ne!(made["encodedKey"], again["encodedKey"], "read-only members are passed over");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_its_field() {
    let app = TestApp::start().await;
    let path = "/communications/messages";
    for (body, pointers) in [
        (json!({ "type": "EMAIL" }), vec!["/body", "/clientKey"]),
        (json!({ "type": "EMAIL", "clientKey": "john" }), vec!["/body"]),
        (json!({ "type": "EMAIL", "clientKey": "john", "body": "a", "templateKey": "ext-a" }), vec!["/body"]),
        (json!({ "type": "SMS", "destination": "12", "body": "a" }), vec!["/destination"]),
        (json!({ "type": "WEB_HOOK", "body": "{}" }), vec!["/destination"]),
        (
            json!({ "type": "WEB_HOOK", "destination": "https://127.0.0.1/", "body": "{}" }),
            vec!["/destination"],
        ),
        (
            json!({ "type": "WEB_HOOK", "destination": "https://hooks.acme.example.com/", "body": "no" }),
            vec!["/body"],
        ),
        (json!({ "type": "TASK", "destination": "john@example.com", "body": "a" }), vec!["/destination"]),
        (
            json!({ "type": "EMAIL", "clientKey": "john", "body": "a", "event": "LOAN_CREATED" }),
            vec!["/event"],
        ),
        (
            json!({ "type": "EMAIL", "clientKey": "john", "body": "a", "senderKey": "somebody" }),
            vec!["/senderKey"],
        ),
        (json!({ "type": "FAX", "clientKey": "john", "body": "a" }), vec!["/type"]),
    ] {
        assert_eq!(app.post(path, body.clone()).await.violations(), pointers, "{body}");
    }
}

#[tokio::test]
async fn messages_are_found_by_any_field() {
    let app = TestApp::start().await;
    let sent = by_hand(
        &app,
        json!({
            "type": "EMAIL", "clientKey": "john", "subject": "Quarterly", "body": "Good morning",
            "loanAccountKey": "LN-0001", "depositAccountKey": "DA-7", "repaymentKey": "R-9",
        }),
    )
    .await;
    app.drain().await;
    let failed = by_hand(&app, json!({ "type": "SMS", "clientKey": "nobody", "body": "Good night" })).await;
    let (sent, failed) = (sent["encodedKey"].as_str().unwrap(), failed["encodedKey"].as_str().unwrap());
    let shown = message(&app, sent).await;
    for (field, operator, value, found) in [
        ("encodedKey", "EQUALS", json!(sent), vec![sent]),
        ("clientKey", "EQUALS", json!("john"), vec![sent]),
        ("clientKey", "STARTS_WITH", json!("no"), vec![failed]),
        ("state", "EQUALS", json!("FAILED"), vec![failed]),
        ("state", "DIFFERENT_THAN", json!("FAILED"), vec![sent]),
        ("type", "EQUALS", json!("EMAIL"), vec![sent]),
        ("event", "EQUALS", json!("MANUAL"), vec![failed, sent]),
        ("body", "STARTS_WITH", json!("good"), vec![failed, sent]),
        ("body", "STARTS_WITH_CASE_SENSITIVE", json!("good"), vec![]),
        ("subject", "EQUALS", json!("quarterly"), vec![sent]),
        ("subject", "EQUALS_CASE_SENSITIVE", json!("quarterly"), vec![]),
        ("destination", "EQUALS", json!("john@example.com"), vec![sent]),
        ("loanAccountKey", "EQUALS", json!("LN-0001"), vec![sent]),
        ("depositAccountKey", "EQUALS", json!("DA-7"), vec![sent]),
        ("repaymentKey", "EQUALS", json!("R-9"), vec![sent]),
        ("referenceId", "EQUALS", shown["referenceId"].clone(), vec![sent]),
        ("senderKey", "EQUALS", shown["senderKey"].clone(), vec![failed, sent]),
        ("failureReason", "EQUALS", json!("MISSING_SMS_RECIPIENT"), vec![failed]),
        ("numRetries", "LESS_THAN", json!(1), vec![failed, sent]),
        ("creationDate", "ON", json!("2026-01-05"), vec![failed, sent]),
        ("creationDate", "AFTER", json!("2026-01-05"), vec![]),
        ("creationDate", "BEFORE", json!("2027-01-01"), vec![failed, sent]),
        ("creationDate", "LAST_DAYS", json!(2), vec![failed, sent]),
        ("sendDate", "AFTER_INCLUSIVE", shown["sendDate"].clone(), vec![sent]),
        ("sendDate", "BEFORE_INCLUSIVE", shown["sendDate"].clone(), vec![sent]),
    ] {
        let criteria = json!([{ "field": field, "operator": operator, "value": value }]);
        assert_eq!(keys(&search(&app, criteria).await.expect(200)), found, "{field} {operator} {value}");
    }
    for (field, operator, found) in [
        ("sendDate", "EMPTY", vec![failed]),
        ("sendDate", "NOT_EMPTY", vec![sent]),
        ("groupKey", "EMPTY", vec![failed, sent]),
        ("creationDate", "TODAY", vec![failed, sent]),
        ("creationDate", "THIS_WEEK", vec![failed, sent]),
        ("creationDate", "THIS_MONTH", vec![failed, sent]),
        ("creationDate", "THIS_YEAR", vec![failed, sent]),
    ] {
        let criteria = json!([{ "field": field, "operator": operator }]);
        assert_eq!(keys(&search(&app, criteria).await.expect(200)), found, "{field} {operator}");
    }
    let both =
        json!({ "filterCriteria": [{ "field": "state", "operator": "IN", "values": ["SENT", "FAILED"] }] });
    assert_eq!(keys(&search(&app, both).await.expect(200)), [failed, sent]);
    let wrong = json!([{ "field": "state", "operator": "AFTER", "value": "2026-01-05" }, { "field": "mood", "operator": "EMPTY" }]);
    assert!(search(&app, wrong).await.violations().contains(&"/1/field".to_owned()));
}

#[tokio::test]
async fn what_is_found_is_shown_by_pages_and_in_order() {
    let app = TestApp::start().await;
    let mut all = Vec::new();
    for subject in ["b", "c", "a"] {
        let body = json!({ "type": "EMAIL", "destination": format!("{subject}@example.com"), "subject": subject, "body": "Hello" });
        all.push(by_hand(&app, body).await["encodedKey"].as_str().unwrap().to_owned());
        app.advance(1).await;
    }
    let path = "/communications/messages:search";
    let page = app.post(&format!("{path}?offset=1&limit=1&paginationDetails=ON"), json!([])).await;
    assert_eq!(page.headers["items-total"], "3");
    assert_eq!(
        (&page.headers["items-offset"], &page.headers["items-limit"]),
        (&"1".parse().unwrap(), &"1".parse().unwrap())
    );
    assert_eq!(keys(&page.expect(200)), [all[1].clone()]);
    let plain = app.post(path, json!([])).await;
    assert!(plain.headers.get("items-total").is_none());
    assert!(plain.headers.contains_key("items-searched-since"), "31 days are looked at");

    let sorted = "/communications/messages:searchSorted";
    let by_subject = json!({ "sortingCriteria": { "field": "subject", "order": "DESC" } });
    assert_eq!(
        keys(&app.post(sorted, by_subject).await.expect(200)),
        [all[1].clone(), all[0].clone(), all[2].clone()]
    );
    assert_eq!(
        keys(&app.post(sorted, json!([])).await.expect(200)),
        [all[2].clone(), all[1].clone(), all[0].clone()]
    );
    for query in ["offset=10001", "limit=0", "limit=1001", "paginationDetails=YES"] {
        assert_eq!(app.post(&format!("{path}?{query}"), json!([])).await.status, 400, "{query}");
    }
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
    let made = by_hand(&app, json!({ "type": "SMS", "clientKey": "john", "body": "Good night" })).await;
    let key = made["encodedKey"].as_str().unwrap();
    app.drain().await;
    app.report("twilio", json!({ "message": key, "status": "undelivered", "error_code": 30004 })).await;
    assert_eq!(message(&app, key).await["state"], "FAILED");
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
async fn the_guard_is_asked_before_anything_is_sent_again() {
    let app = TestApp::start().await;
    let made = by_hand(&app, json!({ "type": "SMS", "clientKey": "john", "body": "Good night" })).await;
    let key = made["encodedKey"].as_str().unwrap();
    app.drain().await;
    app.report("twilio", json!({ "message": key, "status": "undelivered", "error_code": 30004 })).await;
    app.put("/people/ext-john/communication-preference", json!({ "optedOut": ["text"] })).await.expect(200);
    app.post("/communications/messages:resend", json!({ "messages": [key] })).await.expect(202);
    app.drain().await;
    let shown = message(&app, key).await;
    assert_eq!(shown["state"], "FAILED", "{shown:#}");
    assert_eq!(app.outbox("text").await.len(), 1);
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
        app.drain_repeating().await;
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
