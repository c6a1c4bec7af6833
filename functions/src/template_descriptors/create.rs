//! 002 · Create a template descriptor. It is of use once a version of it is activated.

use domain::{
    Error,
    id::{ExternalId, Id},
    shape,
    template::Descriptor,
    vocabulary::{Channel, Subject, TemplateChannel},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DescriptorView, check, example_body, example_view, status};
use crate::{catalog::Answer, openapi::Operation};

/// A descriptor as 002 writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDescriptor {
    /// What its messages are about; a known subject or one of your own.
    subject: Subject,
    /// By which channel they go.
    channel: TemplateChannel,
    /// ISO 639-1; yours by default.
    #[serde(default)]
    #[schemars(with = "Option<shape::Language>")]
    language: Option<String>,
    /// The loan product it is for; all by default.
    #[serde(default)]
    #[schemars(with = "Option<shape::Line<255>>")]
    product_id: Option<String>,
    /// Whether its messages may only be read with special rights.
    #[serde(default)]
    sensitive: bool,
    /// Whether it may be used; true by default.
    #[serde(default = "enabled")]
    enabled: bool,
    /// A name for people to read.
    #[schemars(with = "shape::Line<200>")]
    name: String,
    /// Your id for it.
    #[serde(default)]
    external_id: Option<ExternalId>,
}

fn enabled() -> bool {
    true
}

/// Stores it.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: NewDescriptor = request.json()?;
    let tenant = app.tenant(request.tenant()?).await?;
    let language = body.language.unwrap_or_else(|| tenant.settings.language.clone());
    check(&body.name, &language, body.product_id.as_deref())?;
    let now = app.now();
    let mut descriptor = Descriptor {
        id: match &body.external_id {
            Some(external) => Id::external(tenant.id.as_str(), external.as_str()),
            None => request.new_id(app)?,
        },
        external_id: body.external_id,
        name: body.name,
        subject: body.subject,
        channel: Channel::from(body.channel),
        language,
        product_id: body.product_id,
        sensitive: body.sensitive,
        status: status(body.enabled),
        active_version_id: None,
        versions: 0,
        revision: 0,
        created_at: now,
        updated_at: now,
    };
    match app.store.save_template(&tenant.id, &mut descriptor, &mut []).await {
        Ok(()) => app.forget_template(&tenant.id, &descriptor),
        // This very request, sent again after a crash: the id was derived from its idempotency key.
        Err(Error::Conflict { .. }) if descriptor.external_id.is_none() => {
            descriptor = app.store.descriptor(&tenant.id, &descriptor.id).await?;
        }
        Err(error) => return Err(error),
    }
    let revision = descriptor.revision;
    json_with_etag(StatusCode::CREATED, &DescriptorView::of(&tenant.id, descriptor), revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Tenants), Need::Read(Items::Templates), Need::Write(Items::Templates)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "Create a template descriptor")
        .body::<NewDescriptor>(example_body())
        .answer::<DescriptorView>(201, "The descriptor as it is stored", example_view())
        .problems(&[409])
}
