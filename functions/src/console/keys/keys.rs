//! The lender's API keys.

use domain::vocabulary::Role;
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use crate::{
    api_keys,
    catalog::{self, Function},
    console::{
        Shown, VISIT, Visit,
        address::{encoded, parameter},
    },
};

const LIST: Function = catalog::named("api-keys-list");

/// Keys of one page.
const LIMIT: usize = 50;

/// Shows them.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None, Value::Null).await
}

/// The page, with a form that was refused, or with the key that was made, whose secret is shown this once.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>, made: Value) -> Shown {
    let from = parameter(visit.request, "cursor");
    let mut query = vec![("limit", LIMIT.to_string())];
    if !from.is_empty() {
        query.push(("cursor", from.to_owned()));
    }
    let mut listed = visit.ask(&LIST, &[], &query).await?;
    let next = listed["nextCursor"].as_str();
    let next = next.map(|cursor| format!("/console/settings/keys?cursor={}", encoded(cursor)));
    let roles: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let mut page = vec![
        ("next", json!(next.unwrap_or_default())),
        ("first", json!(if from.is_empty() { "" } else { "/console/settings/keys" })),
        ("own", json!(visit.caller()?.subject)),
        ("roles", json!(roles)),
        ("made", made),
        ("keys", listed["data"].take()),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "keys.html", shown(page))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(api_keys::list::NEEDS)];
