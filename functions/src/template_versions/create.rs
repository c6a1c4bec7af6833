//! 002 · Create a template version. It is a draft until it is activated.

use domain::{
    id::{self, Ref},
    shape,
    template::{Source, VersionStatus},
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

/// A version as 002 writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewVersion {
    /// The template it is a wording of.
    descriptor_id: Ref<id::Descriptor>,
    /// The status of the version: only `draft` is possible here.
    #[serde(default)]
    #[schemars(extend("enum" = ["draft", null]))]
    status: Option<VersionStatus>,
    /// Subject line, in Jinja. An e-mail needs one before it is activated.
    #[serde(default)]
    #[schemars(with = "Option<shape::Any<262_144>>")]
    subject_line_template: Option<String>,
    /// The text, in Jinja.
    #[serde(default)]
    #[schemars(with = "Option<shape::Any<262_144>>")]
    content_text_template: Option<String>,
    /// The same in HTML, in Jinja. Values are escaped.
    #[serde(default)]
    #[schemars(with = "Option<shape::Any<262_144>>")]
    content_html_template: Option<String>,
}

/// Stores it.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: NewVersion = request.json()?;
    check_status(body.status)?;
    let tenant = request.tenant()?;
    let descriptor = app.store.descriptor(tenant, &body.descriptor_id).await?;
    let source = Source {
        subject_line: body.subject_line_template,
        content_text: body.content_text_template,
        content_html: body.content_html_template,
    };
    check(&source, None)?;
    let (id, by) = (request.new_id(app)?, request.caller()?.subject.clone());
    let wording = || Wording { id: id.clone(), source: source.clone(), by: by.clone() };
    let version = authoring::add_draft(app, tenant, &descriptor.id, wording).await?;
    let revision = version.revision;
    json_with_etag(StatusCode::CREATED, &VersionView::saved(app, tenant, version).await?, revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Templates), Need::Read(Items::Versions), Need::All(authoring::SAVE)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "Create a template version")
        .about(
            "A draft: what is in use stays so until this one is activated. It may lack parts that its channel needs, which \
             are asked for then. What does not compile is refused with part, line and column.",
        )
        .body::<NewVersion>(example_body())
        .answer::<VersionView>(201, "The new template version", example_view())
        .problems(&[404, 409, 422])
}
