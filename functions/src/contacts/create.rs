//! Adds a contact to a person.

use domain::{
    person::{
        Contact,
        update::{ContactUpdate, NewContact},
    },
    shape,
};
use platform::{app::App, http::Request, needs::Need};
use serde_json::json;

use super::confirmed;
use crate::{
    catalog::Answer,
    openapi::Operation,
    people::{EDIT_AND_LIST, examples, placed},
};

/// Adds the contact, or says more about the one with this address.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let update: ContactUpdate = request.json()?;
    let tenant = request.tenant()?;
    let edited = confirmed::change(app, request, |person| person.with_contact(&update, tenant)).await?;
    placed(edited, |person, contact| person.contact(&contact.id).is_some())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(EDIT_AND_LIST), Need::All(confirmed::NEEDS)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "Add a contact")
        .about("An address the person has already is not added again; what is known about it stays.")
        .query_as::<shape::Code>(confirmed::PARAMETER, confirmed::ABOUT)
        .body::<NewContact>(json!({
            "contactType": "phone",
            "value": "+13125550142",
            "receiveTextMessages": true,
        }))
        .answer::<Contact>(200, "The contact, which was there", examples::contact())
        .answer::<Contact>(201, "The contact as it is stored", examples::contact())
        .problems(&[404, 409, 412])
}
