//! What a message costs in AWS, from request to the provider's report, by list prices of us-east-1.
//!
//! Counted are the units that DynamoDB charges, queue requests, objects and bytes of logs, and how long functions run here, in this build and with an
//! emulator on the same machine. Assumed is what this machine does not show; each assumption stands beside its line. SES itself, the
//! provider, is left out.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use local::aws::Used;
use postrider_tests::TestApp;
use serde_json::json;
use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

const MAIL: &str = include_str!("../../../assets/bench/mail.html");
const MESSAGES: usize = 100;

/// Dollars a million messages may cost, sent one by one and in a batch.
const SINGLE: f64 = 15.0;
const BATCH: f64 = 12.0;

/// Dollars a million: write and read request units of DynamoDB, requests of SQS, Lambda and the HTTP API, objects put into S3,
/// deliveries of SNS; and a gigabyte-second of Lambda on ARM, a gigabyte of logs.
const WRITE: f64 = 0.625;
const READ: f64 = 0.125;
const QUEUE: f64 = 0.40;
const INVOCATION: f64 = 0.20;
const HTTP_API: f64 = 1.00;
const PUT: f64 = 5.00;
const SNS: f64 = 0.60;
const GB_SECOND: f64 = 13.333_4;
const LOG_GB: f64 = 0.50;

/// Gigabytes of a function that renders, and of others.
const LARGE: f64 = 1.0;
const SMALL: f64 = 0.25;

/// Bytes of the functions' log.
static LOGGED: AtomicU64 = AtomicU64::new(0);

/// Counts what functions log. What the local system logs is not theirs.
#[derive(Clone, Copy)]
struct Counted {
    is_theirs: bool,
}

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_theirs {
            LOGGED.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Counted {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }

    fn make_writer_for(&self, meta: &Metadata<'_>) -> Self {
        Self { is_theirs: !meta.target().starts_with("local") }
    }
}

/// Counts what functions log from now on.
pub fn count_logs() {
    platform::telemetry::subscriber(Counted { is_theirs: true }).init();
}

/// A step of messages.
struct Step {
    what: &'static str,
    used: Used,
    took: Duration,
    /// Bytes of its log.
    logged: u64,
    /// Gigabytes of its function.
    memory: f64,
    /// Invocations of functions for each message.
    invocations: f64,
}

/// Prints what messages cost. Returns whether each is within its budget.
pub async fn show() -> bool {
    println!("\nWhat a message costs: an e-mail of {:.1} KB, delivered and reported\n", kilobytes(MAIL));
    let app = TestApp::start().await;
    let people = super::people(&app, MESSAGES).await;
    app.system.units().start();
    let mail = template(&app, "cost_single").await;
    let single = table("sent one by one", &singles(&app, &mail, &people).await, &SINGLY, SINGLE);
    let mail = template(&app, "cost_batch").await;
    let batch = table("sent in a batch", &batch(&app, &mail, &people).await, &TOGETHER, BATCH);
    other_channels(&app).await;
    single && batch
}

/// How messages are sent: requests to the API for each, and how many are taken from the queues of messages and of reports at once.
/// (Reports are gathered for 5 seconds: two a second make ten.)
struct Way {
    requests: f64,
    sent: f64,
    reported: f64,
}

const SINGLY: Way = Way { requests: 1.0, sent: 1.0, reported: 10.0 };
const TOGETHER: Way = Way { requests: 0.0, sent: 10.0, reported: 10.0 };

