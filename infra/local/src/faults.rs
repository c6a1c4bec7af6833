//! Faults a person or a test asks for: the next sends to a provider, or calls to an AWS service, go wrong.
//!
//! Here is only what was asked for and how often. Whoever plays the target takes a fault and acts it out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use domain::vocabulary::ProviderName;
use serde::{Deserialize, Serialize};

use crate::problem::Control;

/// Whom a fault befalls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Target {
    /// Sends through a provider.
    Provider(ProviderName),
    /// Calls to DynamoDB.
    Dynamodb,
    /// Calls to SQS.
    Sqs,
    /// Calls to S3.
    S3,
    /// Calls to EventBridge.
    Events,
    /// Invocations of functions by functions.
    Lambda,
}

impl Target {
    /// Every target.
    fn all() -> impl Iterator<Item = Self> {
        let providers = ProviderName::ALL.iter().copied().map(Self::Provider);
        providers.chain([Self::Dynamodb, Self::Sqs, Self::S3, Self::Events, Self::Lambda])
    }
}

impl From<Target> for &'static str {
    fn from(target: Target) -> Self {
        match target {
            Target::Provider(provider) => provider.as_str(),
            Target::Dynamodb => "dynamodb",
            Target::Sqs => "sqs",
            Target::S3 => "s3",
            Target::Events => "events",
            Target::Lambda => "lambda",
        }
    }
}

impl TryFrom<String> for Target {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Self::all().find(|target| <&str>::from(*target) == word).ok_or_else(|| {
            let all: Vec<&str> = Self::all().map(Into::into).collect();
            format!("{word:?} is no target; allowed: {}", all.join(", "))
        })
    }
}

/// How it goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Answered with a server error; nothing was accepted.
    Error,
    /// Never answered; nothing was accepted.
    Timeout,
    /// Answered "too many requests"; nothing was accepted.
    Throttle,
    /// Accepted, but the connection closes before the answer.
    DropAnswer,
    /// Accepted, and our own process dies before it can record the answer.
    CrashBeforeRecord,
}

/// A fault and how many more times it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Whom it befalls.
    pub target: Target,
    /// How it goes wrong.
    pub mode: Mode,
    /// How many more times; 1 when not said, 0 takes the fault back.
    #[serde(default = "once")]
    pub times: u32,
    /// How many go well before; none when not said.
    #[serde(default, skip_serializing_if = "none")]
    pub after: u32,
}

fn none(count: &u32) -> bool {
    *count == 0
}

fn once() -> u32 {
    1
}

/// The faults asked for: at most one kind per target at a time.
#[derive(Debug, Default)]
pub struct Faults {
    pending: Mutex<BTreeMap<Target, Fault>>,
}

impl Faults {
    /// Asks for a fault, in place of what its target had.
    pub fn set(&self, fault: Fault) {
        if fault.times == 0 {
            self.pending().remove(&fault.target);
        } else {
            self.pending().insert(fault.target, fault);
        }
    }

    /// The fault `target` must act out now, used up by one.
    pub fn take(&self, target: Target) -> Option<Mode> {
        let mut pending = self.pending();
        let fault = pending.get_mut(&target)?;
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        let mode = fault.mode;
        fault.times -= 1;
        if fault.times == 0 {
            pending.remove(&target);
        }
        Some(mode)
    }

    /// Takes all faults back.
    pub fn clear(&self) {
        self.pending().clear();
    }

    /// The faults still to happen.
    pub fn list(&self) -> Vec<Fault> {
        self.pending().values().copied().collect()
    }

