//! 002 · List all template versions of all template descriptors, by pages.

use domain::id::{self, Id};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, listed},
    needs::{Items, List, Need},
    store::templates,
};
use serde_json::json;

use super::{VersionView, example_view};
use crate::{catalog::Answer, envelope::Page, openapi::Operation};

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let edge = request
        .edge(|id| async move {
            let version = app.store.version(tenant, &listed::<id::Version, Id<_>>(&id)?).await?;
            Ok(templates::position_of_version(tenant, &version))
        })
        .await?;
    let page = app.store.versions(tenant, request.limit()?, edge).await?;
    json(StatusCode::OK, &Page::of(page.entries.into_iter().map(VersionView::from).collect()))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Versions), Need::List(List::Versions)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "List template versions")
        .paged::<Id<id::Version>>()
        .answer::<Page<VersionView>>(
            200,
            "A page, newest first",
            json!({ "status": 200, "count": 1, "data": [example_view()] }),
        )
}
