//! Shows a shared template.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};

use super::{SharedTemplateView, absent, example, known_name};
use crate::{catalog::Answer, openapi::Operation};

/// Shows it.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let name = known_name(request)?;
    let mut shared = app.store.shared_templates(request.tenant()?).await?;
    let template = shared.templates.remove(&name).ok_or_else(|| absent(name.as_str()))?;
    json_with_etag(StatusCode::OK, &SharedTemplateView::of(name, template), shared.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::SharedTemplates)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "Get a shared template")
        .answer::<SharedTemplateView>(200, "The shared template", example())
        .problems(&[404])
}
