use super::*;
use crate::{delivery::Retry, vocabulary::FailureReason};

fn at(seconds: i64) -> Timestamp {
    "2026-01-05T15:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn message(name: &str) -> Id<id::Interaction> {
    Id::external("demo", name)
}

fn busy() -> Refusal {
    Refusal::new(About::Server, FailureReason::SmsServiceError, Retry::WhileAllowed, "as it says")
}

fn suspended() -> Refusal {
    Refusal::new(About::Account, FailureReason::SmsServiceNotEnabled, Retry::Never, "as it says")
}

fn closed() -> Circuit {
    Circuit::closed(serde_json::from_str(r#""ses""#).unwrap())
}

fn open(refusal: &Refusal, reported: bool) -> Circuit {
    let mut circuit = closed();
    assert!(circuit.failed(&message("first"), at(-1), refusal, reported, at(0)));
    circuit
}

#[test]
fn about_whom_a_refusal_is_says_what_trouble_it_is_however_often_it_is_tried_again() {
    for (about, expected) in [
        (About::Account, Some(Trouble::Lasting)),
        (About::Server, Some(Trouble::Passing)),
        (About::Message, None),
        (About::Recipient, None),
        (About::Us, None),
    ] {
        for retry in [Retry::Never, Retry::Times(2), Retry::WhileAllowed, Retry::After(SignedDuration::ZERO)]
        {
            let refusal = Refusal::new(about, FailureReason::MessagingException, retry, "as it says");
            assert_eq!(Trouble::of(&refusal), expected, "{about:?} {retry:?}");
        }
    }
}

#[test]
fn an_open_circuit_lets_nobody_pass_before_its_time_and_then_one() {
    let mut circuit = open(&busy(), false);
    let (one, other) = (message("one"), message("other"));
    assert_eq!(circuit.passes(&one, at(29)), Pass::NotBefore(at(30)));
    assert_eq!(circuit.passes(&one, at(30)), Pass::AsProbe);
    circuit.probe(&one, at(30));
    assert_eq!(circuit.passes(&other, at(31)), Pass::NotBefore(at(51)));
    assert_eq!(circuit.passes(&one, at(31)), Pass::AsProbe, "its dispatcher began again");
    assert_eq!(circuit.passes(&other, at(120)), Pass::AsProbe, "its dispatcher vanished");
}

#[test]
fn a_probe_that_succeeds_closes_and_one_that_fails_waits_twice_as_long() {
    let mut circuit = open(&busy(), false);
    let probe = message("probe");
    for (failed, pause) in [(1, 60), (2, 120), (3, 240), (4, 480), (5, 900), (6, 900), (40, 900)] {
        circuit.probe(&probe, at(1_000));
        let State::Probing { outage, .. } = &mut circuit.state else { panic!("{circuit:?}") };
        outage.probes = failed - 1;
        assert!(circuit.failed(&probe, at(1_000), &busy(), false, at(1_001)));
        assert_eq!(circuit.passes(&probe, at(1_001)), Pass::NotBefore(at(1_001 + pause)), "{failed}");
        assert_eq!(circuit.since, at(0), "it is one outage");
    }
    circuit.probe(&probe, at(5_000));
    assert!(circuit.taken(&probe, at(5_001)));
    assert_eq!((circuit.passes(&message("other"), at(5_001)), circuit.since), (Pass::Freely, at(5_001)));
}

#[test]
fn no_probe_comes_sooner_than_the_provider_asks_for_an_hour_at_most() {
    for (asked, expected) in [(5, 30), (600, 600), (90_000, 3_600)] {
        let busy = Refusal { retry: Retry::After(SignedDuration::from_secs(asked)), ..busy() };
        assert_eq!(open(&busy, false).passes(&message("next"), at(0)), Pass::NotBefore(at(expected)));
    }
}

#[test]
fn a_probe_that_is_not_sent_is_anothers_at_once_and_one_refused_for_itself_is_an_answer() {
    let (probe, other) = (message("probe"), message("other"));
    let mut circuit = open(&busy(), false);
    circuit.probe(&probe, at(30));
    assert!(!circuit.give_back(&other, at(31)) && circuit.give_back(&probe, at(31)));
    assert_eq!(circuit.passes(&other, at(31)), Pass::AsProbe);
    circuit.probe(&other, at(31));
    assert!(!circuit.answered(&probe, at(32)) && circuit.answered(&other, at(32)));
    assert_eq!(circuit.state, State::Closed);

    let mut reported = open(&suspended(), true);
    reported.probe(&probe, at(900));
    assert!(!reported.answered(&probe, at(901)), "it proves nothing about carriers");
}

#[test]
fn what_was_on_its_way_neither_closes_nor_prolongs() {
    let (probe, late) = (message("probe"), message("late"));
    let mut circuit = open(&busy(), false);
    assert!(!circuit.taken(&late, at(1)));
    assert!(!circuit.failed(&late, at(-5), &busy(), false, at(1)));
    circuit.probe(&probe, at(30));
    assert!(!circuit.taken(&late, at(31)) && !circuit.arrived(&late, at(31)));
    assert!(!circuit.failed(&late, at(-5), &suspended(), true, at(31)));
    assert!(circuit.taken(&probe, at(32)));
    assert!(!circuit.failed(&late, at(-5), &suspended(), true, at(33)), "it left before the circuit closed");
    assert!(circuit.failed(&late, at(32), &suspended(), true, at(34)));
}

#[test]
fn what_a_report_opened_only_a_report_or_silence_closes() {
    let (probe, other) = (message("probe"), message("other"));
    let probed = || {
        let mut circuit = open(&suspended(), true);
        assert_eq!(circuit.passes(&probe, at(899)), Pass::NotBefore(at(900)));
        circuit.probe(&probe, at(900));
        assert!(circuit.taken(&probe, at(901)));
        assert_eq!(circuit.passes(&other, at(902)), Pass::NotBefore(at(1_501)));
        circuit
    };
    let mut delivered = probed();
    assert!(delivered.arrived(&probe, at(910)));
    assert_eq!(delivered.passes(&other, at(910)), Pass::Freely);

    let mut refused = probed();
    assert!(refused.failed(&probe, at(900), &suspended(), true, at(910)));
    assert_eq!(refused.passes(&other, at(910)), Pass::NotBefore(at(910 + 1_800)));

    let mut silent = probed();
    assert_eq!(silent.passes(&other, at(1_501)), Pass::Freely);
    assert!(silent.taken(&other, at(1_502)));
    assert_eq!(silent.state, State::Closed);
}

#[test]
fn a_circuit_is_read_as_it_was_stored() {
    let mut circuit = open(&suspended(), true);
    for _ in 0..2 {
        let stored = serde_json::to_string(&circuit).unwrap();
        assert_eq!(serde_json::from_str::<Circuit>(&stored).unwrap(), circuit, "{stored}");
        circuit.probe(&message("probe"), at(900));
    }
}
