//! 002 · List all template versions of all template descriptors, by pages.

use domain::id;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, listed},
    store::templates,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{VersionView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// A page of versions.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Versions {
    /// The HTTP status.
    status: u16,
    /// How many are on this page.
    count: usize,
    data: Vec<VersionView>,
}

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    request.expect_query(&["limit", "startingAfter", "endingBefore"])?;
    let tenant = request.tenant()?;
    let edge = request
        .edge(|id| async move {
            let version = app.store.version(tenant, &listed::<id::Version, _>(&id)?).await?;
            Ok(templates::position_of_version(tenant, &version))
        })
        .await?;
    let page = app.store.versions(tenant, request.limit()?, edge).await?;
    let data: Vec<_> = page.entries.into_iter().map(VersionView::from).collect();
    json(StatusCode::OK, &Versions { status: StatusCode::OK.as_u16(), count: data.len(), data })
}

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "List template versions").paged().answer::<Versions>(
        200,
        "A page, newest first",
        json!({ "status": 200, "count": 1, "data": [example_view()] }),
    )
}
