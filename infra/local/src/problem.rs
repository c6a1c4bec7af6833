//! How the runner's own controls (`/_local/…`) take a body and refuse one: `application/problem+json` (RFC 9457).
//!
//! The API's problems belong to `platform`; a stand-in refuses in its provider's own format.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

/// Why a control did nothing.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    /// 400: the request says something the control does not understand.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, detail: detail.into() }
    }

    /// 404: what the request names is not there.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, detail: detail.into() }
    }

    /// 409: it is there, but this cannot be done with it.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::CONFLICT, detail: detail.into() }
    }

    /// 502: whom the control had to call did not answer.
    pub fn bad_gateway(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_GATEWAY, detail: detail.into() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        (self.status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
    }
}

/// The JSON body of a control. Its content type is not looked at, so that a bare `curl -d` works.
pub struct Control<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Control<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
        serde_json::from_slice(&body).map(Self).map_err(|error| Problem::bad_request(error.to_string()))
    }
}
