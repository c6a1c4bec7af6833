//! What holds for any person, place, lender, history and instant, asked rule by rule: every rule of the law that asks for
//! hours or a limit has questions of its own, and so have rules that lenders write.
//!
//! The questions are the same in every run; `GUARD_SEED=7 cargo test -p domain --test compliance properties` asks
//! others.

use std::{
    cell::{Cell, RefCell},
    fmt::Debug,
};

use domain::{
    compliance::{
        Decision, ReasonCode,
        rules::{SUPPRESSION, law},
    },
    id::Id,
    person::{Contact, ContactStatus, ContactType},
};
use jiff::{SignedDuration, Timestamp};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner},
};

use crate::{
    cases::{Case, OWN, Target, case, own_rule, targets},
    naive::{Opinion, Violation},
    world::{World, contact},
};

/// How far a next instant is looked for.
const HORIZON: SignedDuration = SignedDuration::from_hours(24 * 14);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// The longest margin that is drawn, in minutes.
const LONGEST_MARGIN: i32 = 30;

/// Draws by a seed of its own.
fn runner(about: &str) -> TestRunner {
    let seed: u8 = std::env::var("GUARD_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut seed = [seed; 32];
    seed.iter_mut().zip(about.bytes()).for_each(|(byte, of)| *byte ^= of);
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
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

/// Questions about rules of lenders' own.
fn of_lender() -> impl Strategy<Value = Case> {
    own_rule().prop_flat_map(|rule| case(targets(&rule).swap_remove(0)))
}

/// Asks so often about each thing the law asks for, and ten times as often about rules of lenders' own.
fn ask(times: usize, holds: impl Fn(Case) -> TestCaseResult) {
    for target in of_law() {
        let (about, questions) = (target.to_string(), case(target));
        let mut runner = runner(&about);
        (0..times).for_each(|_| ask_once(&mut runner, &questions, &about, &holds));
    }
    let (mut runner, questions) = (runner(OWN), of_lender());
    (0..10 * times).for_each(|_| ask_once(&mut runner, &questions, OWN, &holds));
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

fn agrees(case: &Case, opinion: &Opinion<'_>) -> Result<Vec<Violation>, TestCaseError> {
    let violations = opinion.violations(case.at);
    let decision = case.world.decide(case.at);
    prop_assert_eq!(told(&decision), found(&violations));
    prop_assert_eq!(decision.allowed, violations.is_empty());
    Ok(violations)
}

#[test]
fn what_is_allowed_violates_no_rule_by_the_second_opinion_and_each_reason_and_exemption_is_met() {
    const TOO_MANY: usize = 5000;
    let of_law = select(of_law().collect::<Vec<_>>()).prop_flat_map(case);
    let questions = prop_oneof![3 => of_law, 1 => of_lender()];
    let missing = RefCell::new([&ALL_CODES[..], &ALL_EXEMPTIONS, &[OWN, SUPPRESSION]].concat());
    let mut runner = runner("all");
    for asked in 0.. {
        if asked >= 300 && missing.borrow().is_empty() {
            println!("all met among {asked}");
            break;
        }
        assert!(asked < TOO_MANY, "{missing:?} are not among {TOO_MANY}");
        ask_once(&mut runner, &questions, "all", |case| {
            let opinion = Opinion::new(&case.world, &case.known);
            let violations = agrees(&case, &opinion)?;
            let is_met = |name: &str| {
                violations.iter().any(|one| one.rule == name || one.what.code().as_str() == name)
                    || opinion.exemptions(case.at).any(|exemption| format!("{exemption:?}") == name)
            };
            missing.borrow_mut().retain(|name| !is_met(name));
            Ok(())
        });
    }
}

/// As in answers.
const ALL_CODES: [&str; 17] = [
    "do_not_contact",
    "channel_opted_out",
    "consent_revoked",
    "consent_missing",
    "recently_contacted",
    "outside_hours",
    "inconvenient_time",
    "location_unknown",
    "person_inactive",
    "person_deceased",
    "case_do_not_interact",
    "case_open",
    "attorney_represented",
    "work_contact",
    "no_contact",
    "contact_invalid",
    "contact_of_another",
];

const ALL_EXEMPTIONS: [&str; 8] = [
    "Reply",
    "OneTimeCode",
    "OptOutConfirmation",
    "RequiredNotice",
    "Attorney",
    "PriorConsent",
    "UnusualTimeConsent",
    "BusinessRelationship",
];

#[test]
fn each_rule_about_time_is_seen_to_allow_and_to_block_alone() {
    const TOO_MANY: usize = 400;
    for target in of_law() {
        let (about, questions) = (target.to_string(), case(target.clone()));
        let mut runner = runner(&about);
        let (asked, allowed, alone) = (Cell::new(0), Cell::new(0), Cell::new(0));
        // Hours that yield meet times of law, lender and person all at once.
        let enough = if target.yields() { 80 } else { 8 };
        while asked.get() < enough || allowed.get() == 0 || alone.get() == 0 {
            assert!(
                asked.get() < TOO_MANY,
                "{target}: of {TOO_MANY}, {allowed:?} allowed, {alone:?} blocked"
            );
            asked.set(asked.get() + 1);
            ask_once(&mut runner, &questions, &about, |case| {
                let opinion = Opinion::new(&case.world, &case.known);
                let violations = agrees(&case, &opinion)?;
                let rule = &target.rule.id;
                let is_alone =
                    matches!(&violations[..], [one] if one.rule == *rule && one.what == target.asks);
                let is_allowed = violations.is_empty() && opinion.is_asked(rule, case.at);
                alone.set(alone.get() + usize::from(is_alone));
                allowed.set(allowed.get() + usize::from(is_allowed));
                Ok(())
            });
        }
        println!("{target}: {} asked, {} allowed, {} blocked alone", asked.get(), allowed.get(), alone.get());
    }
}

/// The question as it is asked of a clock, also where noon was assumed: what comes next does so by the clock.
fn by_the_clock(case: &Case) -> World {
    World { assume_noon: false, ..case.world.clone() }
}

/// What is closed opens on a quarter of an hour by the clock of any zone (so do all hours drawn here), where a contact
/// ceases to count, or where an order ends. No instant between those can be the first that is free, so looking at each
/// of them is looking at every one; the minutes of the last hour are looked at besides.
#[test]
fn the_next_allowable_instant_is_allowed_and_none_before_it_is() {
    ask(3, |case| {
        let rules = case.world.rules();
        let decision = case.world.decide_by(&rules, case.at);
        if decision.allowed {
            return Ok(());
        }
        // Where the person is, is to be found out, not waited for.
        if decision.reasons.iter().any(|reason| reason.code == ReasonCode::LocationUnknown) {
            prop_assert_eq!(decision.next_allowable_at, None);
            return Ok(());
        }
        let world = by_the_clock(&case);
        let opinion = Opinion::new(&world, &case.known);
        let end = decision.next_allowable_at.unwrap_or(case.at + HORIZON);
        if let Some(next) = decision.next_allowable_at {
            prop_assert!(next <= case.at + HORIZON);
            prop_assert_eq!(opinion.violations(next), vec![]);
            let is_allowed = |at| world.decide_by(&rules, at).allowed;
            prop_assert!(is_allowed(next));
            let is_now = case.world.assume_noon && next == case.at;
            prop_assert!(is_now || !is_allowed(next - SignedDuration::from_nanos(1)));
        }
        let quarter = 15 * 60;
        let first = (case.at.as_second() / quarter + 1) * quarter;
        let quarters = (first..end.as_second()).step_by(usize::try_from(quarter).unwrap());
        let quarters = quarters.map(|second| Timestamp::from_second(second).unwrap());
        let minutes = (1..=60).map(|minutes| end - MINUTE * minutes).filter(|minute| *minute > case.at);
        let here = [case.at].into_iter().filter(|at| *at < end);
        for instant in here.chain(quarters).chain(opinion.ends(case.at, end)).chain(minutes) {
            prop_assert!(!opinion.is_free(instant), "{instant} is free, and {end} is said to be the first");
        }
        Ok(())
    });
}

#[test]
fn each_reason_ends_when_it_says_and_no_moment_before() {
    ask(3, |case| {
        let world = by_the_clock(&case);
        let opinion = Opinion::new(&world, &case.known);
        let decision = case.world.decide(case.at);
        let told = told(&decision);
        for reason in &decision.reasons {
            let name = (reason.rule_id.clone(), reason.code.as_str());
            // Of two limits of one rule, the other may go on.
            let is_only_one = told.iter().filter(|told| **told == name).count() == 1;
            if let Some(until) = reason.until.filter(|_| is_only_one) {
                let holds = |at| found(&opinion.violations(at)).contains(&name);
                let is_now = case.world.assume_noon && until == case.at;
                let before = until - SignedDuration::from_nanos(1);
                prop_assert!(is_now || holds(before), "{name:?} before {until}");
                prop_assert!(!holds(until), "{name:?} at {until}");
            }
        }
        Ok(())
    });
}

#[test]
fn what_holds_is_allowed_still_but_for_the_minutes_that_hours_keep_free() {
    let held = Cell::new(0);
    ask(6, |case| {
        let rules = case.world.rules();
        let decision = case.world.decide_by(&rules, case.at);
        let mut world = case.world.clone();
        world.profile.safety_margin_minutes = 0;
        let opinion = Opinion::new(&world, &case.known);
        let later = (1..=LONGEST_MARGIN).map(|minutes| case.at + MINUTE * minutes);
        // A day is asked about to know whether it will do, not to send.
        for later in later.take_while(|_| decision.allowed && !world.assume_noon) {
            if decision.holds(&rules, later) {
                held.set(held.get() + 1);
                prop_assert_eq!(opinion.violations(later), vec![], "at {}", later);
            }
        }
        Ok(())
    });
    assert!(held.get() > 100, "{held:?} instants");
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
        // Where no contact is left, a number is one.
        if before.reasons.iter().any(|reason| reason.code == ReasonCode::NoContact) {
            return Ok(());
        }
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
