//! 002 · Render the template contents of the given template version.

use domain::id::{self, Ref};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::Need,
    pipeline::resolve::Wording,
};
use serde_json::json;

use crate::{
    catalog::Answer,
    communicator::{RENDER, RenderedView, example_view, needs_person, render_request},
    openapi::Operation,
};

render_request! {
    /// For what to render it.
    #[schemars(transform = needs_person)]
    RenderVersionRequest {
        /// The borrower; nobody in particular by default.
        #[serde(default)]
        person_id: Option<Ref<id::Person>>,
    }
}

/// Renders, in use or not.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: RenderVersionRequest = request.json()?;
    let wording = Wording::Version(request.path_ref("id")?);
    let person = body.person_id.clone();
    let page = body.render(app, request, wording, person).await?;
    json(StatusCode::OK, &RenderedView::from(page))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(RENDER)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "Render a template version")
        .about("Drafts too, so that a wording is seen before it is in use.")
        .body::<RenderVersionRequest>(json!({ "personId": "ext-john", "context": {} }))
        .answer::<RenderedView>(200, "The rendered parts", example_view())
        .problems(&[404, 409, 422])
}
