//! 000 · Update a template: its new wording is a new version, active at once. Earlier versions stay.

use std::sync::Arc;

use domain::{Error, vocabulary::Channel};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
    store::templates::Template,
    templates::authoring,
};

use super::{TemplateBody, TemplateView, example_body, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// Replaces what the template says.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: TemplateBody = request.json()?;
    body.check()?;
    let tenant = app.tenant(request.tenant()?).await?;
    let mut descriptor = app.store.descriptor(&tenant.id, &request.path_ref("id")?).await?;
    request.expect_revision(descriptor.revision)?;
    authoring::not_archived(&descriptor)?;
    if body.external_id.is_some() && body.external_id != descriptor.external_id {
        return Err(Error::invalid("/external_id", "must stay as it was created; leave it out"));
    }
    let wording = body.wording(request.new_id(app)?, &request.caller()?.subject);
    // What it was found by until now.
    app.forget_template(&tenant.id, &descriptor);
    descriptor.name = body.name;
    descriptor.subject = body.template_type;
    descriptor.channel = Channel::from(body.channel);
    descriptor.language = body.language.unwrap_or_else(|| tenant.settings.language.clone());
    descriptor.product_id = body.program_id;
    descriptor.updated_at = app.now();
    let version = authoring::publish(app, &tenant.id, &mut descriptor, wording).await?;
    let revision = descriptor.revision;
    let template = Template { descriptor, active: Some(Arc::new(version)) };
    json_with_etag(StatusCode::OK, &TemplateView::saved(app, &tenant.id, template).await?, revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::Templates),
    Need::Read(Items::Versions),
    Need::All(authoring::SAVE),
];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communication templates", "Update a template")
        .about("Adds a version and makes it the active one. Messages accepted before keep their wording.")
        .body::<TemplateBody>(example_body())
        .answer::<TemplateView>(200, "The template as it is stored", example_view())
        .problems(&[404, 409, 412, 422])
}
