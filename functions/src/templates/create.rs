//! 000 · Create Template.

use domain::{
    Error,
    id::Id,
    template::{Descriptor, DescriptorStatus},
    vocabulary::Channel,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    store::templates::Template,
};

use super::{TemplateBody, TemplateView, example_body, example_view, version};
use crate::{catalog::Answer, openapi::Operation};

/// Stores a template whose first version is active at once.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: TemplateBody = request.json()?;
    body.check()?;
    let source = body.source()?;
    let tenant = app.tenant(request.tenant()?).await?;
    let now = app.now();
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
        shared: Default::default(),
        versions: 1,
        revision: 0,
        created_at: now,
        updated_at: now,
    };
    let first = version(app, request, &descriptor, 1, source)?;
    descriptor.active_version_id = Some(first.id.clone());
    match app.store.save_template(&tenant.id, &mut descriptor, Some(&first)).await {
        Ok(()) => {}
        // This very request, sent again after a crash: the ids were derived from its idempotency key.
        Err(error @ Error::Conflict { .. }) => {
            let existing = app.store.template(&tenant.id, &descriptor.id).await?;
            if existing.active.as_ref().is_none_or(|active| active.id != first.id) {
                return Err(error);
            }
        }
        Err(error) => return Err(error),
    }
    json(StatusCode::CREATED, &TemplateView::from(Template { descriptor, active: Some(first) }))
}

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communication templates", "Create a template")
        .about("The body is Jinja2. What does not compile is refused with part, line and column.")
        .body::<TemplateBody>(example_body())
        .answer::<TemplateView>(201, "The template", example_view())
        .problems(&[409, 422])
}
