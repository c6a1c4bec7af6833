//! Who changed the rules, when and why, and which version counsel signed.

use std::collections::BTreeSet;

use domain::compliance::{RuleSet, rules};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Map, Value, json};

use super::rule::{AUDIT, what};
use crate::{
    catalog::{self, Function},
    compliance_rules,
    console::{
        NAMES, Shown, VISIT, Visit,
        address::{encoded, parameter},
    },
    sign_offs,
};

const SIGNED: Function = catalog::named("sign-offs-list");
pub(super) const SIGN: Function = catalog::named("sign-offs-create");

/// Changes of one page.
const CHANGES: usize = 25;
/// Sign-offs that are shown.
const SIGN_OFFS: usize = 20;

/// Shows them.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// The page, with a form that was refused.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let cursor = parameter(visit.request, "cursor");
    let mut of_page = vec![("limit", CHANGES.to_string())];
    if !cursor.is_empty() {
        of_page.push(("cursor", cursor.to_owned()));
    }
    let latest = [("limit", SIGN_OFFS.to_string())];
    let (mut audit, mut signed, names) = futures::try_join!(
        visit.ask(&AUDIT, &[], &of_page),
        visit.ask(&SIGNED, &[], &latest),
        visit.names()
    )?;
    // A rule that is gone has no page.
    let known: BTreeSet<_> = rules::list(&visit.lender.settings, visit.app.now())
        .into_iter()
        .map(|listed| listed.rule.id)
        .collect();
    for change in audit["data"].as_array_mut().into_iter().flatten() {
        for one in change["changes"].as_array_mut().into_iter().flatten() {
            *one = told(one, &known);
        }
    }
    let next = audit["nextCursor"]
        .as_str()
        .map(|cursor| format!("/console/rules/history?cursor={}", encoded(cursor)));
    let version = RuleSet::for_tenant(&visit.lender.settings).version().to_owned();
    let is_signed =
        signed["data"].as_array().into_iter().flatten().any(|one| one["ruleSet"] == version.as_str());
    let mut page = vec![
        ("version", json!(version)),
        ("is_signed", json!(is_signed)),
        ("changes", audit["data"].take()),
        ("signed", signed["data"].take()),
        ("names", names),
        ("may_sign", json!(visit.may(&SIGN))),
        ("next", json!(next)),
        ("first", json!((!cursor.is_empty()).then_some("/console/rules/history"))),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "rules_history.html", shown(page))
}

/// One thing that changed: what was done, and the value before and after, as far as it fits a page.
fn told(one: &Value, known: &BTreeSet<String>) -> Value {
    let short = |value: Option<&Value>| {
        let value = value.map(without_record);
        let text =
            value.as_ref().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))?;
        Some(
            text.chars().take(240).collect::<String>()
                + if text.chars().nth(240).is_some() { "…" } else { "" },
        )
    };
    let name = one["what"].as_str().unwrap_or_default();
    json!({
        "name": name,
        "is_rule": known.contains(name),
        "what": what(one),
        "before": short(one.get("before")),
        "after": short(one.get("after")),
    })
}

/// A value without who said it and when, which stands beside it in words.
fn without_record(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let told = members.iter().filter(|(name, _)| !matches!(name.as_str(), "by" | "at"));
            told.map(|(name, value)| (name.clone(), without_record(value))).collect::<Map<_, _>>().into()
        }
        value => value.clone(),
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(VISIT),
    Need::All(NAMES),
    Need::All(compliance_rules::audit::NEEDS),
    Need::All(sign_offs::list::NEEDS),
];
