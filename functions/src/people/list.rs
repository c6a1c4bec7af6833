//! Lists people, or finds those who have an id of the lender's or an address.

use domain::{
    Error,
    id::{self, ExternalId, Kind, Ref},
    person::Person,
    shape,
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

use super::{examples, filter::Filter};
use crate::{catalog::Answer, envelope::Page, openapi::Operation};

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
        .query_as::<shape::Email>("email", "Those who have this e-mail address, in any capitals.")
        .query_as::<shape::Phone>(
            "phone",
            "Those who have this number: in E.164 with + written %2B, or as people write it, in the US then.",
        )
        .query_as::<Timestamp>("updatedSince", "Those created or changed at or after this instant (RFC 3339).")
        .paged::<Ref<id::Person>>()
        .answer::<Page<Person>>(
            200,
            "A page, the person changed last first",
            json!({ "status": 200, "count": 1, "data": [examples::person()] }),
        )
        .problems(&[409])
}
