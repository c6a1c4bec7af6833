//! What 001 and 002 put around their answers.

use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

/// An answer with one thing in it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Answer")]
pub struct One<T> {
    /// The HTTP status.
    status: u16,
    /// The name of the HTTP status, such as OK.
    message: &'static str,
    data: T,
}

/// An answer with one page of a list in it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    /// The HTTP status.
    status: u16,
    /// How many are on this page.
    count: usize,
    data: Vec<T>,
    /// Where to go on, as startingAfter: a filter left out so many that the page is short although there may be more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_starting_after: Option<String>,
}

impl<T> One<T> {
    /// In an answer of this status.
    pub fn of(status: StatusCode, data: T) -> Self {
        Self { status: status.as_u16(), message: status.canonical_reason().unwrap_or_default(), data }
    }
}

impl<T> Page<T> {
    /// In an answer of 200.
    pub fn of(data: Vec<T>) -> Self {
        Self { status: StatusCode::OK.as_u16(), count: data.len(), data, next_starting_after: None }
    }

    /// The same, of a list that goes on after the entry with this id.
    pub fn and_on(self, after: Option<String>) -> Self {
        Self { next_starting_after: after, ..self }
    }
}
