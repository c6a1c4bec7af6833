//! 001 · Render to download.

use domain::{
    id::{self, Ref},
    vocabulary::{CommunicatorChannel, Subject},
};
use platform::{
    app::App,
    http::Request,
    needs::{List, Need},
    pipeline::resolve::Wording,
};

use super::{Format, example_request, file, render_request, rendered_channel};
use crate::{catalog::Answer, openapi::Operation};

render_request! {
    /// Which template to render, and for what.
    RenderRequest {
        /// What the message is about.
        subject: Subject,
        /// email, text, mail, gui or document.
        #[schemars(extend("enum" = ["email", "text", "mail", "gui", "document"]))]
        channel: CommunicatorChannel,
        /// The person (borrower) who gets the message.
        person_id: Ref<id::Person>,
    }
}

/// Renders and answers with the file.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let format = Format::asked_for(request)?;
    let body: RenderRequest = request.json()?;
    let wording = Wording::Best(body.subject.clone(), Some(rendered_channel(body.channel)?));
    let person = Some(body.person_id.clone());
    let page = body.render(app, request, wording, person).await?;
    file::attachment(app, format, &page).await
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::List(List::Candidates), Need::All(super::RENDER), Need::Print];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    file::describe(Operation::new("Communicator", "Render the template for a subject to a file"))
        .body::<RenderRequest>(example_request())
        .problems(&[404, 409, 422])
}
