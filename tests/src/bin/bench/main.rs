//! `make bench`: AWS calls per message, counted in the SDK's clients, against the budgets of docs/architecture.md; what a message costs
//! (`costs` shows that alone), also in a large batch (`scale`, and sizes) and by the sweep (`sweep`, and how many); and rates on this machine, which
//! say something only beside each other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::letter::Sheet;
use futures::future::join_all;
use platform::queues::Queue;
use postrider_tests::TestApp;
use serde_json::{Value, json};

const LETTER: &str = include_str!("../../../../shared/letters/tests/printing/cases/statement.html");

/// Messages of each measurement.
const MESSAGES: usize = 300;
/// Messages sent to one person at the same time.
const CROWD: usize = 200;
/// People pushed at once.
const AT_ONCE: usize = 100;

/// Messages that one sweep hands out.
const DUE: usize = 5_000;

mod costs;
mod scale;

#[tokio::main]
async fn main() {
    costs::count_logs();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named: Vec<usize> = arguments.iter().filter_map(|size| size.parse().ok()).collect();
    match arguments.first().map(String::as_str) {
        Some("costs") => return assert!(costs::show().await, "a message costs more than its budget"),
        Some("scale") => {
            let sizes = if named.is_empty() { &scale::SIZES[..] } else { &named[..] };
            return assert!(scale::show(sizes).await, "a message of a large batch costs more");
        }
        Some("sweep") => return scale::sweep(named.first().copied().unwrap_or(DUE)).await,
        Some(_) | None => {}
    }
    println!("AWS calls per message (the call to the provider, SES SendEmail, is not counted)\n");
    println!("{:<34}{:>8}{:>8}   what", "step", "calls", "budget");
    let app = TestApp::start().await;
    let people = people(&app, MESSAGES).await;
    singles(&app, &people).await;
    channels(&app).await;
    batch(&app, &people).await;
    events(&app, &people).await;
    growth().await;
    let within_budget = costs::show().await;
    let flat = scale::show(&scale::SIZES).await;
    scale::sweep(DUE).await;
    println!("\nRates on this machine\n");
    letters();
    messages(&app, &people).await;
    crowd(&app).await;
    assert_eq!(OVER.load(Ordering::Relaxed), 0, "steps call AWS more often than their budgets");
    assert!(within_budget, "a message costs more than its budget");
    assert!(flat, "a message of a large batch costs more");
}

/// Accept, dispatch and settle of messages sent one by one.
async fn singles(app: &TestApp, people: &[String]) {
    let template = app.template("email", "single").await;
    let warm = app.sent(&template, "ext-john").await;
    app.drain().await;
    app.report("ses", json!({ "message": warm, "event": "Delivery" })).await;

    let mut ids = Vec::new();
    count(app, "accept", 5.0, (people.len(), people.len() as u64), async {
        for person in people {
            ids.push(app.sent(&template, person).await);
        }
    })
    .await;
    count(app, "dispatch", 3.0, (people.len(), 0), app.drain()).await;
    count(app, "webhook (verify, enqueue)", 1.0, (people.len(), 0), async {
        for id in &ids {
            let report = json!({ "message": id, "event": "Delivery" });
            app.post("/_local/providers/ses/status", report).await.expect(200);
        }
    })
    .await;
    count(app, "settle", 3.1, (people.len(), 0), app.drain()).await;
}

/// Accept of the same people as one batch.
async fn batch(app: &TestApp, people: &[String]) {
    let template = app.template("email", "batch").await;
    // Warm, as the singles are: each function remembers for itself what a tenant's messages have in common.
    let warm = json!({ "template_id": template, "borrower_ids": ["ext-john"] });
    app.post("/api/v1/communications/send-batch", warm).await.expect(202);
    app.drain_batches().await;
    app.drain().await;
    count(app, "accept, in a batch", 3.5, (people.len(), 1), async {
        let body = json!({ "template_id": template, "borrower_ids": people });
        app.post("/api/v1/communications/send-batch", body).await.expect(202);
        app.drain_batches().await;
    })
    .await;
    // They leave one after the other, 20 a second: the queue hands out the last of them then.
    tokio::time::sleep(Duration::from_secs(MESSAGES as u64 / 20 + 10)).await;
    count(app, "dispatch, of a batch", 3.0, (people.len(), 0), app.drain()).await;
}

/// Events of the core system, told together, of which one rule makes an e-mail each.
async fn events(app: &TestApp, people: &[String]) {
    let rule = json!({ "event": "LOAN_REPAYMENT", "type": "EMAIL", "templateKey": app.template("email", "event").await });
    app.post("/communications/notification-rules", rule).await.expect(201);
    tell(app, "warm", &["ext-john".to_owned()]).await;
    count(app, "events, told together", 2.5, (people.len(), 1), tell(app, "some", people)).await;
    // They leave one after the other, as a batch's messages do.
    tokio::time::sleep(Duration::from_secs(MESSAGES as u64 / 20 + 10)).await;
    count(app, "dispatch, of events", 3.0, (people.len(), 0), app.drain()).await;
}

