//! Batches, newest first, with how far each is.

use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::json;
use url::form_urlencoded;

use crate::{
    batches,
    catalog::{self, Function},
    console::{Shown, VISIT, Visit, address::parameter},
};

const LIST: Function = catalog::named("batches-list");

/// How a batch may stand.
const STATUSES: [&str; 3] = ["processing", "completed", "canceled"];
/// Batches of one page.
const LIMIT: usize = 25;

/// Shows the list.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    let status = STATUSES.into_iter().find(|one| *one == parameter(request, "status"));
    let mut query = vec![("limit", LIMIT.to_string())];
    query.extend(status.map(|status| ("status", status.to_owned())));
    let cursor = parameter(request, "cursor");
    if !cursor.is_empty() {
        query.push(("cursor", cursor.to_owned()));
    }
    let mut answer = visit.ask(&LIST, &[], &query).await?;
    let next = answer["next_cursor"].as_str().map(|cursor| path(status, Some(cursor)));
    let page = vec![
        ("batches", answer["data"].take()),
        ("status", json!(status)),
        ("statuses", json!(STATUSES)),
        ("next", json!(next)),
        ("first", json!((!cursor.is_empty()).then(|| path(status, None)))),
    ];
    visit.page(StatusCode::OK, "batches.html", shown(page))
}

fn path(status: Option<&str>, cursor: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(status.map(|status| ("status", status)));
    query.extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
    format!("/console/batches?{}", query.finish())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(batches::list::NEEDS)];
