//! 002 · Update a template version. A draft is changed in place; of one that is or was in use a new draft is made.

use domain::{
    Error,
    id::{self, Ref},
    shape,
    template::VersionStatus,
    update::Change,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
    templates::authoring::{self, Wording},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{VersionView, check, check_status, example_body, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// What becomes different. Parts left out stay, `null` removes one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct VersionUpdate {
    /// The template it is a wording of; cannot be changed.
    descriptor_id: Option<Ref<id::Descriptor>>,
    /// The status of the version: only `draft` is possible here.
    status: Option<VersionStatus>,
    /// Subject line, in Jinja.
    #[schemars(with = "Option<shape::Any<262_144>>")]
    subject_line_template: Change<String>,
    /// The text, in Jinja.
    #[schemars(with = "Option<shape::Any<262_144>>")]
    content_text_template: Change<String>,
    /// The same in HTML, in Jinja.
    #[schemars(with = "Option<shape::Any<262_144>>")]
    content_html_template: Change<String>,
}

/// Changes it, or makes a draft of it.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let update: VersionUpdate = request.json()?;
    check_status(update.status)?;
    let tenant = request.tenant()?;
    let version = app.store.version(tenant, &request.path_ref("id")?).await?;
    request.expect_revision(version.revision)?;
    if let Some(named) = &update.descriptor_id
        && named.resolve(tenant.as_str()) != version.descriptor_id
    {
        let message = format!(
            "must be the template it was made for, or be left out; create a version of {named} instead"
        );
        return Err(Error::invalid("/descriptorId", message));
    }
    let mut source = version.source.clone();
    update.subject_line_template.apply(&mut source.subject_line);
    update.content_text_template.apply(&mut source.content_text);
    update.content_html_template.apply(&mut source.content_html);
    check(&source, None)?;
    let (id, by) = (request.new_id(app)?, request.caller()?.subject.clone());
    let wording = || Wording { id: id.clone(), source: source.clone(), by: by.clone() };
    let is_draft = version.status == VersionStatus::Draft;
    let version = authoring::edit(app, tenant, version, wording).await?;
    let (status, revision) = (if is_draft { StatusCode::OK } else { StatusCode::CREATED }, version.revision);
    json_with_etag(status, &VersionView::saved(app, tenant, version).await?, revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Templates), Need::Read(Items::Versions), Need::All(authoring::SAVE)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "Update a template version")
        .about(
            "Parts left out stay, null removes one. A version that is or was in use never changes: its edit is a new \
             draft, answered with 201 and its own id, and takes effect when it is activated.",
        )
        .body::<VersionUpdate>(example_body())
        .answer::<VersionView>(200, "The draft, changed", example_view())
        .answer::<VersionView>(201, "A new draft, made of a version that is or was in use", example_view())
        .makes_in("/communicator/templates")
        .problems(&[404, 409, 412, 422])
}
