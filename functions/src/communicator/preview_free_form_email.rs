//! 001 · Preview free-form email: any content within the lender's branded e-mail.

use domain::{shape, vocabulary::Channel};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::Need,
    pipeline::free_form::{self, Written},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{RenderedView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// What the e-mail says.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FreeFormEmail {
    /// The subject line of the e-mail.
    #[schemars(with = "Option<shape::Line<998>>")]
    subject_line: Option<String>,
    /// The content in HTML.
    #[schemars(with = "Option<shape::Any<262_144>>")]
    content_html: Option<String>,
    /// The content in plain text.
    #[schemars(with = "Option<shape::Any<262_144>>")]
    content_plain: Option<String>,
}

/// Renders it with the lender's template for `freeFormBranded`, or with ours if there is none.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: FreeFormEmail = request.json()?;
    let tenant = app.tenant(request.tenant()?).await?;
    let chosen = free_form::template(app, &tenant, None).await?;
    let written =
        Written { subject_line: body.subject_line, html: body.content_html, text: body.content_plain };
    let sample = app.links.sample(&tenant.id, Channel::Email);
    let composed = free_form::compose(app, &tenant, &chosen, None, sample.as_deref(), written).await?;
    json(StatusCode::OK, &RenderedView::of(composed, Channel::Email, None))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(free_form::COMPOSE)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let mut example = example_view();
    if let Some(members) = example.as_object_mut() {
        members.remove("template");
    }
    Operation::new("Communicator", "Preview a free-form e-mail")
        .about("Uses your template for the subject freeFormBranded, or a built-in one.")
        .body::<FreeFormEmail>(
            json!({ "subjectLine": "string", "contentHtml": "string", "contentPlain": "string" }),
        )
        .answer::<RenderedView>(200, "The rendered parts", example)
        .problems(&[409, 422])
}
