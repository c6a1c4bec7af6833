//! Makes a document that holds nothing yet.

use domain::{
    Error,
    document::{Document, NewDocument},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};
use serde_json::json;

use super::example_empty;
use crate::{catalog::Answer, openapi::Operation, people};

/// Stores a document nobody knew before.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: NewDocument = request.json()?;
    let tenant = request.tenant()?;
    let person = people::find(app, request).await?;
    let id = request.id_named(app, body.external_id.as_ref())?;
    let mut document = body.of(person.id, id, app.now())?;
    match app.store.save_document(tenant, &mut document).await {
        Ok(()) => json(StatusCode::CREATED, &document),
        // This very request, sent again after a crash: the id was derived from its idempotency key.
        Err(Error::Conflict { .. }) if document.external_id.is_none() => {
            json(StatusCode::CREATED, &app.store.document(tenant, &document.id).await?)
        }
        Err(error) => Err(error),
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::People), Need::Read(Items::Documents), Need::Write(Items::Documents)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Documents", "Create a document")
        .about("It holds nothing until a file is uploaded or a template is rendered into it.")
        .body::<NewDocument>(json!({
            "externalId": "statement-2025-12",
            "name": "Statement of December 2025",
            "type": "statement",
        }))
        .answer::<Document>(201, "The document as it is stored", example_empty())
        .problems(&[404, 409])
}
