//! The API as people read it.

use domain::error::Ours as _;
use platform::{app::App, http::Request, needs::Need};
use serde_json::Value;

use crate::{
    catalog::Answer,
    openapi::{Operation, get::DOCUMENT},
};

/// Shows what the OpenAPI document says, as a page.
pub async fn handle(_: &App, _: &Request) -> Answer {
    let document: Value = serde_json::from_str(DOCUMENT).internal()?;
    pages::api(&document)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("System", "The documentation of the API")
        .about("For browsers: this document as a page, without a script.")
        .page(200, "The API as a page for people")
        .problems(&[500])
}
