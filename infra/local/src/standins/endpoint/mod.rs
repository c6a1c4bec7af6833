//! The stand-in for servers of the lenders' that are called by webhooks: it is every name within `example.com`, and answers
//! any path.
//!
//! What came is kept with its signatures' verdict, whatever was answered; what was answered with 2xx stands in the outbox. The
//! signature is checked as a receiver does, by the secrets it was told.

mod calls;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use domain::vocabulary::{ProviderName, SendingChannel};
use platform::providers::endpoint::signing::{ID, SIGNATURE, Secret, TIMESTAMP};
use serde::Deserialize;
use serde_json::Value;

use self::calls::{Call, Calls, Verdict};
use super::{StandIn, Surroundings, connection};
use crate::faults::{Mode, Target};
use crate::outbox::Message;
use crate::problem::{Control, Problem};

/// The longest body it reads; ours have fewer than 20 KB.
const LARGEST: usize = 64 << 10;

/// The stand-in.
pub struct Endpoint {
    around: Surroundings,
    calls: Calls,
    receiver: Mutex<Receiver>,
}

/// What the receiver was told.
#[derive(Default)]
struct Receiver {
    secrets: Vec<Secret>,
    answers: VecDeque<Planned>,
}

/// What one call is answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Planned {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    delay_seconds: u64,
}

/// The body of `POST /_local/providers/endpoint/secrets`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// `whsec_…`
    secret: String,
}

impl Endpoint {
    /// A receiver that knows no secret yet and answers 204.
    pub fn new(around: Surroundings) -> Arc<Self> {
        Arc::new(Self { around, calls: Calls::default(), receiver: Mutex::default() })
    }

    fn receiver(&self) -> MutexGuard<'_, Receiver> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a receiver makes of the signatures; nobody's, where it knows no secret.
    fn verdict(&self, headers: &HeaderMap, body: &[u8]) -> Verdict {
        let secrets = self.receiver().secrets.clone();
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let now = self.around.clock.now();
        let is_by =
            |secret: &Secret| secret.verify(header(ID), header(TIMESTAMP), header(SIGNATURE), body, now);
        match secrets.is_empty() {
            true => Verdict::Unknown,
            false if secrets.iter().any(is_by) => Verdict::Valid,
            false => Verdict::Invalid,
        }
    }
}

/// Takes a call, unless a fault is due or another answer was asked for.
async fn receive(
    State(endpoint): State<Arc<Endpoint>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if method != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let fault = endpoint.around.faults.take(Target::Provider(ProviderName::Endpoint));
    let planned = endpoint.receiver().answers.pop_front();
    let answer = match (fault, &planned) {
        (Some(Mode::Error), _) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        (Some(Mode::Throttle), _) => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "120")]).into_response()
        }
        (Some(Mode::Timeout), _) => return connection::keep_waiting().await,
        (Some(Mode::DropAnswer | Mode::CrashBeforeRecord) | None, Some(planned)) => planned.response(),
        (Some(Mode::DropAnswer | Mode::CrashBeforeRecord) | None, None) => {
            StatusCode::NO_CONTENT.into_response()
        }
    };
    let call = Call::new(&headers, &uri, &body, endpoint.verdict(&headers, &body), answer.status());
    endpoint.calls.note(call.clone());
    tokio::time::sleep(Duration::from_secs(planned.map_or(0, |planned| planned.delay_seconds))).await;
    if !answer.status().is_success() {
        return answer;
    }
    let message = endpoint.around.outbox.add(endpoint.message(call));
    endpoint.around.answer(fault, &message, answer).await
}

impl Planned {
    fn response(&self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::NO_CONTENT);
        let mut response = (status, self.body.clone()).into_response();
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl Endpoint {
    fn message(&self, call: Call) -> Message {
        let content: Value = serde_json::from_str(&call.body).unwrap_or_default();
        let word = |name: &str| content["data"][name].as_str().map(str::to_owned);
        let is_html = content["data"]["isHtml"] == true;
        Message {
            sequence: 0,
            at: self.around.clock.now(),
            provider: ProviderName::Endpoint,
            provider_message_id: call.headers.get(ID).cloned().unwrap_or_default(),
            channel: SendingChannel::Webhook,
            to: call.url,
            from: String::new(),
            subject: word("subject").or_else(|| content["type"].as_str().map(str::to_owned)),
            body: word("body").unwrap_or_else(|| call.body.clone()),
            html: word("body").filter(|_| is_html),
            headers: call.headers,
            attachments: Vec::new(),
            tags: BTreeMap::from([("signature".to_owned(), call.signature.to_string())]),
            reports: Vec::new(),
            raw: call.body,
        }
    }
}

/// Tells the receiver another secret.
async fn tell(
    State(endpoint): State<Arc<Endpoint>>,
    Control(told): Control<Told>,
) -> Result<StatusCode, Problem> {
    let secret = Secret::parse(&told.secret)
        .ok_or_else(|| Problem::bad_request("secret is whsec_ and 24 to 64 bytes in base64"))?;
    endpoint.receiver().secrets.push(secret);
    Ok(StatusCode::NO_CONTENT)
}

/// Says what the next calls are answered.
async fn plan(
    State(endpoint): State<Arc<Endpoint>>,
    Control(answers): Control<Vec<Planned>>,
) -> Result<StatusCode, Problem> {
    // Below 200 a server goes on to answer.
    if answers.iter().any(|answer| !(200..600).contains(&answer.status)) {
        return Err(Problem::bad_request("status is 200 to 599"));
    }
    endpoint.receiver().answers = answers.into();
    Ok(StatusCode::NO_CONTENT)
}

async fn list(State(endpoint): State<Arc<Endpoint>>) -> Json<Vec<Call>> {
    Json(endpoint.calls.all())
}

impl StandIn for Arc<Endpoint> {
    /// Any path; its root stands for `https://example.com` and every name within.
    fn api(&self) -> Option<Router> {
        let api = Router::new().fallback(receive).layer(DefaultBodyLimit::max(LARGEST));
        Some(api.with_state(Arc::clone(self)))
    }

    /// `POST /_local/providers/endpoint/secrets`, `PUT …/answers`, `GET …/calls`.
    fn controls(&self) -> Router {
        Router::new()
            .route("/_local/providers/endpoint/secrets", post(tell))
            .route("/_local/providers/endpoint/answers", put(plan))
            .route("/_local/providers/endpoint/calls", get(list))
            .with_state(Arc::clone(self))
    }

    fn resume(&self) {}
}
