//! Answers in JSON, and answers without a body.

use domain::{
    Error,
    error::{Conflict, Ours as _},
};
use lambda_http::{
    Body, Response,
    http::{HeaderValue, StatusCode, header},
};
use serde::Serialize;

use super::MAX_LARGE_BODY;

/// An answer in JSON.
pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Result<Response<Body>, Error> {
    let text = serde_json::to_string(body).internal()?;
    let mut response = Response::new(Body::Text(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Marks what [`json_shown_once`] answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShownOnce;

/// An answer in JSON with a secret that is kept nowhere. Whoever sends the request again is told that it was shown, and no more.
pub fn json_shown_once<T: Serialize>(status: StatusCode, body: &T) -> Result<Response<Body>, Error> {
    let mut response = json(status, body)?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(ShownOnce);
    Ok(response)
}

/// An answer in JSON that may be too long for one; then `remedy` is told.
///
/// A Lambda's answer has at most 6 MB, in which the JSON is a JSON text itself, quotes and all.
///
/// # Errors
/// [`Conflict::LimitReached`] above [`MAX_LARGE_BODY`], which is also what an import takes.
pub fn json_within<T: Serialize>(
    status: StatusCode,
    body: &T,
    remedy: &str,
) -> Result<Response<Body>, Error> {
    let response = json(status, body)?;
    let written = match response.body() {
        Body::Text(text) => text.len() + text.bytes().filter(|b| matches!(b, b'"' | b'\\')).count(),
        _ => 0,
    };
    if written > MAX_LARGE_BODY {
        return Err(Error::conflict(Conflict::LimitReached, remedy));
    }
    Ok(response)
}

/// An answer in JSON about a thing that may be changed under `If-Match`.
pub fn json_with_etag<T: Serialize>(
    status: StatusCode,
    body: &T,
    revision: u64,
) -> Result<Response<Body>, Error> {
    let mut response = json(status, body)?;
    let value = HeaderValue::from_str(&etag(revision)).internal()?;
    response.headers_mut().insert(header::ETAG, value);
    Ok(response)
}

/// A revision as an entity tag (RFC 9110).
pub fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}

/// An answer without a body.
pub fn no_content() -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
