//! Borrowers and what hangs on them: pushed by the lender's system of record, corrected by its people.
//!
//! Here people are read, written and answered. What may be said about a person, and what becomes of it, is
//! `domain::person::update`'s.

pub mod bulk_upsert;
pub mod consents_list;
pub mod consents_record;
pub mod contacts_create;
pub mod contacts_list;
pub mod contacts_update;
pub mod create;
pub mod do_not_contact_clear;
pub mod do_not_contact_set;
pub mod get;
pub mod loans_list;
pub mod loans_upsert;
pub mod preferences_set;
pub mod upsert;

use std::time::Duration;

use domain::{
    Error,
    error::Conflict,
    id::{self, Id, Ref},
    ledger::Ledger,
    person::Person,
    tenant::TenantId,
};
use platform::{app::App, http::Request, store::people::Known};
use serde_json::{Value, json};

/// How often an edit is made again because the person changed meanwhile: for about a second.
const RACES: u32 = 8;

/// What an edit made of a person.
struct Edited<T> {
    before: Option<Person>,
    after: Person,
    /// The part of the person it was about.
    part: T,
}

/// The person the path names.
async fn find(app: &App, request: &Request) -> Result<Person, Error> {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Person>("id")?);
    let known = app.store.find_person(tenant, &named.resolve(tenant.as_str())).await?;
    known.map(|known| known.person).ok_or_else(|| Error::not_found("person", named))
}

/// Changes the person the path names.
async fn change<T>(
    app: &App,
    request: &Request,
    change: impl Fn(&Person) -> Result<(Person, T), Error>,
) -> Result<Edited<T>, Error> {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::Person>("id")?);
    let absent = || Err(Error::not_found("person", &named));
    edit(app, tenant, &named.resolve(tenant.as_str()), absent, change).await
}

/// Writes what `change` makes of a person, or of the one `absent` begins with. Where somebody else wrote meanwhile, it
/// is made again of what they wrote, so that nobody's change is lost. What changes nothing is not written.
///
/// # Errors
/// [`Conflict::EditConflict`] when the person never rests.
async fn edit<T>(
    app: &App,
    tenant: &TenantId,
    id: &Id<id::Person>,
    absent: impl Fn() -> Result<Person, Error>,
    change: impl Fn(&Person) -> Result<(Person, T), Error>,
) -> Result<Edited<T>, Error> {
    let mut race = 0;
    loop {
        let known = app.store.find_person(tenant, id).await?;
        let (before, mut ledger) = known
            .map_or_else(|| (None, Ledger::default()), |Known { person, ledger }| (Some(person), ledger));
        let (mut after, part) = match &before {
            Some(person) => change(person)?,
            None => change(&absent()?)?,
        };
        if before.as_ref() == Some(&after) {
            return Ok(Edited { before, after, part });
        }
        after.updated_at = app.now();
        match app.store.save_person(tenant, &after, &mut ledger).await {
            Ok(()) => return Ok(Edited { before, after, part }),
            Err(Error::Conflict { conflict: Conflict::EditConflict, .. }) if race < RACES => race += 1,
            Err(error) => return Err(error),
        }
        tokio::time::sleep(Duration::from_millis(5 << race)).await;
    }
}

/// A person of whom only the name is known. There is none for an id of ours: we give those on `POST`.
fn begin(app: &App, tenant: &TenantId, named: &Ref<id::Person>) -> Result<Person, Error> {
    match named {
        Ref::External(name) => Ok(Person::new(named.resolve(tenant.as_str()), Some(name.clone()), app.now())),
        Ref::Id(_) => Err(Error::not_found("person", named)),
    }
}

/// A push as the OpenAPI document shows it.
fn example_update() -> Value {
    json!({
        "firstName": "John",
        "lastName": "Doe",
        "language": "en",
        "timeZone": "America/Chicago",
        "contacts": [
            { "contactType": "email", "value": "john@example.com" },
            { "contactType": "phone", "value": "+13125550142", "receiveTextMessages": true },
            {
                "contactType": "address",
                "address": {
                    "addressLine1": "233 South Wacker Drive",
                    "city": "Chicago",
                    "state": "IL",
                    "postalCode": "60606",
                },
            },
        ],
        "loans": [example_loan_update()],
        "consents": [{ "channel": "text", "status": "consented", "recordedAt": "2026-01-02T15:00:00Z", "source": "web form" }],
        "metaData": { "branch": "Chicago" },
    })
}

/// A loan as it is pushed.
fn example_loan_update() -> Value {
    json!({
        "externalId": "LN-0001",
        "loanNumber": "LN-0001",
        "status": "current",
        "currency": "USD",
        "balance": "8450.00",
        "rate": "0.0725",
        "paymentAmount": "312.50",
        "dueDate": "2026-01-15",
    })
}

/// A person as answered.
fn example_person() -> Value {
    json!({
        "id": "BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
        "externalId": "john",
        "firstName": "John",
        "lastName": "Doe",
        "status": "active",
        "language": "en",
        "timeZone": "America/Chicago",
        "communicationPreference": { "optedOut": [] },
        "contacts": [example_contact()],
        "loans": [example_loan()],
        "consents": [example_consent()],
        "cases": [],
        "metaData": { "branch": "Chicago" },
        "createdAt": "2026-01-05T15:00:00Z",
        "updatedAt": "2026-01-05T15:00:00Z",
    })
}

/// A contact as answered.
fn example_contact() -> Value {
    json!({
        "id": "CT-KEY-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
        "contactType": "phone",
        "label": "personal",
        "affiliation": "self",
        "status": "primary",
        "value": "+13125550142",
        "valid": true,
        "verified": false,
        "receiveTextMessages": true,
        "authorizedThirdParty": false,
    })
}

/// A loan as answered.
fn example_loan() -> Value {
    let mut loan = example_loan_update();
    loan["id"] = json!("LN-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST");
    loan["attributes"] = json!({});
    loan
}

/// A consent as answered.
fn example_consent() -> Value {
    json!({ "channel": "text", "status": "consented", "recordedAt": "2026-01-02T15:00:00Z", "source": "web form" })
}
