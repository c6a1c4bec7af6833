//! Borrowers and what hangs on them: pushed by the lender's system of record, corrected by its people.
//!
//! Here people are read, written and answered. What may be said about a person, and what becomes of it, is
//! `domain::person::update`'s.

mod bulk;
pub mod bulk_upsert;
pub mod can_interact;
pub mod can_interact_batch;
pub mod create;
pub mod erase;
pub(crate) mod examples;
mod filter;
pub mod get;
pub mod limits;
pub mod list;
#[cfg(test)]
mod tests;
pub mod upsert;

use domain::{
    Error,
    error::Conflict,
    id::{self, Ref},
    person::{Erasure, Person},
    tenant::TenantId,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
    pipeline::strangers,
    race::Race,
    store::{
        erasures::Tombstone,
        people::{Known, Presence},
    },
};
use serde::Serialize;

use crate::catalog::Answer;

/// What a change of a person needs of AWS, if no address appears or vanishes.
pub const EDIT: &[Need] = &[Need::Read(Items::People), Need::Write(Items::People)];

/// What a change of a person needs by which addresses only appear.
pub const EDIT_AND_LIST: &[Need] =
    &[Need::All(EDIT), Need::Read(Items::AddressBook), Need::Write(Items::AddressBook)];

/// What a change of a person needs by which addresses appear and vanish.
pub const EDIT_AND_LIST_ANEW: &[Need] = &[Need::All(EDIT_AND_LIST), Need::Delete(Items::AddressBook)];

/// What an edit made of a person.
pub(crate) struct Edited<T> {
    pub(crate) before: Option<Person>,
    pub(crate) after: Person,
    /// The person's, by then.
    pub(crate) revision: u64,
    /// The part of the person it was about.
    pub(crate) part: T,
}

/// The person the path names.
pub(crate) async fn find(app: &App, request: &Request) -> Result<Person, Error> {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Person>("id")?);
    Ok(app.store.person(tenant, &named).await?.person)
}

/// Shows a part of the person the path names.
pub(crate) async fn show<T: Serialize>(app: &App, request: &Request, part: fn(&Person) -> &T) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Person>("id")?);
    let Known { person, revision, .. } = app.store.person(tenant, &named).await?;
    json_with_etag(StatusCode::OK, part(&person), revision)
}

/// The part of a person that was added, with 201, or changed, with 200.
pub(crate) fn placed<T: Serialize>(edited: Edited<T>, is_known: fn(&Person, &T) -> bool) -> Answer {
    let Edited { before, part, revision, .. } = edited;
    let is_known = before.is_some_and(|person| is_known(&person, &part));
    json_with_etag(if is_known { StatusCode::OK } else { StatusCode::CREATED }, &part, revision)
}

/// Changes the person the path names, unless somebody else did since the caller read it, and the caller says so.
///
/// # Errors
/// As [`Request::expect_revision`].
pub(crate) async fn change<T>(
    app: &App,
    request: &Request,
    change: impl Fn(&Person) -> Result<(Person, T), Error>,
) -> Result<Edited<T>, Error> {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Person>("id")?);
    let (absent, expect) = (|| Err(named.not_found()), |revision| request.expect_existing(revision));
    edit(app, tenant, &named, absent, false, expect, change).await
}

/// Writes what `change` makes of a person, or of the one `absent` begins with. If somebody else wrote meanwhile, it
/// is made again of what they wrote, so that nobody's change is lost. What changes nothing is not written. One who was
/// erased begins again only if that is said. `expect` is asked about the revision that it is made of, none for nobody's.
///
/// # Errors
/// [`Conflict::PersonErased`]; [`Error::Unavailable`] when the person never rests.
async fn edit<T>(
    app: &App,
    tenant: &TenantId,
    named: &Ref<id::Person>,
    absent: impl Fn() -> Result<Person, Error>,
    recreate: bool,
    expect: impl Fn(Option<u64>) -> Result<(), Error>,
    change: impl Fn(&Person) -> Result<(Person, T), Error>,
) -> Result<Edited<T>, Error> {
    let (id, mut race) = (named.resolve(tenant.as_str()), Race::begin());
    loop {
        let (stored, is_known) = match app.store.look_up(tenant, &id).await? {
            Presence::Known(known) => (Some(*known), true),
            Presence::Erased(tombstone, ledger) => {
                let person = absent()?;
                may_come_back(&tombstone, named, recreate)?;
                (Some(Known { person, ledger, revision: 0 }), false)
            }
            Presence::Unknown => (None, false),
        };
        let (mut after, part) = match &stored {
            Some(Known { person, .. }) => change(person)?,
            None => change(&absent()?)?,
        };
        let revision = stored.as_ref().map_or(0, |known| known.revision);
        expect(is_known.then_some(revision))?;
        let before = stored.as_ref().map(|known| &known.person).filter(|_| is_known).cloned();
        let saved = if before.as_ref().is_some_and(|before| is_the_same(before, &after)) {
            Ok(revision)
        } else {
            after.updated_at = app.now();
            strangers::recognize(app, tenant, &mut after, before.as_ref()).await?;
            app.store.save_person(tenant, &after, stored.as_ref()).await
        };
        match saved {
            Ok(revision) => return Ok(Edited { before, after, revision, part }),
            Err(error) if error.is_edit_conflict() => race.lost(format!("person {id}")).await?,
            Err(error) => return Err(error),
        }
    }
}

/// Whether nothing changed, down to the order in which the lender's own keys stand.
fn is_the_same(before: &Person, after: &Person) -> bool {
    before == after && serde_json::to_string(before).ok() == serde_json::to_string(after).ok()
}

/// Whether a person who was erased is made again.
///
/// # Errors
/// [`Conflict::PersonErased`] if nobody said so, and while there is something left to erase.
fn may_come_back(tombstone: &Tombstone, named: &Ref<id::Person>, recreate: bool) -> Result<(), Error> {
    let Erasure { at, .. } = &tombstone.erasure;
    let detail = match (recreate, tombstone.completed_at) {
        (true, Some(_)) => return Ok(()),
        (true, None) => format!(
            "The person {named} was erased at {at}, and what is left is still being erased; send this again in some minutes."
        ),
        (false, _) => format!(
            "The person {named} was erased at {at}. Where your own records should have forgotten the person, correct \
             them; one who comes back is made again with ?recreate=true."
        ),
    };
    Err(Error::conflict(Conflict::PersonErased, detail))
}

/// Whether the request says that one who was erased may be made again.
fn is_told_to_recreate(request: &Request) -> Result<bool, Error> {
    Ok(request.query("recreate")?.unwrap_or(false))
}

/// See [`is_told_to_recreate`]; for the OpenAPI document.
const RECREATE: &str = "true makes a person again who was erased; false by default.";

/// A person of whom only the name is known. There is none for an id of ours: we give those on `POST`.
fn begin(app: &App, tenant: &TenantId, named: &Ref<id::Person>) -> Result<Person, Error> {
    let name = named.external().ok_or_else(|| named.not_found())?;
    Ok(Person::new(named.resolve(tenant.as_str()), Some(name.clone()), app.now()))
}
