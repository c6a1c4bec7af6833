//! Creates a person under an id of ours, or under the lender's if it is new.

use domain::{
    Error,
    error::Conflict,
    id::Ref,
    person::{
        Person,
        update::{NewPerson, PersonUpdate},
    },
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::Need,
    pipeline::strangers,
    store::people::{Known, Presence},
};

use super::{RECREATE, examples, is_told_to_recreate, may_come_back};
use crate::{catalog::Answer, openapi::Operation};

/// Stores a person nobody knew before.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let update: PersonUpdate = request.json()?;
    update.expect_name()?;
    let (tenant, now) = (request.tenant()?, app.now());
    let id = request.id_named(app, update.external_id.as_ref())?;
    let mut person = Person::new(id, update.external_id.clone(), now).with(&update, tenant, now)?;
    strangers::recognize(app, tenant, &mut person, None).await?;
    let error = match app.store.save_person(tenant, &person, None).await {
        Ok(revision) => return json_with_etag(StatusCode::CREATED, &person, revision),
        Err(error) => error,
    };
    if !error.is_edit_conflict() {
        return Err(error);
    }
    match (app.store.look_up(tenant, &person.id).await?, &update.external_id) {
        (Presence::Known(_), Some(name)) => {
            let detail = format!("The person ext-{} exists already; change it with PUT.", name.as_str());
            Err(Error::conflict(Conflict::DuplicateExternalId, detail))
        }
        // This very request, sent again after a crash: the id was derived from its idempotency key.
        (Presence::Known(known), None) => json_with_etag(StatusCode::CREATED, &known.person, known.revision),
        (Presence::Erased(tombstone, ledger), _) => {
            let named = update.external_id.clone().map_or_else(|| Ref::Id(person.id.clone()), Ref::External);
            may_come_back(&tombstone, &named, is_told_to_recreate(request)?)?;
            let nobody = Person::new(person.id.clone(), person.external_id.clone(), now);
            let before = Known { person: nobody, ledger, revision: 0 };
            let revision = app.store.save_person(tenant, &person, Some(&before)).await?;
            json_with_etag(StatusCode::CREATED, &person, revision)
        }
        (Presence::Unknown, _) => Err(error),
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(super::EDIT_AND_LIST)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "Create a person")
        .about(
            "Without an externalId the person is known by the id answered only, and must have a name. Before you create \
             one, look with GET /people whether you have.",
        )
        .query_as::<bool>("recreate", RECREATE)
        .body::<NewPerson>(examples::update())
        .answer::<Person>(201, "The person as it is stored", examples::person())
        .problems(&[409])
}
