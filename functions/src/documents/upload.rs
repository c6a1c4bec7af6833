//! Uploads a file into a document.

use domain::{
    Error,
    document::{Document, file_name},
    shape,
    vocabulary::MediaType,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    documents,
    http::{Request, json},
    needs::{Items, Need},
};

use super::{example, find};
use crate::{catalog::Answer, openapi::Operation};

/// Puts the file in the place of what the document held.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let media_type = MediaType::of_file(request.header("content-type").unwrap_or_default(), &request.body)
        .ok_or_else(|| Error::UnsupportedMediaType(allowed()))?;
    if request.body.is_empty() || !media_type.fits(&request.body) {
        let message = format!(
            "must be {media_type}, as Content-Type says, with texts in UTF-8; a body that is not was sent"
        );
        return Err(Error::invalid("", message));
    }
    let given = request.query::<String>("fileName")?;
    if let Some(Err(message)) = given.as_deref().map(file_name) {
        return Err(Error::invalid("?fileName", message));
    }
    let (tenant, document) = (request.tenant()?, find(app, request).await?);
    let name = given.unwrap_or_else(|| document.file_name(media_type));
    let written = documents::write(app, tenant, &document, request.body.clone(), media_type, name).await?;
    json(StatusCode::OK, &written)
}

fn allowed() -> String {
    MediaType::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Documents), Need::All(documents::WRITE)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Documents", "Upload a file into a document")
        .about("It takes the place of what the document held. At most 4 MiB; texts are in UTF-8.")
        .query_as::<shape::FileName>(
            "fileName",
            "What the file is called where it is saved; the document's name by default.",
        )
        .file_body(MediaType::ALL)
        .answer::<Document>(200, "The document, without the file", example())
        .problems(&[404, 409])
}
