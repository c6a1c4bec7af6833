//! A lender's own rule as a form of its common shape: on these channels and for these purposes, no more often than so, only at
//! these hours.

use domain::vocabulary::Purpose;
use serde_json::{Map, Value, json};

use crate::console::{Form, borrowers::borrower::reaching, forms};

/// For what a rule may count contacts together, and which it counts.
const SCOPES: [&str; 4] = ["person", "debt", "number", "subject"];
const COUNTS: [&str; 4] = ["placed", "attempts", "connected", "conversations"];
/// What outreach is for.
const PURPOSES: [Purpose; 4] =
    [Purpose::Collections, Purpose::Servicing, Purpose::Marketing, Purpose::Credentials];
/// How the ids of a lender's own rules begin.
pub(super) const OWN: &str = "OWN-";

/// What can be chosen in it.
pub(in crate::console) fn choices() -> Vec<(&'static str, Value)> {
    let purposes: Vec<_> = PURPOSES.iter().map(|purpose| purpose.as_str()).collect();
    vec![
        ("reaching", json!(reaching())),
        ("purposes", json!(purposes)),
        ("scopes", json!(SCOPES)),
        ("counted", json!(COUNTS)),
    ]
}

/// The id of a rule by the name that somebody gives it: `Two texts` is `OWN-TWO-TEXTS`.
pub(super) fn id_of(name: &str) -> String {
    let name = name.trim().to_uppercase().replace([' ', '_'], "-");
    if name.starts_with(OWN) { name } else { format!("{OWN}{name}") }
}

/// The rule that was filled in, as the API takes it. What is no number is for the API to refuse.
pub(in crate::console) fn rule(id: &str, form: &Form) -> Value {
    built(id, |name| form.text(name).to_owned())
}

fn built(id: &str, text: impl Fn(&str) -> String) -> Value {
    let chosen = |member: &str, all: &[&str]| {
        all.iter()
            .filter(|one| !text(&format!("{member}.{one}")).is_empty())
            .map(|one| json!(one))
            .collect::<Vec<_>>()
    };
    let number = |name: &str| forms::number(&text(name));
    let purposes: Vec<_> = PURPOSES.iter().map(|purpose| purpose.as_str()).collect();
    let mut rule = json!({
        "id": id,
        "title": text("rule.title"),
        "text": "",
        "jurisdiction": text("rule.jurisdiction"),
        "citation": text("rule.citation"),
        "confidence": "own",
    });
    for (member, chosen) in
        [("channels", chosen("channels", &reaching())), ("purposes", chosen("purposes", &purposes))]
    {
        if !chosen.is_empty() {
            rule[member] = chosen.into();
        }
    }
    if !text("rule.caps.0.most").is_empty() || !text("rule.caps.0.period").is_empty() {
        rule["caps"] = json!([{
            "most": number("rule.caps.0.most"),
            "period": { "days": number("rule.caps.0.period") },
            "scope": text("rule.caps.0.scope"),
            "counts": text("rule.caps.0.counts"),
        }]);
    }
    let (from, to) = (text("rule.hours.spans.0.from"), text("rule.hours.spans.0.to"));
    if !from.is_empty() || !to.is_empty() {
        rule["hours"] = json!({ "spans": [{ "from": from, "to": to }] });
    }
    rule
}

/// How a rule of the law is stricter, as the API takes it.
pub(in crate::console) fn tightened(form: &Form) -> Value {
    let mut tightened = json!({});
    if !form.text("tightened.most").is_empty() {
        tightened["most"] = form.number("tightened.most");
    }
    let (from, to) = (form.text("tightened.hours.0"), form.text("to"));
    if !from.is_empty() || !to.is_empty() {
        tightened["hours"] = json!([{ "from": from, "to": to }]);
    }
    // The form shows no days on which a rule is closed: those there were stand hidden in it, and stay.
    let closed: Vec<_> = form.text("closedOn").split_whitespace().collect();
    if !closed.is_empty() {
        tightened["closedOn"] = json!(closed);
    }
    tightened
}

/// What the form shows of how a rule was made stricter; `None` for hours that it cannot show.
pub(super) fn values_of_tightened(tightened: &Value) -> Option<Map<String, Value>> {
    let mut values = Map::new();
    if let Some(most) = tightened["most"].as_u64() {
        values.insert("tightened.most".into(), json!(most.to_string()));
    }
    match tightened["hours"].as_array().map(Vec::as_slice).unwrap_or_default() {
        [] => {}
        [span] if span["days"].as_array().is_none_or(Vec::is_empty) => {
            values.insert("tightened.hours.0".into(), span["from"].clone());
            values.insert("to".into(), span["to"].clone());
        }
        _ => return None,
    }
    Some(values)
}

