//! What an account takes in a second, kept whoever sends how much at once; and batches that leave room for others.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::id::{self, Id};
use domain::tenant::Tenant;
use jiff::{SignedDuration, Timestamp};
use platform::app::App;
use platform::pipeline::dispatch;
use postrider_tests::TestApp;
use serde_json::json;

/// Sets what SES and Twilio each take in a second of the demo's lender.
async fn limit(app: &TestApp, most: u16) {
    let store = &app.system.app().store;
    let mut tenant: Tenant = store.tenant(&"demo".parse().unwrap()).await.unwrap();
    let email = tenant.senders.email.as_mut().unwrap();
    email.transactional.max_per_second = Some(most);
    tenant.senders.text.as_mut().unwrap().max_per_second = Some(most);
    store.save_tenant(&mut tenant, &Default::default(), None).await.unwrap();
}

/// When messages left, as the stand-in saw it.
async fn left_at(app: &TestApp) -> Vec<Timestamp> {
    let outbox = app.get("/_local/outbox?channel=email&limit=1000").await.expect(200);
    let mut all: Vec<Timestamp> =
        outbox.as_array().unwrap().iter().map(|sent| sent["at"].as_str().unwrap().parse().unwrap()).collect();
    all.sort();
    all
}

/// The most that left in any second.
fn most_in_a_second(left: &[Timestamp]) -> usize {
    let second = SignedDuration::from_secs(1);
    let within = |start: &Timestamp| left.iter().filter(|at| (*start..*start + second).contains(*at)).count();
    left.iter().map(within).max().unwrap_or(0)
}

/// One message as a queue brings it to a dispatcher: again at its turn, until it left.
async fn delivered(app: Arc<App>, tenant: &'static str, id: Id<id::Interaction>) {
    let tenant = tenant.parse().unwrap();
    loop {
        let message = app.store.interaction(&tenant, &id).await.unwrap();
        if message.due_at.is_none() {
            return;
        }
        let wait = message.leaves_at().map_or(SignedDuration::ZERO, |at| at.duration_since(app.now()));
        tokio::time::sleep(Duration::try_from(wait).unwrap_or(Duration::ZERO)).await;
        dispatch::dispatch(&app, message).await.unwrap();
    }
}

#[tokio::test]
async fn four_dispatchers_at_once_keep_to_the_rate_and_everybody_leaves() {
    let app = TestApp::start().await;
    limit(&app, 5).await;
    let template = app.template("email", "hello").await;
    let mut ids = Vec::new();
    for person in app.people(60).await {
        ids.push(app.sent(&template, &person).await);
    }
    let dispatchers: Vec<Arc<App>> =
        (0..4).map(|_| Arc::new(app.system.another_process().unwrap())).collect();
    app.system.reset_calls();
    let began = Instant::now();
    let work = ids.iter().enumerate().map(|(at, id)| {
        tokio::spawn(delivered(Arc::clone(&dispatchers[at % 4]), "demo", id.parse().unwrap()))
    });
    for done in futures::future::join_all(work).await {
        done.unwrap();
    }
    let left = left_at(&app).await;
    assert_eq!(left.len(), 60, "each once");
    assert!(began.elapsed() >= Duration::from_secs(11), "{:?}", began.elapsed());
    // Between its place in line and the provider lies a request: a few cross the edge of a second.
    assert!(most_in_a_second(&left) <= 5 + 3, "{left:#?}");
    let places = app.system.calls()["dynamodb.UpdateItem"];
    assert!(places <= 45, "places are taken several at once: {places}");
}

