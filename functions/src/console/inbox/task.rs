//! One task: what came in, what was said before, and what to do about it.

use domain::{Error, vocabulary::Theme};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use crate::{
    catalog::{self, Function},
    communication_logs,
    console::{
        NAMES, Shown, VISIT, Visit,
        address::{encoded, parameter},
    },
    tasks,
};

pub(super) const GET: Function = catalog::named("tasks-get");
pub(super) const UPDATE: Function = catalog::named("tasks-update");
pub(super) const BIND: Function = catalog::named("interactions-update");
pub(super) const MAIL: Function = catalog::named("communicator-send-free-form-email");
pub(super) const TEXT: Function = catalog::named("communicator-send");
pub(super) const MESSAGE: Function = catalog::named("communication-logs-get");
const LOG: Function = catalog::named("communication-logs-list");

/// Messages shown of what was said before.
const SAID: usize = 20;

/// Shows it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// The page, with a form that was refused.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let ((task, etag, said, meant), names) = futures::try_join!(read(visit), visit.names())?;
    let is_done = task["status"] == "done";
    let way = way_back(&meant).filter(|way| visit.may(way.function()));
    let is_nobodys = meant["direction"] == "inbound" && meant["borrower_id"].is_null();
    // The subject that a text goes under is that of the last one which had a template.
    let subject = said.iter().rev().find(|one| one["channel"] == "sms" && one["template_type"].is_string());
    let subject_line = meant["subject"].as_str().unwrap_or_default();
    let is_answer = subject_line.get(..3).is_some_and(|begins| begins.eq_ignore_ascii_case("re:"));
    let themes: Vec<_> =
        Theme::ALL.iter().map(|theme| theme.as_str()).filter(|theme| theme.starts_with("ops")).collect();
    let mut page = vec![
        ("said", json!(said)),
        ("meant", meant.clone()),
        ("themes", json!(themes)),
        (
            "answer",
            json!({
                "way": way.map(Way::name),
                "to": meant["sender"],
                "subject_line": if is_answer { subject_line.to_owned() } else { format!("Re: {subject_line}") },
                "subject": subject.map_or(json!("freeForm"), |one| one["template_type"].clone()),
            }),
        ),
        (
            "offers",
            json!({
                "update": visit.may(&UPDATE),
                "claim": visit.may(&UPDATE) && task["status"] == "open",
                "give_back": visit.may(&UPDATE) && task["status"] == "claimed",
                "finish": visit.may(&UPDATE) && !is_done,
                "reopen": visit.may(&UPDATE) && is_done,
                "bind": is_nobodys && visit.may(&BIND),
            }),
        ),
        ("path", json!(path_of(&task))),
        ("etag", etag),
        ("names", names),
        ("task", task),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "task.html", shown(page))
}

/// Where its page is. The address says whom the task is about, so that what they said before need not wait for the task.
fn path_of(task: &Value) -> String {
    let id = encoded(task["id"].as_str().unwrap_or_default());
    match task["personId"].as_str() {
        Some(person) => format!("/console/inbox/tasks/{id}?borrower={}", encoded(person)),
        None => format!("/console/inbox/tasks/{id}"),
    }
}

/// The task with its entity tag, what was said before, the oldest first, and the message that the task is about. The log has both in
/// one call, and the conversation of the API would be two more.
async fn read(visit: &Visit<'_>) -> Result<(Value, Value, Vec<Value>, Value), Error> {
    let (about, path) = (parameter(visit.request, "borrower"), [("id", visit.request.path("id"))]);
    let early = said(visit, Some(about).filter(|about| !about.is_empty()));
    let (task, early) = futures::join!(visit.ask_tagged(&GET, &path, &[]), early);
    let (task, etag) = task?;
    let mut said = match task["personId"].as_str() {
        Some(person) if person == about => early?,
        person => said(visit, person).await?,
    };
    let id = task["interactionId"].as_str().unwrap_or_default();
    if let Some(meant) = said.iter().find(|one| one["id"] == id) {
        let meant = meant.clone();
        return Ok((task, etag, said, meant));
    }
    match visit.ask(&MESSAGE, &[("id", id)], &[]).await {
        Ok(meant) => {
            said.insert(0, meant.clone());
            Ok((task, etag, said, meant))
        }
        Err(Error::NotFound { .. }) => Ok((task, etag, said, Value::Null)),
        Err(error) => Err(error),
    }
}

/// What a borrower said and was told, the oldest first.
async fn said(visit: &Visit<'_>, person: Option<&str>) -> Result<Vec<Value>, Error> {
    let Some(person) = person else { return Ok(Vec::new()) };
    let query = [("borrower_id", person.to_owned()), ("limit", SAID.to_string())];
    match visit.ask(&LOG, &[], &query).await?["data"].take() {
        Value::Array(mut said) => {
            said.reverse();
            Ok(said)
        }
        _ => Ok(Vec::new()),
    }
}

/// How somebody is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Mail,
    Text,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Text => "text",
        }
    }

    pub(super) const fn function(self) -> &'static Function {
        match self {
            Self::Mail => &MAIL,
            Self::Text => &TEXT,
        }
    }
}

/// By which way a message that came in is answered: as it came, and by text only to whom we know.
pub(super) fn way_back(meant: &Value) -> Option<Way> {
    if meant["direction"] != "inbound" || meant["sender"].as_str().is_none_or(str::is_empty) {
        return None;
    }
    match meant["channel"].as_str()? {
        "email" => Some(Way::Mail),
        "sms" if meant["borrower_id"].is_string() => Some(Way::Text),
        _ => None,
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(VISIT),
    Need::All(NAMES),
    Need::All(tasks::get::NEEDS),
    Need::All(communication_logs::list::NEEDS),
    Need::All(communication_logs::get::NEEDS),
];
