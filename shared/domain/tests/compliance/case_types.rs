//! What an open case does, told in `docs/compliance.md` as the rules have it.

use std::{collections::BTreeSet, fs};

use domain::{
    compliance::{
        rule::{Condition, Rule},
        rules::law,
    },
    vocabulary::CaseType,
};

/// The rules that forbid contact while a case of this type is open.
fn rules(case_type: CaseType) -> impl Iterator<Item = &'static Rule> {
    law().rules.iter().filter(move |rule| {
        rule.enforcement.is_enforced() && rule.forbids.contains(&Condition::Case(case_type))
    })
}

fn row(case_type: CaseType) -> String {
    let purposes: BTreeSet<_> =
        rules(case_type).flat_map(|rule| &rule.purposes).map(|purpose| purpose.as_str()).collect();
    let ids: Vec<_> = rules(case_type).map(|rule| rule.id.as_str()).collect();
    let effect = if ids.is_empty() {
        "none of its own".to_owned()
    } else {
        let purposes: Vec<_> = purposes.into_iter().collect();
        format!("no {}: {}", purposes.join(", no "), ids.join(", "))
    };
    format!("| `{case_type}` | {effect} |")
}

#[test]
fn the_document_says_what_a_case_of_each_type_does() {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compliance.md");
    let document = fs::read_to_string(document).unwrap();
    let told: Vec<_> =
        document.lines().skip_while(|line| *line != "| case type | effect |").skip(2).collect();
    let expected: Vec<_> = CaseType::ALL.iter().map(|case_type| row(*case_type)).collect();
    let told = told.into_iter().take(expected.len()).collect::<Vec<_>>();
    assert_eq!(told, expected, "the table is to read\n{}", expected.join("\n"));
}
