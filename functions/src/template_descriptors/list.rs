//! 002 · List template descriptors.

use domain::{
    id::{self, Ref},
    shape,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, listed},
    needs::{Items, List, Need},
    store::templates,
};
use serde_json::json;

use super::{DescriptorView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let company = request.query::<String>("companyId")?;
    if company.is_some_and(|company| !tenant.is_company(&company)) {
        return json(StatusCode::OK, &Vec::<DescriptorView>::new());
    }
    let edge = request
        .edge(|id| async move {
            let id: Ref<id::Descriptor> = listed::<id::Descriptor, _>(&id)?;
            let descriptor = app.store.descriptor(tenant, &id).await?;
            Ok(templates::position_of_descriptor(tenant, &descriptor))
        })
        .await?;
    let page = app.store.descriptors(tenant, request.limit()?, edge).await?;
    let views = page.entries.into_iter().map(|descriptor| DescriptorView::of(tenant, descriptor));
    json(StatusCode::OK, &views.collect::<Vec<_>>())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Templates), Need::List(List::Templates)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "List template descriptors")
        .paged::<Ref<id::Descriptor>>()
        .query_as::<shape::Any<255>>(
            "companyId",
            "Your companyId as in the answers, or your name in this installation; others have nothing here.",
        )
        .answer::<Vec<DescriptorView>>(200, "A page, newest first", json!([example_view()]))
}
