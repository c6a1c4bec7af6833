//! 002 · Update a template descriptor.

use domain::{
    shape,
    update::Change,
    vocabulary::{Channel, Subject, TemplateChannel},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
    templates::authoring,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DescriptorView, check, example_body, example_view, status};
use crate::{catalog::Answer, openapi::Operation};

/// What becomes different. Fields left out stay.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DescriptorUpdate {
    /// What its messages are about.
    subject: Option<Subject>,
    /// By which channel they go.
    channel: Option<TemplateChannel>,
    /// The language as an ISO 639-1 code, such as en.
    #[schemars(with = "Option<shape::Language>")]
    language: Option<String>,
    /// The loan product it is for; null for all.
    #[schemars(with = "Option<shape::Line<255>>")]
    product_id: Change<String>,
    /// Whether its messages may only be read with special rights.
    sensitive: Option<bool>,
    /// Whether it may be used.
    enabled: Option<bool>,
    /// A name for people to read.
    #[schemars(with = "Option<shape::Line<200>>")]
    name: Option<String>,
}

/// Changes it.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let update: DescriptorUpdate = request.json()?;
    let tenant = request.tenant()?;
    let mut descriptor = app.store.descriptor(tenant, &request.path_ref("id")?).await?;
    request.expect_revision(descriptor.revision)?;
    authoring::not_archived(&descriptor)?;
    // What it was found by until now.
    app.forget_template(tenant, &descriptor);
    descriptor.subject = update.subject.unwrap_or(descriptor.subject);
    descriptor.channel = update.channel.map_or(descriptor.channel, Channel::from);
    descriptor.language = update.language.unwrap_or(descriptor.language);
    update.product_id.apply(&mut descriptor.product_id);
    descriptor.sensitive = update.sensitive.unwrap_or(descriptor.sensitive);
    descriptor.status = update.enabled.map_or(descriptor.status, status);
    descriptor.name = update.name.unwrap_or(descriptor.name);
    check(&descriptor.name, &descriptor.language, descriptor.product_id.as_deref())?;
    if let Some(active) = &descriptor.active_version_id {
        authoring::fits_channel(&app.store.version(tenant, active).await?.source, &descriptor)?;
    }
    descriptor.updated_at = app.now();
    app.store.save_template(tenant, &mut descriptor, &mut []).await?;
    app.forget_template(tenant, &descriptor);
    let revision = descriptor.revision;
    json_with_etag(StatusCode::OK, &DescriptorView::of(tenant, descriptor), revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Templates), Need::Read(Items::Versions), Need::Write(Items::Templates)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "Update a template descriptor")
        .about(
            "Fields left out stay. If you send If-Match with the ETag that you read, a change somebody else made \
             meanwhile is answered 412 instead of lost.",
        )
        .body::<DescriptorUpdate>(example_body())
        .answer::<DescriptorView>(200, "The updated template descriptor", example_view())
        .problems(&[404, 409, 412])
}
