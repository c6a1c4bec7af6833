//! Questions to the suite as a whole, asked by `make test` when every scenario has passed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use functions::catalog::{self, Function};
use functions::openapi;
use platform::needs::Need;
use postrider_tests::coverage::{ANSWERED, PERMITTED, facts};

/// The answers of every route in the OpenAPI document, as `<route> <status>`.
fn promised() -> BTreeSet<String> {
    let document = openapi::document();
    let mut promised = BTreeSet::new();
    for (_, api) in catalog::routes() {
        if api.is_preflight() {
            // Not for clients, and so not in the document.
            promised.insert(format!("{} 204", api.name));
            continue;
        }
        if !api.is_published {
            // A page is shown, or a form leads on; or it is a page that says why not.
            let all =
                ["200", "303", "400", "401", "403", "404", "409", "412", "413", "415", "422", "429", "503"];
            promised.extend(all.map(|status| format!("{} {status}", api.name)));
            continue;
        }
        let operation = &document["paths"][api.path][api.method.as_str().to_lowercase()];
        let statuses = operation["responses"].as_object().unwrap().keys();
        promised.extend(statuses.map(|status| format!("{} {status}", api.name)));
    }
    promised
}

fn answered() -> BTreeSet<String> {
    facts(ANSWERED).into_iter().map(|fields| fields.join(" ")).collect()
}

/// Pages that only lead on, or say that there is none.
const ELSEWHERE: [&str; 3] = ["console-home 200", "console-sign-out 200", "console-nowhere 200"];

#[test]
#[ignore = "after all scenarios: make test"]
fn every_success_of_every_route_has_a_scenario() {
    // A form leads on, or shows a secret once; the console's first page leads on, too.
    let leads_on = |answer: &str| answer.starts_with("console-") && answer.ends_with("-act 200");
    let successes = promised().into_iter().filter(|answer| answer.contains(" 2") && !leads_on(answer));
    let successes: BTreeSet<_> = successes.filter(|answer| !ELSEWHERE.contains(&answer.as_str())).collect();
    let missing: Vec<_> = successes.difference(&answered()).cloned().collect();
    assert!(missing.is_empty(), "no scenario of tests/it has these answers: {missing:#?}");
}

#[test]
#[ignore = "after all scenarios: make test"]
fn every_answer_is_in_the_openapi_document() {
    let unknown: Vec<_> = answered().difference(&promised()).cloned().collect();
    assert!(unknown.is_empty(), "docs/openapi.json does not know these answers: {unknown:#?}");
}

/// What functions may do and no scenario has them do. It may only shrink: a new permission is used by a scenario, or is
/// not needed.
const UNUSED: &str = include_str!("unused-permissions.txt");

/// Least privilege: whatever functions do in scenarios is permitted, which every scenario checks at its end; and whatever
/// they are permitted, they do in some scenario.
#[test]
#[ignore = "after all scenarios: make test"]
fn every_permission_is_used_but_for_the_ones_listed() {
    let used: BTreeSet<_> = facts(PERMITTED).into_iter().map(|fields| fields.join(" ")).collect();
    let listed: BTreeSet<_> =
        UNUSED.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    // Lambda itself takes messages and changes for a function; running templates and printing take no permission.
    let by_calls =
        |need: &Need| !matches!(need, Need::Receive(_) | Need::Follow) && !need.permissions().is_empty();
    // A page of the console may do what the functions may that it asks, which are held to using it.
    let by_any: BTreeSet<&str> = used.iter().filter_map(|fact| Some(fact.split_once(' ')?.1)).collect();
    let is_used = |function: &Function, need: &Need| {
        used.contains(&format!("{} {need:?}", function.name))
            || function.is_of_the_console() && by_any.contains(format!("{need:?}").as_str())
    };
    let permitted = catalog::ALL.iter().flat_map(|function| {
        let unused = function.may().into_iter().filter(by_calls).filter(|need| !is_used(function, need));
        unused.map(|need| format!("{} {need:?}", function.name)).collect::<Vec<_>>()
    });
    let unused: BTreeSet<_> = permitted.collect();
    let new: Vec<_> = unused.difference(&listed).collect();
    assert!(
        new.is_empty(),
        "no scenario uses these: leave them out of NEEDS, or write one that does {new:#?}"
    );
    let gone: Vec<_> = listed.difference(&unused).collect();
    assert!(
        gone.is_empty(),
        "remove these from tests/unused-permissions.txt: used by now, or permitted no more {gone:#?}"
    );
}
