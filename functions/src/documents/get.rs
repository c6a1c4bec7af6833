//! Gets a document without the file it holds.

use domain::document::Document;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};

use super::{example, find};
use crate::{catalog::Answer, openapi::Operation};

/// Shows the document.
pub async fn handle(app: &App, request: &Request) -> Answer {
    json(StatusCode::OK, &find(app, request).await?)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Documents)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Documents", "Get a document")
        .answer::<Document>(200, "The document, without the file it holds", example())
        .problems(&[404])
}
