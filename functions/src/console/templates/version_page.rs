//! A page of what a version says to whom it is tried on, as a picture.

use lambda_http::{Body, http::StatusCode};
use platform::{app::App, http::Request, needs::Need};

use super::version_letter;
use crate::console::{Shown, picture};

/// Draws it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let printed = version_letter::handle(app, request).await?;
    match (printed.status(), printed.body()) {
        (StatusCode::OK, Body::Binary(pdf)) => picture(pdf.clone(), request.path("page")).await,
        // Why it cannot be printed.
        _ => Ok(printed),
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = version_letter::NEEDS;