/// Tells an event of each person, as many at once as may be.
async fn tell(app: &TestApp, name: &str, people: &[String]) {
    for some in people.chunks(500) {
        let events: Vec<Value> = some
            .iter()
            .map(|person| {
                let id = format!("{name} {person}");
                json!({ "event": "LOAN_REPAYMENT", "eventId": id, "clientKey": person, "context": { "amount": "312.50" } })
            })
            .collect();
        app.post("/communications/events", json!({ "events": events })).await.expect(202);
    }
}

/// Ten times the events for one rule: what one of them costs then.
async fn growth() {
    const FEW: usize = 1_000;
    const MANY: usize = 10_000;
    let app = TestApp::start().await;
    let rule = json!({ "event": "LOAN_REPAYMENT", "type": "EMAIL", "templateKey": app.template("email", "growth").await });
    app.post("/communications/notification-rules", rule).await.expect(201);
    let people = people(&app, MANY).await;
    tell(&app, "warm", &["ext-john".to_owned()]).await;
    let mut took = [0.0; 2];
    for (took, some) in took.iter_mut().zip([&people[..FEW], &people[..]]) {
        let start = Instant::now();
        let step = format!("events, {} for one rule", some.len());
        let requests = some.len().div_ceil(500) as u64;
        count(&app, &step, 2.5, (some.len(), requests), tell(&app, &step, some)).await;
        #[expect(clippy::cast_precision_loss, reason = "a few thousand events")]
        let each = start.elapsed().as_secs_f64() / some.len() as f64;
        *took = each;
    }
    println!(
        "{:<34}{:>8.2}           an event of {MANY} takes as long as so many of {FEW}",
        "growth",
        took[1] / took[0]
    );
}

/// Messages by each of the other channels.
const REACHABLE: usize = 30;

/// People with a contact of every kind.
async fn reachable(app: &TestApp, count: usize) -> Vec<String> {
    let person = |n: usize| {
        let address = json!({ "addressLine1": format!("{n} Main St"), "city": "Chicago", "state": "IL", "postalCode": "60606" });
        let contacts = json!([
            { "contactType": "phone", "value": format!("+1312555{n:04}"), "receiveTextMessages": true },
            { "contactType": "address", "address": address },
            { "contactType": "push", "value": format!("bench-device-{n:0>140}") },
        ]);
        let consents = json!([{
            "channel": "text", "status": "consented", "recordedAt": "2025-11-03T16:20:00Z", "source": "web form",
        }]);
        json!({
            "externalId": format!("reachable{n}"), "firstName": "Bench", "lastName": "Mark", "contacts": contacts,
            "consents": consents,
        })
    };
    let people: Vec<Value> = (0..count).map(person).collect();
    app.post("/people/bulk", json!({ "people": people })).await.expect(200);
    (0..count).map(|n| format!("ext-reachable{n}")).collect()
}

/// A template for one of the other channels that says little.
async fn plain_template(app: &TestApp, channel: &str) -> String {
    let descriptor = json!({ "name": channel, "subject": format!("benchmark_{channel}"), "channel": match channel {
        "sms" => "text", "letter" => "mail", "in_app" => "gui", other => other,
    }});
    let template = app.post("/communicator/templatedescriptors", descriptor).await.expect(201)["id"].clone();
    let version =
        json!({ "descriptorId": template, "subjectLineTemplate": "Hi", "contentTextTemplate": "Hello" });
    let version = app.post("/communicator/templates", version).await.expect(201)["id"].clone();
    let version = version.as_str().expect("an id");
    app.post(&format!("/communicator/templates/{version}/activate"), json!({})).await.expect(200);
    template.as_str().expect("an id").to_owned()
}

/// Accept and dispatch by each of the other channels. A letter is printed when it is accepted, by a function that is invoked.
async fn channels(app: &TestApp) {
    let people = reachable(app, REACHABLE).await;
    for (channel, accept, dispatch) in
        [("sms", 4.0, 3.0), ("letter", 8.0, 4.0), ("in_app", 4.0, 4.0), ("push", 4.0, 3.0)]
    {
        let template = plain_template(app, channel).await;
        costs::warm(app, &template, &people[0]).await;
        let rest = REACHABLE - 1;
        count(app, &format!("accept, {channel}"), accept, (rest, rest as u64), async {
            for person in &people[1..] {
                app.sent(&template, person).await;
            }
        })
        .await;
        count(app, &format!("dispatch, {channel}"), dispatch, (rest, 0), app.drain()).await;
    }
}

/// Messages of a batch leave one after the other: lets the turn of all of them come.
async fn turns_come(app: &TestApp) {
    app.advance(180).await;
    app.post("/_local/schedules/sweep", json!({})).await.expect(200);
}

