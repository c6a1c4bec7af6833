//! What schemas say of the members of a recorded interaction together, as [`NewInteraction::check`](super::NewInteraction::check)
//! does.

use schemars::Schema;
use serde_json::{Value, json};

use crate::{
    shape::{given, hold, left_out, when},
    vocabulary::{AgentOutcome, Direction, StatusDetails},
};

pub(super) fn conditions(schema: &mut Schema) {
    let outcomes = AgentOutcome::ALL.iter().map(|outcome| (outcome.as_str(), StatusDetails::from(*outcome)));
    let details = StatusDetails::ALL.iter().map(|details| (details.as_str(), *details));
    let (outcomes, details): (Vec<_>, Vec<_>) = (outcomes.collect(), details.collect());
    let mut all = grouped(&details, |details| {
        let statuses: Vec<_> = details.statuses().iter().map(|status| status.as_str()).collect();
        Some(one_of("status", &statuses))
    })
    .into_iter()
    .map(|(of, then)| when("statusDetails", &of, then))
    .collect::<Vec<_>>();
    all.extend(
        grouped(&details, |details| details.channel().map(|channel| one_of("channel", &[channel.as_str()])))
            .into_iter()
            .map(|(of, then)| when("statusDetails", &of, then)),
    );
    for (member, words) in [("statusDetails", &details), ("agentOutcome", &outcomes)] {
        let by_direction = grouped(words, |details| details.direction().map(goes));
        all.extend(by_direction.into_iter().map(|(of, then)| when(member, &of, then)));
    }
    let not_begun = ["scheduled", "canceled"];
    let planned = json!({ "anyOf": [given("scheduledAtFrom"), given("startedAt")] });
    all.extend([
        json!({ "if": given("agentOutcome"), "then": one_of("channel", &["voice"]) }),
        when("status", &not_begun, left_out(&["agentOutcome", "endedAt"])),
        when("status", &not_begun[..1], planned),
        json!({ "if": given("scheduledAtTo"), "then": given("scheduledAtFrom") }),
        json!({ "if": given("contactId"), "then": left_out(&["contactExternalId"]) }),
        json!({ "not": { "required": ["isExternal"], "properties": { "isExternal": { "const": false } } } }),
        when("purpose", &["marketing"], given("subject")),
    ]);
    hold(schema, all.into());
}

/// The words of which the same follows, with what does; those of which nothing does are left out.
fn grouped<'a>(
    words: &[(&'a str, StatusDetails)],
    follows: impl Fn(StatusDetails) -> Option<Value>,
) -> Vec<(Vec<&'a str>, Value)> {
    let mut groups: Vec<(Vec<&str>, Value)> = Vec::new();
    for (word, details) in words {
        let Some(then) = follows(*details) else { continue };
        match groups.iter_mut().find(|(_, other)| *other == then) {
            Some((words, _)) => words.push(word),
            None => groups.push((vec![word], then)),
        }
    }
    groups
}

fn one_of(member: &str, words: &[&str]) -> Value {
    json!({ "properties": { member: { "enum": words } } })
}

/// Outbound is what is meant where nothing is said.
fn goes(direction: Direction) -> Value {
    match direction {
        Direction::Outbound => json!({ "properties": { "direction": { "not": { "const": "inbound" } } } }),
        Direction::Inbound => {
            json!({ "required": ["direction"], "properties": { "direction": { "const": "inbound" } } })
        }
    }
}
