//! Records a consent or a revocation.

use domain::person::{Consent, update::ConsentUpdate};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::Need,
};
use serde_json::json;

use crate::{
    catalog::Answer,
    openapi::Operation,
    people::{EDIT, change, examples},
};

/// Adds the record. Nothing takes it away again: it is evidence.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let update: ConsentUpdate = request.json()?;
    let (tenant, now) = (request.tenant()?, app.now());
    let edited = change(app, request, |person| person.with_consent(&update, tenant, now)).await?;
    json_with_etag(StatusCode::CREATED, &edited.part, edited.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(EDIT)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "Record a consent or a revocation")
        .about("Records are kept permanently; a later one outweighs an earlier one.")
        .body::<ConsentUpdate>(json!({
            "channel": "text",
            "status": "revoked",
            "source": "agent",
            "wording": "Please stop texting me.",
        }))
        .answer::<Consent>(201, "The record as it is stored", examples::consent())
        .problems(&[404, 409, 412])
}
