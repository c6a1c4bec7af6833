//! 001 · Render to document.

use domain::{
    Error,
    document::Document,
    id,
    vocabulary::{CommunicatorChannel, Subject},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    documents,
    http::{Request, json, reference},
};
use serde_json::json;

use super::{Format, Which, example_request, file, render, render_request, rendered_channel};
use crate::{catalog::Answer, openapi::Operation};

render_request! {
    /// Which template to render, for what, and where to.
    RenderToDocumentRequest {
        /// What the message is about.
        subject: Subject,
        /// email, text, mail, gui or document.
        channel: CommunicatorChannel,
        /// The borrower.
        person_id: String,
        /// A document of the borrower. What it held is replaced.
        document_id: String,
    }
}

/// Renders and keeps the file as the document's content.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let format = Format::asked_for(request)?;
    let body: RenderToDocumentRequest = request.json()?;
    let tenant = request.tenant()?;
    let document = reference::<id::Document>("/documentId", &body.document_id)?.resolve(tenant.as_str());
    let person = reference::<id::Person>("/personId", &body.person_id)?.resolve(tenant.as_str());
    let absent = || Error::not_found("document", &body.document_id);
    let document = app.store.document(tenant, &document).await.map_err(|error| match error {
        Error::NotFound { .. } => absent(),
        error => error,
    })?;
    if document.person_id != person {
        return Err(absent());
    }
    let which = Which::For(&body.subject, rendered_channel(body.channel)?);
    let page = render(app, request, which, &body.about(Some(&body.person_id))).await?;
    let bytes = file::content(format, &page).await?;
    let name = file::file_name(&page.descriptor, format);
    let document = documents::write(app, tenant, &document, bytes, format.media_type(), name).await?;
    json(StatusCode::OK, &document)
}

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let mut body = example_request();
    body["statementId"] = "ext-2026-01".into();
    body["documentId"] = "DC-AAAA-BBBB".into();
    Operation::new("Communicator", "Render the template for a subject into a document")
        .about(
            "The file becomes the content of the document, in place of what it held: GET \
             /people/{id}/documents/{documentId}/content downloads it.",
        )
        .query_as::<Format>("fmt", "text, html (the default) or pdf.")
        .body::<RenderToDocumentRequest>(body)
        .answer::<Document>(
            200,
            "The document",
            json!({
                "id": "DC-AAAA-BBBB",
                "personId": "BO-AAAA-BBBB",
                "name": "Privacy notice",
                "content": {
                    "mediaType": "application/pdf",
                    "fileName": "annual-privacy-policy-notice.pdf",
                    "bytes": 42110,
                    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "updatedAt": "2026-01-05T15:00:00Z",
                },
                "revision": 2,
                "createdAt": "2026-01-05T15:00:00Z",
                "updatedAt": "2026-01-05T15:00:00Z",
            }),
        )
        .problems(&[404, 409, 422])
}
