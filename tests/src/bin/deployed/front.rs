//! The lender's own domain: one address in front of API Gateway and of the webhooks' function URLs.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::handler::Handler as _;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use local::{Failure, http_client};
use platform::providers::Webhook;
use reqwest::Url;
use tokio::net::TcpListener;

/// Headers that belong to a connection and are not forwarded.
const OF_THE_CONNECTION: [HeaderName; 4] =
    [header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

/// The outputs of the stack with the webhooks' URLs.
const WEBHOOKS: [(Webhook, &str); 3] = [
    (Webhook::DeliveryStatus, "WebhookUrl"),
    (Webhook::InboundSms, "InboundSmsUrl"),
    (Webhook::InboundEmail, "InboundEmailUrl"),
];

/// A reverse proxy.
pub struct Front {
    emulator: String,
    hosts: OnceLock<Hosts>,
    http: reqwest::Client,
}

/// The emulator serves all of them at one address and tells them apart by the `Host` header.
struct Hosts {
    api: String,
    webhooks: BTreeMap<&'static str, String>,
}

impl Front {
    /// A proxy that forwards nothing until [`Self::connect`].
    pub fn new(emulator: String) -> Arc<Self> {
        Arc::new(Self { emulator, hosts: OnceLock::new(), http: http_client() })
    }

    /// Forwards to the stack with these outputs from now on.
    ///
    /// # Errors
    /// Where the stack lacks an output.
    pub fn connect(&self, outputs: &BTreeMap<String, String>) -> Result<(), Failure> {
        let host = |name: &str| {
            let url = outputs.get(name).ok_or_else(|| format!("the stack has no output {name}"))?;
            let url = Url::parse(url)?;
            Ok::<_, Failure>(url.host_str().ok_or("a URL without a host")?.to_owned())
        };
        let webhooks = WEBHOOKS.into_iter().map(|(webhook, name)| Ok((webhook.path(), host(name)?)));
        let hosts = Hosts { api: host("ApiUrl")?, webhooks: webhooks.collect::<Result<_, Failure>>()? };
        self.hosts.set(hosts).map_err(|_| "the domain is already connected".into())
    }

    /// Listens. Requests to `others` are not forwarded.
    pub fn serve(self: Arc<Self>, listener: TcpListener, others: Router) {
        let router = others.fallback_service(forward.with_state(self));
        tokio::spawn(axum::serve(listener, router).into_future());
    }
}

async fn forward(
    State(front): State<Arc<Front>>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, HeaderMap, Bytes), (StatusCode, String)> {
    let unanswered = |why: String| (StatusCode::BAD_GATEWAY, why);
    let hosts = front.hosts.get().ok_or_else(|| unanswered("nothing is deployed yet".into()))?;
    let host = hosts.webhooks.get(uri.path()).unwrap_or(&hosts.api);
    OF_THE_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = front.http.request(method, format!("{}{path}", front.emulator));
    let answer = request.headers(headers).header(header::HOST, host).body(body).send().await;
    let answer = answer.map_err(|error| unanswered(error.to_string()))?;

    let (status, mut headers) = (answer.status(), answer.headers().clone());
    OF_THE_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
    let body = answer.bytes().await.map_err(|error| unanswered(error.to_string()))?;
    Ok((status, headers, body))
}
