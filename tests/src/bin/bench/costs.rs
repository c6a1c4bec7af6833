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
    let single = table("sent one by one", &singles(&app, &people).await, 1.0, [1.0, 10.0], SINGLE);
    let batch = table("sent in a batch", &batch(&app, &people).await, 0.0, [10.0, 10.0], BATCH);
    single && batch
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

async fn singles(app: &TestApp, people: &[String]) -> Vec<Step> {
    let template = template(app, "cost_single").await;
    warm(app, &template).await;
    let mut ids = Vec::new();
    let mut accept = Step::new("accept", LARGE, 2.0);
    let mut dispatch = Step::new("dispatch", SMALL, 1.0);
    for person in people {
        accept.goes_on(app, async { ids.push(app.sent(&template, person).await) }).await;
        dispatch.goes_on(app, app.drain()).await;
    }
    let [webhook, settle] = reports(app, &ids).await;
    vec![accept, dispatch, webhook, settle]
}

async fn batch(app: &TestApp, people: &[String]) -> Vec<Step> {
    let template = template(app, "cost_batch").await;
    warm(app, &template).await;
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
    let ids = ids(app, people).await;
    let [webhook, settle] = reports(app, &ids).await;
    vec![accept, dispatch, webhook, settle]
}

/// Sends one message to its end: functions remember what messages have in common.
pub(super) async fn warm(app: &TestApp, template: &str) {
    let warm = app.sent(template, "ext-john").await;
    app.drain().await;
    app.report("ses", json!({ "message": warm, "event": "Delivery" })).await;
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

async fn reports(app: &TestApp, ids: &[String]) -> [Step; 2] {
    let mut webhook = Step::new("report, taken", SMALL, 1.0);
    for id in ids {
        let report = json!({ "message": id, "event": "Delivery" });
        let taken = async { drop(app.post("/_local/providers/ses/status", report).await.expect(200)) };
        webhook.goes_on(app, taken).await;
    }
    let mut settle = Step::new("report, settled", SMALL, 1.0 / 10.0);
    settle.goes_on(app, app.drain()).await;
    [webhook, settle]
}

impl Step {
    fn new(what: &'static str, memory: f64, invocations: f64) -> Self {
        Self { what, used: Used::default(), took: Duration::ZERO, logged: 0, memory, invocations }
    }

    async fn goes_on(&mut self, app: &TestApp, work: impl Future<Output = ()>) {
        let (start, logged) = (Instant::now(), LOGGED.load(Ordering::Relaxed));
        work.await;
        self.logged += LOGGED.load(Ordering::Relaxed) - logged;
        self.took += start.elapsed();
        self.used += app.system.units().take();
    }
}

/// Prints a table. A message makes so many `requests` to the API, and is taken from the queues of messages and of reports with so many
/// others. (Reports are gathered for 5 seconds: two a second make ten.)
fn table(how: &str, steps: &[Step], requests: f64, [sent, reported]: [f64; 2], budget: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "a hundred messages")]
    let each = |all: f64| all / MESSAGES as f64;
    println!(
        "{how:<20}{:>8}{:>8}{:>8}{:>8}{:>10}{:>10}{:>10}",
        "writes", "reads", "SQS", "S3 put", "GB-ms", "log bytes", "$/million"
    );
    let mut total = 0.0;
    for step in steps {
        let Step { what, used, took, logged, memory, invocations } = step;
        #[expect(clippy::cast_precision_loss, reason = "kilobytes")]
        let logged = each(*logged as f64);
        let seconds = each(took.as_secs_f64()) * memory;
        let dollars = each(used.writes) * WRITE
            + each(used.reads) * READ
            + each(used.queue_requests) * QUEUE
            + each(used.puts) * PUT
            + invocations * INVOCATION
            + seconds * GB_SECOND
            + logged / 1e9 * 1e6 * LOG_GB;
        total += dollars;
        println!(
            "  {what:<18}{:>8.2}{:>8.2}{:>8.2}{:>8.2}{:>10.2}{logged:>10.0}{dollars:>10.2}",
            each(used.writes),
            each(used.reads),
            each(used.queue_requests),
            each(used.puts),
            seconds * 1000.0
        );
    }
    for (what, dollars) in [
        ("HTTP API, one request", requests * HTTP_API),
        ("taking from the queues, and deleting", (2.0 / sent + 2.0 / reported) * QUEUE),
        ("SNS, one delivery", SNS),
        ("SES answers in 80 ms (assumed)", 0.08 * SMALL / sent * GB_SECOND),
    ] {
        total += dollars;
        println!("  {what:<70}{dollars:>10.2}");
    }
    let verdict = if total <= budget { "within" } else { "OVER" };
    println!("  {:<70}{total:>10.2}   {verdict} its budget of {budget:.0}\n", "in all");
    total <= budget
}

#[expect(clippy::cast_precision_loss, reason = "kilobytes")]
fn kilobytes(text: &str) -> f64 {
    text.len() as f64 / 1024.0
}