impl Way {
    /// What AWS charges besides what steps use, for so many reports.
    fn besides(&self, reports: f64) -> [(&'static str, f64); 3] {
        let taken = 2.0 / self.sent + 2.0 / self.reported * reports;
        [
            ("HTTP API, one request", self.requests * HTTP_API),
            ("taking from the queues, and deleting", taken * QUEUE),
            ("the provider answers in 80 ms (assumed)", 0.08 * SMALL / self.sent * GB_SECOND),
        ]
    }
}

/// Prints what a message by each of the other channels costs, without the provider's reports.
async fn other_channels(app: &TestApp) {
    println!("By the other channels, accepted and sent, $ a million\n");
    println!("{:<20}{:>12}{:>12}", "", "one by one", "in a batch");
    let people = super::reachable(app, MESSAGES).await;
    for channel in ["sms", "letter", "in_app", "push"] {
        let template = super::plain_template(app, channel).await;
        let mut totals = [0.0; 2];
        for (total, way) in totals.iter_mut().zip([&SINGLY, &TOGETHER]) {
            app.put("/settings?reason=bench", json!({ "suppressionHours": 0 })).await.expect(200);
            warm(app, &template, &people[0]).await;
            let steps = match way.requests > 0.0 {
                true => sent_singly(app, &template, &people).await.0,
                false => sent_together(app, &template, &people).await,
            };
            let besides: f64 = way.besides(0.0).iter().map(|(_, dollars)| dollars).sum();
            *total = steps.iter().map(Step::dollars).sum::<f64>() + besides;
        }
        println!("  {channel:<18}{:>12.2}{:>12.2}", totals[0], totals[1]);
    }
}

/// A template of that mail.
pub(super) async fn template(app: &TestApp, name: &str) -> String {
    let body = json!({
        "name": name, "template_type": name, "channel": "email", "language": "en",
        "subject": "Your payment is due, {{ borrower.first_name }}", "body": "Your payment of $312.50 is due on January 15.",
        "body_html": MAIL,
    });
    let created = app.post("/api/v1/communication-templates", body).await.expect(201);
    created["id"].as_str().expect("an id").to_owned()
}

async fn singles(app: &TestApp, template: &str, people: &[String]) -> Vec<Step> {
    warm(app, template, "ext-john").await;
    let (mut steps, ids) = sent_singly(app, template, people).await;
    steps.extend(reports(app, &ids).await);
    steps
}

async fn sent_singly(app: &TestApp, template: &str, people: &[String]) -> (Vec<Step>, Vec<String>) {
    let mut ids = Vec::new();
    let mut accept = Step::new("accept", LARGE, 2.0);
    let mut dispatch = Step::new("dispatch", SMALL, 1.0);
    for person in people {
        accept.goes_on(app, async { ids.push(app.sent(template, person).await) }).await;
        dispatch.goes_on(app, app.drain()).await;
    }
    (vec![accept, dispatch], ids)
}

async fn batch(app: &TestApp, template: &str, people: &[String]) -> Vec<Step> {
    warm(app, template, "ext-john").await;
    let mut steps = sent_together(app, template, people).await;
    steps.extend(reports(app, &ids(app, people).await).await);
    steps
}

async fn sent_together(app: &TestApp, template: &str, people: &[String]) -> Vec<Step> {
    let mut accept = Step::new("accept", LARGE, 1.0 / 50.0);
    let body = json!({ "template_id": template, "borrower_ids": people });
    let all = async {
        app.post("/api/v1/communications/send-batch", body).await.expect(202);
        app.drain_batches().await;
    };
    accept.goes_on(app, all).await;
    let mut dispatch = Step::new("dispatch", SMALL, 1.0 / 10.0);
    // They leave one after the other, 20 a second, each when its turn comes.
    while !super::are_empty(app).await {
        dispatch.goes_on(app, app.drain()).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    vec![accept, dispatch]
}

/// Sends one message to its end: functions remember what messages have in common.
pub(super) async fn warm(app: &TestApp, template: &str, person: &str) {
    app.sent(template, person).await;
    app.drain().await;
    app.system.units().take();
}

/// The latest message of each.
async fn ids(app: &TestApp, people: &[String]) -> Vec<String> {
    let mut ids = Vec::new();
    for person in people {
        let found = app.get(&format!("/people/{person}/interactions?limit=1")).await.expect(200);
        ids.push(found["data"][0]["id"].as_str().expect("an id").to_owned());
    }
    app.system.units().take();
    ids
}

/// What SES reports of each message: first that it has it, which tells nothing new as a rule, then that it was delivered.
async fn reports(app: &TestApp, ids: &[String]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (event, [taken, settled]) in
        [("Send", ["Send, taken", "Send, settled"]), ("Delivery", ["Delivery, taken", "Delivery, settled"])]
    {
        let mut webhook = Step::new(taken, SMALL, 1.0);
        for id in ids {
            let report = json!({ "message": id, "event": event });
            let taken = async { drop(app.post("/_local/providers/ses/status", report).await.expect(200)) };
            webhook.goes_on(app, taken).await;
        }
        let mut settle = Step::new(settled, SMALL, 1.0 / 10.0);
        settle.goes_on(app, app.drain()).await;
        steps.extend([webhook, settle]);
    }
    steps
}

#[expect(clippy::cast_precision_loss, reason = "a hundred messages")]
fn each(all: f64) -> f64 {
    all / MESSAGES as f64
}

impl Step {
    fn new(what: &'static str, memory: f64, invocations: f64) -> Self {
        Self { what, used: Used::default(), took: Duration::ZERO, logged: 0, memory, invocations }
    }

    /// Gigabyte-seconds for each message.
    fn memory_time(&self) -> f64 {
        each(self.took.as_secs_f64()) * self.memory
    }

    /// Bytes of the log for each message.
    #[expect(clippy::cast_precision_loss, reason = "kilobytes")]
    fn log(&self) -> f64 {
        each(self.logged as f64)
    }

    /// Dollars for a million messages.
    fn dollars(&self) -> f64 {
        let Used { writes, reads, queue_requests, puts, .. } = self.used;
        each(writes) * WRITE
            + each(reads) * READ
            + each(queue_requests) * QUEUE
            + each(puts) * PUT
            + self.invocations * INVOCATION
            + self.memory_time() * GB_SECOND
            + self.log() / 1e9 * 1e6 * LOG_GB
    }

    fn print(&self) {
        let Used { writes, reads, queue_requests, puts, .. } = self.used;
        println!(
            "  {:<18}{:>8.2}{:>8.2}{:>8.2}{:>8.2}{:>10.2}{:>10.0}{:>10.2}",
            self.what,
            each(writes),
            each(reads),
            each(queue_requests),
            each(puts),
            self.memory_time() * 1000.0,
            self.log(),
            self.dollars()
        );
    }

    async fn goes_on(&mut self, app: &TestApp, work: impl Future<Output = ()>) {
        let (start, logged) = (Instant::now(), LOGGED.load(Ordering::Relaxed));
        work.await;
        self.logged += LOGGED.load(Ordering::Relaxed) - logged;
        self.took += start.elapsed();
        self.used += app.system.units().take();
    }
}

/// Prints a table. The budget is for a message with one report, that it was delivered.
fn table(how: &str, steps: &[Step], way: &Way, budget: f64) -> bool {
    println!(
        "{how:<20}{:>8}{:>8}{:>8}{:>8}{:>10}{:>10}{:>10}",
        "writes", "reads", "SQS", "S3 put", "GB-ms", "log bytes", "$/million"
    );
    let (further, counted): (Vec<_>, Vec<_>) = steps.iter().partition(|step| step.what.starts_with("Send"));
    counted.iter().for_each(|step| step.print());
    let mut total: f64 = counted.iter().map(|step| step.dollars()).sum();
    for (what, dollars) in way.besides(1.0).into_iter().chain([("SNS, one delivery", SNS)]) {
        total += dollars;
        println!("  {what:<70}{dollars:>10.2}");
    }
    let verdict = if total <= budget { "within" } else { "OVER" };
    println!("  {:<70}{total:>10.2}   {verdict} its budget of {budget:.0}", "in all");
    further.iter().for_each(|step| step.print());
    let more = further.iter().map(|step| step.dollars()).sum::<f64>() + SNS + 2.0 / way.reported * QUEUE;
    println!("  {:<70}{:>10.2}\n", "in all, if SES also reports that it has the message", total + more);
    total <= budget
}

#[expect(clippy::cast_precision_loss, reason = "kilobytes")]
fn kilobytes(text: &str) -> f64 {
    text.len() as f64 / 1024.0
}