/// Whether nothing is in any queue but batches' work.
async fn are_empty(app: &TestApp) -> bool {
    let queues = app.system.queues().await.expect("queues can be asked");
    let batches = Queue::Batches.name();
    queues.iter().all(|queue| queue.name == batches || queue.delayed + queue.depth == 0)
}

/// Steps that called more than their budgets.
static OVER: AtomicUsize = AtomicUsize::new(0);

/// Runs a step and prints what it called.
async fn count(
    app: &TestApp,
    step: &str,
    budget: f64,
    (messages, requests): (usize, u64),
    work: impl Future<Output = ()>,
) {
    app.system.reset_calls();
    work.await;
    let ours = ours(app, requests);
    #[expect(clippy::cast_precision_loss, reason = "a few thousand calls")]
    let each = |calls: u64| calls as f64 / messages as f64;
    let total: f64 = ours.iter().map(|(_, calls)| each(*calls)).sum();
    let parts: Vec<String> = ours.iter().map(|(call, calls)| format!("{call} {:.2}", each(*calls))).collect();
    let verdict = if total <= budget { "" } else { "OVER: " };
    OVER.fetch_add(usize::from(total > budget), Ordering::Relaxed);
    println!("{step:<34}{total:>8.2}{budget:>8.1}   {verdict}{}", parts.join(", "));
}

/// What was called since the last reset. Receiving and deleting queue messages, which Lambda does, and SES are left
/// out; so is the authorizer, a function of its own, which looks up the key of each of so many `requests`.
fn ours(app: &TestApp, requests: u64) -> Vec<(String, u64)> {
    let is_ours = |call: &str| {
        !["SendEmail", "ReceiveMessage", "DeleteMessage"].iter().any(|other| call.contains(other))
    };
    let calls = app.system.calls().into_iter().filter(|(call, _)| is_ours(call));
    let calls = calls.map(|(call, calls)| match call.as_str() {
        "dynamodb.GetItem" => (call, calls.saturating_sub(requests)),
        _ => (call, calls),
    });
    calls.filter(|(_, calls)| *calls > 0).collect()
}

/// Printing of a letter of three pages to PDF.
fn letters() {
    let letter = letters::print(LETTER, &Sheet::default()).expect("the letter is printed");
    let pages = letters::page_count(&letter).expect("the letter is a PDF");
    let letters = rate(|| drop(letters::print(LETTER, &Sheet::default())));
    #[expect(clippy::cast_precision_loss, reason = "three pages")]
    let rate = letters * pages as f64;
    println!("{:<34}{letters:>12.1}   of {pages} pages", "letters per second");
    println!("{:<34}{rate:>12.1}\n", "their pages per second");
}

/// How often something is done in a second.
fn rate(mut work: impl FnMut()) -> f64 {
    work();
    let (start, mut times) = (Instant::now(), 0_u32);
    while start.elapsed().as_secs() < 2 {
        work();
        times += 1;
    }
    f64::from(times) / start.elapsed().as_secs_f64()
}

/// From request to record, with a stand-in for SES and the emulator on the same machine.
async fn messages(app: &TestApp, people: &[String]) {
    let template = app.template("email", "rate").await;
    let start = Instant::now();
    let body = json!({ "template_id": template, "borrower_ids": people });
    app.post("/api/v1/communications/send-batch", body).await.expect(202);
    app.drain_batches().await;
    turns_come(app).await;
    app.drain().await;
    #[expect(clippy::cast_precision_loss, reason = "a few hundred messages")]
    let rate = people.len() as f64 / start.elapsed().as_secs_f64();
    println!("{:<34}{rate:>10.0} /s", "messages, batch to sent");
}

/// Many messages to one person at the same time, each of which the next has to reckon with.
async fn crowd(app: &TestApp) {
    app.put("/settings?reason=bench", json!({ "suppressionHours": 0 })).await.expect(200);
    let template = app.template("email", "crowd").await;
    app.sent(&template, "ext-maria").await;
    app.system.reset_calls();
    let times = join_all((0..CROWD).map(|_| async {
        let start = Instant::now();
        app.sent(&template, "ext-maria").await;
        start.elapsed()
    }))
    .await;
    let slowest = times.iter().max().map_or(0.0, Duration::as_secs_f64);
    let transactions = app.system.calls().get("dynamodb.TransactWriteItems").copied().unwrap_or_default();
    println!(
        "{:<34}{slowest:>10.1} s   the slowest of {CROWD}, with {transactions} transactions",
        "sends to one person at once"
    );
}

async fn people(app: &TestApp, count: usize) -> Vec<String> {
    let person = |n: usize| {
        let contacts = json!([{ "contactType": "email", "value": format!("bench{n}@example.com") }]);
        json!({ "externalId": format!("bench{n}"), "firstName": "Bench", "contacts": contacts })
    };
    let people: Vec<Value> = (0..count).map(person).collect();
    for some in people.chunks(AT_ONCE) {
        app.post("/people/bulk", json!({ "people": some })).await.expect(200);
    }
    (0..count).map(|n| format!("ext-bench{n}")).collect()
}
