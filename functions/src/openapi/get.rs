//! The OpenAPI document, as it was checked in with this build.

use lambda_http::{
    Body, Response,
    http::{HeaderValue, header},
};
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Map, Value, json};

use crate::{catalog::Answer, openapi::Operation};

/// The document.
pub(crate) const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

/// Shows it.
pub async fn handle(_: &App, _: &Request) -> Answer {
    let mut response = Response::new(Body::Text(DOCUMENT.to_owned()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("System", "This document").answer::<Map<String, Value>>(
        200,
        "This document, as OpenAPI 3.1",
        json!({ "openapi": "3.1.0" }),
    )
}
