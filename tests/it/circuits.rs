//! Accounts at providers that are out of order: messages wait, one at a time finds out, and nothing is lost or sent twice.

use std::time::Duration;

use domain::circuit::{Circuit, State};
use postrider_tests::TestApp;
use serde_json::{Value, json};

/// How long a function remembers that an account is in order, and a little more.
const REMEMBERED: Duration = Duration::from_millis(3_300);

async fn people(app: &TestApp, count: usize) -> Vec<String> {
    let person = |n: usize| {
        let contacts = json!([
            { "contactType": "email", "value": format!("p{n}@example.com") },
            { "contactType": "phone", "value": format!("+1312555{:04}", 2_000 + n), "receiveTextMessages": true },
        ]);
        json!({ "externalId": format!("p{n}"), "firstName": "Pat", "contacts": contacts })
    };
    let people: Vec<Value> = (0..count).map(person).collect();
    app.post("/people/bulk", json!({ "people": people })).await.expect(200);
    let ids: Vec<String> = (0..count).map(|n| format!("ext-p{n}")).collect();
    for id in &ids {
        let yes = json!({ "channel": "text", "status": "consented" });
        app.post(&format!("/people/{id}/consents"), yes).await.expect(201);
    }
    ids
}

async fn circuits(app: &TestApp) -> Vec<Circuit> {
    let page = app.system.app().store.circuits(&"demo".parse().unwrap(), 10, None).await;
    page.unwrap().entries
}

/// What one message after another did: its status and attempts.
async fn stand(app: &TestApp, ids: &[String]) -> Vec<(String, u64)> {
    let mut all = Vec::new();
    for id in ids {
        let entry = app.log(id).await;
        all.push((entry["status"].as_str().unwrap().to_owned(), entry["attempts"].as_u64().unwrap()));
    }
    all
}

/// Sends that a fault still spoils.
async fn faults_left(app: &TestApp) -> u64 {
    app.get("/_local/faults").await.expect(200)[0]["times"].as_u64().unwrap()
}

/// A sweep whose every message the queue delivers twice.
async fn sweep_repeating(app: &TestApp) {
    app.post("/_local/schedules/sweep", json!({})).await.expect(200);
    app.drain_repeating().await;
}

/// Eight messages to an account that takes none: its circuit is open.
async fn out_of_order(app: &TestApp, provider: &str, channel: &str) -> Vec<String> {
    let template = app.template(channel, "hello").await;
    app.fault(provider, "error", 1_000).await;
    let mut ids = Vec::new();
    for person in people(app, 8).await {
        ids.push(app.sent(&template, &person).await);
    }
    app.drain_repeating().await;
    let open = circuits(app).await;
    assert!(matches!(&open[..], [Circuit { state: State::Open { .. }, .. }]), "{open:#?}");
    ids
}

#[tokio::test]
async fn messages_wait_for_an_account_that_is_away_and_one_at_a_time_finds_out() {
    for (provider, channel, outbox) in [("ses", "email", "email"), ("twilio", "sms", "text")] {
        let app = TestApp::start().await;
        let ids = out_of_order(&app, provider, channel).await;
        let all = stand(&app, &ids).await;
        assert!(all.iter().all(|(status, _)| status == "queued"), "{all:?}");
        // Those who met it first have spent one; the fifth failure, and what came after it, is no attempt.
        assert_eq!(all.iter().map(|(_, attempts)| attempts).sum::<u64>(), 4, "{all:?}");

        // An outage of three hours: one probe at a time, ever more rarely.
        let mut probes = 0;
        for _ in 0..12 {
            app.advance(900).await;
            let before = faults_left(&app).await;
            sweep_repeating(&app).await;
            let made = before - faults_left(&app).await;
            assert!(made <= 1, "one message is the probe: {made}");
            probes += made;
        }
        assert!((6..=12).contains(&probes), "{probes}");
        let all = stand(&app, &ids).await;
        assert!(all.iter().all(|(status, _)| status == "queued"), "{all:?}");
        assert_eq!(all.iter().map(|(_, attempts)| attempts).sum::<u64>(), 4, "{all:?}");

        app.no_faults().await;
        for _ in 0..8 {
            app.advance(300).await;
            sweep_repeating(&app).await;
        }
        let all = stand(&app, &ids).await;
        assert!(all.iter().all(|(status, _)| status == "sent"), "{all:?}");
        assert_eq!(app.outbox(outbox).await.len(), 8, "each once");
        assert_eq!(circuits(&app).await[0].state, State::Closed);
        let shown = app.log(&ids[7]).await["timeline"].to_string();
        assert_eq!(shown.matches("\"waiting\"").count(), 1, "told once: {shown}");
    }
}

