//! Lists people, or finds those who have an id of the lender's or an address.

use domain::{
    Error,
    error::Conflict,
    id::{self, ExternalId, Id, Kind, Ref},
    person::{BookAddress, Person},
    tenant::TenantId,
    update::Faults,
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_within, listed},
    needs::{Items, List, Need},
    store::{Edge, people},
};
use serde_json::json;

use super::examples;
use crate::{catalog::Answer, envelope::Page, openapi::Operation};

/// People at one address that are shown: an attorney's office or a relay service may be named by many.
const MOST_AT_ONE_ADDRESS: usize = 500;

/// Which people.
struct Filter {
    name: Option<ExternalId>,
    addresses: Vec<BookAddress>,
    since: Option<Timestamp>,
}

impl Filter {
    fn read(request: &Request) -> Result<Self, Error> {
        // A space is a plus that nobody escaped: no mailbox has one, and no number begins with one.
        let email = request.query::<String>("email")?.map(|text| text.replace(' ', "+"));
        let phone = request.query::<String>("phone")?.map(|text| match text.strip_prefix(' ') {
            Some(rest) => format!("+{rest}"),
            None => text,
        });
        let mut faults = Faults::default();
        let mut addresses = Vec::new();
        for (place, read) in [
            ("?email", email.as_deref().map(BookAddress::email)),
            ("?phone", phone.as_deref().map(BookAddress::phone)),
        ] {
            match read {
                Some(Ok(address)) => addresses.push(address),
                Some(Err(message)) => faults.expect(false, place, &message),
                None => {}
            }
        }
        faults.none()?;
        Ok(Self { name: request.query("externalId")?, addresses, since: request.query("updatedSince")? })
    }

    fn is_changed_since(&self, person: &Person) -> bool {
        self.since.is_none_or(|since| person.updated_at >= since)
    }

    /// Whether the filter names people; otherwise all are meant, by when they changed.
    fn names_some(&self) -> bool {
        self.name.is_some() || !self.addresses.is_empty()
    }

    /// Everybody it names, the one changed last first.
    async fn named(&self, app: &App, tenant: &TenantId) -> Result<Vec<Person>, Error> {
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

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (filter, tenant, limit) = (Filter::read(request)?, request.tenant()?, request.limit()?);
    let people = if filter.names_some() {
        let people = filter.named(app, tenant).await?;
        let place = |named: String| {
            let id =
                listed::<id::Person, Ref<id::Person>>(&named).map(|named| named.resolve(tenant.as_str()));
            let place = id.map(|id| people.iter().position(|person| person.id == id));
            std::future::ready(
                place.and_then(|at| at.ok_or_else(|| Error::not_found(id::Person::NAME, named))),
            )
        };
        let edge = request.edge(place).await?;
        page_of(people, edge, usize::try_from(limit).unwrap_or_default())
    } else {
        let filter = &filter;
        let edge = request.edge(|named| async move {
            let id: Ref<id::Person> = listed::<id::Person, _>(&named)?;
            let person = app.store.person(tenant, &id).await?.person;
            if !filter.is_changed_since(&person) {
                return Err(Error::not_found(id::Person::NAME, named));
            }
            Ok(people::position_of_person(tenant, &person))
        });
        let since = filter.since.unwrap_or(Timestamp::UNIX_EPOCH);
        app.store.people_since(tenant, since, limit, edge.await?).await?.entries
    };
    json_within(
        StatusCode::OK,
        &Page::of(people),
        "The page is too long for one answer; ask for less with limit.",
    )
}

/// What of a list is on the page beside an edge.
fn page_of(mut all: Vec<Person>, edge: Option<Edge<usize>>, limit: usize) -> Vec<Person> {
    let range = match edge {
        None => 0..limit,
        Some(Edge::After(at)) => at + 1..at + 1 + limit,
        Some(Edge::Before(at)) => at.saturating_sub(limit)..at,
    };
    all.drain(range.start.min(all.len())..range.end.min(all.len())).collect()
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::People), Need::Read(Items::AddressBook), Need::List(List::People)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("People", "Find people")
        .about(
            "All people by when they changed last, or those for whom everything asked holds. A person is found by every \
             e-mail address and phone number on record, archived ones and those that bounced too. Who changes while you \
             read pages moves to the front: to keep a copy, ask for updatedSince again from where you began.",
        )
        .query_as::<ExternalId>("externalId", "The one with this id of yours; without ext- in front.")
        .query("email", "Those who have this e-mail address, in any capitals.")
        .query(
            "phone",
            "Those who have this number: in E.164 with + written %2B, or as people write it, in the US then.",
        )
        .query_as::<Timestamp>("updatedSince", "Those created or changed at or after this instant (RFC 3339).")
        .paged()
        .answer::<Page<Person>>(
            200,
            "A page, the person changed last first",
            json!({ "status": 200, "count": 1, "data": [examples::person()] }),
        )
        .problems(&[409])
}
