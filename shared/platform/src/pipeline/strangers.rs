//! Applies what was said from an address, whoever has it later: it is kept with the address, stops messages to nobody we know, and is
//! put on record with whoever gets the address.

use domain::{
    Error,
    person::{BookAddress, Person, Stranger, Wish},
    tenant::TenantId,
};
use futures::future::try_join_all;

use crate::{
    app::App,
    needs::{Items, Need},
    race::Race,
};

/// What keeping a wish needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::AddressBook), Need::Write(Items::AddressBook)];

/// Changes what is known of the stranger at an address, until it is done. Safe to repeat. Returns the stranger as it is then.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn tell(
    app: &App,
    tenant: &TenantId,
    address: &BookAddress,
    change: impl Fn(&mut Person) -> bool,
) -> Result<Stranger, Error> {
    let mut race = Race::begin();
    loop {
        let known = app.store.stranger(tenant, address).await?;
        let mut stranger = known.unwrap_or_else(|| Stranger::at(tenant, address, app.now()));
        if !change(&mut stranger.person) || app.store.save_stranger(tenant, address, &mut stranger).await? {
            return Ok(stranger);
        }
        race.lost("a stranger").await?;
    }
}

/// Puts on record with a person what is unwanted at addresses that they did not have `before`.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn recognize(
    app: &App,
    tenant: &TenantId,
    person: &mut Person,
    before: Option<&Person>,
) -> Result<(), Error> {
    let then = before.map(Person::book_addresses).unwrap_or_default();
    let new: Vec<BookAddress> = person.book_addresses().difference(&then).cloned().collect();
    let strangers = try_join_all(new.iter().map(|address| app.store.stranger(tenant, address))).await?;
    for (address, stranger) in new.iter().zip(&strangers) {
        let wishes: Vec<Wish> = stranger.iter().flat_map(|stranger| stranger.wishes(address)).collect();
        for wish in &wishes {
            person.heed(wish);
        }
    }
    Ok(())
}
