//! Events of the lender's core system, and the messages that its rules make of them (003).

use domain::vocabulary::Event;
use postrider_tests::TestApp;
use serde_json::{Value, json};

/// A rule that writes an e-mail, or a text, from a template.
async fn rule(app: &TestApp, event: &str, message_type: &str, template: &str) -> Value {
    let body = json!({ "event": event, "type": message_type, "templateKey": template });
    app.post("/communications/notification-rules", body).await.expect(201)
}

async fn tell(app: &TestApp, event: Value) -> Value {
    app.post("/communications/events", event).await.expect(202)
}

/// The key of the only message that an event made.
fn only(taken: &Value) -> String {
    let messages = taken["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 1, "{taken:#}");
    messages[0]["encodedKey"].as_str().unwrap().to_owned()
}

async fn message(app: &TestApp, key: &str) -> Value {
    app.get(&format!("/communications/messages/{key}")).await.expect(200)
}

fn repayment(id: &str) -> Value {
    json!({
        "event": "LOAN_REPAYMENT",
        "eventId": id,
        "clientKey": "john",
        "loanAccountKey": "LN-0001",
        "depositAccountKey": "DA-7",
        "repaymentKey": "77812",
        "context": { "amount": "312.50" },
    })
}

#[tokio::test]
async fn an_event_writes_to_the_client_and_the_message_is_the_documents() {
    let app = TestApp::start().await;
    let template = app.template("email", "repayment_received").await;
    rule(&app, "LOAN_REPAYMENT", "EMAIL", &template).await;

    let taken = tell(&app, repayment("r-1")).await;
    assert_eq!(taken["eventId"], "r-1");
    let key = only(&taken);
    assert_eq!(taken["messages"][0]["type"], "EMAIL");
    assert_eq!(message(&app, &key).await["state"], "QUEUED");
    app.drain().await;

    let shown = message(&app, &key).await;
    let expected = json!({
        "body": "Hello John",
        "clientKey": "john",
        "creationDate": shown["creationDate"],
        "depositAccountKey": "DA-7",
        "destination": "john@example.com",
        "encodedKey": key,
        "event": "LOAN_REPAYMENT",
        "loanAccountKey": "LN-0001",
        "numRetries": 0,
        "referenceId": shown["referenceId"],
        "repaymentKey": "77812",
        "sendDate": shown["sendDate"],
        "state": "SENT",
        "subject": "Hello John",
        "templateKey": template,
        "type": "EMAIL",
    });
    assert_eq!(shown, expected, "every field it has a value for, and no other");
    assert_eq!(app.outbox("email").await.len(), 1);
}

#[tokio::test]
async fn an_event_is_taken_once_however_often_it_is_told() {
    let app = TestApp::start().await;
    let template = app.template("email", "repayment_received").await;
    rule(&app, "LOAN_REPAYMENT", "EMAIL", &template).await;
    let told = (0..8).map(|_| tell(&app, repayment("r-1")));
    let taken = futures::future::join_all(told).await;
    assert!(taken.iter().all(|one| only(one) == only(&taken[0])), "{taken:#?}");
    // A rule made later makes nothing of an event that was taken before.
    rule(&app, "LOAN_REPAYMENT", "EMAIL", &template).await;
    assert_eq!(only(&tell(&app, repayment("r-1")).await), only(&taken[0]));
    app.drain_repeating().await;
    assert_eq!(app.outbox("email").await.len(), 1);
    // The same words to the same client for another event are another message.
    assert_eq!(tell(&app, repayment("r-2")).await["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn all_events_are_taken_together_and_a_wrong_one_is_no_fault_of_the_others() {
    let app = TestApp::start().await;
    let mut events: Vec<Value> = Event::ALL
        .iter()
        .map(|event| json!({ "event": event, "eventId": format!("e-{event}"), "clientKey": "john" }))
        .collect();
    events.push(json!({ "event": "NOTHING_OF_THE_KIND" }));
    events.push(json!({ "event": "LOAN_CREATED", "clientKey": "john", "surprise": 1 }));
    let taken = app.post("/communications/events", json!({ "events": events })).await.expect(202);
    let results = taken["results"].as_array().unwrap();
    assert_eq!(results.len(), Event::ALL.len() + 2);
    for (at, result) in results.iter().enumerate() {
        assert_eq!(result["index"], at);
        let pointers: Vec<&str> = result["problem"]["violations"]
            .as_array()
            .map(|all| all.iter().map(|one| one["pointer"].as_str().unwrap()).collect())
            .unwrap_or_default();
        let expected = match at {
            0 => vec!["/events/0/event"],
            75 => vec!["/events/75/event"],
            76 => vec!["/events/76/surprise"],
            _ => vec![],
        };
        assert_eq!(pointers, expected, "{result:#}");
        assert_eq!(result["eventId"].is_null(), !expected.is_empty(), "{result:#}");
    }
    assert_eq!(Event::ALL.len(), 75);
    let many: Vec<Value> = (0..501).map(|_| json!({ "event": "LOAN_CREATED" })).collect();
    let refused = app.post("/communications/events", json!({ "events": many })).await;
    assert_eq!(refused.violations(), ["/events"]);
    assert_eq!(app.post("/communications/events", json!({ "events": [] })).await.violations(), ["/events"]);
}

#[tokio::test]
async fn what_cannot_go_is_kept_as_failed_with_its_reason() {
    let app = TestApp::start().await;
    let (mail, text) = (app.template("email", "hello").await, app.template("sms", "hello").await);
    rule(&app, "LOAN_CREATED", "EMAIL", &mail).await;
    rule(&app, "CLIENT_CREATED", "SMS", &text).await;
    let by_mail_only = json!({ "people": [
        { "externalId": "mail-only", "contacts": [{ "contactType": "email", "value": "m@example.com" }] },
        { "externalId": "text-only", "contacts": [{ "contactType": "phone", "value": "+13125550199", "receiveTextMessages": true }] },
    ] });
    app.post("/people/bulk", by_mail_only).await.expect(200);
    let stopped = json!({ "optedOut": ["email"] });
    app.put("/people/ext-john/communication-preference", stopped).await.expect(200);

    for (event, client, reason) in [
        ("LOAN_CREATED", json!("nobody"), "MISSING_EMAIL_RECIPIENT_ADDRESS"),
        ("LOAN_CREATED", Value::Null, "MISSING_EMAIL_RECIPIENT_ADDRESS"),
        ("LOAN_CREATED", json!("text-only"), "MISSING_EMAIL_RECIPIENT_ADDRESS"),
        ("CLIENT_CREATED", json!("mail-only"), "MISSING_SMS_RECIPIENT"),
        ("CLIENT_CREATED", json!("nobody"), "MISSING_SMS_RECIPIENT"),
        ("LOAN_CREATED", json!("john"), "OTHER"),
    ] {
        let taken = tell(&app, json!({ "event": event, "clientKey": client })).await;
        assert_eq!(taken["messages"][0]["state"], "FAILED", "{event} {client}");
        let shown = message(&app, &only(&taken)).await;
        assert_eq!(shown["failureReason"], reason, "{shown:#}");
        assert!(shown["failureCause"].as_str().is_some_and(|cause| !cause.is_empty()), "{shown:#}");
        assert_eq!(shown["event"], event);
    }
    app.drain().await;
    assert_eq!(app.outbox("email").await.len() + app.outbox("text").await.len(), 0);
}

#[tokio::test]
async fn a_rule_fires_where_its_conditions_hold_and_its_message_waits_as_it_says() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let body = json!({
        "event": "LOAN_REPAYMENT", "type": "EMAIL", "templateKey": template, "delayMinutes": 90,
        "conditions": [{ "path": "amount", "operator": "MORE_THAN", "value": 300 }],
    });
    let rule = app.post("/communications/notification-rules", body).await.expect(201);
    let mut small = repayment("small");
    small["context"]["amount"] = json!("12.00");
    assert_eq!(tell(&app, small).await["messages"], json!([]));

    let taken = tell(&app, repayment("large")).await;
    let key = only(&taken);
    assert_eq!(taken["messages"][0]["state"], "WAITING");
    assert_eq!(message(&app, &key).await["waitingReason"], "READY_TO_BE_SENT");
    app.sweep().await;
    assert_eq!(app.outbox("email").await.len(), 0);
    app.advance(91 * 60).await;
    app.sweep().await;
    assert_eq!(message(&app, &key).await["state"], "SENT");

    let path = format!("/communications/notification-rules/{}", rule["id"].as_str().unwrap());
    app.put(&path, json!({ "enabled": false })).await.expect(200);
    assert_eq!(tell(&app, repayment("later")).await["messages"], json!([]));
}

#[tokio::test]
async fn a_rule_that_cannot_work_is_refused_when_it_is_saved() {
    let app = TestApp::start().await;
    let (mail, text) = (app.template("email", "hello").await, app.template("sms", "hello").await);
    let path = "/communications/notification-rules";
    let asks =
        |condition: Value| json!({ "event": "LOAN_CREATED", "type": "TASK", "conditions": [condition] });
    for (body, pointers) in [
        (json!({ "event": "LOAN_CREATED", "type": "EMAIL", "templateKey": text }), vec!["/templateKey"]),
        (
            json!({ "event": "LOAN_CREATED", "type": "EMAIL", "templateKey": "ext-none" }),
            vec!["/templateKey"],
        ),
        (json!({ "event": "LOAN_CREATED", "type": "WEB_HOOK", "url": "https://10.0.0.1/" }), vec!["/url"]),
        (
            json!({ "event": "LOAN_CREATED", "type": "WEB_HOOK", "url": "http://hooks.acme.example.com/" }),
            vec!["/url"],
        ),
        (json!({ "event": "LOAN_CREATED", "type": "LETTER", "templateKey": mail }), vec!["/type"]),
        (json!({ "event": "LOAN_CREATED", "type": "TASK", "recipient": "everybody" }), vec!["/recipient"]),
        (json!({ "event": "LOAN_CREATED", "type": "TASK", "delayMinutes": -1 }), vec!["/delayMinutes"]),
        (json!({ "event": "LOAN_CREATED", "type": "TASK", "delayMinutes": 10 }), vec!["/delayMinutes"]),
        (
            asks(json!({ "path": "amount", "operator": "MORE_THAN", "value": "much" })),
            vec!["/conditions/0/value"],
        ),
        (
            asks(json!({ "path": "amount", "operator": "BETWEEN", "value": 10, "secondValue": 1 })),
            vec!["/conditions/0/secondValue"],
        ),
        (asks(json!({ "path": "amount", "operator": "EQUALS", "value": "" })), vec!["/conditions/0/value"]),
        (asks(json!({ "path": "a..b", "operator": "EMPTY" })), vec!["/conditions/0/path"]),
        (asks(json!({ "path": "$.a[0]", "operator": "EMPTY" })), vec!["/conditions/0/path"]),
    ] {
        assert_eq!(app.post(path, body.clone()).await.violations(), pointers, "{body}");
    }
    let rule = rule(&app, "LOAN_CREATED", "EMAIL", &mail).await;
    let own = format!("{path}/{}", rule["id"].as_str().unwrap());
    assert_eq!(app.put(&own, json!({ "templateKey": text })).await.violations(), ["/templateKey"]);
    assert_eq!(app.get(&own).await.expect(200), rule, "it stays as it was");
    assert_eq!(app.get(path).await.expect(200)["data"], json!([rule]));
    app.seen_by(Some("other-admin")).get(&own).await.problem(404, "not-found");
    app.seen_by(Some("demo-loan-officer")).put(&own, json!({})).await.problem(403, "forbidden");
    app.delete(&own).await.expect(204);
    app.get(&own).await.problem(404, "not-found");
}

#[tokio::test]
async fn a_rehearsal_shows_what_rules_would_do_and_sends_nothing() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let fires = rule(&app, "LOAN_REPAYMENT", "EMAIL", &template).await;
    let body = json!({
        "event": "LOAN_REPAYMENT", "type": "TASK", "name": "Call large payers",
        "conditions": [{ "path": "amount", "operator": "MORE_THAN", "value": 1_000 }],
    });
    app.post("/communications/notification-rules", body).await.expect(201);
    let tried = app.post("/communications/notification-rules:test", repayment("r-1")).await.expect(200);
    let rules = tried["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 2, "{tried:#}");
    assert_eq!((&rules[0]["ruleId"], &rules[0]["fires"]), (&fires["id"], &json!(true)));
    let message = &rules[0]["message"];
    assert_eq!(
        (&message["destination"], &message["subject"], &message["body"]),
        (&json!("john@example.com"), &json!("Hello John"), &json!("Hello John"))
    );
    assert_eq!(message["failureReason"], Value::Null);
    assert_eq!((&rules[1]["fires"], &rules[1]["message"]), (&json!(false), &Value::Null));
    assert_eq!(rules[1]["unmet"][0]["path"], "amount");

    let mut unknown = repayment("r-1");
    unknown["clientKey"] = json!("nobody");
    let tried = app.post("/communications/notification-rules:test", unknown).await.expect(200);
    assert_eq!(tried["rules"][0]["message"]["failureReason"], "MISSING_EMAIL_RECIPIENT_ADDRESS");
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 0);
    assert_eq!(
        tell(&app, repayment("r-1")).await["messages"].as_array().unwrap().len(),
        1,
        "nothing was taken before"
    );
}

#[tokio::test]
async fn an_event_gives_the_lenders_people_something_to_do() {
    let app = TestApp::start().await;
    let template = app.template("sms", "hello").await;
    let body = json!({ "event": "ACCOUNT_IN_ARREARS", "type": "TASK", "templateKey": template });
    app.post("/communications/notification-rules", body).await.expect(201);
    let taken =
        tell(&app, json!({ "event": "ACCOUNT_IN_ARREARS", "eventId": "a-1", "clientKey": "john" })).await;
    let shown = message(&app, &only(&taken)).await;
    assert_eq!(
        (&shown["state"], &shown["type"], &shown["body"]),
        (&json!("SENT"), &json!("TASK"), &json!("Hello John"))
    );
    let tasks = app.get("/tasks").await.expect(200);
    let task = &tasks["data"][0];
    assert_eq!(
        (&task["type"], &task["note"], &task["personExternalId"]),
        (&json!("followUpEvent"), &json!("Hello John"), &json!("john"))
    );
    tell(&app, json!({ "event": "ACCOUNT_IN_ARREARS", "eventId": "a-1", "clientKey": "john" })).await;
    assert_eq!(app.get("/tasks").await.expect(200)["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_event_on_the_bus_is_taken_once_though_the_queue_brings_it_twice() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    rule(&app, "LOAN_REPAYMENT", "EMAIL", &template).await;
    let mut told = repayment("bus-1");
    told["tenant"] = json!("demo");
    app.post("/_local/events", told.clone()).await.expect(200);
    app.post("/_local/events", told).await.expect(200);
    app.drain_repeating().await;
    assert_eq!(app.outbox("email").await.len(), 1);
    // What is no event stays among the dead letters, and holds up nobody.
    app.post("/_local/events", json!({ "tenant": "demo", "event": "NOTHING" })).await.expect(200);
    app.drain().await;
    assert_eq!(app.outbox("email").await.len(), 1);
}

/// Rules of every type for repayments.
async fn rules_of_every_type(app: &TestApp) {
    let mail = app.template("email", "hello").await;
    rule(app, "LOAN_REPAYMENT", "EMAIL", &mail).await;
    rule(app, "LOAN_REPAYMENT", "SMS", &app.template("sms", "hello").await).await;
    for body in [
        json!({ "event": "LOAN_REPAYMENT", "type": "WEB_HOOK", "url": "https://hooks.acme.example.com/repayments" }),
        json!({ "event": "LOAN_REPAYMENT", "type": "EVENT_STREAM" }),
        json!({ "event": "LOAN_REPAYMENT", "type": "TASK", "templateKey": mail }),
    ] {
        app.post("/communications/notification-rules", body).await.expect(201);
    }
}

/// A subscription to repayments and approvals; its path.
async fn subscription(app: &TestApp) -> String {
    let body = json!({ "name": "Core", "events": ["LOAN_REPAYMENT", "LOAN_APPROVAL"] });
    let subscription = app.post("/communications/events/subscriptions", body).await.expect(201);
    format!("/communications/events/subscriptions/{}/events", subscription["id"].as_str().unwrap())
}

/// What reached everybody: e-mails, texts, calls of the webhook, tasks, and entries of the stream that are not told again.
async fn reached(app: &TestApp, stream: &str) -> [usize; 5] {
    let calls = app.get("/_local/providers/endpoint/calls").await.expect(200);
    let tasks = app.get("/tasks").await.expect(200);
    let read = app.get(stream).await.expect(200);
    let mut entries: Vec<&str> =
        read["events"].as_array().unwrap().iter().filter_map(|event| event["encodedKey"].as_str()).collect();
    entries.sort_unstable();
    entries.dedup();
    [
        app.outbox("email").await.len(),
        app.outbox("text").await.len(),
        calls.as_array().unwrap().len(),
        tasks["data"].as_array().unwrap().len(),
        entries.len(),
    ]
}

/// The table fails for good after so many calls: before it wrote, or after.
const BREAKDOWNS: [&str; 2] = ["error", "drop_answer"];

#[tokio::test]
async fn an_event_whose_taking_was_cut_off_anywhere_reaches_everybody_once() {
    for mode in BREAKDOWNS {
        for call in (0..).step_by(3) {
            let app = TestApp::start().await;
            rules_of_every_type(&app).await;
            let stream = subscription(&app).await;
            app.fault_after("dynamodb", mode, 1_000, call).await;
            let first = app.post("/communications/events", repayment("r-1")).await;
            app.no_faults().await;
            let again = tell(&app, repayment("r-1")).await;
            assert_eq!(again["messages"].as_array().unwrap().len(), 5, "{mode} after {call}: {again:#}");
            app.drain_repeating().await;
            app.advance(400).await;
            app.sweep().await;
            assert_eq!(reached(&app, &stream).await, [1; 5], "{mode} after {call}");
            if first.status == 202 {
                assert_eq!(first.body, again);
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_event_of_the_bus_whose_taking_was_cut_off_anywhere_reaches_everybody_once() {
    for mode in BREAKDOWNS {
        for call in (0..30).step_by(5) {
            let app = TestApp::start().await;
            rules_of_every_type(&app).await;
            let stream = subscription(&app).await;
            let mut told = repayment("bus-1");
            told["tenant"] = json!("demo");
            app.post("/_local/events", told).await.expect(200);
            app.fault_after("dynamodb", mode, 1_000, call).await;
            app.drain().await;
            app.no_faults().await;
            app.drain_repeating().await;
            app.advance(400).await;
            app.sweep().await;
            assert_eq!(reached(&app, &stream).await, [1; 5], "{mode} after {call}");
        }
    }
}

#[tokio::test]
async fn two_payments_on_a_day_are_acknowledged_both_by_mail_and_text() {
    let app = TestApp::start().await;
    rule(&app, "LOAN_REPAYMENT", "EMAIL", &app.template("email", "hello").await).await;
    rule(&app, "LOAN_REPAYMENT", "SMS", &app.template("sms", "hello").await).await;
    for id in ["r-1", "r-2"] {
        for made in tell(&app, repayment(id)).await["messages"].as_array().unwrap() {
            assert_eq!(made["state"], "QUEUED", "{made:#}");
        }
    }
    app.drain().await;
    assert_eq!((app.outbox("email").await.len(), app.outbox("text").await.len()), (2, 2));
}

#[tokio::test]
async fn an_event_id_is_one_events() {
    let app = TestApp::start().await;
    let first = tell(&app, repayment("r-1")).await;
    let mut again = repayment("r-1");
    again["context"] = json!({ "amount": "312.50", "toldAt": "later" });
    assert_eq!(tell(&app, again).await, first, "what a core system knows of it may grow");
    for (member, other) in
        [("event", "LOAN_REPAYMENT_REVERSAL"), ("clientKey", "maria"), ("repaymentKey", "77813")]
    {
        let mut another = repayment("r-1");
        another[member] = json!(other);
        app.post("/communications/events", another.clone()).await.problem(409, "event-id-used");
        let events = json!({ "events": [repayment("r-2"), another, repayment("r-1")] });
        let results = app.post("/communications/events", events).await.expect(202);
        let detail = results["results"][1]["problem"]["detail"].as_str().unwrap();
        assert!(detail.contains("r-1") && detail.contains("LOAN_REPAYMENT"), "{detail}");
        assert!(results["results"][2]["problem"].is_null(), "{results:#}");
    }
}

#[tokio::test]
async fn a_rule_can_be_switched_off_whatever_became_of_what_it_needs() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let rule = rule(&app, "LOAN_REPAYMENT", "EMAIL", &template).await;
    let own = format!("/communications/notification-rules/{}", rule["id"].as_str().unwrap());
    app.delete(&format!("/api/v1/communication-templates/{template}")).await.expect(204);
    assert_eq!(app.put(&own, json!({ "enabled": false })).await.expect(200)["enabled"], false);
    assert_eq!(app.put(&own, json!({ "enabled": true })).await.violations(), ["/templateKey"]);
    let other = app.seen_by(Some("other-admin"));
    let hook =
        json!({ "event": "LOAN_CREATED", "type": "WEB_HOOK", "url": "https://hooks.acme.example.com/" });
    assert_eq!(
        other.post("/communications/notification-rules", hook).await.violations(),
        ["/type"],
        "that lender calls no webhooks"
    );
}

#[tokio::test]
async fn a_rehearsal_knows_what_would_fail_and_what_would_wait() {
    let app = TestApp::start().await;
    let words = async |channel: &str, text: &str| {
        let descriptor = json!({
            "subject": format!("{channel}_words"), "channel": channel, "name": text.get(..9).unwrap_or(text), "language": "en",
        });
        let descriptor = app.post("/communicator/templatedescriptors", descriptor).await.expect(201);
        let version = json!({ "descriptorId": descriptor["id"], "contentTextTemplate": text });
        let version = app.post("/communicator/templates", version).await.expect(201);
        let activate = format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap());
        app.post(&activate, json!({})).await.expect(200);
        descriptor["id"].as_str().unwrap().to_owned()
    };
    let (long, empty) =
        (words("text", &"a long text ".repeat(150)).await, words("text", "{{ nothing }}").await);
    let large = words("webhook", "{\"all\": \"{% for n in range(4000) %}12345{% endfor %}\"}").await;
    let hook = async |url: &str, template: Option<&str>| {
        let body =
            json!({ "event": "LOAN_REPAYMENT", "type": "WEB_HOOK", "url": url, "templateKey": template });
        app.post("/communications/notification-rules", body).await.expect(201)
    };
    rule(&app, "LOAN_REPAYMENT", "SMS", &long).await;
    rule(&app, "LOAN_REPAYMENT", "SMS", &empty).await;
    hook("https://hooks.acme.example.com/large", Some(&large)).await;
    let off = hook("https://hooks.acme.example.com/off", None).await;
    let endpoint = format!("/webhook-endpoints/{}", off["endpointId"].as_str().unwrap());
    app.put(&endpoint, json!({ "enabled": false })).await.expect(200);
    let mail = app.template("email", "hello").await;
    let later =
        json!({ "event": "LOAN_REPAYMENT", "type": "EMAIL", "templateKey": mail, "delayMinutes": 90 });
    app.post("/communications/notification-rules", later).await.expect(201);

    let reasons = [
        json!("SMS_TOO_LONG"),
        json!("SMS_NOT_SENT"),
        json!("MAX_MESSAGE_SIZE_LIMIT_EXCEEDED"),
        json!("WEBHOOK_NOTIFICATIONS_DISABLED"),
        Value::Null,
    ];
    let tried = app.post("/communications/notification-rules:test", repayment("r-1")).await.expect(200);
    for (rule, reason) in tried["rules"].as_array().unwrap().iter().zip(&reasons) {
        assert_eq!(&rule["message"]["failureReason"], reason, "{rule:#}");
    }
    let waits = tried["rules"][4]["message"]["sendAt"].as_str().unwrap();
    assert!(waits.starts_with("2026-01-05T16:3"), "{waits}");

    let taken = tell(&app, repayment("r-1")).await;
    app.drain().await;
    for (made, reason) in taken["messages"].as_array().unwrap().iter().zip(&reasons) {
        let shown = message(&app, made["encodedKey"].as_str().unwrap()).await;
        assert_eq!(&shown["failureReason"], reason, "as it was rehearsed: {shown:#}");
    }
}

#[tokio::test]
async fn what_opens_an_account_is_not_for_viewers() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    let secret = format!("/communicator/templatedescriptors/{template}");
    app.put(&secret, json!({ "sensitive": true })).await.expect(200);
    for body in [
        json!({ "event": "PORTAL_PASSWORD_RESET", "type": "WEB_HOOK", "url": "https://hooks.acme.example.com/" }),
        json!({ "event": "PORTAL_PASSWORD_RESET", "type": "EVENT_STREAM" }),
        json!({ "event": "PORTAL_PASSWORD_RESET", "type": "TASK", "templateKey": template }),
    ] {
        app.post("/communications/notification-rules", body).await.expect(201);
    }
    let event =
        json!({ "event": "PORTAL_PASSWORD_RESET", "clientKey": "john", "context": { "code": "771204" } });
    let taken = tell(&app, event).await;
    let viewer = app.seen_by(Some("demo-viewer"));
    for made in taken["messages"].as_array().unwrap() {
        let path = format!("/communications/messages/{}", made["encodedKey"].as_str().unwrap());
        assert!(app.get(&path).await.expect(200)["body"].is_string(), "{made:#}");
        assert!(viewer.get(&path).await.expect(200)["body"].is_null(), "{made:#}");
    }
    let tasks = viewer.get("/tasks").await.expect(200);
    assert_eq!(
        (&tasks["data"][0]["type"], &tasks["data"][0]["note"]),
        (&json!("followUpEvent"), &Value::Null)
    );
}

#[tokio::test]
async fn messages_are_about_the_clients_loan_whatever_they_are() {
    let app = TestApp::start().await;
    rules_of_every_type(&app).await;
    let mut keys: Vec<String> = tell(&app, repayment("r-1")).await["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|made| made["encodedKey"].as_str().unwrap().to_owned())
        .collect();
    let by_hand =
        json!({ "type": "EMAIL", "clientKey": "john", "loanAccountKey": "LN-0001", "body": "Thank you." });
    let by_hand = app.post("/communications/messages", by_hand).await.expect(201);
    keys.push(by_hand["encodedKey"].as_str().unwrap().to_owned());
    for key in keys {
        let shown = app.get(&format!("/interactions/{key}")).await.expect(200);
        assert_eq!(shown["data"]["loanExternalIds"], json!(["LN-0001"]), "{shown:#}");
    }
}

#[tokio::test]
async fn an_agent_tells_no_events_and_sends_what_agents_may() {
    let app = TestApp::start().await;
    let key = app.post("/api-keys", json!({ "name": "Desk 7", "role": "loan_officer", "agent": true })).await;
    let key: &'static str = key.expect(201)["key"].as_str().unwrap().to_owned().leak();
    let desk = app.seen_by(Some(key));
    desk.post("/communications/events", repayment("r-1")).await.problem(409, "agent-cannot-send");
    let template = app.template("email", "hello").await;
    let by_hand = json!({ "type": "EMAIL", "clientKey": "john", "templateKey": template });
    assert_eq!(desk.post("/communications/messages", by_hand.clone()).await.expect(201)["state"], "QUEUED");
    app.put("/communicator/subjects/hello", json!({ "agentCanSend": false })).await;
    let refused = desk.post("/communications/messages", by_hand).await.expect(201);
    assert_eq!((&refused["state"], &refused["failureReason"]), (&json!("FAILED"), &json!("OTHER")));
    let me = desk.get("/me").await.expect(200);
    assert_eq!(
        (&me["tenant"], &me["role"], &me["agent"]),
        (&json!("demo"), &json!("loan_officer"), &json!(true))
    );
    assert_eq!(me["subject"], refused["senderKey"]);
}

#[tokio::test]
async fn events_and_messages_of_a_lender_are_nobody_elses() {
    let app = TestApp::start().await;
    let template = app.template("email", "hello").await;
    rule(&app, "LOAN_REPAYMENT", "EMAIL", &template).await;
    let key = only(&tell(&app, repayment("r-1")).await);
    let other = app.seen_by(Some("other-admin"));
    other.get(&format!("/communications/messages/{key}")).await.problem(404, "not-found");
    let taken = other.post("/communications/events", repayment("r-1")).await.expect(202);
    assert_eq!(taken["messages"], json!([]), "the other has no rule, and the event is its own");
    let found = other.post("/communications/messages:search", json!([])).await.expect(200);
    assert_eq!(found, json!([]));
    let viewer = app.seen_by(Some("demo-viewer"));
    viewer.post("/communications/events", repayment("r-9")).await.problem(403, "forbidden");
    viewer.get(&format!("/communications/messages/{key}")).await.expect(200);
}

#[tokio::test]
async fn an_event_calls_a_webhook_signed_with_the_event_or_what_a_template_makes_of_it() {
    let app = TestApp::start().await;
    let url = "https://hooks.acme.example.com/events";
    let descriptor =
        json!({ "subject": "repayment_hook", "channel": "webhook", "name": "Repayments", "language": "en" });
    let descriptor = app.post("/communicator/templatedescriptors", descriptor).await.expect(201);
    let descriptor = descriptor["id"].as_str().unwrap().to_owned();
    let version =
        json!({ "descriptorId": descriptor, "contentTextTemplate": "{\"paid\": \"{{ amount }}\"}" });
    let version = app.post("/communicator/templates", version).await.expect(201);
    let activate = format!("/communicator/templates/{}/activate", version["id"].as_str().unwrap());
    app.post(&activate, json!({})).await.expect(200);

    let plain = json!({ "event": "LOAN_REPAYMENT", "type": "WEB_HOOK", "url": url });
    let rule = app.post("/communications/notification-rules", plain).await.expect(201);
    let worded =
        json!({ "event": "LOAN_REPAYMENT", "type": "WEB_HOOK", "url": url, "templateKey": descriptor });
    let second = app.post("/communications/notification-rules", worded).await.expect(201);
    assert_eq!(rule["endpointId"], second["endpointId"], "one endpoint for one URL");
    let rotate = format!("/webhook-endpoints/{}/rotate", rule["endpointId"].as_str().unwrap());
    let secret = app.post(&rotate, json!({})).await.expect(200)["secret"].clone();
    app.post("/_local/providers/endpoint/secrets", json!({ "secret": secret })).await.expect(204);

    let taken = tell(&app, repayment("r-1")).await;
    app.drain_repeating().await;
    let calls = app.get("/_local/providers/endpoint/calls").await.expect(200);
    let calls = calls.as_array().unwrap();
    assert_eq!(calls.len(), 2, "{calls:#?}");
    let mut data = Vec::new();
    for call in calls {
        assert_eq!((&call["url"], &call["signature"]), (&json!(url), &json!("valid")));
        let body: Value = serde_json::from_str(call["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["type"], "LOAN_REPAYMENT");
        data.push(body["data"].clone());
    }
    assert!(data.contains(&json!({ "paid": "312.50" })), "{data:#?}");
    assert!(
        data.iter().any(|one| one["eventId"] == "r-1" && one["context"]["amount"] == "312.50"),
        "{data:#?}"
    );
    for made in taken["messages"].as_array().unwrap() {
        let shown = message(&app, made["encodedKey"].as_str().unwrap()).await;
        assert_eq!(
            (&shown["state"], &shown["destination"], &shown["clientKey"]),
            (&json!("SENT"), &json!(url), &json!("john"))
        );
    }
}

#[tokio::test]
async fn an_event_stands_in_the_stream_until_it_is_read_once_for_each_rule() {
    let app = TestApp::start().await;
    let path = subscription(&app).await;
    let body = json!({ "event": "LOAN_REPAYMENT", "type": "EVENT_STREAM" });
    for _ in 0..2 {
        app.post("/communications/notification-rules", body.clone()).await.expect(201);
    }
    let taken = tell(&app, repayment("r-1")).await;
    // The same after a crash, and one that no rule is about.
    tell(&app, repayment("r-1")).await;
    tell(&app, json!({ "event": "LOAN_APPROVAL", "eventId": "a-1" })).await;
    let made = taken["messages"].as_array().unwrap();
    assert!(made.len() == 2 && made.iter().all(|one| one["state"] == "QUEUED_FOR_STREAM"), "{taken:#}");
    let read = app.get(&path).await.expect(200);
    let events = read["events"].as_array().unwrap();
    let [first, second, other] = &events[..] else { panic!("{read:#}") };
    for (event, made) in [first, second].into_iter().zip(made) {
        assert_eq!((&event["eventId"], &event["encodedKey"]), (&made["encodedKey"], &made["encodedKey"]));
        assert_eq!(
            (&event["data"]["eventId"], &event["data"]["context"]["amount"]),
            (&json!("r-1"), &json!("312.50"))
        );
        assert_eq!(message(&app, made["encodedKey"].as_str().unwrap()).await["state"], "SENT");
    }
    assert_ne!(first["eventId"], second["eventId"]);
    assert_eq!((&other["eventId"], &other["encodedKey"]), (&json!("a-1"), &Value::Null));
}

#[tokio::test]
async fn rules_call_the_endpoint_of_their_own_url_also_after_another_moved_or_was_deleted() {
    let app = TestApp::start().await;
    let url = |name: &str| format!("https://hooks.acme.example.com/{name}");
    let rule = async |url: &str| {
        let body = json!({ "event": "LOAN_REPAYMENT", "type": "WEB_HOOK", "url": url });
        app.post("/communications/notification-rules", body).await.expect(201)
    };
    let secret = async |rule: &Value| {
        let rotate = format!("/webhook-endpoints/{}/rotate", rule["endpointId"].as_str().unwrap());
        app.post(&rotate, json!({})).await.expect(200)["secret"].clone()
    };
    let first = rule(&url("one")).await;
    let moved = format!("/webhook-endpoints/{}", first["endpointId"].as_str().unwrap());
    app.put(&moved, json!({ "url": url("two") })).await.expect(200);
    // Said as it is shown.
    let path = format!("/communications/notification-rules/{}", first["id"].as_str().unwrap());
    let again = app.put(&path, first.clone()).await.expect(200);
    assert_eq!(again["endpointId"], first["endpointId"], "it goes where its endpoint is");

    let second = rule(&url("one")).await;
    assert_ne!(second["endpointId"], first["endpointId"]);
    let taken = tell(&app, repayment("r-1")).await;
    app.drain().await;
    let calls = app.get("/_local/providers/endpoint/calls").await.expect(200);
    let mut called: Vec<_> =
        calls.as_array().unwrap().iter().map(|call| call["url"].as_str().unwrap()).collect();
    called.sort_unstable();
    assert_eq!(called, [url("one"), url("two")]);
    let shown = async |taken: &Value| {
        let mut all = Vec::new();
        for made in taken["messages"].as_array().unwrap() {
            let shown = message(&app, made["encodedKey"].as_str().unwrap()).await;
            all.push(shown["destination"].as_str().unwrap().to_owned());
        }
        all.sort_unstable();
        all
    };
    assert_eq!(shown(&taken).await, [url("one"), url("two")], "where they went");
    let waiting = tell(&app, repayment("r-2")).await;
    app.put(&moved, json!({ "url": url("three") })).await.expect(200);
    app.advance(31).await;
    assert_eq!(shown(&waiting).await, [url("one"), url("three")], "where they would go");
    assert_eq!(shown(&taken).await, [url("one"), url("two")], "where they went");

    // A secret goes with its endpoint.
    let before = secret(&second).await;
    let gone = format!("/webhook-endpoints/{}", second["endpointId"].as_str().unwrap());
    app.delete(&gone).await.expect(204);
    let path = format!("/communications/notification-rules/{}", second["id"].as_str().unwrap());
    let anew = app.put(&path, json!({ "enabled": true })).await.expect(200);
    assert_ne!(anew["endpointId"], second["endpointId"]);
    assert_ne!(secret(&anew).await, before);
}
