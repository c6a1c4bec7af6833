//! What if: whom of many people one may contact, when the rest, and what is in the way; also with a rule changed for the question.
//! Nothing is sent. A question that fits into an address stands there, so that it can be sent to a colleague.

use domain::{
    Error,
    compliance::rules,
    error::Ours as _,
    id,
    tenant::Settings,
    vocabulary::{Purpose, Theme},
};
use jiff::{Timestamp, civil::DateTime};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use super::forecast::{self, Clock};
use crate::{
    catalog::{self, Function},
    compliance_rules,
    console::{
        Form, Problem, Shown, VISIT, Visit,
        address::named,
        borrowers::borrower::reaching,
        rules::{rule_form, rules::with_standing},
    },
};

pub(super) const ASK: Function = catalog::named("compliance-rules-what-if");

/// The path of the page.
pub(super) const PATH: &str = "/console/what-if";
/// What every question has, filled in or not.
pub(super) const ALWAYS: &str = "sample";
/// What a question may change about a rule.
const CHANGES: [&str; 4] = ["tighten", "disable", "restore", "add"];
/// The rule that a question adds.
const ADDED: &str = "OWN-WHAT-IF";
/// What stands where the API asks who decided on a rule, and why. It is stored nowhere.
const NOBODY: &str = "What if";
/// Names of nobody that are shown.
const UNKNOWN: usize = 20;

/// Shows what the question in the address comes to, or an empty form.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    let form = Form::of_address(request);
    if form.has(ALWAYS) {
        return ask(&visit, &form, true).await;
    }
    let first = json!({ "by.email": "1", "by.text": "1", "sample": "200", "theme": Theme::OpsCollDebt });
    let form = json!({ "values": first, "faults": {} });
    show(&visit, StatusCode::OK, form, Vec::new()).await
}

/// Asks, and shows the answer; `is_address` says whether the question stands in the address.
pub(super) async fn ask(visit: &Visit<'_>, form: &Form, is_address: bool) -> Shown {
    let body = question(form, &visit.lender.settings);
    if let Some(left_out) = left_out(form) {
        return refuse(visit, form, visit.problem(&left_out)?, &body).await;
    }
    match visit.ask_about(&ASK, &[], &body).await? {
        Ok(answer) => {
            let mut page = told(&answer, form, &visit.lender.settings)?;
            page.push(("is_address", json!(is_address)));
            show(visit, StatusCode::OK, form.shown(), page).await
        }
        Err(problem) => refuse(visit, form, problem, &body).await,
    }
}

/// The form again, with what the API says is wrong. What is wrong about a rule stands at the fields that it was made of.
pub(super) async fn refuse(visit: &Visit<'_>, form: &Form, mut problem: Problem, body: &Value) -> Shown {
    let changed = body["rules"].as_object().and_then(|rules| rules.keys().next());
    let place = changed.map(|id| format!("/rules/{}", id.replace('~', "~0").replace('/', "~1")));
    for fault in problem.members["violations"].as_array_mut().into_iter().flatten() {
        let within = fault["pointer"].as_str().zip(place.as_deref());
        match within.and_then(|(pointer, place)| pointer.strip_prefix(place)) {
            Some("") => fault["pointer"] = json!("/ruleId"),
            Some(rest) => fault["pointer"] = json!(rest),
            None => {}
        }
    }
    show(visit, problem.status, form.refused(&problem), Vec::new()).await
}

