//! Redirects visitors of the API's address to the console, which leads to the documentation too.

use lambda_http::http::{HeaderValue, StatusCode, header};
use platform::{
    app::App,
    http::{Request, no_content},
    needs::Need,
};

use crate::{catalog::Answer, openapi::Operation};

/// Leads there.
pub async fn handle(_: &App, _: &Request) -> Answer {
    let mut response = no_content();
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/console"));
    Ok(response)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("System", "The address of the API").empty(302, "The console is at Location")
}