/// SES has one account for all: what it takes in a second is the installation's, whatever its lenders are set to.
#[tokio::test]
async fn lenders_who_send_by_the_installations_account_keep_to_its_rate_together() {
    let app = TestApp::start().await;
    limit(&app, 20).await;
    let mut messages = Vec::new();
    for at in 0..15 {
        for (key, tenant) in [("demo-admin", "demo"), ("other-admin", "other")] {
            let body = json!({
                "personalizations": [{ "to": [{ "email": format!("nobody-{at}@example.com") }] }], "theme": null,
                "language": "en", "subjectLine": "Your question", "contentHtml": "<p>Yes.</p>",
            });
            let sent =
                app.seen_by(Some(key)).post("/communicator/send-free-form-email", body).await.expect(202);
            messages.push((tenant, sent["data"]["id"].as_str().unwrap().to_owned()));
        }
    }
    let dispatchers = (0..2).map(|_| {
        let mut process = app.system.another_process().unwrap();
        process.config.ses_max_per_second = Some(5);
        Arc::new(process)
    });
    let dispatchers: Vec<Arc<App>> = dispatchers.collect();
    let began = Instant::now();
    let work = messages.iter().enumerate().map(|(at, (tenant, id))| {
        tokio::spawn(delivered(Arc::clone(&dispatchers[at / 2 % 2]), tenant, id.parse().unwrap()))
    });
    for done in futures::future::join_all(work).await {
        done.unwrap();
    }
    let left = left_at(&app).await;
    assert_eq!(left.len(), 30, "each once");
    assert!(began.elapsed() >= Duration::from_secs(5), "{:?}", began.elapsed());
    // A machine that stands still bunches some; a lender without a line would send all 15 at once.
    assert!(most_in_a_second(&left) <= 12, "{left:#?}");
}