async fn show(
    visit: &Visit<'_>,
    status: StatusCode,
    mut form: Value,
    told: Vec<(&'static str, Value)>,
) -> Shown {
    // An address says nothing of which form it comes from: there is one.
    form["action"] = json!("ask");
    let purposes = [Purpose::Inbound, Purpose::Agent];
    let themes = Theme::ALL.iter().filter(|theme| !purposes.contains(&theme.purpose()));
    let mut page = vec![
        ("form", form),
        ("channels", json!(reaching())),
        ("themes", themes.map(|theme| json!(theme)).collect()),
        ("changes", json!(CHANGES)),
        ("rules", changeable(&visit.lender.settings, visit.app.now())?),
        ("added", json!(ADDED)),
        ("chosen", Value::Null),
    ];
    page.extend(rule_form::choices());
    page.extend(told);
    visit.page(status, "what_if.html", shown(page))
}

/// The rules that a question may change, by id and title.
fn changeable(settings: &Settings, now: Timestamp) -> Result<Value, Error> {
    let listed = rules::list(settings, now).into_iter();
    let listed: Vec<_> =
        listed.map(|listed| serde_json::to_value(listed).internal()).collect::<Result<_, _>>()?;
    let listed = listed.into_iter().map(with_standing).filter(rule_form::may_be_changed);
    Ok(listed.map(|listed| json!({ "id": listed["rule"]["id"], "title": listed["rule"]["title"] })).collect())
}

/// The question as the API takes it.
pub(super) fn question(form: &Form, settings: &Settings) -> Value {
    let mut body = form.members(&["subject", "theme"]);
    let ids = form.text("personIds").lines().map(str::trim).filter(|line| !line.is_empty());
    let ids: Vec<_> = ids.map(named::<id::Person>).collect();
    if !ids.is_empty() {
        body.insert("personIds".to_owned(), json!(ids));
    } else if !form.text("sample").is_empty() {
        body.insert("sample".to_owned(), form.number("sample"));
    }
    let channels = reaching().into_iter().filter(|one| !form.text(&format!("by.{one}")).is_empty());
    body.insert("channels".to_owned(), channels.collect());
    if !form.text("startedAt").is_empty() {
        body.insert("startedAt".to_owned(), json!(instant(form.text("startedAt"), settings)));
    }
    if !form.text("purpose").is_empty() {
        body.insert("purpose".to_owned(), json!(Purpose::Marketing));
    }
    if !form.text("isAutodialed").is_empty() {
        body.insert("isAutodialed".to_owned(), json!(true));
    }
    if let Some((id, update)) = changed_rule(form) {
        body.insert("rules".to_owned(), json!({ id: update }));
    }
    body.into()
}

/// A time on the lender's clock as an instant. What is no time is for the API to refuse.
fn instant(text: &str, settings: &Settings) -> String {
    let at = text.parse::<DateTime>().ok().and_then(|local| local.to_zoned(settings.zone()).ok());
    at.map_or_else(|| text.to_owned(), |at| at.timestamp().to_string())
}

/// The rule that the question changes, as the API takes it.
fn changed_rule(form: &Form) -> Option<(&str, Value)> {
    let id = form.text("ruleId");
    match form.text("change") {
        "tighten" => Some((id, json!({ "reason": NOBODY, "tightened": rule_form::tightened(form) }))),
        "disable" => Some((id, json!({ "reason": NOBODY, "disabled": true }))),
        "restore" => Some((id, Value::Null)),
        "add" => {
            let mut rule = rule_form::rule(ADDED, form);
            (rule["title"], rule["citation"]) = (json!(NOBODY), json!(NOBODY));
            Some((ADDED, json!({ "reason": NOBODY, "rule": rule })))
        }
        _ => None,
    }
}

/// What is wrong with a form that names a rule, or what one would ask for, and not what is to become of it.
pub(super) fn left_out(form: &Form) -> Option<Error> {
    let mut filled = form.filled(&[]).map(|(name, _)| name);
    let is_left_out = form.text("change").is_empty()
        && filled.any(|name| name == "ruleId" || name.starts_with("tightened."));
    is_left_out.then(|| {
        Error::invalid("/change", "must be chosen, or the rule and what it would ask for left empty")
    })
}

/// What the page shows of an answer: every channel in numbers, and one of them whole.
fn told(answer: &Value, form: &Form, settings: &Settings) -> Result<Vec<(&'static str, Value)>, Error> {
    let at: Timestamp = answer["evaluatedAt"].as_str().unwrap_or_default().parse().internal()?;
    let clock = Clock { at, zone: settings.zone() };
    let by_rules = |name: &str| answer[name]["channels"].as_array().cloned().unwrap_or_default();
    let (outcome, unchanged) = (by_rules("outcome"), by_rules("unchanged"));
    let place = outcome.iter().position(|one| one["channel"] == form.text("view")).unwrap_or_default();
    let of = |channels: &[Value]| channels.get(place).map(|channel| forecast::shown(channel, &clock));
    let numbers = outcome.iter().enumerate().map(|(place, channel)| {
        json!({ "channel": channel["channel"], "numbers": forecast::numbers(channel), "unchanged": unchanged.get(place).map(forecast::numbers) })
    });
    let unknown = answer["unknown"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(vec![
        ("at", answer["evaluatedAt"].clone()),
        ("people", answer["people"].clone()),
        ("unknown", json!(&unknown[..unknown.len().min(UNKNOWN)])),
        ("unknown_more", json!(unknown.len().saturating_sub(UNKNOWN))),
        ("numbers", numbers.collect()),
        ("chosen", json!(outcome.get(place).map(|channel| &channel["channel"]))),
        ("outcome", json!(of(&outcome))),
        ("unchanged", json!(of(&unchanged))),
    ])
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(compliance_rules::what_if::NEEDS)];
