//! 000 · Create Template.

use std::sync::Arc;

use domain::{
    Error,
    id::Id,
    template::{Descriptor, DescriptorStatus},
    vocabulary::Channel,
};
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

/// Stores a template whose first version is active at once.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: TemplateBody = request.json()?;
    body.check()?;
    let tenant = app.tenant(request.tenant()?).await?;
    let wording = body.wording(request.new_id(app)?, &request.caller()?.subject);
    let (version_id, now) = (wording.id.clone(), app.now());
    let mut descriptor = Descriptor {
        id: match &body.external_id {
            Some(external) => Id::external(tenant.id.as_str(), external.as_str()),
            None => request.new_id(app)?,
        },
        external_id: body.external_id,
        name: body.name,
        subject: body.template_type,
        channel: Channel::from(body.channel),
        language: body.language.unwrap_or_else(|| tenant.settings.language.clone()),
        product_id: body.program_id,
        sensitive: false,
        status: DescriptorStatus::Enabled,
        active_version_id: None,
        versions: 0,
        revision: 0,
        created_at: now,
        updated_at: now,
    };
    let template = match authoring::publish(app, &tenant.id, &mut descriptor, wording).await {
        Ok(version) => Template { descriptor, active: Some(Arc::new(version)) },
        Err(error @ Error::Conflict { .. }) => {
            // This very request, sent again after a crash: the ids were derived from its idempotency key.
            let existing = app.store.template(&tenant.id, &descriptor.id).await?;
            match &existing.active {
                Some(active) if active.id == version_id => existing,
                _ => return Err(error),
            }
        }
        Err(error) => return Err(error),
    };
    let revision = template.descriptor.revision;
    json_with_etag(StatusCode::CREATED, &TemplateView::saved(app, &tenant.id, template).await?, revision)
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
    Operation::new("Communication templates", "Create a template")
        .about("The body is Jinja2. What does not compile is refused with part, line and column.")
        .body::<TemplateBody>(example_body())
        .answer::<TemplateView>(201, "The template as it is stored", example_view())
        .problems(&[409, 422])
}
