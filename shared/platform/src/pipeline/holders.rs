//! Who has the addresses that a message goes to beside its person: what forbids contact with them holds for the message.

use domain::{
    Error,
    compliance::{self, Circumstances, Decision, Scrutiny},
    interaction::Interaction,
    ledger::Ledger,
    person::{BookAddress, Person},
    tenant::TenantId,
};

use crate::{
    app::{App, Lender},
    store::people::Known,
};

/// People looked at for one address: a shared mailbox has few, an attorney's office many.
const MOST: usize = 50;

/// The person who alone has an address; `None` if nobody has it, or more than one.
pub async fn only_one(app: &App, tenant: &TenantId, address: &BookAddress) -> Result<Option<Known>, Error> {
    match &app.store.people_at(tenant, address).await?[..] {
        [only] => app.store.find_person(tenant, only).await,
        _ => Ok(None),
    }
}

/// The decision of the first who forbids the message: of those who have its address, if it is no contact of its person's, and of
/// those who have an address that gets a copy.
pub(super) async fn forbid(
    app: &App,
    lender: &Lender,
    message: &Interaction,
) -> Result<Option<Decision>, Error> {
    let is_nobodys = message.person_id.is_none() || message.contact_id.is_none();
    let first = is_nobodys.then_some(message.to.as_str());
    let copies = message.copies.all().map(|copy| copy.email.as_str());
    for address in first.into_iter().chain(copies) {
        let Some(read) = BookAddress::on(message.channel, address) else { continue };
        let now = app.now();
        let mut ids = app.store.people_at(&message.tenant, &read).await?;
        ids.truncate(MOST);
        if ids.is_empty() {
            let stranger = app.store.stranger(&message.tenant, &read).await?;
            let decision = stranger
                .filter(|stranger| is_unwanted(message, &stranger.person, &read))
                .map(|stranger| decide(lender, message, &stranger.person, &Ledger::default(), &read, now));
            match decision.filter(|decision| !decision.allowed) {
                Some(decision) => return Ok(Some(decision)),
                None => continue,
            }
        }
        let holders = app.store.people(&message.tenant, &ids).await?;
        let decisions = holders
            .into_iter()
            .flatten()
            .map(|known| decide(lender, message, &known.person, &known.ledger, &read, now));
        if let Some(decision) = decisions.into_iter().find(|decision| !decision.allowed) {
            return Ok(Some(decision));
        }
    }
    Ok(None)
}

fn is_unwanted(message: &Interaction, stranger: &Person, address: &BookAddress) -> bool {
    let contact = stranger.contact_with(address).map(|contact| &contact.id);
    stranger.consent_revoked(message.channel, contact).is_some()
}

fn decide(
    lender: &Lender,
    message: &Interaction,
    person: &Person,
    ledger: &Ledger,
    address: &BookAddress,
    now: jiff::Timestamp,
) -> Decision {
    let contact = person.contact_with(address);
    let scrutiny = match message.circumstances.scrutiny {
        Scrutiny::Full => Scrutiny::Stops,
        other => other,
    };
    let copy = Interaction {
        person_id: Some(person.id.clone()),
        contact_id: contact.map(|contact| contact.id.clone()),
        to: contact.map(|contact| contact.value.clone()).unwrap_or_default(),
        circumstances: Circumstances { scrutiny, ..message.circumstances.clone() },
        ..message.clone()
    };
    compliance::decide_on_record(&copy.facts(&lender.rules, person, ledger), now)
}
