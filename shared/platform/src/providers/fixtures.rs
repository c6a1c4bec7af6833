//! What the adapters' tests share: a tenant with both senders, a message, and servers good and bad.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use axum::{
    Router,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri},
    response::IntoResponse,
};
use domain::{Error, interaction::Interaction, template::Source, tenant::Tenant};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{File, Outgoing, Secrets};
use crate::clock::Clock;

pub const INTERACTION: &str = "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H";

pub struct Message {
    pub tenant: Tenant,
    pub interaction: Interaction,
    pub content: Source,
    pub attachments: Vec<File>,
    pub media: Vec<String>,
    pub unsubscribe: Option<String>,
}

impl Message {
    pub fn outgoing(&self) -> Outgoing<'_> {
        Outgoing {
            tenant: &self.tenant,
            interaction: &self.interaction,
            content: &self.content,
            attachments: &self.attachments,
            media: &self.media,
            unsubscribe: self.unsubscribe.as_deref(),
            answers: None,
        }
    }

    pub fn text(text: &str) -> Self {
        Self {
            tenant: tenant(),
            interaction: interaction("text", "+13125550100"),
            content: Source { content_text: Some(text.into()), ..Source::default() },
            attachments: Vec::new(),
            media: Vec::new(),
            unsubscribe: None,
        }
    }

    pub fn push(title: &str, text: &str) -> Self {
        Self {
            interaction: interaction("push", "fcm:APA91b-john"),
            content: Source {
                subject_line: Some(title.into()),
                content_text: Some(text.into()),
                ..Source::default()
            },
            ..Self::text(text)
        }
    }

    pub fn email(subject: &str, text: &str, html: &str) -> Self {
        Self {
            tenant: tenant(),
            interaction: interaction("email", "john@borrower.example"),
            content: Source {
                subject_line: Some(subject.into()),
                content_text: Some(text.into()),
                content_html: Some(html.into()),
            },
            attachments: Vec::new(),
            media: Vec::new(),
            unsubscribe: Some("https://go.acme.example/u/demo/token".into()),
        }
    }
}

pub fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn interaction(channel: &str, to: &str) -> Interaction {
    serde_json::from_value(json!({
        "id": INTERACTION,
        "tenant": "demo",
        "personId": "BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
        "to": to,
        "channel": channel,
        "direction": "outbound",
        "subject": "paymentReminder",
        "theme": "opsCollDebt",
        "transactional": false,
        "content": {"inline": {}},
        "origin": "sent",
        "state": {},
        "ledgerVersion": 0,
        "traceId": "t",
        "timeline": [],
        "createdAt": now(),
        "updatedAt": now(),
        "revision": 1,
    }))
    .unwrap()
}

fn tenant() -> Tenant {
    serde_json::from_value(json!({
        "id": "demo",
        "name": "Acme Lending",
        "settings": {},
        "senders": {
            "email": {
                "transactional": {"from": "Acme Lending <no-reply@acme.example>"},
                "conversational": {"from": "Acme Lending <care@acme.example>", "replyTo": "answers@acme.example"},
                "configurationSet": "postrider",
            },
            "text": {"accountSid": "AC0123", "authTokenSecret": "demo/twilio", "from": "+15555550100"},
            "inApp": {"expiresAfterDays": 30},
            "push": {"serviceAccountSecret": "demo/fcm"},
        },
    }))
    .unwrap()
}

/// Holds the one secret of the tenant's Twilio account.
pub struct OneSecret;

impl OneSecret {
    pub const NAME: &str = "demo/twilio";
    pub const VALUE: &str = "the auth token";
}

#[async_trait]
impl Secrets for OneSecret {
    async fn secret(&self, name: &str) -> Result<String, Error> {
        if name == Self::NAME { Ok(Self::VALUE.into()) } else { Err(Error::Unavailable(name.into())) }
    }
}

/// Stands still at [`now`].
pub struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        now()
    }
}

/// A request as a [`Server`] got it.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: String,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: String,
}

/// An HTTP server on this machine that gives every call the same answer and remembers the calls.
pub struct Server {
    pub url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Server {
    pub async fn answering(status: u16, headers: &[(&'static str, &'static str)], body: Value) -> Self {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let recorded = calls.clone();
        let headers = headers.to_vec();
        let answer = async move |method: Method, uri: Uri, sent: HeaderMap, sent_body: String| {
            recorded.lock().unwrap().push(Call {
                method: method.to_string(),
                uri,
                headers: sent,
                body: sent_body,
            });
            let mut response = (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            response
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { url, calls }
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

/// The address of a server that reads a request, writes `answer` and hangs up, and how many connections it got.
pub async fn hanging_up_after(answer: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut request = vec![0; 1 << 16];
            let _ = connection.read(&mut request).await;
            let _ = connection.write_all(answer.as_bytes()).await;
        }
    });
    (url, connections)
}

/// The address of a server that is not there.
pub async fn nobody() -> String {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    format!("http://{address}")
}
