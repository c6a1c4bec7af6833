//! The system under test, so that scenarios read like sentences.
//!
//! [`TestApp::start`] gives each test a system of its own: its own table, queues, bucket, outbox and clock, seeded with
//! the demo tenants and people. Consumers run only when a test says [`TestApp::drain`], so that nothing races the
//! test by accident.

pub mod browser;
pub mod coverage;
pub mod log;
pub mod tour;

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use local::{Options, System, Work, standins::http_client};
use platform::queues::Queue;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// A system of its own, and a caller with a key.
pub struct TestApp {
    /// The system.
    pub system: System,
    client: Client,
    key: Option<&'static str>,
}

/// A scenario in which a function did what its `NEEDS` do not permit fails, whatever came of that.
impl Drop for TestApp {
    fn drop(&mut self) {
        let refused = self.system.refused();
        if std::thread::panicking() {
            refused.iter().for_each(|refusal| eprintln!("{refusal}"));
        } else {
            assert!(refused.is_empty(), "{refused:#?}");
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body; `Null` when there was none.
    pub body: Value,
}

impl Answer {
    /// The body, if the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self.body
    }

    /// The body of a problem of this type.
    #[track_caller]
    pub fn problem(self, status: u16, slug: &str) -> Value {
        let content_type = self.headers.get("content-type").map(|value| value.to_str().unwrap_or_default());
        assert_eq!(content_type, Some("application/problem+json"), "{:#}", self.body);
        let body = self.expect(status);
        assert!(body["type"].as_str().is_some_and(|found| found.ends_with(&format!(":{slug}"))), "{body:#}");
        assert_eq!(body["status"], status);
        body
    }

    /// Ids of ours that a problem names although the request did not.
    fn names_beyond(&self, sent: &str) -> Vec<String> {
        if !self.body["type"].as_str().is_some_and(|kind| kind.starts_with("urn:postrider:problem:")) {
            return Vec::new();
        }
        let texts = [self.body["detail"].to_string(), self.body["violations"].to_string()].join(" ");
        let is_id = |word: &&str| {
            let mut parts = word.splitn(3, '-');
            let mut part = || parts.next().unwrap_or_default();
            part().len() == 2 && matches!(part().len(), 3 | 10) && part().len() >= 16
        };
        let words = texts.split(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '-');
        let is_example = |id: &&str| id.ends_with(EXAMPLE);
        words.filter(is_id).filter(|id| !is_example(id) && !sent.contains(id)).map(str::to_owned).collect()
    }

    /// The pointers of a 400's violations, sorted.
    #[track_caller]
    pub fn violations(self) -> Vec<String> {
        let body = self.problem(400, "invalid-request");
        let list = body["violations"].as_array().expect("violations");
        let mut pointers: Vec<String> =
            list.iter().map(|v| v["pointer"].as_str().unwrap_or_default().to_owned()).collect();
        pointers.sort();
        pointers
    }
}

impl TestApp {
    /// A fresh system on a January morning, seen by the demo tenant's admin.
    pub async fn start() -> Self {
        let app = Self::with(Work::WhenAsked).await;
        app.set_clock("2026-01-05T15:00:00Z").await;
        app
    }

    /// A fresh system by the machine's clock that works its queues and schedules off, as a person runs it.
    pub async fn working_by_itself() -> Self {
        Self::with(Work::ByItself).await
    }

    async fn with(work: Work) -> Self {
        let options = Options::for_test().await.expect("an emulator");
        Self::over(Options { work, watcher: coverage::note, ..options }).await
    }

    /// A system with these options.
    pub async fn over(options: Options) -> Self {
        let system = System::start(options).await.expect("the system starts");
        Self { system, client: http_client(), key: Some("demo-admin") }
    }

    /// The same system seen with another key; `None` for no key at all.
    pub fn seen_by(&self, key: Option<&'static str>) -> Caller<'_> {
        Caller { app: self, key }
    }

    fn me(&self) -> Caller<'_> {
        self.seen_by(self.key)
    }

