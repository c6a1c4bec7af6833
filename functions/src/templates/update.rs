//! 000 · Update a template: its new wording is a new version, active at once. Earlier versions stay.

use domain::{Error, error::Conflict, template::DescriptorStatus, vocabulary::Channel};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    store::templates::Template,
};

use super::{TemplateBody, TemplateView, example_body, example_view, version};
use crate::{catalog::Answer, openapi::Operation};

/// Replaces what the template says.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: TemplateBody = request.json()?;
    body.check()?;
    let source = body.source()?;
    let tenant = app.tenant(request.tenant()?).await?;
    let Template { mut descriptor, active } = app.store.template(&tenant.id, &request.path_id("id")?).await?;
    if descriptor.status == DescriptorStatus::Archived {
        return Err(Error::conflict(
            Conflict::TemplateDisabled,
            "The template is archived; create a new one.",
        ));
    }
    if body.external_id.is_some() && body.external_id != descriptor.external_id {
        return Err(Error::invalid("/external_id", "is given on creation and cannot be changed"));
    }
    descriptor.name = body.name;
    descriptor.subject = body.template_type;
    descriptor.channel = Channel::from(body.channel);
    descriptor.language = body.language.unwrap_or_else(|| tenant.settings.language.clone());
    descriptor.product_id = body.program_id;
    descriptor.updated_at = app.now();
    let number = active.map_or(1, |active| active.number + 1);
    let next = version(app, request, &descriptor, number, source)?;
    descriptor.active_version_id = Some(next.id.clone());
    app.store.save_template(&tenant.id, &mut descriptor, Some(&next)).await?;
    app.forget_template(&tenant.id, &descriptor.id);
    json(StatusCode::OK, &TemplateView::from(Template { descriptor, active: Some(next) }))
}

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communication templates", "Update a template")
        .about("Adds a version and makes it the active one. Messages accepted before keep their wording.")
        .body::<TemplateBody>(example_body())
        .answer::<TemplateView>(200, "The template", example_view())
        .problems(&[404, 409, 422])
}