#[tokio::test]
async fn a_probe_whose_dispatcher_dies_is_followed_by_another_and_is_sent_once() {
    let app = TestApp::start().await;
    let ids = out_of_order(&app, "twilio", "sms").await;
    app.fault("twilio", "crash_before_record", 1).await;
    app.advance(200).await;
    app.sweep().await;
    assert_eq!(app.outbox("text").await.len(), 1, "it left, and nobody recorded it");
    for _ in 0..10 {
        app.advance(120).await;
        app.sweep().await;
    }
    let all = stand(&app, &ids).await;
    assert!(all.iter().all(|(status, _)| status == "sent"), "{all:?}");
    assert_eq!(app.outbox("text").await.len(), 8, "each once");
}

#[tokio::test]
async fn a_table_that_stutters_while_an_account_is_probed_loses_and_doubles_nothing() {
    for mode in ["error", "drop_answer"] {
        for call in [1, 2, 4] {
            let app = TestApp::start().await;
            let ids = out_of_order(&app, "twilio", "sms").await;
            app.no_faults().await;
            app.advance(200).await;
            app.post("/_local/schedules/sweep", json!({})).await.expect(200);
            app.fault_after("dynamodb", mode, 4, call).await;
            app.drain().await;
            app.no_faults().await;
            for _ in 0..10 {
                app.advance(200).await;
                app.sweep().await;
            }
            let all = stand(&app, &ids).await;
            assert!(all.iter().all(|(status, _)| status == "sent"), "{mode} after {call}: {all:?}");
            assert_eq!(app.outbox("text").await.len(), 8, "{mode} after {call}");
        }
    }
}

#[tokio::test]
async fn a_report_that_the_account_is_out_of_order_stops_the_next_at_once() {
    for code in [30002, 30007, 30032, 30034] {
        let app = TestApp::start().await;
        let template = app.template("sms", "hello").await;
        let people = people(&app, 3).await;
        let first = app.sent(&template, &people[0]).await;
        app.drain().await;
        app.report("twilio", json!({ "message": first, "status": "undelivered", "error_code": code })).await;
        tokio::time::sleep(REMEMBERED).await;

        let (second, third) = (app.sent(&template, &people[1]).await, app.sent(&template, &people[2]).await);
        app.drain().await;
        let waiting = vec![("queued".to_owned(), 0), ("queued".to_owned(), 0)];
        assert_eq!(stand(&app, &[second.clone(), third.clone()]).await, waiting, "{code}");

        // That Twilio takes the probe proves nothing, as it took the first; that it arrived does.
        app.advance(25 * 60).await;
        app.sweep().await;
        assert_eq!(app.outbox("text").await.len(), 2, "{code}");
        let probe = if app.log(&second).await["status"] == "sent" { &second } else { &third };
        app.report("twilio", json!({ "message": probe, "status": "delivered" })).await;
        tokio::time::sleep(REMEMBERED).await;
        app.advance(25 * 60).await;
        app.sweep().await;
        assert_eq!(app.outbox("text").await.len(), 3, "{code}");
    }
}

#[tokio::test]
async fn a_report_about_the_recipient_stops_nobody() {
    let app = TestApp::start().await;
    let template = app.template("sms", "hello").await;
    for (person, code) in people(&app, 3).await.iter().zip([30003, 30005, 30006]) {
        let id = app.sent(&template, person).await;
        app.drain().await;
        app.report("twilio", json!({ "message": id, "status": "undelivered", "error_code": code })).await;
    }
    assert_eq!(circuits(&app).await, []);
}

#[tokio::test]
async fn a_text_beyond_the_limit_of_the_day_waits_with_those_that_follow() {
    let app = TestApp::start().await;
    let template = app.template("sms", "hello").await;
    let people = people(&app, 2).await;
    let first = app.sent(&template, &people[0]).await;
    app.drain().await;
    app.report("twilio", json!({ "message": first, "status": "undelivered", "error_code": 30023 })).await;
    tokio::time::sleep(REMEMBERED).await;
    let second = app.sent(&template, &people[1]).await;
    app.drain().await;
    app.advance(120).await;
    app.sweep().await;
    let all = stand(&app, &[first.clone(), second.clone()]).await;
    // The first was on its way, as far as 001 has words for that, and waits with the other.
    assert_eq!(all, [("sent".to_owned(), 1), ("queued".to_owned(), 0)]);
    assert!(app.log(&first).await["timeline"].to_string().contains("\"waiting\""));
    assert_eq!(app.outbox("text").await.len(), 1);
}

