//! The lender's settings, and what its messages leave by.

use domain::{schedule::Span, tenant::Settings};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use crate::{
    catalog::{self, Function},
    console::{Shown, VISIT, Visit},
    senders, settings,
};

const GET: Function = catalog::named("settings-get");
const SENDERS: Function = catalog::named("senders-list");
pub(super) const UPDATE: Function = catalog::named("settings-update");

/// Rows of office hours that a form has at least.
const ROWS: usize = 3;
/// Days as the API writes them.
pub(in crate::console) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Shows them.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// The page, with a form that was refused.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let (set, leaves) = futures::join!(visit.ask_tagged(&GET, &[], &[]), visit.ask(&SENDERS, &[], &[]));
    let ((set, etag), leaves) = (set?, leaves?);
    let lines = |member: &str| {
        let lines = set[member].as_array().into_iter().flatten().filter_map(Value::as_str);
        lines.collect::<Vec<_>>().join("\n")
    };
    let branding = set["branding"].as_object().into_iter().flatten();
    let branding: Vec<_> =
        branding.map(|(name, value)| format!("{name}: {}", value.as_str().unwrap_or_default())).collect();
    let mut page = vec![
        ("hours", hours(&set, form.as_ref())),
        ("days", json!(DAYS)),
        ("addresses", json!(lines("unmonitoredAddresses"))),
        ("origins", json!(lines("allowedOrigins"))),
        ("branding", json!(branding.join("\n"))),
        ("senders", leaves["senders"].clone()),
        ("accounts", leaves["accounts"].clone()),
        ("offers", json!({ "update": visit.may(&UPDATE) })),
        ("most_help", json!(Settings::MAX_HELP_TEXT)),
        ("etag", etag),
        ("settings", set),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "settings.html", shown(page))
}

/// A row for each span of the week: as it was typed, else as it is set, and some that are free.
fn hours(set: &Value, form: Option<&Value>) -> Value {
    if let Some(form) = form.filter(|form| form["action"] == "hours") {
        let typed = |at: usize, part: &str| form["values"][format!("officeHours.{at}.{part}")].clone();
        let rows = (0..Span::MOST).filter(|at| typed(*at, "from").is_string()).map(|at| {
            let days: Vec<_> = DAYS.iter().filter(|day| typed(at, day) == "on").collect();
            json!({ "days": days, "from": typed(at, "from"), "to": typed(at, "to") })
        });
        return rows.collect();
    }
    let mut spans = set["officeHours"].as_array().cloned().unwrap_or_default();
    for span in spans.iter_mut().filter(|span| span["days"].is_null()) {
        span["days"] = json!(DAYS);
    }
    let free = json!({ "days": [], "from": "", "to": "" });
    let most = (spans.len() + 1).clamp(ROWS, Span::MOST);
    spans.into_iter().chain(std::iter::repeat(free)).take(most).collect()
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::All(VISIT), Need::All(settings::get::NEEDS), Need::All(senders::list::NEEDS)];
