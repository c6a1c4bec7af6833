//! Rules that answer by themselves, in the order in which they are asked, and a message to try them on.

use domain::vocabulary::InboundChannel;
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use crate::{
    auto_responses,
    catalog::{self, Function},
    console::{
        Shown, VISIT, Visit,
        address::{encoded, parameter},
    },
};

const LIST: Function = catalog::named("auto-responses-list");
pub(super) const CREATE: Function = catalog::named("auto-responses-create");

/// Rules of one page.
const LIMIT: usize = 50;

const PATH: &str = "/console/inbox/auto-responses";

/// Shows them.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None, Value::Null).await
}

/// The page, with a message that was tried: what came of it, or what was wrong with it.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>, tried: Value) -> Shown {
    let cursor = parameter(visit.request, "cursor");
    let mut query = vec![("limit", LIMIT.to_string())];
    if !cursor.is_empty() {
        query.push(("cursor", cursor.to_owned()));
    }
    let mut listed = visit.ask(&LIST, &[], &query).await?;
    let next = listed["next_cursor"].as_str().map(|cursor| format!("{PATH}?cursor={}", encoded(cursor)));
    let mut page = vec![
        ("next", json!(next)),
        ("first", json!((!cursor.is_empty()).then_some(PATH))),
        ("rules", listed["data"].take()),
        ("channels", json!(InboundChannel::ALL.iter().map(|channel| channel.as_str()).collect::<Vec<_>>())),
        ("tried", tried),
        ("offers", json!({ "create": visit.may(&CREATE) })),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "auto_responses.html", shown(page))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(auto_responses::list::NEEDS)];
