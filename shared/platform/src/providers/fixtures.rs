//! What the adapters' tests share: a tenant with both senders, a message, and servers good and bad.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use axum::{
    Router,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri},
    response::IntoResponse,
};
use domain::{
    Error,
    interaction::Interaction,
    template::Source,
    tenant::Tenant,
    vocabulary::MediaType,
    webhook_endpoint::{Destination, Signer},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::{File, Outgoing, Secrets};
use crate::{clock::Clock, config::Config};

pub const INTERACTION: &str = "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H";

pub struct Message {
    pub tenant: Tenant,
    pub interaction: Interaction,
    pub content: Source,
    pub attachments: Vec<File>,
    pub media: Vec<String>,
    pub unsubscribe: Option<String>,
    pub destination: Option<Destination>,
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
            destination: self.destination.as_ref(),
            telling: None,
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
            destination: None,
        }
    }

    pub fn letter(pages: &[u8]) -> Self {
        let mut interaction = interaction("mail", "233 S Wacker Dr, Chicago, IL 60606");
        interaction.letter = serde_json::from_value(json!({
            "key": format!("demo/letters/{INTERACTION}/0123abcd.pdf"),
            "pages": 2,
            "bytes": pages.len(),
            "sha256": "0123abcd",
            "pageSize": "letter",
            "window": "clear",
            "to": {
                "name": "John Doe",
                "address": {
                    "addressLine1": "233 S Wacker Dr", "city": "Chicago", "state": "IL", "postalCode": "606061234",
                },
            },
            "from": {
                "name": "Acme Lending",
                "address": {
                    "addressLine1": "500 W Madison St", "city": "Chicago", "state": "IL", "postalCode": "60661",
                },
            },
            "mailing": { "color": false, "doubleSided": true, "mailClass": "firstClass", "returnEnvelope": false },
        }))
        .unwrap();
        Self {
            tenant: tenant(),
            interaction,
            content: Source::default(),
            attachments: vec![File {
                name: "letter.pdf".into(),
                media_type: MediaType::Pdf,
                bytes: pages.to_vec(),
            }],
            media: Vec::new(),
            unsubscribe: None,
            destination: None,
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
            destination: None,
        }
    }

    pub fn webhook(url: &str, source: Source) -> Self {
        Self {
            tenant: tenant(),
            interaction: interaction("webhook", url),
            content: source,
            attachments: Vec::new(),
            media: Vec::new(),
            unsubscribe: None,
            destination: Some(Destination {
                url: url.into(),
                signer: Signer::Lender,
                generations: vec![2, 1],
            }),
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
                "sendgrid": {"apiKeySecret": "demo/sendgrid"},
                "smtp": {"host": "mail.acme.example", "port": 587, "credentialsSecret": "demo/smtp"},
            },
            "text": {"accountSid": "AC0123", "authTokenSecret": "demo/twilio", "from": "+15555550100"},
            "webhook": {},
            "letter": {
                "name": "Acme Lending",
                "returnAddress": {
                    "addressLine1": "500 W Madison St", "city": "Chicago", "state": "IL", "postalCode": "60661",
                },
                "lob": {"apiKeySecret": "demo/lob", "webhookSecret": "demo/lob-webhook"},
            },
            "inApp": {"expiresAfterDays": 30},
            "push": {"serviceAccountSecret": "demo/fcm"},
        },
    }))
    .unwrap()
}

/// Of an installation whose providers are at their own addresses.
pub fn config() -> Config {
    Config {
        table: "table".into(),
        bucket: "bucket".into(),
        queues: BTreeMap::new(),
        aside_queue: "aside".into(),
        bus: "bus".into(),
        public_webhook_url: "https://hooks.example".into(),
        public_url: Some("https://go.acme.example".into()),
        function_prefix: "postrider-".into(),
        secret_prefix: "postrider/".into(),
        ses_max_per_second: None,
        endpoints: BTreeMap::new(),
    }
}

/// Gives every secret this value.
pub struct Secret(pub &'static str);

#[async_trait]
impl Secrets for Secret {
    async fn secret(&self, _: &str) -> Result<String, Error> {
        Ok(self.0.into())
    }
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
