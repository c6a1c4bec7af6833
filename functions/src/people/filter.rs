//! Which people are asked for: what a query says, and whom it names.

use domain::{
    Error,
    error::Conflict,
    id::{self, ExternalId, Id},
    person::{BookAddress, Person},
    tenant::TenantId,
    update::Faults,
};
use jiff::Timestamp;
use platform::{app::App, http::Request, store::people};

/// People at one address that are shown: an attorney's office or a relay service may be named by many.
const MOST_AT_ONE_ADDRESS: usize = 500;

/// Which people.
pub(super) struct Filter {
    name: Option<ExternalId>,
    addresses: Vec<BookAddress>,
    pub(super) since: Option<Timestamp>,
}

impl Filter {
    pub(super) fn read(request: &Request) -> Result<Self, Error> {
        let given = |name| request.query::<String>(name);
        // A space is a plus that nobody escaped: no mailbox has one, and no number begins with one.
        let email = given("email")?.map(|text| BookAddress::email(&text.replace(' ', "+")));
        let phone = given("phone")?.map(|text| match text.strip_prefix(' ') {
            Some(rest) => BookAddress::phone(&format!("+{rest}")),
            None => BookAddress::phone(&text),
        });
        let name = given("externalId")?.map(|text| text.parse().map_err(|fault| format!("{fault}")));
        let mut faults = Faults::default();
        let since = request.query::<Timestamp>("updatedSince").unwrap_or_else(|error| {
            faults.take("", error);
            None
        });
        let filter = Self {
            name: sound(&mut faults, "?externalId", name),
            addresses: [sound(&mut faults, "?email", email), sound(&mut faults, "?phone", phone)]
                .into_iter()
                .flatten()
                .collect(),
            // To the millisecond by which people are listed.
            since: since.map(|at| Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)),
        };
        faults.none().map(|()| filter)
    }

    pub(super) fn is_changed_since(&self, person: &Person) -> bool {
        self.since.is_none_or(|since| person.updated_at >= since)
    }

    /// Whether the filter names people; otherwise all are meant, by when they changed.
    pub(super) fn names_some(&self) -> bool {
        self.name.is_some() || !self.addresses.is_empty()
    }

    /// Everybody it names, the one changed last first.
    pub(super) async fn named(&self, app: &App, tenant: &TenantId) -> Result<Vec<Person>, Error> {
        let mut ids: Option<Vec<Id<id::Person>>> =
            self.name.as_ref().map(|name| vec![Id::external(tenant.as_str(), name.as_str())]);
        for address in &self.addresses {
            let there = app.store.people_at(tenant, address).await?;
            ids = Some(match ids {
                Some(ids) => ids.into_iter().filter(|id| there.contains(id)).collect(),
                None => there,
            });
        }
        let ids = ids.unwrap_or_default();
        if ids.len() > MOST_AT_ONE_ADDRESS {
            let detail = format!(
                "{} people have this address, and {MOST_AT_ONE_ADDRESS} can be shown; ask by externalId, or by e-mail \
                 address and phone number together.",
                ids.len()
            );
            return Err(Error::conflict(Conflict::LimitReached, detail));
        }
        let known = app.store.people(tenant, &ids).await?;
        let people = known.into_iter().flatten().map(|known| known.person);
        let mut people: Vec<Person> = people.filter(|person| self.is_changed_since(person)).collect();
        people.sort_by_key(|person| std::cmp::Reverse(people::place(person)));
        Ok(people)
    }
}

/// What was given, unless there is something wrong with it.
fn sound<T>(faults: &mut Faults, place: &str, given: Option<Result<T, String>>) -> Option<T> {
    given?.map_err(|fault| faults.expect(false, place, &fault)).ok()
}
