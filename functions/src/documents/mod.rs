//! Documents of people: what they are, and the files they hold.

pub mod create;
pub mod download;
pub mod get;
pub mod list;
pub mod upload;

use domain::{Error, document::Document, id};
use platform::{app::App, http::Request};
use serde_json::{Value, json};

/// The document the path names, if it is the person's.
async fn find(app: &App, request: &Request) -> Result<Document, Error> {
    let tenant = request.tenant()?;
    let person = request.path_ref::<id::Person>("id")?.resolve(tenant.as_str());
    let named = request.path_ref("documentId")?;
    let document = app.store.document(tenant, &named).await?;
    if document.person_id == person { Ok(document) } else { Err(named.not_found()) }
}

/// A document that holds nothing yet, as the OpenAPI document shows it.
fn example_empty() -> Value {
    json!({
        "id": "DC-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
        "externalId": "statement-2025-12",
        "personId": "BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
        "name": "Statement of December 2025",
        "type": "statement",
        "revision": 1,
        "createdAt": "2026-01-05T15:00:00Z",
        "updatedAt": "2026-01-05T15:00:00Z",
    })
}

/// The same with a file.
fn example() -> Value {
    let mut document = example_empty();
    document["revision"] = json!(2);
    document["content"] = json!({
        "mediaType": "application/pdf",
        "fileName": "Statement of December 2025.pdf",
        "bytes": 48_211,
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "updatedAt": "2026-01-05T15:00:00Z",
    });
    document
}
