//! Lists a lender's shared templates.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};
use serde_json::json;

use super::{SharedTemplateView, example};
use crate::{catalog::Answer, openapi::Operation};

/// Shows all of them.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let shared = app.store.shared_templates(request.tenant()?).await?;
    let views = shared.templates.into_iter().map(|(name, shared)| SharedTemplateView::of(name, shared));
    json_with_etag(StatusCode::OK, &views.collect::<Vec<_>>(), shared.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::SharedTemplates)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "List shared templates")
        .about("Those under postrider/ are ours and not listed. All have one ETag together.")
        .answer::<Vec<SharedTemplateView>>(200, "All of them, by name", json!([example()]))
}
