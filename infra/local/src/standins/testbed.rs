//! What the stand-ins' tests stand on: servers on free ports, and a webhook that remembers who called.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use domain::vocabulary::ProviderName;
use tokio::net::TcpListener;

use super::Surroundings;
use crate::clock::Clock;
use crate::faults::{Fault, Faults, Mode, Target};
use crate::outbox::{Message, Outbox};

/// Serves a router on a free port of this machine; answers its address, without a slash at the end.
pub async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// The things around a stand-in.
pub struct Testbed {
    pub outbox: Arc<Outbox>,
    pub clock: Arc<Clock>,
    pub faults: Arc<Faults>,
    pub crashed: Arc<Mutex<Vec<Message>>>,
}

impl Testbed {
    /// With the clock set to 2026-01-15, 14:00 UTC.
    pub fn new() -> Self {
        let clock = Clock::default();
        clock.set("2026-01-15T14:00:00Z".parse().unwrap());
        Self {
            outbox: Arc::default(),
            clock: Arc::new(clock),
            faults: Arc::default(),
            crashed: Arc::default(),
        }
    }

    pub fn surroundings(&self) -> Surroundings {
        let crashed = Arc::clone(&self.crashed);
        let on_crash = Arc::new(move |message: &Message| crashed.lock().unwrap().push(message.clone()));
        Surroundings::new(
            Arc::clone(&self.outbox),
            Arc::clone(&self.clock),
            Arc::clone(&self.faults),
            on_crash,
        )
    }

    pub fn next_send_meets(&self, provider: ProviderName, mode: Mode) {
        self.faults.set(Fault { target: Target::Provider(provider), mode, times: 1, after: 0 });
    }
}

/// A client that gives up soon.
pub fn client() -> reqwest::Client {
    super::http_client()
}

/// Long enough for an answer on this machine, when none is to be expected.
pub const SOON: Duration = Duration::from_millis(300);

/// One call to our webhook.
#[derive(Debug, Clone)]
pub struct Call {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Call {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn form(&self) -> Vec<(String, String)> {
        serde_urlencoded::from_str(&self.body).unwrap()
    }

    pub fn parameter(&self, name: &str) -> Option<String> {
        self.form().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// Our webhook: remembers each call and gives the answers it was told, then 204.
#[derive(Clone, Default)]
pub struct Webhook {
    calls: Arc<Mutex<Vec<Call>>>,
    answers: Arc<Mutex<Vec<StatusCode>>>,
}

impl Webhook {
    /// A webhook and its address.
    pub async fn start() -> (Self, String) {
        let webhook = Self::default();
        let url = serve(Router::new().fallback(Self::take).with_state(webhook.clone())).await;
        (webhook, url)
    }

    async fn take(State(webhook): State<Self>, uri: Uri, headers: HeaderMap, body: String) -> StatusCode {
        webhook.calls.lock().unwrap().push(Call { path: uri.to_string(), headers, body });
        let mut answers = webhook.answers.lock().unwrap();
        if answers.is_empty() { StatusCode::NO_CONTENT } else { answers.remove(0) }
    }

    /// What the next calls are answered.
    pub fn answer_next(&self, answers: &[StatusCode]) {
        self.answers.lock().unwrap().extend(answers);
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub fn last_call(&self) -> Call {
        self.calls().pop().expect("our webhook was called")
    }

    /// Waits until there were so many calls.
    pub async fn wait_for_calls(&self, count: usize) -> Vec<Call> {
        for _ in 0..500 {
            if self.calls().len() >= count {
                return self.calls();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("only {} of {count} calls came", self.calls().len());
    }
}
