//! A page of interactions: a person's, or those with nobody we know.

use domain::{
    Error,
    id::{self, Id, Ref},
    interaction::Interaction,
    person::Person,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_within, listed},
    store::{
        Edge, Page, Position,
        interactions::{self, Said},
    },
};

use super::{InteractionView, filter::Filter};
use crate::{catalog::Answer, envelope};

/// Reads of storage for one page; what is not found by then is another page away.
const MOST_READS: usize = 10;
/// Entries of one read, if a filter leaves some out.
const READ: i32 = 100;

/// What is answered if a page is too long for a Lambda's answer.
pub(crate) const TOO_LONG: &str = "The page is too long for one answer; ask for less with limit.";

/// What is found of a list.
pub(crate) struct Found {
    /// In the order of the list.
    pub(crate) entries: Vec<Interaction>,
    /// The last that was looked at, if there may be more.
    pub(crate) looked_at: Option<Id<id::Interaction>>,
}

/// Shows the page that is asked for of this person's interactions, or of those with nobody we know.
pub(crate) async fn show(app: &App, request: &Request, person: Option<&Person>) -> Answer {
    let (filter, caller) = (Filter::read(request)?, request.caller()?);
    let found = find(app, request, person, &filter).await?;
    let views = found.entries.into_iter().map(|entry| InteractionView::of(app, caller, entry, person));
    let page = envelope::Page::of(futures::future::try_join_all(views).await?);
    json_within(StatusCode::OK, &page.and_on(found.looked_at.map(|id| id.to_string())), TOO_LONG)
}

/// Finds the page that is asked for.
///
/// # Errors
/// [`Error::Invalid`] for a page that cannot be; [`Error::NotFound`] for an edge that is not in the list.
pub(crate) async fn find(
    app: &App,
    request: &Request,
    person: Option<&Person>,
    filter: &Filter,
) -> Result<Found, Error> {
    let (limit, tenant) = (request.limit()?, request.tenant()?);
    let owner = person.map(|person| &person.id);
    let edge = request
        .edge(|named| async move {
            let id: Ref<id::Interaction> = listed::<id::Interaction, _>(&named)?;
            let interaction = app.store.interaction(tenant, &id).await?;
            if interaction.person_id.as_ref() != owner {
                return Err(Error::not_found("interaction", named));
            }
            Ok(interactions::position_of_interaction(&interaction))
        })
        .await?;
    match &filter.name {
        Some(name) => {
            let id = Id::external(tenant.as_str(), name.as_str());
            let named = app.store.find_interaction(tenant, &id).await?;
            let own = named.filter(|found| found.person_id.as_ref() == owner && filter.takes(found));
            Ok(Found { entries: own.filter(|_| edge.is_none()).into_iter().collect(), looked_at: None })
        }
        None => read_on(app, request, owner, filter, edge, usize::try_from(limit).unwrap_or_default()).await,
    }
}

/// Reads on from the edge until the page is full, the list ends, or much was left out.
async fn read_on(
    app: &App,
    request: &Request,
    owner: Option<&Id<id::Person>>,
    filter: &Filter,
    mut edge: Option<Edge>,
    limit: usize,
) -> Result<Found, Error> {
    let backwards = matches!(edge, Some(Edge::Before(_)));
    let size = if filter.leaves_out() { READ } else { i32::try_from(limit).unwrap_or(READ) };
    let mut found = Found { entries: Vec::new(), looked_at: None };
    for _ in 0..MOST_READS {
        let Page { entries, next } = read(app, request, owner, filter, size, edge.take()).await?;
        // Nearest to the edge first.
        let nearest: Vec<Interaction> = match backwards {
            true => entries.into_iter().rev().collect(),
            false => entries,
        };
        found.looked_at = nearest.last().map(|entry| entry.id.clone()).filter(|_| next.is_some());
        // What an event about the person made for the lender's own systems stands among the person's, too.
        let is_theirs = |entry: &Interaction| entry.person_id.as_ref() == owner;
        found.entries.extend(nearest.into_iter().filter(|entry| is_theirs(entry) && filter.takes(entry)));
        if found.entries.len() >= limit || next.is_none() {
            break;
        }
        edge = next.map(|place: Position| if backwards { Edge::Before(place) } else { Edge::After(place) });
    }
    // A full page is gone on from by its last entry; so is one that goes backwards.
    if found.entries.len() >= limit || backwards {
        found.looked_at = None;
    }
    found.entries.truncate(limit);
    if backwards {
        found.entries.reverse();
    }
    Ok(found)
}

async fn read(
    app: &App,
    request: &Request,
    owner: Option<&Id<id::Person>>,
    filter: &Filter,
    size: i32,
    edge: Option<Edge>,
) -> Result<Page<Interaction>, Error> {
    let tenant = request.tenant()?;
    match owner {
        Some(person) => {
            app.store.interactions_of_person(tenant, person, filter.between, size, edge, Said::Read).await
        }
        None => app.store.unbound_interactions(tenant, filter.between, size, edge).await,
    }
}
