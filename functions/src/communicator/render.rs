//! 001 · Render to download.

use domain::vocabulary::{CommunicatorChannel, Subject};
use platform::{app::App, http::Request};

use super::{Format, Which, example_request, file, render, render_request, rendered_channel};
use crate::{catalog::Answer, openapi::Operation};

render_request! {
    /// Which template to render, and for what.
    RenderRequest {
        /// What the message is about.
        subject: Subject,
        /// email, text, mail, gui or document.
        channel: CommunicatorChannel,
        /// The borrower.
        person_id: String,
    }
}

/// Renders and answers with the file.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let format = Format::asked_for(request)?;
    let body: RenderRequest = request.json()?;
    let which = Which::For(&body.subject, rendered_channel(body.channel)?);
    let page = render(app, request, which, &body.about(Some(&body.person_id))).await?;
    file::attachment(format, &page).await
}

/// For the OpenAPI document.
pub fn describe() -> Operation {
    file::describe(Operation::new("Communicator", "Render the template for a subject to a file"))
        .body::<RenderRequest>(example_request())
        .problems(&[404, 409, 422])
}