#[tokio::test]
async fn a_message_sent_alone_is_not_behind_a_batch() {
    for (rate, many) in [(None, 1_000), (Some(8), 300)] {
        let app = TestApp::working_by_itself().await;
        app.set_clock("2026-01-05T15:00:00Z").await;
        if let Some(most) = rate {
            limit(&app, most).await;
        }
        let template = app.template("email", "welcome").await;
        let ids = app.people(many).await;
        let body = json!({ "template_id": template, "borrower_ids": ids });
        app.post("/api/v1/communications/send-batch", body).await.expect(202);
        let under_way = async |sent: usize| {
            while left_at(&app).await.len() < sent {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), under_way(20)).await.unwrap();

        // Counted in messages that leave before it, because machines differ in speed: one at the end of the line would see all of them.
        let (began, before) = (Instant::now(), left_at(&app).await.len());
        let alone = app.sent(&template, "ext-john").await;
        while app.log(&alone).await["status"] != "sent" {
            assert!(began.elapsed() < Duration::from_secs(60), "rate {rate:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let overtook = left_at(&app).await.len() - before;
        assert!(overtook <= many * 3 / 4, "rate {rate:?}: {overtook}");
        assert!(left_at(&app).await.len() < many - 50, "the batch goes on");
        if let Some(most) = rate {
            assert!(most_in_a_second(&left_at(&app).await) <= usize::from(most) + 3);
        }
    }
}

#[tokio::test]
async fn a_message_that_the_queue_delivers_twice_or_whose_dispatcher_dies_in_line_is_sent_once() {
    for (provider, channel, outbox) in [("ses", "email", "email"), ("twilio", "sms", "text")] {
        let app = TestApp::start().await;
        limit(&app, 1).await;
        let template = app.template(channel, "hello").await;
        let id = app.sent(&template, "ext-john").await;
        // The first dispatcher dies with a place that nobody uses then; the second is refused.
        app.fault(provider, "throttle", 1).await;
        app.fault_after("dynamodb", "crash_before_record", 1, 2).await;
        app.drain_repeating().await;
        for _ in 0..4 {
            app.advance(400).await;
            app.post("/_local/schedules/sweep", json!({})).await.expect(200);
            app.drain_repeating().await;
        }
        assert_eq!(app.log(&id).await["status"], "sent", "{channel}");
        assert_eq!(app.outbox(outbox).await.len(), 1, "{channel}");
    }
}

#[tokio::test]
async fn messages_of_a_batch_that_wait_for_their_turn_are_queued_and_not_scheduled() {
    let app = TestApp::start().await;
    limit(&app, 1).await;
    let template = app.template("email", "welcome").await;
    let ids = app.people(60).await;
    let body = json!({ "template_id": template, "borrower_ids": ids });
    app.post("/api/v1/communications/send-batch", body).await.expect(202);
    // A chunk that is worked off twice takes its turns twice, and its messages stay as they are.
    app.system.drain_queue(platform::queues::Queue::Batches).await.unwrap();
    let log = app.get("/api/v1/communication-logs?borrower_id=ext-p59").await.expect(200);
    let entry = &log["data"][0];
    assert_eq!((&entry["status"], &entry["send_at"]), (&json!("queued"), &json!(null)), "{entry:#}");
    for _ in 0..4 {
        app.advance(100).await;
        app.post("/_local/schedules/sweep", json!({})).await.expect(200);
        app.drain_repeating().await;
    }
    let left = left_at(&app).await.len();
    assert!((4..60).contains(&left), "what comes late stands in line anew: {left}");
}

#[tokio::test]
async fn messages_of_many_events_leave_in_turns_and_one_alone_before_them() {
    let app = TestApp::start().await;
    limit(&app, 1).await;
    let template = app.template("email", "hello").await;
    let rule = json!({ "event": "LOAN_REPAYMENT", "type": "EMAIL", "templateKey": template });
    app.post("/communications/notification-rules", rule).await.expect(201);
    let told = async |people: &[String]| {
        let events = people.iter().map(|person| json!({ "event": "LOAN_REPAYMENT", "clientKey": person }));
        let events = json!({ "events": events.collect::<Vec<_>>() });
        let taken = app.post("/communications/events", events).await.expect(202);
        let last = taken["results"].as_array().unwrap().last().unwrap()["messages"][0].clone();
        assert_eq!(last["state"], "QUEUED", "{taken:#}");
        let key: Id<id::Interaction> = last["encodedKey"].as_str().unwrap().parse().unwrap();
        app.system.app().store.interaction(&"demo".parse().unwrap(), &key).await.unwrap()
    };
    let people = app.people(60).await;
    let last = told(&people).await;
    assert!(
        last.leaves_at().is_some_and(|at| at > last.created_at + SignedDuration::from_secs(20)),
        "{last:#?}"
    );
    assert_eq!(told(&people[..5]).await.leaves_at(), None, "a few are no batch");
}

#[tokio::test]
async fn messages_of_a_chunk_go_to_their_queue_as_they_are_accepted() {
    let app = TestApp::start().await;
    limit(&app, 20).await;
    let template = app.template("email", "welcome").await;
    let ids = app.people(50).await;
    let body = json!({ "template_id": template, "borrower_ids": ids });
    app.post("/api/v1/communications/send-batch", body).await.expect(202);
    // The table goes away while the chunk is worked off.
    app.fault_after("dynamodb", "error", 10_000, 40).await;
    app.drain_batches().await;
    app.no_faults().await;
    let depths = app.system.queues().await.unwrap();
    let dispatch = depths.iter().find(|queue| queue.name == "dispatch-email").unwrap();
    let handed_on = dispatch.depth + dispatch.delayed;
    assert!((10..50).contains(&handed_on), "{depths:#?}");
}

#[tokio::test]
async fn a_batch_for_later_begins_then_one_behind_the_other() {
    let app = TestApp::start().await;
    let template = app.template("email", "welcome").await;
    let ids = app.people(120).await;
    let body = json!({ "template_id": template, "borrower_ids": ids, "send_at": "2026-01-05T16:00:00Z" });
    app.post("/api/v1/communications/send-batch", body).await.expect(202);
    app.drain().await;
    let tenant = "demo".parse().unwrap();
    let at: Timestamp = "2026-01-05T16:00:00Z".parse().unwrap();
    let mut turns = Vec::new();
    for person in &ids {
        let log = app.get(&format!("/api/v1/communication-logs?borrower_id={person}")).await.expect(200);
        assert_eq!(log["data"][0]["status"], "scheduled");
        let id: Id<id::Interaction> = log["data"][0]["id"].as_str().unwrap().parse().unwrap();
        let message = app.system.app().store.interaction(&tenant, &id).await.unwrap();
        turns.push(message.leaves_at().unwrap().duration_since(at).as_millis());
    }
    turns.sort_unstable();
    assert_eq!((turns[0], turns[1], turns[119]), (0, 40, 119 * 40));
}
