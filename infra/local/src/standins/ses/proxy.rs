//! Between the SES client and the local AWS.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use domain::vocabulary::ProviderName;
use serde::Deserialize;
use serde_json::json;

use super::mail::SendEmail;
use super::{Ses, simulator};
use crate::faults::{Mode, Target};
use crate::standins::connection;

/// Headers that belong to one connection, not to what passes through it.
const OF_THE_CONNECTION: &[HeaderName] =
    &[header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

/// A refusal as SES words it: the SDK reads the kind of error from the header.
struct Refusal {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into() }
    }

    /// The local AWS cannot be reached.
    fn unreachable(error: reqwest::Error) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "ServiceUnavailable", error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, [("x-amzn-errortype", self.kind)], Json(json!({ "message": self.message })))
            .into_response()
    }
}

/// What the local AWS answers to a send.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    message_id: String,
}

/// `POST /v2/email/outbound-emails`: passes a send on, unless a fault is due, and records what was accepted.
pub async fn send(
    State(ses): State<Arc<Ses>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    accept(ses, method, uri, headers, body).await.unwrap_or_else(Refusal::into_response)
}

async fn accept(
    ses: Arc<Ses>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let mut message = SendEmail::message(&body, ses.around.clock.now())
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, "BadRequestException", error))?;
    if simulator::is_rejected(&message.to) {
        let error = format!("Email address is not verified: {}", message.to);
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "MessageRejected", error));
    }

    let fault = ses.around.faults.take(Target::Provider(ProviderName::Ses));
    match fault {
        Some(Mode::Error) => {
            let message = "An internal error occurred";
            return Err(Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServiceErrorException",
                message,
            ));
        }
        Some(Mode::Throttle) => {
            let message = "Maximum sending rate exceeded.";
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", message));
        }
        Some(Mode::Timeout) => return Ok(connection::keep_waiting().await),
        Some(Mode::DropAnswer | Mode::CrashBeforeRecord) | None => {}
    }

    let (status, headers, body) = ses.pass_on(method, uri, headers, body).await?;
    let Ok(Sent { message_id }) = serde_json::from_slice(&body) else {
        return Ok((status, headers, body).into_response());
    };
    message.provider_message_id = message_id;
    let message = ses.around.outbox.add(message);
    simulator::report_by_itself(&ses, message.clone());
    Ok(ses.around.answer(fault, &message, (status, headers, body).into_response()).await)
}

/// Passes any other request on.
pub async fn forward(
    State(ses): State<Arc<Ses>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    ses.pass_on(method, uri, headers, body).await.into_response()
}

impl Ses {
    async fn pass_on(
        &self,
        method: Method,
        uri: Uri,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Result<(StatusCode, HeaderMap, Bytes), Refusal> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        OF_THE_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
        let request = self.around.http.request(method, format!("{}{path}", self.config.upstream));
        let answer = request.headers(headers).body(body).send().await.map_err(Refusal::unreachable)?;

        let status = answer.status();
        let mut headers = answer.headers().clone();
        OF_THE_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
        Ok((status, headers, answer.bytes().await.map_err(Refusal::unreachable)?))
    }
}