    /// Any method as the demo admin.
    pub async fn call(&self, method: Method, path: &str) -> Answer {
        self.me().call(method, path, None).await
    }

    /// GET as the demo admin.
    pub async fn get(&self, path: &str) -> Answer {
        self.me().get(path).await
    }

    /// POST as the demo admin.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.me().post(path, body).await
    }

    /// PUT as the demo admin.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.me().put(path, body).await
    }

    /// DELETE as the demo admin.
    pub async fn delete(&self, path: &str) -> Answer {
        self.me().delete(path).await
    }

    /// A request to be changed before it is sent.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.system.url()));
        match self.key {
            Some(key) => request.header("x-api-key", key),
            None => request,
        }
    }

    /// A request as a browser or a mailbox makes it: to a whole URL, without a key.
    pub fn anonymous(&self, method: Method, url: &str) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// Works every queue off until nothing is left.
    pub async fn drain(&self) {
        self.system.drain().await.expect("queues can be worked off");
    }

    /// The same with every message delivered twice, as SQS may do.
    pub async fn drain_repeating(&self) {
        self.system.drain_repeating().await.expect("queues can be worked off");
    }

    /// The same, until the messages of a batch whose turn to leave is seconds away have left too. The queue delays them
    /// by the machine's clock, whatever [`Self::set_clock`] says.
    pub async fn drain_repeating_in_turn(&self) {
        loop {
            self.drain_repeating().await;
            let depths = self.system.queues().await.expect("queues can be asked");
            if depths.iter().all(|queue| queue.delayed + queue.depth == 0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Works batches off and nothing else.
    pub async fn drain_batches(&self) {
        self.system.drain_queue(Queue::Batches).await.expect("the queue can be worked off");
    }

    /// Works off what providers brought and nothing else.
    pub async fn drain_inbound(&self) {
        self.system.drain_queue(Queue::Inbound).await.expect("the queue can be worked off");
    }

    /// Has a provider bring something a borrower wrote, and takes it in.
    pub async fn wrote(&self, provider: &str, content: Value) {
        self.post(&format!("/_local/providers/{provider}/inbound"), content).await.expect(200);
        self.drain_inbound().await;
    }

    /// Has a borrower text one of our numbers.
    pub async fn texted(&self, from: &str, body: &str) {
        self.wrote("twilio", json!({ "from": from, "body": body })).await;
    }

    /// Fires a schedule and works off what it handed out.
    pub async fn sweep(&self) {
        self.post("/_local/schedules/sweep", json!({})).await.expect(200);
        self.drain().await;
    }

    /// Sets the clock.
    pub async fn set_clock(&self, now: &str) {
        self.put("/_local/clock", json!({ "now": now })).await.expect(200);
    }

    /// Moves the clock by this many seconds, as seen by the system.
    pub async fn advance(&self, seconds: i64) {
        let now = self.system.app().now() + jiff::SignedDuration::from_secs(seconds);
        self.set_clock(&now.to_string()).await;
    }

    /// What left the building by a channel, newest first.
    pub async fn outbox(&self, channel: &str) -> Vec<Value> {
        let body = self.get(&format!("/_local/outbox?channel={channel}")).await.expect(200);
        body.as_array().cloned().unwrap_or_default()
    }

    /// Makes a target fail.
    pub async fn fault(&self, target: &str, mode: &str, times: u32) {
        let fault = json!({ "target": target, "mode": mode, "times": times });
        self.put("/_local/faults", fault).await.expect(200);
    }

    /// The same once so many calls went well.
    pub async fn fault_after(&self, target: &str, mode: &str, times: u32, after: u32) {
        let fault = json!({ "target": target, "mode": mode, "times": times, "after": after });
        self.put("/_local/faults", fault).await.expect(200);
    }

    /// Lets nothing fail any more.
    pub async fn no_faults(&self) {
        self.delete("/_local/faults").await;
    }

    /// The message's log entry.
    pub async fn log(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/communication-logs/{id}")).await.expect(200)
    }

    /// Creates a template of a channel and gives its id.
    pub async fn template(&self, channel: &str, template_type: &str) -> String {
        let body = json!({
            "name": template_type,
            "template_type": template_type,
            "channel": channel,
            "language": "en",
            "subject": (channel == "email").then_some("Hello {{ borrower.first_name }}"),
            "body": "Hello {{ borrower.first_name }}",
        });
        let created = self.post("/api/v1/communication-templates", body).await.expect(201);
        created["id"].as_str().expect("id").to_owned()
    }

    /// Takes what stands at a path out of an item in the table, which no request does.
    pub async fn take_out(&self, pk: &str, sk: &str, path: &[&str]) {
        let table = &self.system.app().config.table;
        let name = |at: usize| format!("#n{at}");
        let place = (0..path.len()).map(name).collect::<Vec<_>>().join(".");
        let mut update = aws_sdk_dynamodb::Client::new(self.system.sdk())
            .update_item()
            .table_name(table)
            .key("pk", AttributeValue::S(pk.to_owned()))
            .key("sk", AttributeValue::S(sk.to_owned()))
            .update_expression(format!("REMOVE {place}"));
        for (at, part) in path.iter().enumerate() {
            update = update.expression_attribute_names(name(at), *part);
        }
        update.send().await.expect("an item");
    }

    /// Pushes so many borrowers with a mail address each, and gives their ids.
    pub async fn people(&self, count: usize) -> Vec<String> {
        let ids: Vec<String> = (0..count).map(|n| format!("p{n}")).collect();
        for some in ids.chunks(500) {
            let people: Vec<Value> = some
                .iter()
                .map(|id| {
                    let contacts = json!([{ "contactType": "email", "value": format!("{id}@example.com") }]);
                    json!({ "externalId": id, "firstName": id, "contacts": contacts })
                })
                .collect();
            self.post("/people/bulk", json!({ "people": people })).await.expect(200);
        }
        ids.into_iter().map(|id| format!("ext-{id}")).collect()
    }

    /// Sends from a template to a borrower.
    pub async fn send(&self, template: &str, borrower: &str) -> Answer {
        self.post("/api/v1/communications/send", json!({ "template_id": template, "borrower_id": borrower }))
            .await
    }

    /// Sends and gives the message's id.
    pub async fn sent(&self, template: &str, borrower: &str) -> String {
        let accepted = self.send(template, borrower).await.expect(202);
        accepted["communication_id"].as_str().expect("communication_id").to_owned()
    }

    /// Has a provider report about a message, and works the report off.
    pub async fn report(&self, provider: &str, report: Value) {
        self.post(&format!("/_local/providers/{provider}/status"), report).await.expect(200);
        self.drain().await;
    }
}

/// Somebody with a key, or without.
pub struct Caller<'a> {
    app: &'a TestApp,
    key: Option<&'static str>,
}

impl Caller<'_> {
    /// By which name messages and changes remember this caller.
    pub async fn subject(&self) -> Value {
        self.get("/me").await.expect(200)["subject"].clone()
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// POST.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// PUT.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// Any method.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.app.client.request(method, format!("{}{path}", self.app.system.url()));
        if let Some(key) = self.key {
            request = request.header("x-api-key", key);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request).await
    }
}

/// How the ids in the documents' examples end.
const EXAMPLE: &str = "-01JD3V9K2M-8ZQ4T6WX1N3F5G7H";

/// Sends a request and reads what came back.
///
/// A problem is told to people who know what they sent: it names no id of ours that they did not.
pub async fn answer(request: RequestBuilder) -> Answer {
    let sent = request.try_clone().and_then(|request| request.build().ok()).map(|request| {
        let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        format!("{} {}", request.url(), String::from_utf8_lossy(body))
    });
    let response = request.send().await.expect("the system answers");
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.expect("a body");
    let body = serde_json::from_str(&text).unwrap_or(if text.is_empty() {
        Value::Null
    } else {
        Value::String(text)
    });
    let answer = Answer { status, headers, body };
    let beyond = answer.names_beyond(&sent.unwrap_or_default());
    assert!(beyond.is_empty(), "names {beyond:?}, which were not sent: {:#}", answer.body);
    answer
}
