//! 000 · Get a template.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};

use super::{TemplateView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// Shows a template, archived ones too.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let template = app.store.template(request.tenant()?, &request.path_ref("id")?).await?;
    let revision = template.descriptor.revision;
    json_with_etag(StatusCode::OK, &TemplateView::from(template), revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Templates), Need::Read(Items::Versions)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communication templates", "Get a template")
        .answer::<TemplateView>(200, "The template as it is stored", example_view())
        .problems(&[404])
}
