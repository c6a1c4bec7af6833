//! One request to a provider over HTTPS, and what is certain when it is not answered well.

use domain::{
    delivery::{Refusal, Retry, SendOutcome},
    vocabulary::ProviderName,
};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use reqwest::{
    RequestBuilder, StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};

use crate::outbound;

/// What a provider answered.
pub(super) struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; empty if it refused and the reason got lost.
    pub body: Vec<u8>,
}

/// Why a request has no answer.
pub(super) enum Lost {
    /// No connection came about.
    NotSent(String),
    /// The request, or a part of it, may have arrived.
    MaybeSent(String),
}

impl Lost {
    /// For logs.
    pub fn why(&self) -> &str {
        match self {
            Self::NotSent(why) | Self::MaybeSent(why) => why,
        }
    }

    /// What it means for the message that was to be sent; `away`, if it certainly was not.
    pub fn outcome(self, away: Refusal) -> SendOutcome {
        match self {
            Self::NotSent(why) => {
                tracing::warn!(why, "a provider cannot be reached");
                SendOutcome::Refused(away)
            }
            Self::MaybeSent(description) => unknown(description),
        }
    }
}

/// The longest wait that an answer may ask for: the longest between two attempts.
pub(super) const MAX_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// How long an answer asks to wait (RFC 9110, section 10.2.3), at most a day.
pub(super) fn wait(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match value.parse::<u32>() {
        Ok(seconds) => SignedDuration::from_secs(seconds.into()),
        Err(_) => rfc2822::parse(value).ok()?.timestamp().duration_since(now),
    };
    Some(wait.clamp(SignedDuration::ZERO, MAX_WAIT))
}

/// What an answer means, with the wait it asks for where another attempt may help.
pub(super) fn later(outcome: SendOutcome, headers: &HeaderMap, now: Timestamp) -> SendOutcome {
    match (outcome, wait(headers, now)) {
        (SendOutcome::Refused(refusal), Some(wait)) if refusal.retry == Retry::WhileAllowed => {
            SendOutcome::Refused(Refusal { retry: Retry::After(wait), ..refusal })
        }
        (outcome, _) => outcome,
    }
}

/// Makes a request, and reads at most `limit` bytes of the answer. Nothing it says of a failure has the URL, which may name an
/// account or a recipient.
pub(super) async fn exchange(
    request: RequestBuilder,
    provider: ProviderName,
    limit: usize,
) -> Result<Answer, Lost> {
    let response = request.send().await.map_err(|error| {
        let error = error.without_url();
        let why = outbound::describe(&error);
        if error.is_connect() || error.is_builder() { Lost::NotSent(why) } else { Lost::MaybeSent(why) }
    })?;
    let (status, headers) = (response.status(), response.headers().clone());
    match outbound::read_bounded(response, limit).await {
        Ok(body) => Ok(Answer { status, headers, body }),
        // The status is an answer: it refused, and only why is lost.
        Err(_) if is_refusal(status) => Ok(Answer { status, headers, body: Vec::new() }),
        Err(error) => Err(Lost::MaybeSent(format!("the {status} answer of {provider} broke off: {error}"))),
    }
}

/// That nobody knows whether a message left.
pub(super) fn unknown(description: String) -> SendOutcome {
    SendOutcome::Unknown { description }
}

/// Whether the status says that a provider does not look at messages now.
pub(super) fn is_busy(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// Whether the status says that the message was not taken. A gateway's 502 and 504 say only that it got no good answer from
/// what lies behind it, and 408 that an answer came too late.
pub(super) fn is_refusal(status: StatusCode) -> bool {
    (status.is_client_error() || status.is_server_error())
        && !matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT
        )
}
