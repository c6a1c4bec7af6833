//! The outreach rules in plain language, with where each stands.

use std::collections::BTreeSet;

use lambda_http::http::StatusCode;
use pages::console::{shown, spanish_title};
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use super::rule_form;
use crate::{
    catalog::{self, Function},
    compliance_rules,
    console::{
        Shown, VISIT, Visit,
        address::{alike, parameter},
        borrowers::borrower::reaching,
    },
};

pub(super) const LIST: Function = catalog::named("compliance-rules-list");
pub(super) const PUT: Function = catalog::named("compliance-rules-put");

/// Rules of one page.
const LIMIT: usize = 40;
/// Where a rule may stand.
pub(super) const STANDINGS: [&str; 9] = [
    "enforced",
    "tightened",
    "disabled",
    "byStop",
    "partOf",
    "informational",
    "bindsOthers",
    "notYet",
    "ended",
];
/// How sure a rule's text may be.
pub(super) const CONFIDENCES: [&str; 5] = ["verified", "partial", "unverified", "house", "own"];
/// What the list is narrowed by.
const FILTERS: [&str; 5] = ["q", "jurisdiction", "channel", "standing", "confidence"];

/// Shows the list.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// The page, with a form that was refused.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let request = visit.request;
    let mut answer = visit.ask(&LIST, &[], &[]).await?;
    let all: Vec<Value> = answer["data"]
        .as_array_mut()
        .into_iter()
        .flatten()
        .map(|listed| with_standing(listed.take()))
        .collect();
    let places: BTreeSet<_> =
        all.iter().filter_map(|listed| listed["rule"]["jurisdiction"].as_str()).collect();
    let fits: Vec<&Value> = all.iter().filter(|listed| is_meant(request, listed)).collect();
    let begin = parameter(request, "from").parse::<usize>().unwrap_or_default().min(fits.len());
    let page_of = &fits[begin..fits.len().min(begin + LIMIT)];
    let next = (begin + LIMIT < fits.len()).then(|| from_place(request, begin + LIMIT));
    let first = (begin > 0).then(|| from_place(request, 0));
    let version = &answer["ruleSet"];
    let signed = visit.lender.signed.iter().rfind(|signed| *version == signed.rule_set.as_str());
    let filled = form.is_some();
    let values = json!({ "action": "", "values": request.query_pairs(), "faults": {} });
    let mut page = vec![
        ("form", form.unwrap_or(values)),
        ("is_adding", json!(filled)),
        ("rules", json!(page_of)),
        ("count", json!(fits.len())),
        ("total", json!(all.len())),
        ("places", json!(places)),
        ("channels", json!(reaching())),
        ("standings", json!(STANDINGS)),
        ("confidences", json!(CONFIDENCES)),
        ("is_narrowed", json!(FILTERS.iter().any(|name| !parameter(request, name).is_empty()))),
        ("version", version.clone()),
        ("signed", json!(signed)),
        ("may_change", json!(visit.may(&PUT))),
        ("next", json!(next)),
        ("first", json!(first)),
    ];
    page.extend(rule_form::choices());
    visit.page(status, "rules.html", shown(page))
}

/// A rule as it is listed, its standing as a name and what is said with it.
pub(in crate::console) fn with_standing(mut listed: Value) -> Value {
    let standing = match listed["standing"].take() {
        Value::Object(members) => members
            .into_iter()
            .next()
            .map(|(name, said)| json!({ "name": name, "said": said }))
            .unwrap_or_default(),
        name => json!({ "name": name, "said": null }),
    };
    listed["standing"] = standing;
    listed["asks"] = asks(&listed["rule"]);
    listed
}

/// What a rule asks for, each part as a name and what is said with it.
pub(super) fn asks(rule: &Value) -> Value {
    let named = |value: &Value| match value.as_object().and_then(|members| members.iter().next()) {
        Some((name, said)) => json!({ "name": name, "said": said }),
        None => json!({ "name": value, "said": null }),
    };
    let mut caps = rule["caps"].clone();
    for cap in caps.as_array_mut().into_iter().flatten() {
        cap["period"] = named(&cap["period"]);
    }
    let forbids: Value = rule["forbids"].as_array().into_iter().flatten().map(named).collect();
    json!({ "hours": rule["hours"], "caps": caps, "consent": rule["consent"], "forbids": forbids })
}

fn is_meant(request: &Request, listed: &Value) -> bool {
    let rule = &listed["rule"];
    let is = |name: &str, value: &Value| {
        let asked = parameter(request, name);
        asked.is_empty() || value == asked
    };
    let asked = parameter(request, "channel");
    let channels = rule["channels"].as_array();
    let is_on = asked.is_empty() || channels.is_none_or(|named| named.iter().any(|channel| channel == asked));
    let text = parameter(request, "q").to_lowercase();
    let members = ["id", "title", "text", "citation", "source"];
    let in_spanish = rule["title"].as_str().and_then(spanish_title);
    let said = members.iter().filter_map(|name| rule[name].as_str()).chain(in_spanish.as_deref());
    let says = said.map(str::to_lowercase).any(|said| said.contains(&text));
    says && is_on
        && is("jurisdiction", &rule["jurisdiction"])
        && is("standing", &listed["standing"]["name"])
        && is("confidence", &rule["confidence"])
}

/// The same list from another rule on.
fn from_place(request: &Request, place: usize) -> String {
    let place = (place > 0).then(|| place.to_string());
    alike(request, "/console/rules", &["from"], place.as_deref().map(|place| ("from", place)))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(compliance_rules::list::NEEDS)];
