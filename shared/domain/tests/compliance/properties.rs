//! What holds for any person, place, lender, history and instant, asked rule by rule: every rule of the law that asks for
//! hours or a limit has questions of its own, and so have rules that lenders write.
//!
//! The questions are the same in every run; `SEED=7 cargo test -p domain --test compliance properties` asks others.

use std::{cell::Cell, fmt::Debug};

use domain::{
    compliance::{Decision, Reason, ReasonCode, rules::law},
    id::Id,
    person::{Contact, ContactStatus, ContactType},
};
use jiff::{SignedDuration, Timestamp};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner},
};

use crate::{
    cases::{Case, Target, case, own_rule, targets},
    naive::{Opinion, Violation},
    world::contact,
};

/// How far a next instant is looked for.
const HORIZON: SignedDuration = SignedDuration::from_hours(24 * 14);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn runner() -> TestRunner {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

/// Draws one question and asks it; of one that fails, the smallest is shown.
fn ask_once<Q: Debug>(
    runner: &mut TestRunner,
    questions: &impl Strategy<Value = Q>,
    about: &str,
    holds: impl Fn(Q) -> TestCaseResult,
) {
    let question = questions.new_tree(runner).unwrap();
    runner.run_one(question, holds).unwrap_or_else(|error| panic!("{about}: {error}"));
}

/// Everything about time that the law asks for.
fn of_law() -> impl Iterator<Item = Target> {
    law().rules.iter().filter(|rule| rule.enforcement.is_enforced()).flat_map(targets)
}

/// Asks so often about each thing the law asks for, and ten times as often about rules of lenders' own.
fn ask(times: usize, holds: impl Fn(Case) -> TestCaseResult) {
    for target in of_law() {
        let (mut runner, questions) = (runner(), case(target.clone()));
        (0..times).for_each(|_| ask_once(&mut runner, &questions, &target.to_string(), &holds));
    }
    let own = own_rule().prop_flat_map(|rule| case(targets(&rule).swap_remove(0)));
    let mut runner = runner();
    (0..10 * times).for_each(|_| ask_once(&mut runner, &own, "a lender's own", &holds));
}

/// Rule and code of everything against a message, as the guard tells it.
fn told(decision: &Decision) -> Vec<(String, &'static str)> {
    let reasons = decision.reasons.iter();
    let mut told: Vec<_> = reasons.map(|reason| (reason.rule_id.clone(), reason.code.as_str())).collect();
    told.sort_unstable();
    told
}

/// The same, as the second opinion finds it.
fn found(violations: &[Violation]) -> Vec<(String, &'static str)> {
    let each = violations.iter();
    let mut found: Vec<_> = each.map(|one| (one.rule.clone(), one.what.code().as_str())).collect();
    found.sort_unstable();
    found
}

fn agrees(case: &Case) -> Result<Vec<Violation>, TestCaseError> {
    let violations = Opinion::new(&case.world, &case.known).violations(case.at);
    let decision = case.world.decide(case.at);
    prop_assert_eq!(told(&decision), found(&violations));
    prop_assert_eq!(decision.allowed, violations.is_empty());
    Ok(violations)
}

#[test]
fn what_is_allowed_violates_no_rule_by_the_second_opinion_and_what_is_not_violates_those_told() {
    ask(2, |case| agrees(&case).map(drop));
}

#[test]
fn each_rule_about_time_is_seen_to_allow_and_to_block_alone() {
    const ENOUGH: usize = 8;
    const TOO_MANY: usize = 400;
    for target in of_law() {
        let (mut runner, questions) = (runner(), case(target.clone()));
        let (asked, allowed, alone) = (Cell::new(0), Cell::new(0), Cell::new(0));
        while asked.get() < ENOUGH || allowed.get() == 0 || alone.get() == 0 {
            assert!(
                asked.get() < TOO_MANY,
                "{target}: of {TOO_MANY}, {allowed:?} allowed, {alone:?} blocked"
            );
            asked.set(asked.get() + 1);
            ask_once(&mut runner, &questions, &target.to_string(), |case| {
                let violations = agrees(&case)?;
                let rule = &target.rule.id;
                let is_alone =
                    matches!(&violations[..], [one] if one.rule == *rule && one.what == target.asks);
                let speaks = || Opinion::new(&case.world, &case.known).is_asked(rule, case.at);
                let is_allowed = violations.is_empty() && speaks();
                alone.set(alone.get() + usize::from(is_alone));
                allowed.set(allowed.get() + usize::from(is_allowed));
                Ok(())
            });
        }
        println!("{target}: {} asked, {} allowed, {} blocked alone", asked.get(), allowed.get(), alone.get());
    }
}

/// What is closed opens on a quarter of an hour by the clock of any zone (so do all hours drawn here), where a contact
/// ceases to count, or where an order ends. No instant between those can be the first that is free, so looking at each
/// of them is looking at every one; the minutes of the last hour are looked at besides.
#[test]
fn the_next_allowable_instant_is_allowed_and_none_before_it_is() {
    ask(3, |case| {
        let rules = case.world.rules();
        let decision = case.world.decide_by(&rules, case.at);
        // Whoever asks about a day is told a day; and where the person is, is to be found out, not waited for.
        let is_nowhere = |reason: &Reason| reason.code == ReasonCode::LocationUnknown;
        if decision.allowed || case.world.assume_noon || decision.reasons.iter().any(is_nowhere) {
            return Ok(());
        }
        let opinion = Opinion::new(&case.world, &case.known);
        let end = decision.next_allowable_at.unwrap_or(case.at + HORIZON);
        if let Some(next) = decision.next_allowable_at {
            prop_assert!(next <= case.at + HORIZON);
            prop_assert_eq!(opinion.violations(next), vec![]);
            prop_assert!(case.world.decide_by(&rules, next).allowed);
            prop_assert!(!case.world.decide_by(&rules, next - SignedDuration::from_nanos(1)).allowed);
        }
        let quarter = 15 * 60;
        let first = (case.at.as_second() / quarter + 1) * quarter;
        let quarters = (first..end.as_second()).step_by(usize::try_from(quarter).unwrap());
        let quarters = quarters.map(|second| Timestamp::from_second(second).unwrap());
        let minutes = (1..=60).map(|minutes| end - MINUTE * minutes).filter(|minute| *minute > case.at);
        for instant in quarters.chain(opinion.ends(case.at, end)).chain(minutes) {
            prop_assert!(!opinion.is_free(instant), "{instant} is free, and {end} is said to be the first");
        }
        Ok(())
    });
}

/// When a message may leave; never, where no instant within two weeks is known.
fn earliest(decision: &Decision) -> Timestamp {
    let later = decision.next_allowable_at.unwrap_or(Timestamp::MAX);
    if decision.allowed { decision.evaluated_at } else { later }
}

/// All that was against a message still is, and it may leave no earlier.
fn is_stricter(before: &Decision, after: &Decision) -> TestCaseResult {
    let mut now = told(after);
    for reason in told(before) {
        let still = now.iter().position(|told| *told == reason);
        prop_assert!(still.is_some(), "{reason:?} is gone: {now:?}");
        now.remove(still.unwrap());
    }
    prop_assert!(earliest(before) <= earliest(after), "{} became {}", earliest(before), earliest(after));
    Ok(())
}

#[test]
fn more_history_allows_nothing_more_and_nothing_earlier() {
    ask(3, |mut case| {
        let before = case.world.decide(case.at);
        for (n, entry) in case.more.drain(..).enumerate() {
            case.world.ledger.contacts.insert(Id::external("demo", &format!("more {n}")), entry);
        }
        is_stricter(&before, &case.world.decide(case.at))
    });
}

#[test]
fn one_zone_more_widens_no_window() {
    ask(3, |mut case| {
        // A stated zone holds alone; and where no place is known at all, any is more than none.
        if case.known.zones.is_empty() || !case.known.is_state_known {
            return Ok(());
        }
        case.world.person.time_zone = None;
        let before = case.world.decide(case.at);
        case.world.person.contacts.push(Contact {
            id: Id::external("demo", "one more"),
            status: ContactStatus::Additional,
            receive_text_messages: false,
            ..contact(ContactType::Phone, case.phone.0)
        });
        is_stricter(&before, &case.world.decide(case.at))
    });
}

#[test]
fn a_rule_tightened_or_added_allows_nothing_more_and_nothing_earlier() {
    ask(3, |mut case| {
        let before = case.world.decide(case.at);
        case.world.profile = case.stricter;
        prop_assert_eq!(case.world.profile.violations(""), vec![]);
        is_stricter(&before, &case.world.decide(case.at))
    });
}
