//! Applies what the holder of an address says about it: an opt-out or opt-in, or that it is the wrong address. It is
//! recorded for everybody who has the address, since nobody knows which of them it was (47 CFR 64.1200(a)(10) speaks of the
//! called party).

use domain::{
    Error,
    person::{BookAddress, Person, Wish},
    tenant::TenantId,
};

use super::strangers;
use crate::{
    app::App,
    needs::{Items, Need},
    race::Race,
    store::people::Known,
};

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::All(strangers::NEEDS), Need::Read(Items::People), Need::Write(Items::People)];

/// Everybody who has an address.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn holders(app: &App, tenant: &TenantId, address: &BookAddress) -> Result<Vec<Known>, Error> {
    let ids = app.store.people_at(tenant, address).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(app.store.people(tenant, &ids).await?.into_iter().flatten().collect())
}

/// Records a wish for everybody who has the address, and for the address itself, for whoever gets it later. Safe to
/// repeat. Returns those who have it, as they are then.
///
/// # Errors
/// [`Error::Unavailable`]: the wish must be applied again, also for those who have it already.
pub async fn heed(app: &App, tenant: &TenantId, wish: &Wish) -> Result<Vec<Known>, Error> {
    let Some(address) = &wish.address else { return Ok(Vec::new()) };
    let holders = holders_after(app, tenant, address, wish).await?;
    tell(app, tenant, holders, |person| person.heed(wish)).await
}

/// Keeps a wish with its address, then finds who has that: whoever got it before the wish was there to be found, too.
pub(super) async fn holders_after(
    app: &App,
    tenant: &TenantId,
    address: &BookAddress,
    wish: &Wish,
) -> Result<Vec<Known>, Error> {
    strangers::tell(app, tenant, address, |stranger| stranger.heed(wish)).await?;
    holders(app, tenant, address).await
}

/// Changes these people, each until it is done: a crash or an error before the last leaves the rest for a repetition.
///
/// # Errors
/// [`Error::Unavailable`] if one of them never rests.
pub(super) async fn tell(
    app: &App,
    tenant: &TenantId,
    people: Vec<Known>,
    change: impl Fn(&mut Person) -> bool + Sync,
) -> Result<Vec<Known>, Error> {
    let mut told = Vec::with_capacity(people.len());
    for mut known in people {
        let mut race = Race::begin();
        loop {
            let mut person = known.person.clone();
            if !change(&mut person) {
                told.push(known);
                break;
            }
            match app.store.save_person(tenant, &person, Some(&known)).await {
                Ok(revision) => {
                    known.ledger.version += 1;
                    told.push(Known { person, revision, ..known });
                    break;
                }
                Err(error) if error.is_edit_conflict() => race.lost(format!("person {}", person.id)).await?,
                Err(error) => return Err(error),
            }
            match app.store.find_person(tenant, &person.id).await? {
                Some(changed) => known = changed,
                // Erased meanwhile.
                None => break,
            }
        }
    }
    Ok(told)
}
