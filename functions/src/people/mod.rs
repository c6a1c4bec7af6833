//! Borrowers and what hangs on them: pushed by the lender's system of record, corrected by its people.
//!
//! Here people are read, written and answered. What may be said about a person, and what becomes of it, is
//! `domain::person::update`'s.

mod bulk;
pub mod bulk_upsert;
pub mod can_interact;
pub mod can_interact_batch;
pub mod create;
pub(crate) mod examples;
mod filter;
pub mod get;
pub mod list;
#[cfg(test)]
mod tests;
pub mod upsert;

use domain::{
    Error,
    id::{self, Id, Ref},
    person::Person,
    tenant::TenantId,
};
use platform::{
    app::App,
    http::Request,
    needs::{Items, Need},
    race::Race,
    store::people::Known,
};

/// What a change of a person needs of AWS, if no address appears or vanishes.
pub const EDIT: &[Need] = &[Need::Read(Items::People), Need::Write(Items::People)];

/// What a change of a person needs by which addresses only appear.
pub const EDIT_AND_LIST: &[Need] = &[Need::All(EDIT), Need::Write(Items::AddressBook)];

/// What a change of a person needs by which addresses appear and vanish.
pub const EDIT_AND_LIST_ANEW: &[Need] = &[Need::All(EDIT_AND_LIST), Need::Delete(Items::AddressBook)];

/// What an edit made of a person.
pub(crate) struct Edited<T> {
    pub(crate) before: Option<Person>,
    pub(crate) after: Person,
    /// The part of the person it was about.
    pub(crate) part: T,
}

/// The person the path names.
pub(crate) async fn find(app: &App, request: &Request) -> Result<Person, Error> {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Person>("id")?);
    Ok(app.store.person(tenant, &named).await?.person)
}

/// Changes the person the path names.
pub(crate) async fn change<T>(
    app: &App,
    request: &Request,
    change: impl Fn(&Person) -> Result<(Person, T), Error>,
) -> Result<Edited<T>, Error> {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Person>("id")?);
    let absent = || Err(named.not_found());
    edit(app, tenant, &named.resolve(tenant.as_str()), absent, change).await
}

/// Writes what `change` makes of a person, or of the one `absent` begins with. Where somebody else wrote meanwhile, it
/// is made again of what they wrote, so that nobody's change is lost. What changes nothing is not written.
///
/// # Errors
/// [`Error::Unavailable`] when the person never rests.
async fn edit<T>(
    app: &App,
    tenant: &TenantId,
    id: &Id<id::Person>,
    absent: impl Fn() -> Result<Person, Error>,
    change: impl Fn(&Person) -> Result<(Person, T), Error>,
) -> Result<Edited<T>, Error> {
    let mut race = Race::begin();
    loop {
        let before = app.store.find_person(tenant, id).await?;
        let (mut after, part) = match &before {
            Some(Known { person, .. }) => change(person)?,
            None => change(&absent()?)?,
        };
        let is_known = before.as_ref().is_some_and(|known| known.person == after);
        let saved = if is_known {
            Ok(())
        } else {
            after.updated_at = app.now();
            app.store.save_person(tenant, &after, before.as_ref()).await
        };
        match saved {
            Ok(()) => return Ok(Edited { before: before.map(|known| known.person), after, part }),
            Err(error) if error.is_edit_conflict() => race.lost(format!("person {id}")).await?,
            Err(error) => return Err(error),
        }
    }
}

/// A person of whom only the name is known. There is none for an id of ours: we give those on `POST`.
fn begin(app: &App, tenant: &TenantId, named: &Ref<id::Person>) -> Result<Person, Error> {
    let name = named.external().ok_or_else(|| named.not_found())?;
    Ok(Person::new(named.resolve(tenant.as_str()), Some(name.clone()), app.now()))
}
