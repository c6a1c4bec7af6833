//! 002 · Set the given template version as active.

use std::sync::Arc;

use domain::Error;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
    templates::authoring,
};

use super::{VersionView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// Switches.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let expected = |version: &domain::template::Version| request.expect_revision(version.revision);
    let template = authoring::activate(app, request.tenant()?, &request.path_ref("id")?, expected).await?;
    let version = template
        .active
        .map(Arc::unwrap_or_clone)
        .ok_or_else(|| Error::Internal("an activated template is not active".into()))?;
    let revision = version.revision;
    json_with_etag(StatusCode::OK, &VersionView::from(version), revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Templates), Need::Read(Items::Versions), Need::All(authoring::SAVE)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let mut example = example_view();
    example["status"] = "active".into();
    Operation::new("Templates", "Activate a template version")
        .about(
            "What was in use is retired in the same instant; activating it again brings it back. Messages accepted before \
             keep their wording. Other processes follow within 30 seconds.",
        )
        .answer::<VersionView>(200, "The version, now in use", example)
        .problems(&[404, 409, 412, 422])
}
