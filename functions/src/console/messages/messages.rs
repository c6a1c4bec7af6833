//! Messages, found by what is known of them.

use domain::{
    Error,
    error::Violation,
    id::{self, Ref},
    tenant::Settings,
    update::Faults,
    vocabulary::{Channel, StatusDetails},
};
use jiff::{ToSpan, civil::Date};
use lambda_http::http::StatusCode;
use pages::console::{self, shown};
use platform::{
    app::App,
    http::Request,
    needs::{Items, Need},
};
use serde_json::{Map, Value, json};

use crate::{
    catalog::{self, Function},
    communication_logs::{self, word_for},
    console::{
        Shown, VISIT, Visit,
        address::{alike, encoded, named, parameter},
    },
    people,
};

const LIST: Function = catalog::named("communication-logs-list");
const PEOPLE: Function = catalog::named("people-list");

/// What a message may be found by.
const WAYS: [&str; 4] = ["borrower", "address", "loan", "message"];
/// What is asked of the API as it stands in the address.
const FILTERS: [&str; 3] = ["template_type", "channel", "status"];
/// What the guard stopped, which the log has among the failed and the canceled.
pub(in crate::console) const BLOCKED: &str = "blocked";
/// The statuses of the log, and [`BLOCKED`].
pub(in crate::console) const STATUSES: [&str; 9] =
    ["queued", "scheduled", "sending", "sent", "delivered", BLOCKED, "failed", "canceled", "received"];
/// Messages of one page.
const LIMIT: usize = 50;

/// Shows the list. Of whom an address is, is found first, and leads to the list of that borrower.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    let search = Search::read(request);
    match search.by {
        "message" if !search.text.is_empty() => of_id(&visit, &search).await,
        "address" if !search.text.is_empty() => of_address(&visit, &search).await,
        _ => list(&visit, &search).await,
    }
}

/// What the address of the page asks for.
struct Search<'r> {
    request: &'r Request,
    by: &'static str,
    text: &'r str,
}

impl<'r> Search<'r> {
    fn read(request: &'r Request) -> Self {
        let by = parameter(request, "by");
        let by = WAYS.into_iter().find(|way| *way == by).unwrap_or(WAYS[0]);
        Self { request, by, text: parameter(request, "q") }
    }

    /// The same search from another place on.
    fn continued_from(&self, cursor: Option<&str>) -> String {
        let cursor = cursor.map(|cursor| ("cursor", cursor));
        alike(self.request, "/console/messages", &["cursor"], cursor)
    }

    /// The same search among one borrower's messages.
    fn of_borrower(&self, id: &str) -> String {
        alike(self.request, "/console/messages", &["by", "q", "cursor"], [("by", "borrower"), ("q", id)])
    }

    /// As the API takes it.
    fn query(&self, settings: &Settings) -> Result<Vec<(&'static str, String)>, Error> {
        let mut query = vec![("limit", LIMIT.to_string()), ("content", "false".to_owned())];
        let text = self.text;
        match self.by {
            _ if text.is_empty() => {}
            "loan" => query.push(("loan_id", named::<id::Loan>(text))),
            _ => query.push(("borrower_id", named::<id::Person>(text))),
        }
        for name in FILTERS.into_iter().chain(["cursor"]) {
            let value = parameter(self.request, name);
            match (name, value) {
                (_, "") => {}
                ("status", BLOCKED) => {
                    query.push(("status_details", StatusDetails::BlockedByComplianceGuard.to_string()));
                }
                _ => query.push((name, value.to_owned())),
            }
        }
        let mut faults = Faults::default();
        for (name, days) in [("from", 0), ("to", 1)] {
            let text = parameter(self.request, name);
            // A day begins at midnight where the lender is, and the last one is meant whole.
            let begins = |day: Date| {
                let day = day.checked_add(days.days()).ok()?;
                settings.start_of(day).map(|start| start.to_string())
            };
            match text.parse::<Date>().ok().and_then(begins) {
                Some(at) => query.push((name, at)),
                None => faults.expect(text.is_empty(), &format!("?{name}"), "must be a day"),
            }
        }
        faults.none().map(|()| query)
    }

