//! What came in and waits for somebody: tasks, and what nobody known wrote.

use domain::task::TaskStatus;
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use crate::{
    catalog::{self, Function},
    console::{
        NAMES, Shown, VISIT, Visit,
        address::{encoded, parameter},
    },
    tasks, unbound_interactions,
};

const TASKS: Function = catalog::named("tasks-list");
const UNBOUND: Function = catalog::named("unbound-interactions-list");

/// Entries of one page.
const LIMIT: usize = 50;
/// The view of what nobody known wrote, beside those of tasks by their status.
const UNKNOWN: &str = "unknown";

/// Shows one of its views.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    let views: Vec<&str> = TaskStatus::ALL.iter().map(|status| status.as_str()).chain([UNKNOWN]).collect();
    let view = views.iter().find(|view| **view == parameter(request, "view")).copied().unwrap_or(views[0]);
    let mut query = vec![("limit", LIMIT.to_string())];
    let from = parameter(request, "cursor");
    let (mut entries, next, names);
    if view == UNKNOWN {
        names = json!({});
        query.push(("direction", "inbound".to_owned()));
        if !from.is_empty() {
            query.push(("startingAfter", from.to_owned()));
        }
        let mut answer = visit.ask(&UNBOUND, &[], &query).await?;
        entries = answer["data"].take();
        let is_full = entries.as_array().is_some_and(|entries| entries.len() == LIMIT);
        let last = entries.as_array().and_then(|entries| entries.last()).map(|last| last["id"].clone());
        next = match answer["nextStartingAfter"].take() {
            Value::Null => last.filter(|_| is_full).unwrap_or_default(),
            after => after,
        };
        // The whole of what was written stands with the message.
        for entry in entries.as_array_mut().into_iter().flatten() {
            *entry = brief(entry);
        }
    } else {
        query.push(("status", view.to_owned()));
        if !from.is_empty() {
            query.push(("cursor", from.to_owned()));
        }
        let (mut answer, of_keys) = futures::try_join!(visit.ask(&TASKS, &[], &query), visit.names())?;
        names = of_keys;
        entries = answer["data"].take();
        next = answer["nextCursor"].take();
    }
    let next = next.as_str().map(|cursor| format!("/console/inbox?view={view}&cursor={}", encoded(cursor)));
    let first = (!from.is_empty()).then(|| format!("/console/inbox?view={view}"));
    let page = shown([
        ("views", json!(views)),
        ("view", json!(view)),
        ("entries", entries),
        ("names", names),
        ("next", json!(next.unwrap_or_default())),
        ("first", json!(first.unwrap_or_default())),
    ]);
    visit.page(StatusCode::OK, "inbox.html", page)
}

/// Letters of a message that a list shows.
const BEGINNING: usize = 160;

fn brief(interaction: &Value) -> Value {
    let content = &interaction["content"];
    let says =
        ["body", "contentText"].into_iter().find_map(|part| content[part].as_str()).unwrap_or_default();
    json!({
        "id": interaction["id"], "channel": interaction["channel"], "from": interaction["contact"]["value"],
        "at": interaction["createdAt"], "subject_line": content["subjectLine"], "is_unproven": interaction["isUnproven"],
        "says": says.chars().take(BEGINNING).collect::<String>(),
    })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(VISIT),
    Need::All(NAMES),
    Need::All(tasks::list::NEEDS),
    Need::All(unbound_interactions::list::NEEDS),
];
