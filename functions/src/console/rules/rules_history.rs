//! Who changed the rules, when and why, and which version counsel signed.

use std::collections::BTreeSet;

use domain::compliance::{RuleSet, rules};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use super::{
    rule::{AUDIT, what},
    rules::asks,
};
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

/// Characters of a value that are shown where there are no words for it.
const SHOWN: usize = 240;

/// One thing that changed: what was done, and how it was before and after.
fn told(one: &Value, known: &BTreeSet<String>) -> Value {
    let name = one["what"].as_str().unwrap_or_default();
    json!({
        "name": name,
        "is_rule": known.contains(name),
        "what": what(one),
        "before": one.get("before").map_or_else(|| json!({}), said),
        "after": one.get("after").map_or_else(|| json!({}), said),
    })
}

/// What was said of a rule, or of another setting, by what there are words for.
fn said(value: &Value) -> Value {
    if let Some(disabled) = value.get("disabled") {
        return json!({ "disabled": disabled["reason"] });
    }
    if let Some(tightened) = value.get("tightened") {
        return json!({ "tightened": tightened });
    }
    if value.get("title").is_some() {
        return json!({ "title": value["title"], "asks": asks(value) });
    }
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    json!({ "text": shown })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(VISIT),
    Need::All(NAMES),
    Need::All(compliance_rules::audit::NEEDS),
    Need::All(sign_offs::list::NEEDS),
];
