//! `make bench`: AWS calls per message, counted in the SDK clients, against the budgets of docs/architecture.md; and
//! rates on this machine, which say something only beside each other.

use std::time::Instant;

use postrider_tests::TestApp;
use serde_json::{Value, json};

/// Messages of each measurement.
const MESSAGES: usize = 300;

#[tokio::main]
async fn main() {
    println!("AWS calls per message (the call to the provider, SES SendEmail, is not counted)\n");
    println!("{:<34}{:>8}{:>8}   what", "step", "calls", "budget");
    let app = TestApp::start().await;
    let people = people(&app, MESSAGES).await;
    singles(&app, &people).await;
    batch(&app, &people).await;
    println!("\nRates on this machine\n");
    renders();
    messages(&app, &people).await;
}

/// Accept, dispatch and settle of messages sent one by one.
async fn singles(app: &TestApp, people: &[String]) {
    let template = app.template("email", "single").await;
    let warm = app.sent(&template, "ext-john").await;
    app.drain().await;
    app.report("ses", json!({ "message": warm, "event": "Delivery" })).await;

    let mut ids = Vec::new();
    count(app, "accept", 3.0, (people.len(), people.len() as u64), async {
        for person in people {
            ids.push(app.sent(&template, person).await);
        }
    })
    .await;
    count(app, "dispatch", 2.0, (people.len(), 0), app.drain()).await;
    count(app, "webhook (verify, store, enqueue)", 2.0, (people.len(), 0), async {
        for id in &ids {
            let report = json!({ "message": id, "event": "Delivery" });
            app.post("/_local/providers/ses/status", report).await.expect(200);
        }
    })
    .await;
    count(app, "settle", 2.0, (people.len(), 0), app.drain()).await;
}

/// Accept of the same people as one batch.
async fn batch(app: &TestApp, people: &[String]) {
    let template = app.template("email", "batch").await;
    count(app, "accept, in a batch", 1.5, (people.len(), 1), async {
        let body = json!({ "template_id": template, "borrower_ids": people });
        app.post("/api/v1/communications/send-batch", body).await.expect(202);
        app.drain_batches().await;
    })
    .await;
    count(app, "dispatch, of a batch", 2.0, (people.len(), 0), app.drain()).await;
}

/// Runs a step and prints what it called. Receiving and deleting queue messages, which Lambda does, and SES are left
/// out; so is the authorizer, a function of its own, which looks up the key of each of the step's `requests`.
async fn count(
    app: &TestApp,
    step: &str,
    budget: f64,
    (messages, requests): (usize, u64),
    work: impl Future<Output = ()>,
) {
    app.system.reset_calls();
    work.await;
    let ours: Vec<(String, u64)> = app
        .system
        .calls()
        .into_iter()
        .filter(|(call, _)| {
            !["SendEmail", "ReceiveMessage", "DeleteMessage"].iter().any(|other| call.contains(other))
        })
        .map(|(call, calls)| match call.as_str() {
            "dynamodb.GetItem" => (call, calls.saturating_sub(requests)),
            _ => (call, calls),
        })
        .filter(|(_, calls)| *calls > 0)
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "a few thousand calls")]
    let each = |calls: u64| calls as f64 / messages as f64;
    let total: f64 = ours.iter().map(|(_, calls)| each(*calls)).sum();
    let parts: Vec<String> = ours.iter().map(|(call, calls)| format!("{call} {:.2}", each(*calls))).collect();
    println!("{step:<34}{total:>8.2}{budget:>8.1}   {}", parts.join(", "));
}

/// Rendering of the document's example: compile and render, as every accepted message does.
fn renders() {
    let source = domain::template::Source {
        subject_line: Some("Payment Due - {{ loan.loan_number }}".into()),
        content_text: Some(
            "Dear {{ borrower.first_name }},\n\nYour payment of {{ payment_amount | currency(locale) }} is due on \
             {{ due_date | date(locale) }}.\n\nThank you,\n{{ tenant.name }}"
                .into(),
        ),
        content_html: None,
    };
    let context = json!({
        "loan": { "loan_number": "LN-0001" }, "borrower": { "first_name": "John" }, "tenant": { "name": "Acme Lending" },
        "payment_amount": "312.50", "due_date": "2026-01-15", "locale": "en-US",
    });
    let compiled =
        rendering::Version::compile(&source, &rendering::Library::default()).expect("the example compiles");
    rate("compile and render, reminder", || {
        rendering::render(&source, &context, rendering::Options::default()).expect("the example renders");
    });
    rate("render compiled, reminder", || {
        compiled.render(&context, rendering::Options::default()).expect("the example renders");
    });
}

fn rate(what: &str, mut work: impl FnMut()) {
    work();
    let (start, mut times) = (Instant::now(), 0_u32);
    while start.elapsed().as_secs() < 2 {
        work();
        times += 1;
    }
    println!("{what:<34}{:>10.0} /s", f64::from(times) / start.elapsed().as_secs_f64());
}

/// From request to record, with a stand-in for SES and the emulator on the same machine.
async fn messages(app: &TestApp, people: &[String]) {
    let template = app.template("email", "rate").await;
    let start = Instant::now();
    let body = json!({ "template_id": template, "borrower_ids": people });
    app.post("/api/v1/communications/send-batch", body).await.expect(202);
    app.drain().await;
    #[expect(clippy::cast_precision_loss, reason = "a few hundred messages")]
    let rate = people.len() as f64 / start.elapsed().as_secs_f64();
    println!("{:<34}{rate:>10.0} /s", "messages, batch to sent");
}

async fn people(app: &TestApp, count: usize) -> Vec<String> {
    let person = |n: usize| {
        let contacts = json!([{ "contactType": "email", "value": format!("bench{n}@example.com") }]);
        json!({ "externalId": format!("bench{n}"), "firstName": "Bench", "contacts": contacts })
    };
    let people: Vec<Value> = (0..count).map(person).collect();
    app.post("/people/bulk", json!({ "people": people })).await.expect(200);
    (0..count).map(|n| format!("ext-bench{n}")).collect()
}
