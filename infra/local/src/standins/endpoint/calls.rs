//! What came to the receiver, whatever it was answered.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, StatusCode, Uri, header};
use serde::Serialize;

/// How many calls are kept; older ones make room.
const CAPACITY: usize = 1_000;

/// What the receiver made of the signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// One of them is by a secret that it knows.
    Valid,
    /// None of them is.
    Invalid,
    /// It knows no secret.
    Unknown,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Unknown => "unknown",
        })
    }
}

/// One call.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// Where it was made to.
    pub url: String,
    /// What it said about itself.
    pub headers: BTreeMap<String, String>,
    /// What it said.
    pub body: String,
    /// Whether it is proven.
    pub signature: Verdict,
    /// What it was answered.
    pub answered: u16,
}

impl Call {
    /// A call as it came.
    pub fn new(
        headers: &HeaderMap,
        uri: &Uri,
        body: &[u8],
        signature: Verdict,
        answered: StatusCode,
    ) -> Self {
        let readable =
            |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let host = headers.get(header::HOST).map(readable).unwrap_or_default();
        Self {
            url: format!("https://{host}{uri}"),
            headers: headers.iter().map(|(name, value)| (name.to_string(), readable(value))).collect(),
            body: String::from_utf8_lossy(body).into_owned(),
            signature,
            answered: answered.as_u16(),
        }
    }
}

/// The calls, the oldest first.
#[derive(Default)]
pub struct Calls(Mutex<VecDeque<Call>>);

impl Calls {
    /// Keeps one.
    pub fn note(&self, call: Call) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push_back(call);
        if calls.len() > CAPACITY {
            calls.pop_front();
        }
    }

    /// All that are kept.
    pub fn all(&self) -> Vec<Call> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
