//! Allows contact with a person again.

use domain::person::Person;
use platform::{
    app::App,
    http::{Request, no_content},
    needs::Need,
};

use crate::{
    catalog::Answer,
    openapi::Operation,
    people::{EDIT, change},
};

/// Takes the order back; if there is none, nothing changes.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let cleared = |person: &Person| Ok((Person { do_not_contact: None, ..person.clone() }, ()));
    change(app, request, cleared).await?;
    Ok(no_content())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(EDIT)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "Allow contact with a person again")
        .empty(204, "Contact is allowed as far as nothing else forbids it")
        .problems(&[404, 409, 412])
}
