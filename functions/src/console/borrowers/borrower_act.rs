//! What can be recorded about a borrower: that they must not be contacted, what they allow and want, and that a contact is no
//! longer used.

use domain::{Error, error::Violation};
use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use super::{
    borrower::{self, ALLOW, CONTACT, FORBID, PREFER, RECORD},
    borrowers::path_of,
};
use crate::{
    catalog::{self, Function},
    consents,
    console::{Form, Shown, TELL, Visit},
    contacts, do_not_contact, people, preferences,
};

const PERSON: Function = catalog::named("people-get");

/// Does it, and leads back to the borrower.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    let id = request.path("id");
    let path = [("id", id)];
    if let Some(missing) = missing(&form) {
        let problem = visit.problem(&missing)?;
        return borrower::show(&visit, problem.status, Some(form.refused(&problem))).await;
    }
    let (told, done) = match form.action() {
        "forbid" => {
            let mut order = form.members(&["reason", "until"]);
            if let Some(until) = order.get_mut("until") {
                *until = begins(&visit, form.text("until")).into();
            }
            (visit.tell(&FORBID, &path, &order.into(), &form).await?, "forbidden")
        }
        "allow" => (visit.tell(&ALLOW, &path, &Value::Null, &form).await?, "allowed"),
        "consent" => {
            let names = ["status", "channel", "scope", "contactId", "source", "wording"];
            let body = form.members(&names).into();
            (visit.tell(&RECORD, &path, &body, &form).await?, "recorded")
        }
        "prefer" => {
            let mut body = form.members(&["preferred"]);
            let listed = borrower::reaching();
            let person = visit.ask(&PERSON, &path, &[]).await?;
            let known = person["communicationPreference"]["optedOut"].as_array().into_iter().flatten();
            // Of a channel that the form does not list it says nothing.
            let kept = known.filter_map(Value::as_str).filter(|one| !listed.contains(one));
            let unwanted =
                listed.iter().copied().filter(|one| !form.text(&format!("optedOut.{one}")).is_empty());
            body.insert("optedOut".into(), kept.chain(unwanted).collect());
            (visit.tell(&PREFER, &path, &body.into(), &form).await?, "preferred")
        }
        "archive" => {
            let path = [("id", id), ("contactId", form.text("archive"))];
            (visit.tell(&CONTACT, &path, &json!({ "status": "archived" }), &form).await?, "archived")
        }
        _ => return borrower::show(&visit, StatusCode::BAD_REQUEST, None).await,
    };
    match told {
        Ok(_) => visit.done(&path_of(id), done),
        Err(problem) => borrower::show(&visit, problem.status, Some(form.refused(&problem))).await,
    }
}

/// What goes on record for good is said by whoever fills in the form, and nothing of it assumed, which the API would do.
fn missing(form: &Form) -> Option<Error> {
    let names: &[&str] = match form.action() {
        "forbid" => &["reason"],
        "consent" => &["status", "scope", "source"],
        _ => &[],
    };
    let missing: Vec<_> = names.iter().filter(|name| form.text(name).trim().is_empty()).collect();
    let violations =
        missing.iter().map(|name| Violation::new(format!("/{name}"), "must be filled in")).collect();
    (!missing.is_empty()).then_some(Error::Invalid(violations))
}

/// The instant at which a day begins where the lender is; what is no day is for the API to refuse.
fn begins(visit: &Visit<'_>, day: &str) -> String {
    let start = day.parse().ok().and_then(|day| visit.lender.settings.start_of(day));
    start.map_or_else(|| day.to_owned(), |start| start.to_string())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(TELL),
    Need::All(borrower::NEEDS),
    Need::All(do_not_contact::set::NEEDS),
    Need::All(do_not_contact::clear::NEEDS),
    Need::All(consents::record::NEEDS),
    Need::All(people::get::NEEDS),
    Need::All(preferences::set::NEEDS),
    Need::All(contacts::update::NEEDS),
];
