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
    // More than stands with a message itself.
    let long = "x".repeat(10_000);
    for (body, expected) in [
        (json!({ "type": "EMAIL", "destination": "reader@example.com", "body": long }), long.as_str()),
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
        assert_eq!(
            (&shown["state"], &shown["body"]),
            (&json!("SENT"), &json!(expected)),
            "{body}: {shown:#}"
        );
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

#[tokio::test]
async fn whatever_names_a_client_is_found_by_whichever_name_the_client_has() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let officer = json!({ "people": [{
        "externalId": "officer", "kind": "user", "contacts": [{ "contactType": "email", "value": "o@example.com" }],
    }] });
    app.post("/people/bulk", officer).await.expect(200);
    let john = app.get("/people/ext-john").await.expect(200)["id"].as_str().unwrap().to_owned();
    let mut all = Vec::new();
    let hook = "https://hooks.acme.example.com/";
    for body in [
        json!({ "type": "EMAIL", "clientKey": "john", "body": "Hello" }),
        json!({ "type": "SMS", "clientKey": "ext-john", "templateKey": "ext-none" }),
        json!({ "type": "WEB_HOOK", "clientKey": john, "destination": hook, "body": "{}" }),
        json!({ "type": "EVENT_STREAM", "clientKey": "john", "body": "{}" }),
        json!({ "type": "TASK", "clientKey": "ext-john", "body": "Call" }),
    ] {
        all.push(by_hand(&app, body).await["encodedKey"].as_str().unwrap().to_owned());
        app.advance(1).await;
    }
    by_hand(&app, json!({ "type": "EMAIL", "clientKey": "JOHN", "body": "Hello" })).await;
    app.drain().await;
    let nobody = by_hand(&app, json!({ "type": "EMAIL", "clientKey": "nobody", "body": "Hello" })).await;
    let find = async |operator: &str, client: &str| {
        let criteria = json!([{ "field": "clientKey", "operator": operator, "value": client }]);
        let answer = search(&app, criteria).await;
        let since = answer.headers.contains_key("items-searched-since");
        (keys(&answer.expect(200)), since)
    };
    // However long ago, and whether or not anybody has that key.
    app.advance(40 * 86_400).await;
    all.reverse();
    for name in ["john", "ext-john", &john] {
        for operator in ["EQUALS", "EQUALS_CASE_SENSITIVE"] {
            assert_eq!(find(operator, name).await, (all.clone(), false), "{operator} {name}");
        }
    }
    assert_eq!(find("EQUALS", "JOHN").await.0.len(), 1, "ids tell capitals apart");
    let unknown = vec![nobody["encodedKey"].as_str().unwrap().to_owned()];
    assert_eq!(find("EQUALS", "ext-nobody").await, (unknown, false));

    // What goes to one of the lender's own people stands with them.
    let rule =
        json!({ "event": "LOAN_CREATED", "type": "EMAIL", "templateKey": template, "recipient": "user" });
    app.post("/communications/notification-rules", rule).await.expect(201);
    app.advance(31).await;
    let event = json!({ "event": "LOAN_CREATED", "clientKey": "ext-john", "userKey": "officer" });
    let taken = app.post("/communications/events", event).await.expect(202);
    all.insert(0, taken["messages"][0]["encodedKey"].as_str().unwrap().to_owned());
    assert_eq!(find("EQUALS", "john").await, (all.clone(), true), "31 days of those are looked at");
    app.drain().await;
    app.advance(40 * 86_400).await;
    assert_eq!(find("EQUALS", "john").await, (all[1..].to_vec(), true));
}

#[tokio::test]
async fn a_message_is_found_by_the_times_that_it_shows() {
    let app = TestApp::start().await;
    for now in ["2026-01-05T15:00:00Z", "2026-01-06T15:00:00.123456789Z", "2026-01-07T15:00:00.999999999Z"] {
        app.set_clock(now).await;
        let made =
            by_hand(&app, json!({ "type": "EMAIL", "destination": "a@example.com", "body": "Hello" })).await;
        let key = made["encodedKey"].as_str().unwrap();
        app.drain().await;
        let shown = message(&app, key).await;
        for field in ["creationDate", "sendDate"] {
            let at = &shown[field];
            let before = "2026-01-05T14:00:00Z";
            for criterion in [
                json!({ "operator": "EQUALS", "value": at }),
                json!({ "operator": "IN", "values": [before, at] }),
                json!({ "operator": "ON", "value": at }),
                json!({ "operator": "AFTER_INCLUSIVE", "value": at }),
                json!({ "operator": "BEFORE_INCLUSIVE", "value": at }),
                json!({ "operator": "BETWEEN", "value": at, "secondValue": at }),
                json!({ "operator": "BETWEEN", "value": before, "secondValue": at }),
            ] {
                let mut asked = criterion.clone();
                asked["field"] = json!(field);
                let found = keys(&search(&app, json!([asked])).await.expect(200));
                assert_eq!(found.first().map(String::as_str), Some(key), "{field} {at}: {criterion}");
            }
            for operator in ["AFTER", "BEFORE", "MORE_THAN", "LESS_THAN", "DIFFERENT_THAN"] {
                let asked = json!([{ "field": field, "operator": operator, "value": at }]);
                let found = keys(&search(&app, asked).await.expect(200));
                assert!(!found.contains(&key.to_owned()), "{field} {operator} {at}");
            }
        }
    }
}

#[tokio::test]
async fn any_time_may_be_asked_about() {
    let app = TestApp::start().await;
    by_hand(&app, json!({ "type": "EMAIL", "destination": "a@example.com", "body": "Hello" })).await;
    for operator in
        ["EQUALS", "ON", "AFTER", "AFTER_INCLUSIVE", "BEFORE", "BEFORE_INCLUSIVE", "MORE_THAN", "LESS_THAN"]
    {
        for value in [
            "-009999-01-02T02:00:00Z",
            "-009999-01-03",
            "0000-01-01",
            "2026-01-05T23:00:00Z",
            "9999-12-30T22:00:00.999999999Z",
            "9999-12-31",
        ] {
            let asked = json!([{ "field": "creationDate", "operator": operator, "value": value }]);
            let found = keys(&search(&app, asked).await.expect(200)).len();
            let is_past = value < "2026-01-05T15";
            let expected = match operator {
                "EQUALS" | "ON" => usize::from(operator == "ON" && value.starts_with("2026-01-05")),
                "AFTER" | "AFTER_INCLUSIVE" | "MORE_THAN" => usize::from(is_past),
                _ => usize::from(!is_past),
            };
            assert_eq!(found, expected, "{operator} {value}");
        }
    }
}

#[tokio::test]
async fn several_clients_are_looked_up_each() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for client in ["john", "maria", "nobody"] {
        let one = by_hand(&app, json!({ "type": "EMAIL", "clientKey": client, "body": "Hello" })).await;
        made.insert(0, one["encodedKey"].as_str().unwrap().to_owned());
    }
    app.advance(40 * 86_400).await;
    let asked = json!([{ "field": "clientKey", "operator": "IN", "values": ["john", "ext-nobody", "john"] }]);
    let found = keys(&search(&app, asked).await.expect(200));
    assert_eq!(found.len(), 2, "whenever they were: {found:?}");
    assert!(found.contains(&made[0]) && found.contains(&made[2]), "{found:?}");
    let wrong = json!([{ "field": "encodedKey", "operator": "IN", "values": [made[0], 5] }]);
    assert_eq!(search(&app, wrong).await.violations(), ["/0/values/1"]);
}
