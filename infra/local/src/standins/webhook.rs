//! A provider calling our webhook.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde::Serialize;

use crate::problem::Problem;

/// The pause before each try of a provider that reports by itself, until our webhook takes the report.
pub const PAUSES: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(3),
];

/// What our webhook answered a provider's call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookAnswer {
    /// The address called.
    pub url: String,
    /// The HTTP status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

impl WebhookAnswer {
    /// Whether our webhook took it.
    pub fn was_taken(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Makes the call. No answer at all is a 502 problem.
pub async fn call(url: &str, request: RequestBuilder) -> Result<WebhookAnswer, Problem> {
    let unanswered = |error: reqwest::Error| Problem::bad_gateway(format!("{url} did not answer: {error}"));
    let response = request.send().await.map_err(unanswered)?;
    let status = response.status().as_u16();
    let body = response.text().await.map_err(unanswered)?;
    Ok(WebhookAnswer { url: url.to_owned(), status, body })
}
