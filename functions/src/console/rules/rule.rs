//! One rule: what it asks for, where it is written, where it stands, and who changed it.

use domain::Error;
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use super::{
    rule_form,
    rules::{LIST, PUT, with_standing},
};
use crate::{
    catalog::{self, Function},
    compliance_rules,
    console::{NAMES, Shown, VISIT, Visit, address::encoded},
};

pub(super) const AUDIT: Function = catalog::named("compliance-rules-audit");
pub(super) const REMOVE: Function = catalog::named("compliance-rules-remove");

/// Changes of it that are shown, if there are so many among the last thousand of all rules.
const CHANGES: usize = 100;

/// Shows it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// Where a rule's page is.
pub(super) fn path_of(id: &str) -> String {
    format!("/console/rules/{}", encoded(id))
}

/// The page, with a form that was refused.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let id = visit.request.path("id");
    let most = [("what", id.to_owned()), ("limit", CHANGES.to_string())];
    let ((mut listed, etag), audit, names) =
        futures::try_join!(visit.ask_tagged(&LIST, &[], &[]), visit.ask(&AUDIT, &[], &most), visit.names())?;
    let mut all = listed["data"].as_array_mut().into_iter().flatten();
    let found = all.find(|listed| listed["rule"]["id"] == id).map(Value::take);
    let listed = with_standing(
        found.ok_or_else(|| Error::not_found("rule", id.chars().take(80).collect::<String>()))?,
    );
    let is_own = id.starts_with(rule_form::OWN);
    let values = match is_own {
        true => rule_form::values(&listed["rule"]),
        false => rule_form::values_of_tightened(&listed["tightened"]),
    };
    let standing = listed["standing"]["name"].as_str().unwrap_or_default();
    let is_changed = matches!(standing, "tightened" | "disabled");
    let may = visit.may(&PUT) && rule_form::may_be_changed(&listed);
    let history = of_rule(audit, id);
    let given = json!({ "action": "", "values": values.clone().unwrap_or_default(), "faults": {} });
    let mut page = vec![
        ("form", form.unwrap_or(given)),
        ("listed", listed.clone()),
        ("is_own", json!(is_own)),
        ("is_changed", json!(is_changed)),
        ("may_change", json!(may)),
        ("fits_form", json!(values.is_some())),
        ("has_caps", json!(listed["rule"]["caps"].as_array().is_some_and(|caps| !caps.is_empty()))),
        ("has_hours", json!(listed["rule"]["hours"].is_object())),
        ("closed_on", json!(rule_form::closed_on(&listed["tightened"]))),
        ("history", history),
        ("names", names),
        ("etag", etag),
        ("path", json!(path_of(id))),
    ];
    page.extend(rule_form::choices());
    visit.page(status, "rule.html", shown(page))
}

/// The changes of one rule, as the API lists them.
fn of_rule(mut audit: Value, id: &str) -> Value {
    let changes = audit["data"].as_array_mut().into_iter().flatten();
    let own = changes.filter_map(|change| {
        let one = change["changes"].as_array()?.iter().find(|one| one["what"] == id)?;
        Some(json!({ "at": change["at"], "by": change["by"], "reason": change["reason"], "what": what(one) }))
    });
    own.collect()
}

/// What was done about a rule.
pub(super) fn what(one: &Value) -> &'static str {
    match (one.get("before"), one.get("after")) {
        (_, Some(after)) if after.get("disabled").is_some() => "disabled",
        (_, Some(after)) if after.get("tightened").is_some() => "tightened",
        (None, Some(_)) => "added",
        (Some(_), Some(_)) => "changed",
        (_, None) => "removed",
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(VISIT),
    Need::All(NAMES),
    Need::All(compliance_rules::list::NEEDS),
    Need::All(compliance_rules::audit::NEEDS),
];
