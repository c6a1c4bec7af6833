//! 001 · Render to document.

use domain::{
    document::Document,
    id::{self, Ref},
    vocabulary::{CommunicatorChannel, Subject},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    documents,
    http::{Request, json},
    needs::{Items, List, Need},
    pipeline::resolve::Wording,
};
use serde_json::json;

use super::{Format, example_request, file, render_request, rendered_channel};
use crate::{catalog::Answer, openapi::Operation};

render_request! {
    /// Which template to render, for what, and where to.
    RenderToDocumentRequest {
        /// What the message is about.
        subject: Subject,
        /// email, text, mail, gui or document.
        channel: CommunicatorChannel,
        /// The person (borrower) who gets the message.
        person_id: Ref<id::Person>,
        /// A document of the borrower. What it held is replaced.
        document_id: Ref<id::Document>,
    }
}

/// Renders and keeps the file as the document's content.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let format = Format::asked_for(request)?;
    let body: RenderToDocumentRequest = request.json()?;
    let tenant = request.tenant()?;
    let document = app.store.document(tenant, &body.document_id).await?;
    if document.person_id != body.person_id.resolve(tenant.as_str()) {
        return Err(body.document_id.not_found());
    }
    let wording = Wording::Best(body.subject.clone(), Some(rendered_channel(body.channel)?));
    let person = Some(body.person_id.clone());
    let page = body.render(app, request, wording, person).await?;
    let bytes = file::content(app, format, &page).await?;
    let name = file::file_name(page.descriptor(), format);
    let document = documents::write(app, tenant, &document, bytes, format.media_type(), name).await?;
    json(StatusCode::OK, &document)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Documents),
    Need::List(List::Candidates),
    Need::All(super::RENDER),
    Need::Print,
    Need::All(documents::WRITE),
];

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
            "The document as it is stored",
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
