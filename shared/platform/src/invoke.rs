//! Functions that other functions invoke, and how: directly, waiting for the answer.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_lambda::{
    Client,
    config::timeout::TimeoutConfig,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::invoke::InvokeError,
    primitives::Blob,
};
use domain::{
    Error,
    error::{Conflict, TemplateFault, Violation},
    vocabulary::SendingChannel,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    aws::{self, OnDemand},
    http::problem,
};

/// A function that others invoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Callee {
    /// What sends messages of a channel.
    Dispatcher(SendingChannel),
    /// What prints letters.
    Printer,
    /// What asks providers to give messages back.
    Recaller,
}

impl Callee {
    /// Every one.
    pub fn all() -> impl Iterator<Item = Self> {
        SendingChannel::ALL.iter().copied().map(Self::Dispatcher).chain([Self::Printer, Self::Recaller])
    }

    /// Its name in the catalogue: `dispatch-email`.
    pub fn name(self) -> String {
        match self {
            Self::Dispatcher(channel) => format!("dispatch-{channel}"),
            Self::Printer => "letters-print".to_owned(),
            Self::Recaller => "letters-recall".to_owned(),
        }
    }
}

/// Why an invocation gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The function says no, and why.
    #[error("refused: {}: {}", .0.kind, .0.detail)]
    Refused(Box<Refused>),
    /// The function ended before it answered: it crashed, or ran out of time or memory. What it did by then is done.
    #[error("ended: {0}")]
    Ended(String),
    /// Too many run at the same time; it did not begin.
    #[error("throttled: {0}")]
    Throttled(String),
    /// No answer came in time. It may be running still.
    #[error("no answer in time: {0}")]
    TimedOut(String),
    /// Lambda could not be asked, or its answer was lost.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// What was asked or answered is not what the two agreed on.
    #[error("misunderstood: {0}")]
    Misunderstood(String),
}

/// An error of an invoked function, as it tells its caller: the problem that a caller of the API would see.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refused {
    /// The problem's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened and what to do.
    pub detail: String,
    /// What is wrong with which fields.
    #[serde(default)]
    violations: Vec<Violation>,
    /// Where a template fails.
    #[serde(default)]
    template: Option<TemplateFault>,
}

/// Rules of business that invoked functions know and callers of the API are told of.
const PASSED_ON: [Conflict; 3] =
    [Conflict::AttachmentNotPrintable, Conflict::LetterTooLong, Conflict::StatusCannotChange];

impl From<Refused> for Error {
    /// What was wrong with what the caller passed on stays that; everything else is ours.
    #[track_caller]
    fn from(refused: Refused) -> Self {
        let is = |slug: &str| refused.kind.strip_prefix(problem::TYPE) == Some(slug);
        match refused.template {
            Some(fault) => Self::Template(fault),
            None if is("invalid-request") => Self::Invalid(refused.violations),
            None if is("unavailable") => Self::Unavailable(refused.detail.into()),
            None if let Some(conflict) = PASSED_ON.into_iter().find(|one| is(one.as_str())) => {
                Self::conflict(conflict, refused.detail)
            }
            None => Self::Internal(format!("{}: {}", refused.kind, refused.detail).into()),
        }
    }
}

impl From<Unanswered> for Error {
    #[track_caller]
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Refused(refused) => Self::from(*refused),
            Unanswered::Throttled(_) | Unanswered::TimedOut(_) | Unanswered::Unavailable(_) => {
                Self::Unavailable(unanswered.to_string().into())
            }
            Unanswered::Ended(_) | Unanswered::Misunderstood(_) => {
                Self::Internal(unanswered.to_string().into())
            }
        }
    }
}

/// Invokes functions of this installation.
#[derive(Debug, Clone)]
pub struct Invoker {
    client: OnDemand<Client>,
    prefix: String,
}

/// How long an answer is waited for, all attempts together: as long as a function behind the API lives.
const PATIENCE: Duration = Duration::from_secs(29);

impl aws::Client for Client {
    fn of(sdk: &SdkConfig) -> Self {
        let timeouts = sdk.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled);
        let timeouts = timeouts.to_builder().operation_timeout(PATIENCE).build();
        Self::from_conf(aws_sdk_lambda::config::Builder::from(sdk).timeout_config(timeouts).build())
    }
}

impl Invoker {
    /// Of functions whose names begin with `prefix`.
    pub fn new(client: OnDemand<Client>, prefix: String) -> Self {
        Self { client, prefix }
    }

    /// Invokes a function and waits for its answer. If Lambda's answer is lost, the function is invoked again: what is
    /// invoked here must be safe to repeat. Input and answer have up to 6 MB each, as JSON.
    ///
    /// # Errors
    /// See [`Unanswered`].
    pub async fn invoke<T: DeserializeOwned>(
        &self,
        callee: Callee,
        input: &impl Serialize,
    ) -> Result<T, Unanswered> {
        let misunderstood = |error: serde_json::Error| Unanswered::Misunderstood(error.to_string());
        let input = serde_json::to_vec(input).map_err(misunderstood)?;
        let name = format!("{}{}", self.prefix, callee.name());
        let request = self.client.invoke().function_name(name).payload(Blob::new(input));
        let answer = request.send().await.map_err(unanswered)?;
        let payload = answer.payload().map(Blob::as_ref).unwrap_or_default();
        match answer.function_error() {
            None => serde_json::from_slice(payload).map_err(misunderstood),
            Some(_) => Err(failed(payload)),
        }
    }
}

/// What Lambda answers in place of a function that failed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failed {
    #[serde(default)]
    error_type: String,
    #[serde(default)]
    error_message: String,
}

fn failed(payload: &[u8]) -> Unanswered {
    match serde_json::from_slice(payload) {
        Ok(Failed { error_type, error_message }) => match serde_json::from_str(&error_message) {
            Ok(refused) => Unanswered::Refused(Box::new(refused)),
            Err(_) => Unanswered::Ended(format!("{error_type}: {error_message}")),
        },
        Err(_) => Unanswered::Ended("and does not say why".into()),
    }
}

fn unanswered(error: SdkError<InvokeError>) -> Unanswered {
    let told = DisplayErrorContext(&error).to_string();
    match &error {
        SdkError::TimeoutError(_) => Unanswered::TimedOut(told),
        SdkError::ServiceError(service) => match service.err() {
            InvokeError::TooManyRequestsException(_) | InvokeError::Ec2ThrottledException(_) => {
                Unanswered::Throttled(told)
            }
            InvokeError::InvalidRequestContentException(_)
            | InvokeError::InvalidParameterValueException(_)
            | InvokeError::RequestTooLargeException(_)
            | InvokeError::ResourceNotFoundException(_) => Unanswered::Misunderstood(told),
            other if other.code() == Some("AccessDeniedException") => Unanswered::Misunderstood(told),
            _ => Unanswered::Unavailable(told),
        },
        _ => Unanswered::Unavailable(told),
    }
}

#[cfg(test)]
mod tests;
