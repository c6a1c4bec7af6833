//! Downloads the file a document holds.

use domain::{error::Ours as _, id, vocabulary::MediaType};
use lambda_http::{
    Body, Response,
    http::{StatusCode, header, response::Builder},
};
use platform::{
    app::App,
    documents::{self, MAX_ANSWER},
    http::Request,
    needs::{Bodies, Items, Need},
};

use super::find;
use crate::{catalog::Answer, openapi::Operation};

/// Answers the file, or where to get one that is too large to answer.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, document) = (request.tenant()?, find(app, request).await?);
    let content = documents::content(&document, &request.path_ref::<id::Document>("documentId")?)?;
    let answered = if content.bytes > MAX_ANSWER {
        let address = documents::address(app, tenant, &document).await?;
        private(StatusCode::FOUND).header(header::LOCATION, address).body(Body::Empty)
    } else {
        private(StatusCode::OK)
            .header(header::CONTENT_TYPE, content.media_type.content_type())
            .header(header::CONTENT_DISPOSITION, documents::disposition(&content.file_name))
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            // Says nothing to callers. Without it `lambda_http` makes JSON text of a text: without its byte order
            // mark, and escaped to a length nobody knows beforehand.
            .header(header::CONTENT_ENCODING, "identity")
            .body(Body::Binary(documents::read(app, tenant, &document).await?))
    };
    answered.internal()
}

/// An answer that nobody keeps on the way: it is about a person.
fn private(status: StatusCode) -> Builder {
    Response::builder().status(status).header(header::CACHE_CONTROL, "no-store")
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Documents), Need::Fetch(Bodies::Documents)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Documents", "Download what a document holds")
        .file(200, "The file, as an attachment", MediaType::ALL)
        .empty(302, "Where the file is for a minute, when it has more than 4.4 MB")
        .problems(&[404])
}
