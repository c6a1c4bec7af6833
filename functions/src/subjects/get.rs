//! 001 · Get subject descriptor.

use domain::{
    Error,
    vocabulary::{Subject, SubjectDescriptor},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
};

use super::example;
use crate::{catalog::Answer, openapi::Operation};

/// Shows a known subject, or one that the lender made.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let named = request.path("subject");
    let absent = || Error::not_found("subject", named);
    let subject: Subject = named.parse().map_err(|_| absent())?;
    let subjects = app.store.subjects(request.tenant()?).await?;
    let descriptor = subjects.find(&subject).ok_or_else(absent)?;
    json_with_etag(StatusCode::OK, &descriptor, subjects.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Subjects", "Get a subject descriptor")
        .answer::<SubjectDescriptor>(200, "The subject as it is stored", example())
        .problems(&[404])
}