#[tokio::test]
async fn credentials_that_are_refused_fail_no_message_and_when_they_are_corrected_it_leaves() {
    let app = TestApp::start().await;
    let store = &app.system.app().store;
    let mut tenant = store.tenant(&"demo".parse().unwrap()).await.unwrap();
    let right = tenant.senders.clone();
    let text = tenant.senders.text.as_mut().unwrap();
    text.account_sid = "AC00000000000000000000000000000009".into();
    store.save_tenant(&mut tenant, &Default::default(), None).await.unwrap();

    let template = app.template("sms", "hello").await;
    let id = app.sent(&template, "ext-john").await;
    app.drain().await;
    assert_eq!(stand(&app, std::slice::from_ref(&id)).await, [("queued".to_owned(), 0)]);
    assert!(app.log(&id).await["timeline"].to_string().contains("20003"));

    let corrected = json!({ "id": "demo", "name": "Acme Lending", "senders": right });
    app.system.invoke("tenants-provision", corrected).await.unwrap();
    app.advance(200).await;
    app.sweep().await;
    assert_eq!(app.log(&id).await["status"], "sent");
}

/// Both mailboxes of the demo's lender have a second provider.
async fn with_a_second_provider() -> TestApp {
    let app = TestApp::start().await;
    let tenant = app.system.app().store.tenant(&"demo".parse().unwrap()).await.unwrap();
    let mut senders = serde_json::to_value(&tenant.senders).unwrap();
    for stream in ["transactional", "conversational"] {
        senders["email"][stream]["fallback"] = json!("sendgrid");
    }
    let tenant = json!({ "id": "demo", "name": tenant.name, "senders": senders });
    app.system.invoke("tenants-provision", tenant).await.unwrap();
    app
}

async fn left_by(app: &TestApp, provider: &str) -> usize {
    app.outbox("email").await.iter().filter(|message| message["provider"] == provider).count()
}

#[tokio::test]
async fn a_second_provider_takes_over_while_the_first_is_away_and_gives_back() {
    let app = with_a_second_provider().await;
    let ids = out_of_order(&app, "ses", "email").await;
    for _ in 0..4 {
        app.advance(120).await;
        sweep_repeating(&app).await;
    }
    let all = stand(&app, &ids).await;
    assert!(all.iter().all(|(status, _)| status == "sent"), "{all:?}");
    assert_eq!((left_by(&app, "ses").await, left_by(&app, "sendgrid").await), (0, 8), "each once");
    let last = app.log(&ids[7]).await["timeline"].clone();
    let told = last.as_array().unwrap().iter().find(|moment| moment["what"] == "takenOver").cloned();
    assert_eq!(told.unwrap_or_else(|| panic!("{last:#}"))["note"], "sendgrid");

    app.no_faults().await;
    app.advance(1_200).await;
    sweep_repeating(&app).await;
    let template = app.template("email", "afterwards").await;
    let probe = app.sent(&template, "ext-p1").await;
    app.drain_repeating().await;
    assert_eq!(app.log(&probe).await["status"], "sent");
    assert_eq!((left_by(&app, "ses").await, circuits(&app).await[0].state.clone()), (1, State::Closed));
}

#[tokio::test]
async fn whoever_waits_for_a_mail_has_it_sent_by_the_second_provider_at_once() {
    let app = with_a_second_provider().await;
    app.fault("ses", "error", 1_000).await;
    let mail = json!({
        "subject": "System maintenance",
        "body": "A scheduled maintenance window starts at 22:00 UTC.",
        "channels": ["Email"],
        "emailAddress": "user@example.com",
        "isHtml": false,
    });
    for _ in 0..4 {
        app.post("/api/v1/communications/send", mail.clone()).await.expect(400);
    }
    for by_the_second in 1..=2 {
        app.post("/api/v1/communications/send", mail.clone()).await.expect(200);
        assert_eq!(left_by(&app, "sendgrid").await, by_the_second);
    }
    for _ in 0..4 {
        app.advance(900).await;
        sweep_repeating(&app).await;
    }
    assert_eq!((left_by(&app, "ses").await, left_by(&app, "sendgrid").await), (0, 2), "each once");
}

#[tokio::test]
async fn a_message_in_doubt_never_changes_its_provider() {
    let app = with_a_second_provider().await;
    let template = app.template("email", "hello").await;
    app.fault("ses", "drop_answer", 1).await;
    let doubtful = app.sent(&template, "ext-john").await;
    app.drain().await;
    assert_eq!(left_by(&app, "ses").await, 1, "it left, and nobody knows");
    out_of_order_beside(&app).await;
    for _ in 0..8 {
        app.advance(120).await;
        sweep_repeating(&app).await;
    }
    let entry = app.log(&doubtful).await;
    assert_ne!(entry["status"], "failed", "{entry:#}");
    let twice = app
        .outbox("email")
        .await
        .iter()
        .any(|message| message["provider"] == "sendgrid" && message["to"] == "john@example.com");
    assert!(!twice, "{entry:#}");
}

/// Others find the first provider's account out of order.
async fn out_of_order_beside(app: &TestApp) {
    let template = app.template("email", "beside").await;
    app.fault("ses", "error", 1_000).await;
    for person in people(app, 6).await {
        app.sent(&template, &person).await;
    }
    app.drain().await;
    assert!(matches!(circuits(app).await[0].state, State::Open { .. }));
}
