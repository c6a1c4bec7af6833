//! 001 · Render template preview for subject.

use domain::{
    id::{self, Ref},
    vocabulary::{Channel, MessageChannel, Subject},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{List, Need},
    pipeline::resolve::Wording,
};

use super::{RenderedView, example_request, example_view, render_request};
use crate::{catalog::Answer, openapi::Operation};

render_request! {
    /// Which template to render, and for what.
    SubjectPreviewRequest {
        /// What the message is about.
        subject: Subject,
        /// By which channel it would go; by default, the one the borrower likes best of those that can be used.
        #[serde(default)]
        channel: Option<MessageChannel>,
        /// The person (borrower) who gets the message.
        person_id: Ref<id::Person>,
    }
}

/// Renders.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: SubjectPreviewRequest = request.json()?;
    let wording = Wording::Best(body.subject.clone(), body.channel.map(Channel::from));
    let person = Some(body.person_id.clone());
    let page = body.render(app, request, wording, person).await?;
    json(StatusCode::OK, &RenderedView::from(page))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::List(List::Candidates), Need::All(super::RENDER)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communicator", "Preview the template for a subject")
        .about(
            "The template for the subject and channel in the borrower's language, else in yours, and for the loan's \
             product, else for all; `template.fallbacks` tells. `undefinedVariables` lists what the template looks up and \
             this message does not have, `size.text` how a text message would be billed.",
        )
        .body::<SubjectPreviewRequest>(example_request())
        .answer::<RenderedView>(200, "The rendered parts", example_view())
        .problems(&[404, 409, 422])
}