/// The days on which a rule is closed besides, for the form to bring back.
pub(super) fn closed_on(tightened: &Value) -> String {
    let days = tightened["closedOn"].as_array().into_iter().flatten().filter_map(Value::as_str);
    days.collect::<Vec<_>>().join(" ")
}

/// Whether a rule, as it is listed with its standing, is one that the lender may change. What follows from a setting is not.
pub(in crate::console) fn may_be_changed(listed: &Value) -> bool {
    const STANDINGS: [&str; 6] = ["enforced", "tightened", "disabled", "bindsOthers", "notYet", "ended"];
    let id = listed["rule"]["id"].as_str().unwrap_or_default();
    let is_enforced = STANDINGS.iter().any(|one| listed["standing"]["name"] == *one);
    (id.starts_with(OWN) || is_enforced) && !id.starts_with("tenant.")
}

/// What the form would show of a rule; `None` for one that asks for more than it can show.
pub(super) fn values(rule: &Value) -> Option<Map<String, Value>> {
    let mut values = Map::new();
    let mut say = |name: &str, value: &Value| {
        let text =
            value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|number| number.to_string()));
        values.extend(text.map(|text| (name.to_owned(), json!(text))));
    };
    for member in ["title", "jurisdiction", "citation"] {
        say(&format!("rule.{member}"), &rule[member]);
    }
    let cap = &rule["caps"][0];
    for member in ["most", "scope", "counts"] {
        say(&format!("rule.caps.0.{member}"), &cap[member]);
    }
    say("rule.caps.0.period", &cap["period"]["days"]);
    for member in ["from", "to"] {
        say(&format!("rule.hours.spans.0.{member}"), &rule["hours"]["spans"][0][member]);
    }
    for member in ["channels", "purposes"] {
        for one in rule[member].as_array().into_iter().flatten().filter_map(Value::as_str) {
            values.insert(format!("{member}.{one}"), json!("1"));
        }
    }
    let said = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    (built(rule["id"].as_str()?, said) == sorted(rule)).then_some(values)
}

/// The rule with its sets in the order of the form.
fn sorted(rule: &Value) -> Value {
    let mut rule = rule.clone();
    let purposes: Vec<_> = PURPOSES.iter().map(|purpose| purpose.as_str()).collect();
    for (member, order) in [("channels", reaching()), ("purposes", purposes)] {
        let place = |one: &Value| order.iter().position(|known| one == known);
        if let Some(set) = rule[member].as_array_mut() {
            set.sort_by_key(place);
        }
    }
    if let Some(members) = rule.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_the_common_shape_is_the_same_after_the_form() {
        let rule = json!({
            "id": "OWN-TEXTS", "title": "Two texts a day", "text": "", "jurisdiction": "US", "citation": "Policy 3.2",
            "confidence": "own", "channels": ["text", "email"], "purposes": ["marketing"],
            "caps": [{ "most": 2, "period": { "days": 1 }, "scope": "person", "counts": "placed" }],
            "hours": { "spans": [{ "from": "09:00", "to": "20:00" }] },
        });
        let shown = values(&rule).unwrap();
        assert_eq!((&shown["rule.caps.0.most"], &shown["channels.text"]), (&json!("2"), &json!("1")));
    }

    #[test]
    fn a_rule_that_asks_for_more_is_not_shown_as_less() {
        let rule = |more: Value| {
            let mut rule = json!({
                "id": "OWN-A", "title": "A", "text": "", "jurisdiction": "US", "citation": "P", "confidence": "own",
            });
            rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            values(&rule)
        };
        assert!(rule(json!({})).is_some());
        for more in [
            json!({ "consent": "marketing" }),
            json!({ "forbids": ["atWork"] }),
            json!({ "text": "More." }),
            json!({ "caps": [{ "most": 2, "period": { "hours": 3 }, "scope": "person", "counts": "placed" }] }),
            json!({ "hours": { "spans": [{ "from": "09:00", "to": "20:00", "days": ["mon"] }] } }),
        ] {
            assert!(rule(more.clone()).is_none(), "{more}");
        }
    }

    #[test]
    fn a_name_becomes_an_id_of_an_own_rule() {
        for (name, id) in [("Two texts", "OWN-TWO-TEXTS"), (" own-a ", "OWN-A"), ("", "OWN-")] {
            assert_eq!(id_of(name), id);
        }
    }
}
