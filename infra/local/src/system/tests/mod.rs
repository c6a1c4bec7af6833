mod faults;
mod gateway;
mod running;

use domain::vocabulary::ProviderName;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::*;
use crate::faults::{Fault, Mode, Target};
use crate::http_client;
use crate::outbox::Filter;

/// A system where nothing happens by itself, on a January morning.
struct Bench {
    system: System,
}

impl Bench {
    async fn start() -> Self {
        Self::with(Options::for_test().await.unwrap()).await
    }

    async fn with(options: Options) -> Self {
        options.clock.set("2026-01-12T15:00:00Z".parse().unwrap());
        Self { system: System::start(options).await.unwrap() }
    }

    async fn call(&self, method: Method, path: &str, key: &str, body: &Value) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.system.url());
        let request = http_client().request(method, url).header("content-type", "application/json");
        let request = if key.is_empty() { request } else { request.header("x-api-key", key) };
        let request = if body.is_null() { request } else { request.body(body.to_string()) };
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.call(Method::GET, path, "demo-admin", &Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// Sends a payment reminder; answers its id.
    async fn send(&self, template: &str, borrower: &str, more: Value) -> String {
        let mut body = json!({ "template_id": template, "borrower_id": borrower });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let path = "/api/v1/communications/send";
        let (status, answer) = self.call(Method::POST, path, "demo-loan-officer", &body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        answer["communication_id"].as_str().unwrap().to_owned()
    }

    async fn email(&self) -> String {
        self.send("ext-payment-reminder", "ext-john", json!({})).await
    }

    async fn text(&self) -> String {
        self.send("ext-payment-reminder-text", "ext-john", json!({})).await
    }

    async fn status(&self, id: &str) -> String {
        let entry = self.get(&format!("/api/v1/communication-logs/{id}")).await;
        entry["status"].as_str().unwrap().to_owned()
    }

    /// Makes a provider report something; answers what our webhook answered.
    async fn report(&self, provider: &str, report: Value) -> u64 {
        let path = format!("/_local/providers/{provider}/status");
        let (status, answer) = self.call(Method::POST, &path, "", &report).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["status"].as_u64().unwrap()
    }

    async fn drain(&self) -> (usize, usize) {
        let Drained { done, failed } = self.system.drain().await.unwrap();
        (done, failed)
    }

    fn left(&self) -> usize {
        self.system.outbox().list(&Filter::default()).len()
    }

    fn next_meets(&self, target: Target, mode: Mode) {
        self.system.faults().set(Fault { target, mode, times: 1, after: 0 });
    }

    /// Lets time pass and the sweep run.
    async fn later(&self, seconds: i64) {
        self.system.clock().set(self.now() + SignedDuration::from_secs(seconds));
        self.system.run_schedule("sweep").await.unwrap();
    }

    fn now(&self) -> Timestamp {
        self.system.clock().now()
    }
}