    /// What stands in the fields, and what is wrong there.
    fn form(&self, faults: &[Violation]) -> Value {
        // As the API names them, and as the fields of this page are named.
        let field = |pointer: &str| match pointer.trim_start_matches('?') {
            "borrower_id" | "loan_id" | "email" | "phone" => "q".to_owned(),
            name => name.to_owned(),
        };
        let faults: Map<_, _> =
            faults.iter().map(|fault| (field(&fault.pointer), json!(fault.message))).collect();
        json!({ "action": "", "values": self.request.query_pairs(), "faults": faults })
    }

    /// What the page shows around the list.
    fn shown(&self, form: Value) -> Vec<(&'static str, Value)> {
        let channels: Vec<_> = Channel::ALL.iter().copied().map(word_for).collect();
        let is_narrowed = !self.text.is_empty()
            || FILTERS
                .into_iter()
                .chain(["from", "to", "cursor"])
                .any(|name| !parameter(self.request, name).is_empty());
        vec![
            ("form", form),
            ("by", json!(self.by)),
            ("ways", json!(WAYS)),
            ("channels", json!(channels)),
            ("statuses", json!(STATUSES)),
            ("is_narrowed", json!(is_narrowed)),
            ("messages", json!([])),
            ("next", Value::Null),
            ("first", Value::Null),
            ("people", Value::Null),
            ("is_unknown_id", json!(false)),
        ]
    }
}

async fn list(visit: &Visit<'_>, search: &Search<'_>) -> Shown {
    let answer = match search.query(&visit.lender.settings) {
        Ok(query) => visit.ask(&LIST, &[], &query).await,
        Err(error) => Err(error),
    };
    let (mut answer, faults) = match answer {
        Ok(answer) => (answer, Vec::new()),
        // To what is no place in the list no page leads: it begins anew.
        Err(Error::Invalid(faults)) if faults.iter().all(|fault| fault.pointer == "?cursor") => {
            return Ok(console::lead(&search.continued_from(None))?);
        }
        Err(Error::Invalid(faults)) => (json!({ "data": [] }), faults),
        Err(error) => return Err(error.into()),
    };
    let mut page = search.shown(search.form(&faults));
    let next = answer["next_cursor"].as_str().map(|cursor| search.continued_from(Some(cursor)));
    let first = (!parameter(search.request, "cursor").is_empty()).then(|| search.continued_from(None));
    page.extend([("messages", answer["data"].take()), ("next", json!(next)), ("first", json!(first))]);
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    visit.page(status, "messages.html", shown(page))
}

/// Leads to the message that has an id, or says that none has.
async fn of_id(visit: &Visit<'_>, search: &Search<'_>) -> Shown {
    let (tenant, named) = (&visit.lender.id, named::<id::Interaction>(search.text));
    // What cannot be an id is nobody's.
    let found = match named.parse::<Ref<id::Interaction>>() {
        Ok(reference) => {
            visit.app.store.find_interaction(tenant, &reference.resolve(tenant.as_str())).await?
        }
        Err(_) => None,
    };
    if found.is_some() {
        return Ok(console::lead(&format!("/console/messages/{}", encoded(&named)))?);
    }
    let mut page = search.shown(search.form(&[]));
    page.push(("is_unknown_id", json!(true)));
    visit.page(StatusCode::OK, "messages.html", shown(page))
}

/// Leads to the messages of whoever has an address, or asks whose are meant if several do.
async fn of_address(visit: &Visit<'_>, search: &Search<'_>) -> Shown {
    let way = if search.text.contains('@') { "email" } else { "phone" };
    let (mut people, faults) = match visit.ask(&PEOPLE, &[], &[(way, search.text.to_owned())]).await {
        Ok(mut answer) => (answer["data"].take(), Vec::new()),
        Err(Error::Invalid(faults)) => (json!([]), faults),
        Err(error) => return Err(error.into()),
    };
    if let [only] = people.as_array().map(Vec::as_slice).unwrap_or_default() {
        return Ok(console::lead(&search.of_borrower(only["id"].as_str().unwrap_or_default()))?);
    }
    for person in people.as_array_mut().into_iter().flatten() {
        let path = search.of_borrower(person["id"].as_str().unwrap_or_default());
        *person = json!({
            "first_name": person["firstName"],
            "last_name": person["lastName"],
            "external_id": person["externalId"],
            "path": path,
        });
    }
    let mut page = search.shown(search.form(&faults));
    page.push(("people", people));
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    visit.page(status, "messages.html", shown(page))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(VISIT),
    Need::Read(Items::Interactions),
    Need::All(communication_logs::list::NEEDS),
    Need::All(people::list::NEEDS),
];
