//! An issuer's web server: publishes a key set, or fails to.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, http::StatusCode, routing::get};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::signing::IssuerKey;

pub struct KeyServer {
    pub url: String,
    answer: Arc<Mutex<(StatusCode, String)>>,
    asked: Arc<AtomicUsize>,
}

impl KeyServer {
    pub async fn publishing(keys: &[&IssuerKey]) -> Self {
        let answer = Arc::new(Mutex::new((StatusCode::NOT_FOUND, String::new())));
        let asked = Arc::new(AtomicUsize::new(0));
        let app = Router::new().route(
            "/keys",
            get({
                let (answer, asked) = (answer.clone(), asked.clone());
                move || async move {
                    asked.fetch_add(1, Ordering::SeqCst);
                    answer.lock().unwrap().clone()
                }
            }),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let server = Self { url, answer, asked };
        server.publish(keys);
        server
    }

    pub fn publish(&self, keys: &[&IssuerKey]) {
        self.publish_json(&keys.iter().map(|key| key.jwk()).collect::<Vec<_>>());
    }

    pub fn publish_json(&self, keys: &[Value]) {
        self.answer_with(StatusCode::OK, json!({"keys": keys}).to_string());
    }

    pub fn answer_with(&self, status: StatusCode, body: impl Into<String>) {
        *self.answer.lock().unwrap() = (status, body.into());
    }

    /// How often it was asked so far.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}