    fn pending(&self) -> MutexGuard<'_, BTreeMap<Target, Fault>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET`, `PUT` and `DELETE /_local/faults`; each answers the faults still to happen.
pub fn routes(faults: Arc<Faults>) -> Router {
    Router::new().route("/_local/faults", get(list).put(set).delete(clear)).with_state(faults)
}

async fn list(State(faults): State<Arc<Faults>>) -> Json<Vec<Fault>> {
    Json(faults.list())
}

async fn set(State(faults): State<Arc<Faults>>, Control(fault): Control<Fault>) -> Json<Vec<Fault>> {
    faults.set(fault);
    Json(faults.list())
}

async fn clear(State(faults): State<Arc<Faults>>) -> Json<Vec<Fault>> {
    faults.clear();
    Json(faults.list())
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;
    use crate::standins::testbed::{client, serve};

    const SES: Target = Target::Provider(ProviderName::Ses);
    const TWILIO: Target = Target::Provider(ProviderName::Twilio);

    fn fault(target: Target, mode: Mode, times: u32) -> Fault {
        Fault { target, mode, times, after: 0 }
    }

    #[test]
    fn fault_happens_as_often_as_asked_and_to_its_target_only() {
        let faults = Faults::default();
        faults.set(fault(TWILIO, Mode::Throttle, 2));
        assert_eq!(faults.take(SES), None);
        assert_eq!(faults.take(TWILIO), Some(Mode::Throttle));
        assert_eq!(faults.take(TWILIO), Some(Mode::Throttle));
        assert_eq!(faults.take(TWILIO), None);
        assert_eq!(faults.list(), []);
    }

    #[test]
    fn a_fault_may_wait_for_its_turn() {
        let faults = Faults::default();
        faults.set(Fault { after: 2, ..fault(TWILIO, Mode::Error, 1) });
        let taken: Vec<_> = (0..4).map(|_| faults.take(TWILIO)).collect();
        assert_eq!(taken, [None, None, Some(Mode::Error), None]);
    }

    #[test]
    fn later_fault_takes_the_place_of_the_earlier() {
        let faults = Faults::default();
        faults.set(fault(SES, Mode::Error, 9));
        faults.set(fault(SES, Mode::Timeout, 1));
        assert_eq!(faults.list(), [fault(SES, Mode::Timeout, 1)]);
    }

    #[test]
    fn fault_for_no_times_takes_it_back() {
        let faults = Faults::default();
        faults.set(fault(Target::Sqs, Mode::Error, 3));
        faults.set(fault(Target::Sqs, Mode::Error, 0));
        assert_eq!(faults.take(Target::Sqs), None);
    }

    #[tokio::test]
    async fn faults_are_asked_for_listed_and_taken_back_over_http() {
        let faults = Arc::new(Faults::default());
        let url = format!("{}/_local/faults", serve(routes(Arc::clone(&faults))).await);
        let put = async |body: &'static str| {
            let answer = client().put(&url).body(body).send().await.unwrap();
            (answer.status(), answer.text().await.unwrap())
        };
        let (status, listed) = put(r#"{"target": "twilio", "mode": "drop_answer", "times": 3}"#).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(listed, r#"[{"target":"twilio","mode":"drop_answer","times":3}]"#);
        put(r#"{"target": "ses", "mode": "error"}"#).await;
        assert_eq!(faults.take(SES), Some(Mode::Error));
        assert_eq!(faults.take(SES), None, "once when not said how often");

        client().delete(&url).send().await.unwrap();
        assert_eq!(faults.list(), []);

        for (body, allowed) in [
            (r#"{"target": "pigeon", "mode": "error"}"#, "fcm, endpoint, dynamodb, sqs, s3, events, lambda"),
            (
                r#"{"target": "ses", "mode": "sulk"}"#,
                "`error`, `timeout`, `throttle`, `drop_answer`, `crash_before_record`",
            ),
            (r#"{"target": "ses", "mode": "error", "often": 2}"#, "`target`, `mode`, `times`, `after`"),
        ] {
            let (status, problem) = put(body).await;
            assert_eq!(status, StatusCode::BAD_REQUEST);
            assert!(problem.contains(allowed), "{problem}");
        }
        assert_eq!(faults.list(), []);
    }
}
