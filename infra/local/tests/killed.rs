//! The process dies under load and comes back: every message that was answered 202 ends in a final status.

#![allow(clippy::unwrap_used, reason = "a scenario ends where something is missing")]

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use local::standins::http_client;
use serde_json::{Value, json};

/// People written to, each by e-mail and by text.
const PEOPLE: usize = 60;

/// The process, and where it answers. Killed when dropped.
struct Running {
    process: Child,
    url: String,
}

impl Running {
    async fn start(state: &Path, port: u16, ministack_port: u16) -> Self {
        let process = Command::new(env!("CARGO_BIN_EXE_local"))
            .env("PORT", port.to_string())
            .env("MINISTACK_PORT", ministack_port.to_string())
            .env("POSTRIDER_STATE", state)
            .env("RUST_LOG", "error")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let running = Self { process, url: format!("http://127.0.0.1:{port}") };
        let started = Instant::now();
        while http_client().get(format!("{}/healthz", running.url)).send().await.is_err() {
            assert!(started.elapsed() < Duration::from_secs(60), "does not start");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        running
    }

    async fn call(&self, method: reqwest::Method, path: &str, body: Value) -> Option<(u16, Value)> {
        let request =
            http_client().request(method, format!("{}{path}", self.url)).header("x-api-key", "demo-admin");
        let response = request.json(&body).send().await.ok()?;
        let status = response.status().as_u16();
        Some((status, response.json().await.ok()?))
    }

    async fn get(&self, path: &str) -> Value {
        self.call(reqwest::Method::GET, path, Value::Null).await.unwrap().1
    }

    /// SIGKILL: nothing in the process hears of it.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A clean stop, which stops the emulator too.
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

async fn template(system: &Running, channel: &str) -> Value {
    let body = json!({
        "name": channel, "template_type": format!("crash_{channel}"), "channel": channel,
        "subject": (channel == "email").then_some("Hello"), "body": "Hello {{ borrower.first_name }}",
    });
    system.call(reqwest::Method::POST, "/api/v1/communication-templates", body).await.unwrap().1["id"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_9_under_load_every_202_ends_in_a_final_status() {
    let state = std::env::temp_dir().join(format!("postrider-killed-{}", std::process::id()));
    std::fs::create_dir_all(&state).unwrap();
    let (port, ministack_port) = (free_port(), free_port());
    let mut system = Running::start(&state, port, ministack_port).await;
    let people: Vec<Value> = (0..PEOPLE)
        .map(|n| {
            json!({
                "externalId": format!("k{n}"), "firstName": "K",
                "contacts": [
                    { "contactType": "email", "value": format!("k{n}@example.com") },
                    { "contactType": "phone", "value": format!("+1312555{n:04}"), "receiveTextMessages": true },
                ],
            })
        })
        .collect();
    let (status, told) =
        system.call(reqwest::Method::POST, "/people/bulk", json!({ "people": people })).await.unwrap();
    assert_eq!(status, 200, "{told:#}");
    let templates = [template(&system, "email").await, template(&system, "sms").await];

    let taken = AtomicUsize::new(0);
    let sends = (0..PEOPLE).flat_map(|n| templates.iter().map(move |template| (n, template)));
    let sends: Vec<_> = sends
        .map(|(n, template)| {
            let body = json!({ "template_id": template, "borrower_id": format!("ext-k{n}") });
            let (system, taken) = (&system, &taken);
            async move {
                let (status, answer) =
                    system.call(reqwest::Method::POST, "/api/v1/communications/send", body).await?;
                assert_eq!(status, 202, "{answer:#}");
                taken.fetch_add(1, Ordering::Relaxed);
                Some(answer["communication_id"].as_str()?.to_owned())
            }
        })
        .collect();
    let pid = system.process.id();
    let killer = async {
        while taken.load(Ordering::Relaxed) < PEOPLE / 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap();
    };
    let (answers, ()) = tokio::join!(futures::future::join_all(sends), killer);
    system.kill();
    let accepted: Vec<String> = answers.into_iter().flatten().collect();

    let system = Running::start(&state, port, ministack_port).await;
    // Leases run out and sweeps come due without waiting for them.
    for minutes in [4_u64, 12, 20] {
        let now = jiff::Timestamp::now() + Duration::from_secs(minutes * 60);
        system.call(reqwest::Method::PUT, "/_local/clock", json!({ "now": now })).await.unwrap();
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    let mut open = accepted.clone();
    let started = Instant::now();
    while !open.is_empty() {
        assert!(started.elapsed() < Duration::from_secs(90), "{} of {} are open", open.len(), accepted.len());
        let mut still = Vec::new();
        for id in open {
            let entry = system.get(&format!("/api/v1/communication-logs/{id}")).await;
            if !matches!(entry["status"].as_str(), Some("sent" | "delivered" | "failed" | "canceled")) {
                still.push(id);
            }
        }
        open = still;
    }
    let texts = system.get("/_local/outbox?channel=text&limit=10000").await;
    let mut numbers: Vec<&str> =
        texts.as_array().unwrap().iter().filter_map(|text| text["to"].as_str()).collect();
    let sent = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), sent, "Twilio can be asked, so nobody gets a text twice");
    drop(system);
    std::fs::remove_dir_all(&state).unwrap();
}
