//! Borrowers, found by an id or an address, or those who changed last.

use domain::{Error, error::Violation, id, person::DoNotContact};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use pages::console::{self, shown};
use platform::{app::App, http::Request, needs::Need};
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use crate::{
    catalog::{self, Function},
    console::{
        Shown, VISIT, Visit,
        address::{encoded, named, parameter},
    },
    people,
};

const LIST: Function = catalog::named("people-list");
const GET: Function = catalog::named("people-get");

/// What a borrower may be found by.
const WAYS: [&str; 2] = ["borrower", "address"];
/// Borrowers of one page.
const LIMIT: usize = 50;

/// Shows the list. Who is found alone is shown.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    let by = parameter(request, "by");
    let by = WAYS.into_iter().find(|way| *way == by).unwrap_or(WAYS[0]);
    let text = parameter(request, "q");
    let found = match (text.is_empty(), by) {
        (true, _) => visit.ask(&LIST, &[], &page_of(request)).await,
        (false, "address") => {
            let way = if text.contains('@') { "email" } else { "phone" };
            visit.ask(&LIST, &[], &[(way, text.to_owned())]).await
        }
        (false, _) => match visit.ask(&GET, &[("id", &named::<id::Person>(text))], &[]).await {
            Ok(person) => Ok(json!({ "data": [person] })),
            Err(Error::NotFound { .. }) => Ok(json!({ "data": [] })),
            Err(error) => Err(error),
        },
    };
    let (mut people, faults) = match found {
        Ok(mut answer) => (answer["data"].take(), Vec::new()),
        Err(Error::Invalid(faults)) => (json!([]), faults),
        Err(error) => return Err(error.into()),
    };
    let all = people.as_array().map(Vec::as_slice).unwrap_or_default();
    if let ([only], false) = (all, text.is_empty()) {
        return Ok(console::lead(&path_of(only["id"].as_str().unwrap_or_default()))?);
    }
    // One more was asked for than is shown: whether there is a next page.
    let last = (text.is_empty() && all.len() > LIMIT).then(|| &all[LIMIT - 1]);
    let next = last
        .and_then(|person| person["id"].as_str())
        .map(|id| format!("/console/borrowers?after={}", encoded(id)));
    if let Some(all) = people.as_array_mut() {
        all.truncate(LIMIT);
        all.iter_mut().for_each(|person| note_end(&mut person["doNotContact"], app.now()));
    }
    let first = (!parameter(request, "after").is_empty()).then_some("/console/borrowers");
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let page = vec![
        ("form", form(request, &faults)),
        ("by", json!(by)),
        ("ways", json!(WAYS)),
        ("is_narrowed", json!(!text.is_empty())),
        ("next", json!(next)),
        ("first", json!(first)),
        ("people", people),
    ];
    visit.page(status, "borrowers.html", shown(page))
}

/// Where a borrower's page is.
pub(super) fn path_of(id: &str) -> String {
    format!("/console/borrowers/{}", encoded(id))
}

/// Notes whether an order not to contact somebody has ended, as the guard sees it: it stays in the record.
pub(super) fn note_end(order: &mut Value, now: Timestamp) {
    if let Ok(read) = DoNotContact::deserialize(&*order) {
        order["hasEnded"] = json!(!read.is_in_force(now));
    }
}

fn page_of(request: &Request) -> Vec<(&'static str, String)> {
    let after = parameter(request, "after");
    let mut query = vec![("limit", (LIMIT + 1).to_string())];
    if !after.is_empty() {
        query.push(("startingAfter", after.to_owned()));
    }
    query
}

/// What stands in the fields; whatever is wrong is wrong with the only text.
fn form(request: &Request, faults: &[Violation]) -> Value {
    let faults: Map<_, _> = faults.iter().map(|fault| ("q".to_owned(), json!(fault.message))).collect();
    json!({ "action": "", "values": request.query_pairs(), "faults": faults })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(people::list::NEEDS), Need::All(people::get::NEEDS)];
