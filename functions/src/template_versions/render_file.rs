//! 002 · Render a file from this template version and download it.

use domain::{
    id::{self, Ref},
    vocabulary::{CommunicatorChannel, Subject},
};
use platform::{app::App, http::Request, needs::Need, pipeline::resolve::Wording};

use crate::{
    catalog::Answer,
    communicator::{
        Format, RENDER, attachment, describe_file, example_request, needs_person, render_request,
    },
    openapi::Operation,
};

render_request! {
    /// For what to render it.
    #[schemars(transform = needs_person)]
    RenderVersionFileRequest {
        /// What the message is about; the version decides.
        #[serde(default)]
        #[expect(dead_code, reason = "the document's request has it")]
        subject: Option<Subject>,
        /// By which channel it would go; the version decides.
        #[serde(default)]
        #[expect(dead_code, reason = "the document's request has it")]
        channel: Option<CommunicatorChannel>,
        /// The borrower; nobody in particular by default.
        #[serde(default)]
        person_id: Option<Ref<id::Person>>,
        /// A version to render instead of the one in the path.
        #[serde(default)]
        override_template_id: Option<Ref<id::Version>>,
    }
}

/// Renders and answers with the file.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let format = Format::asked_for(request)?;
    let body: RenderVersionFileRequest = request.json()?;
    let version = match &body.override_template_id {
        Some(named) => named.clone(),
        None => request.path_ref("id")?,
    };
    let person = body.person_id.clone();
    let page = body.render(app, request, Wording::Version(version), person).await?;
    attachment(app, format, &page).await
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(RENDER), Need::Print];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let mut example = example_request();
    example["overrideTemplateId"] = "TV-AAAA-BBBB".into();
    describe_file(Operation::new("Templates", "Render a template version to a file"))
        .body::<RenderVersionFileRequest>(example)
        .problems(&[404, 409, 422])
}
