//! Questions to the suite as a whole, asked by `make test` when every scenario has passed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use functions::catalog::{self, Trigger};
use functions::openapi;
use postrider_tests::coverage::{ANSWERED, facts};

/// The answers of every route in the OpenAPI document, as `<function> <status>`.
fn promised() -> BTreeSet<String> {
    let document = openapi::document();
    let mut promised = BTreeSet::new();
    for function in catalog::ALL {
        let (Trigger::Api(api) | Trigger::Webhook(api)) = function.trigger else { continue };
        let operation = &document["paths"][api.path][api.method.as_str().to_lowercase()];
        let statuses = operation["responses"].as_object().unwrap().keys();
        promised.extend(statuses.map(|status| format!("{} {status}", function.name)));
    }
    promised
}

fn answered() -> BTreeSet<String> {
    facts(ANSWERED).into_iter().map(|fields| fields.join(" ")).collect()
}

#[test]
#[ignore = "after all scenarios: make test"]
fn every_success_of_every_route_has_a_scenario() {
    let successes: BTreeSet<_> = promised().into_iter().filter(|answer| answer.contains(" 2")).collect();
    let missing: Vec<_> = successes.difference(&answered()).cloned().collect();
    assert!(missing.is_empty(), "no scenario of tests/it has these answers: {missing:#?}");
}

#[test]
#[ignore = "after all scenarios: make test"]
fn every_answer_is_in_the_openapi_document() {
    let unknown: Vec<_> = answered().difference(&promised()).cloned().collect();
    assert!(unknown.is_empty(), "docs/openapi.json does not know these answers: {unknown:#?}");
}
