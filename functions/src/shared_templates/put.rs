//! Creates or replaces a shared template.

use std::collections::BTreeSet;

use domain::{Error, shape, template::shared::SharedName};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::Need,
    templates::authoring,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{SharedTemplateView, example};
use crate::{catalog::Answer, openapi::Operation};

/// What a shared template says.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedTemplateBody {
    /// The content of the shared template, in Jinja.
    #[schemars(with = "shape::Any<300_000>")]
    content: String,
}

/// Stores it, unless something in use would no longer render.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: SharedTemplateBody = request.json()?;
    let name: SharedName =
        request.path("name").parse().map_err(|e| Error::invalid("{name}", format!("{e}")))?;
    let template = authoring::shared_template(app, body.content, &request.caller()?.subject);
    let mut is_new = false;
    let shared =
        authoring::change_shared(app, request.tenant()?, &BTreeSet::from([name.clone()]), |shared| {
            request.expect_among(shared.revision, shared.templates.contains_key(&name))?;
            is_new = shared.templates.insert(name.clone(), template.clone()).is_none();
            Ok(())
        })
        .await?;
    let revision = shared.revision;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    json_with_etag(status, &SharedTemplateView::of(name, template), revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(authoring::CHANGE_SHARED)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "Create or replace a shared template")
        .about(
            "Takes effect in every template that includes, imports or extends it; messages accepted before keep their \
             wording. Refused where one in use would no longer render, and where shared templates would include one \
             another in a circle. Macros of the one called macros can be called without importing them.",
        )
        .body::<SharedTemplateBody>(json!({ "content": "<p>{{ company.name }}</p>" }))
        .answer::<SharedTemplateView>(200, "The shared template, replaced", example())
        .answer::<SharedTemplateView>(201, "The shared template, created", example())
        .problems(&[409, 412, 422])
}
