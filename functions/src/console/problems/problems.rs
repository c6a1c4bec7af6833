//! Messages of a day that failed, with why, and whether sending them again makes sense.

use jiff::{ToSpan, civil::Date};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use super::dead_letters;
use crate::{
    catalog::{self, Function},
    communication_logs,
    console::{
        Shown, VISIT, Visit,
        address::{encoded, parameter},
    },
};

const LIST: Function = catalog::named("communication-logs-list");
pub(super) const RETRY: Function = catalog::named("interactions-retry");

/// Messages of one page.
const LIMIT: usize = 50;

/// Shows them.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// The page, with a form that was refused. It asks for one day, because the log is read day by day.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let request = visit.request;
    let settings = &visit.lender.settings;
    let today = visit.app.now().to_zoned(settings.zone()).date();
    // What is no day, or still to come, is today.
    let day = parameter(request, "day").parse::<Date>().ok().filter(|day| *day <= today).unwrap_or(today);
    let begins = |day: Date| settings.start_of(day).map(|start| start.to_string());
    let beside = |days: i64| day.checked_add(days.days()).ok();
    let mut query =
        vec![("limit", LIMIT.to_string()), ("content", "false".into()), ("status", "failed".into())];
    query.extend(begins(day).map(|from| ("from", from)));
    if day < today {
        query.extend(beside(1).and_then(begins).map(|to| ("to", to)));
    }
    let cursor = parameter(request, "cursor");
    if !cursor.is_empty() {
        query.push(("cursor", cursor.to_owned()));
    }
    let mut answer = visit.ask(&LIST, &[], &query).await?;
    let page_at = |cursor: &str| format!("{}&cursor={}", path_of(day), encoded(cursor));
    let next = answer["next_cursor"].as_str().map(page_at);
    let here = if cursor.is_empty() { path_of(day) } else { page_at(cursor) };
    let mut page = vec![
        ("messages", answer["data"].take()),
        ("date", json!(day)),
        ("before", json!(beside(-1).map(path_of))),
        ("after", json!(beside(1).filter(|day| *day <= today).map(path_of))),
        ("path", json!(path_of(day))),
        ("here", json!(here)),
        ("may_retry", json!(visit.may(&RETRY))),
        ("sees_letters", json!(visit.may(&dead_letters::LIST))),
        ("next", json!(next)),
        ("first", json!((!cursor.is_empty()).then(|| path_of(day)))),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "problems.html", shown(page))
}

fn path_of(day: Date) -> String {
    format!("/console/problems?day={day}")
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(communication_logs::list::NEEDS)];
