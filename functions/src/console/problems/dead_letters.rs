//! Work that failed for good in its queue, and what was sent back lately. It takes a call for each queue, because each is looked
//! through by itself.

use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use crate::{
    catalog::{self, Function},
    console::{NAMES, Shown, VISIT, Visit},
    dead_letters,
};

pub(super) const LIST: Function = catalog::named("dead-letters-list");
/// Letters of one page.
const LIMIT: usize = 50;

/// Shows them.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// The page, with a form that was refused.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let (mut answer, names) = futures::try_join!(visit.ask(&LIST, &[], &[]), visit.names())?;
    let mut letters = answer["data"].take();
    let is_cut = answer["isCut"] == true || letters.as_array().is_some_and(|letters| letters.len() > LIMIT);
    letters.as_array_mut().into_iter().for_each(|letters| letters.truncate(LIMIT));
    let mut page = vec![
        ("letters", letters),
        ("is_cut", json!(is_cut)),
        ("sent_back", answer["sentBack"].take()),
        ("names", names),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "dead_letters.html", shown(page))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(NAMES), Need::All(dead_letters::list::NEEDS)];
