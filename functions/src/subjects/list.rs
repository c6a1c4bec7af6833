//! 001 · List subject descriptors.

use domain::vocabulary::SubjectDescriptor;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};
use serde_json::json;

use super::example;
use crate::{catalog::Answer, openapi::Operation};

/// Shows them as they are stored: a change is seen at once.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let subjects = app.store.subjects(request.tenant()?).await?;
    json_with_etag(StatusCode::OK, &subjects.all(), subjects.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Subjects", "List subject descriptors")
        .about("The known subjects in the document's order, then those of your own by name. All have one ETag together.")
        .answer::<Vec<SubjectDescriptor>>(200, "Every subject that is known", json!([example()]))
}
