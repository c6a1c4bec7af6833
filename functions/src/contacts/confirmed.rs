//! A contact that its person proved to be theirs, by a code that was sent there (001, "Send confirmation code").

use domain::{
    Error,
    confirmation::ConfirmationCode,
    id,
    person::{BookAddress, Contact, Person},
};
use platform::{
    app::App,
    http::Request,
    needs::Need,
    pipeline::{code, strangers},
    race::Race,
    store::people::Known,
};

use crate::people::{self, Edited};

/// What it needs of AWS, beside what a change of the person does.
pub(super) const NEEDS: &[Need] = &[Need::All(code::CONFIRM)];

/// What it is called in the query.
pub(super) const PARAMETER: &str = "confirmationCode";

/// For the OpenAPI document.
pub(super) const ABOUT: &str = "The code that was sent to the address of the contact, which is verified by it. A wrong one, or \
                                one that ended, is refused and nothing is stored.";

/// Writes what `change` makes of the person the path names. With a code in the query, the contact is verified by it: both are
/// written, or neither.
///
/// # Errors
/// [`ConfirmationCodeWrong`](domain::error::Conflict::ConfirmationCodeWrong).
pub(super) async fn change(
    app: &App,
    request: &Request,
    change: impl Fn(&Person) -> Result<(Person, Contact), Error>,
) -> Result<Edited<Contact>, Error> {
    let Some(digits) = request.query::<String>(PARAMETER)? else {
        return people::change(app, request, change).await;
    };
    let place = format!("?{PARAMETER}");
    ConfirmationCode::check(&digits).map_err(|fault| Error::invalid(&place, fault))?;
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Person>("id")?);
    let mut race = Race::begin();
    loop {
        let before = app.store.person(tenant, &named).await?;
        request.expect_revision(before.revision)?;
        let (mut after, mut contact) = change(&before.person)?;
        let address = BookAddress::of(&contact).filter(|address| !matches!(address, BookAddress::Device(_)));
        let address = address.ok_or_else(|| {
            Error::invalid(&place, "must be left out except for e-mail addresses and phone numbers: no other contact gets a code")
        })?;
        let code = code::verify(app, tenant, &after.id, &address, &digits).await?;
        contact.verified = true;
        for known in after.contacts.iter_mut().filter(|known| known.id == contact.id) {
            known.verified = true;
        }
        after.updated_at = app.now();
        strangers::recognize(app, tenant, &mut after, Some(&before.person)).await?;
        match app.store.save_confirmed(tenant, &after, &before, &address, &code).await {
            Ok(revision) => {
                return Ok(Edited { before: Some(before.person), after, revision, part: contact });
            }
            Err(error) if error.is_edit_conflict() => {
                // A write whose answer is lost is repeated by the SDK, and then meets itself: the code is used up by the first,
                // which did all that was asked. No other request writes the same at the same instant.
                let Known { person, revision, .. } = app.store.person(tenant, &named).await?;
                if person == after {
                    return Ok(Edited { before: Some(before.person), after, revision, part: contact });
                }
                race.lost(format!("person {}", after.id)).await?;
            }
            Err(error) => return Err(error),
        }
    }
}
