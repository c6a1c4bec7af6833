//! 002 · List all template versions for the given template descriptor.

use domain::{
    Error,
    id::{self, Id},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, listed},
    needs::{Items, List, Need},
    store::templates,
};
use serde_json::json;

use crate::{
    catalog::Answer,
    openapi::Operation,
    template_versions::{VersionView, example_view},
};

/// Shows a page of them.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let descriptor_id = &app.store.descriptor(tenant, &request.path_ref("id")?).await?.id;
    let edge = request
        .edge(|id| async move {
            let version = app.store.version(tenant, &listed::<id::Version, Id<_>>(&id)?).await?;
            if version.descriptor_id != *descriptor_id {
                return Err(Error::not_found("template version", id));
            }
            Ok(templates::position_among_its_own(tenant, &version))
        })
        .await?;
    let page = app.store.versions_of(tenant, descriptor_id, request.limit()?, edge).await?;
    json(StatusCode::OK, &page.entries.into_iter().map(VersionView::from).collect::<Vec<_>>())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Templates), Need::Read(Items::Versions), Need::List(List::VersionsOfTemplate)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "List the versions of a template")
        .paged::<Id<id::Version>>()
        .answer::<Vec<VersionView>>(200, "A page, newest first", json!([example_view()]))
        .problems(&[404])
}
