//! Creates a person under the lender's id, or changes what is known of one.

use domain::{
    Error,
    id::{self, Ref},
    person::{Person, update::PersonUpdate},
    tenant::TenantId,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::Need,
};

use super::{Edited, RECREATE, begin, edit, examples, is_told_to_recreate};
use crate::{catalog::Answer, openapi::Operation};

/// Creates or changes the person.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let update: PersonUpdate = request.json()?;
    let (tenant, named) = (request.tenant()?, request.path_ref("id")?);
    let expect = |revision| request.expect_existing(revision);
    let edited = upsert(app, tenant, &named, &update, is_told_to_recreate(request)?, expect).await?;
    let status = if edited.before.is_none() { StatusCode::CREATED } else { StatusCode::OK };
    json_with_etag(status, &edited.after, edited.revision)
}

/// The same for one of many, if `expect` takes the revision that it changes.
pub(super) async fn upsert(
    app: &App,
    tenant: &TenantId,
    named: &Ref<id::Person>,
    update: &PersonUpdate,
    recreate: bool,
    expect: impl Fn(Option<u64>) -> Result<(), Error>,
) -> Result<Edited<()>, Error> {
    let change = |person: &Person| Ok((person.with(update, tenant, app.now())?, ()));
    edit(app, tenant, named, || begin(app, tenant, named), recreate, expect, change).await
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(super::EDIT_AND_LIST_ANEW)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "Create a person, or change what is known of one")
        .about(
            "The id is yours, with ext- in front; a UUID may stand alone. Fields left out stay, null clears, lists \
             replace. What was learned from deliveries and answers stays: an address that bounced is listed again as \
             not valid unless you say otherwise, one taken out of the list is archived, and consents are only added.",
        )
        .query_as::<bool>("recreate", RECREATE)
        .body::<PersonUpdate>(examples::update())
        .answer::<Person>(200, "The person, changed", examples::person())
        .answer::<Person>(201, "The person, created", examples::person())
        .problems(&[404, 409, 412])
}
