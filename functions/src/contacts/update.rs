//! Changes a contact of a person.

use domain::{
    id,
    person::{Contact, update::ContactUpdate},
    shape,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::Need,
};
use serde_json::json;

use super::confirmed;
use crate::{
    catalog::Answer,
    openapi::Operation,
    people::{EDIT_AND_LIST_ANEW, examples},
};

/// Changes what is said about the contact.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let update: ContactUpdate = request.json()?;
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Contact>("contactId")?);
    let id = named.resolve(tenant.as_str());
    let edited = confirmed::change(app, request, |person| {
        if person.contact(&id).is_none() {
            return Err(named.not_found());
        }
        person.with_changed_contact(&id, &update, tenant)
    });
    let edited = edited.await?;
    json_with_etag(StatusCode::OK, &edited.part, edited.revision)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(EDIT_AND_LIST_ANEW), Need::All(confirmed::NEEDS)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "Change a contact")
        .about(
            "Fields left out stay. A contact with an externalId may get another address, about which nothing is known \
             then; one without is known by its address, which stays.",
        )
        .query_as::<shape::Code>(confirmed::PARAMETER, confirmed::ABOUT)
        .body::<ContactUpdate>(json!({ "status": "secondary" }))
        .answer::<Contact>(200, "The contact as it is stored", examples::contact())
        .problems(&[404, 409, 412])
}
