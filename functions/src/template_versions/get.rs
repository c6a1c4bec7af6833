//! 002 · Get a template version.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};

use super::{VersionView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// Shows it.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let version = app.store.version(request.tenant()?, &request.path_ref("id")?).await?;
    let revision = version.revision;
    json_with_etag(StatusCode::OK, &VersionView::from(version), revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Versions)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "Get a template version")
        .answer::<VersionView>(200, "The template version", example_view())
        .problems(&[404])
}
