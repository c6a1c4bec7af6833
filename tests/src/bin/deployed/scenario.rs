//! What a scenario uses: the API, the messages that were sent, and the functions' log of its requests.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use local::standins::http_client;
use postrider_tests::{Answer, answer};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::installation::Installation;

/// How long asynchronous work may take: the emulator is slow, and all scenarios run at once.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(250);

/// A run of a scenario.
pub struct Scenario {
    /// Where it runs.
    pub installation: Arc<Installation>,
    client: Client,
    begun: (Timestamp, Instant),
    /// The trace ids of its requests. Functions log them, also those that continue the work.
    traces: Mutex<Vec<String>>,
}

impl Scenario {
    /// One that begins now.
    pub fn new(installation: Arc<Installation>) -> Self {
        let begun = (Timestamp::now(), Instant::now());
        Self { installation, client: http_client(), begun, traces: Mutex::default() }
    }

    /// How long it has taken.
    pub fn seconds(&self) -> f32 {
        self.begun.1.elapsed().as_secs_f32()
    }

    /// GET as the lender's admin.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(self.request(Method::GET, path)).await
    }

    /// POST as the lender's admin.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(self.request(Method::POST, path).json(&body)).await
    }

    /// PUT as the lender's admin.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(self.request(Method::PUT, path).json(&body)).await
    }

    /// A request of the lender's admin.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path).header("x-api-key", &self.installation.key)
    }

    /// A request without a credential.
    pub fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.installation.url))
    }

    /// Sends a request and keeps its trace id.
    pub async fn call(&self, request: RequestBuilder) -> Answer {
        let answer = answer(request).await;
        if let Some(trace) = answer.headers.get("x-trace-id") {
            self.traces.lock().unwrap().push(trace.to_str().unwrap().to_owned());
        }
        answer
    }

    /// Repeats a question until its answer is as wanted.
    pub async fn until<T, F: Future<Output = T>>(
        &self,
        mut ask: impl FnMut() -> F,
        wanted: impl Fn(&T) -> bool,
    ) -> T
    where
        T: std::fmt::Debug,
    {
        self.within(PATIENCE, &mut ask, wanted).await
    }

    /// The same, for at most that long.
    pub async fn within<T: std::fmt::Debug, F: Future<Output = T>>(
        &self,
        patience: Duration,
        mut ask: impl FnMut() -> F,
        wanted: impl Fn(&T) -> bool,
    ) -> T {
        let begun = Instant::now();
        loop {
            let found = ask().await;
            if wanted(&found) {
                return found;
            }
            assert!(begun.elapsed() < patience, "after {patience:?} still {found:#?}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Creates a borrower with an e-mail address and a number.
    pub async fn borrower(&self, name: &str) -> Borrower {
        static NUMBERS: AtomicU32 = AtomicU32::new(20);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let borrower = Borrower {
            id: format!("ext-{name}"),
            email: format!("{name}@example.com"),
            phone: format!("+131255501{number:02}"),
        };
        let person = json!({
            "firstName": "Pat",
            "contacts": [
                { "contactType": "email", "value": borrower.email },
                { "contactType": "phone", "value": borrower.phone, "receiveTextMessages": true },
            ],
            "consents": [{ "channel": "text", "status": "consented", "source": "loan application" }],
        });
        self.put(&format!("/people/{}", borrower.id), person).await.expect(201);
        borrower
    }

    /// Creates a template; returns its id.
    pub async fn template(&self, channel: &str, name: &str) -> String {
        let template = json!({
            "name": name, "template_type": name, "channel": channel, "language": "en",
            "subject": (channel == "email").then_some("Hello {{ borrower.first_name }}"),
            "body": "Hello {{ borrower.first_name }}",
        });
        let made = self.post("/api/v1/communication-templates", template).await.expect(201);
        made["id"].as_str().unwrap().to_owned()
    }

    /// Sends a message from a template; returns its id.
    pub async fn sent(&self, template: &str, borrower: &Borrower, more: Value) -> String {
        let mut body = json!({ "template_id": template, "borrower_id": borrower.id });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let accepted = self.post("/api/v1/communications/send", body).await.expect(202);
        accepted["communication_id"].as_str().unwrap().to_owned()
    }

    /// The message's entry in the log, once it has this status.
    pub async fn logged(&self, id: &str, status: &str) -> Value {
        let path = format!("/api/v1/communication-logs/{id}");
        let entry = || async { self.get(&path).await.expect(200) };
        self.until(entry, |entry| entry["status"] == status).await
    }

    /// The only e-mail that SES sent to an address, once there is one.
    pub async fn email(&self, to: &str) -> Value {
        let sent = self.until(|| self.installation.emulator.emails(to), |sent| !sent.is_empty()).await;
        assert_eq!(sent.len(), 1, "{sent:#?}");
        sent.into_iter().next().unwrap()
    }

    /// The texts that Twilio took to a number, newest first.
    pub async fn texts(&self, to: &str) -> Vec<Value> {
        let path = format!("/_local/outbox?channel=text&to={}", to.replace('+', "%2B"));
        self.get(&path).await.expect(200).as_array().unwrap().clone()
    }

    /// What functions logged for the requests of this scenario.
    pub async fn log(&self) -> String {
        let traces = self.traces.lock().unwrap().clone();
        let belongs = |line: &String| traces.iter().any(|trace| line.contains(trace));
        let lines = self.installation.emulator.log(self.begun.0).await.into_iter().filter(belongs);
        let lines: Vec<String> = lines.map(|line| format!("        {}", line.trim_end())).collect();
        format!("        {} log lines of functions for its requests\n{}", lines.len(), lines.join("\n"))
    }
}

/// A borrower.
pub struct Borrower {
    /// As the lender names it.
    pub id: String,
    /// An e-mail address.
    pub email: String,
    /// A number that takes texts.
    pub phone: String,
}
