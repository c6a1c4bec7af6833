use jiff::SignedDuration;

use super::*;
use crate::{
    delivery::About,
    interaction::{
        Claim, Unmasked,
        tests::{after, start, text},
    },
    vocabulary::{FailureReason, InteractionStatus},
};

fn outage() -> Refusal {
    let reason = FailureReason::SmsConnectionException;
    let refusal = Refusal::new(About::Server, reason, Retry::WhileAllowed, "Twilio cannot be reached.");
    Refusal { code: Some("20503".into()), ..refusal }
}

fn steps(message: &Interaction) -> Vec<Step> {
    message.timeline.iter().map(|moment| moment.what).collect()
}

#[test]
fn a_message_held_back_is_taken_at_its_turn_whatever_was_attempted_before() {
    for attempts in [0, 2] {
        let mut message = Interaction { attempts, ..text() };
        message.take_turn(Turn { at: after(30), reserved: false }, start());
        assert_eq!(message.due_at, Some(after(30) + Interaction::GRACE), "left to the queue for a while");
        assert_eq!(message.claim(after(29)), Claim::NotBefore(after(30)));
        assert!(!message.is_ready(after(29)) && message.is_ready(after(30)));
        assert_eq!(message.claim(after(30)), Claim::Taken);
        assert_eq!(message.turn, None);
    }
    let mut far = text();
    far.take_turn(Turn { at: after(500), reserved: false }, start());
    assert_eq!(far.due_at, Some(after(500)), "the sweep's from the start");
    let mut placed = text();
    placed.take_turn(Turn { at: after(500), reserved: true }, start());
    assert_eq!(placed.leaves_at(), Some(after(497)), "its dispatcher waits for its place");
    let mut wished = Interaction { send_at: Some(after(900)), ..text() };
    wished.take_turn(Turn { at: after(500), reserved: true }, start());
    assert_eq!(wished.leaves_at(), Some(after(900)), "never before its sender's wish");
}

#[test]
fn what_is_handed_out_ahead_of_its_time_is_claimed_without_a_move_in_the_index() {
    let mut message = Interaction { send_at: Some(after(60)), due_at: Some(after(60)), ..text() };
    let until = Some(after(60) + Interaction::GRACE);
    assert_eq!((message.handed_out_early(after(10)), message.due_at), (until, until));
    assert_eq!(message.claim(after(61)), Claim::Taken);
    assert_eq!((message.due_at, message.leased_until), (until, until));
    for (send_at, attempts) in [(Some(after(10)), 0), (None, 0), (None, 1)] {
        let mut other = Interaction { send_at, attempts, due_at: Some(after(20)), ..text() };
        assert_eq!((other.handed_out_early(after(10)), other.due_at), (None, Some(after(20))), "{attempts}");
    }
}

#[test]
fn an_attempt_that_met_an_outage_is_not_spent_and_repeats_no_line() {
    let mut message = text();
    for round in 0..95 {
        let now = after(round * 900);
        assert_eq!(message.claim(now), Claim::Taken, "{round}");
        assert_eq!(message.attempts, 1);
        assert!(!message.wait_again(now + SignedDuration::from_mins(15), &outage(), now));
        assert_eq!((message.attempts, message.leased_until), (0, None));
        assert!(!message.is_in_doubt());
    }
    assert_eq!(steps(&message).iter().filter(|step| **step == Step::Waiting).count(), 1);
    assert!(message.timeline.len() <= Interaction::MAX_TIMELINE, "{}", message.timeline.len());
    assert_eq!(message.first_claimed_at(), Some(start()));
}

#[test]
fn who_waits_to_hear_hears_of_an_outage_and_nothing_is_tried_behind_their_back() {
    for met_by_itself in [true, false] {
        let mut message = Interaction { awaited_until: Some(after(10)), ..text() };
        let is_over = match met_by_itself {
            true => {
                assert_eq!(message.claim(start()), Claim::Taken);
                message.wait_again(after(60), &outage(), after(1))
            }
            false => message.wait(after(60), &outage(), after(1)),
        };
        assert!(is_over, "{met_by_itself}");
        assert_eq!((message.state.status, message.due_at), (Some(InteractionStatus::Failed), None));
        assert_eq!(message.failure.unwrap().description, "Twilio cannot be reached.", "{met_by_itself}");
    }
    let mut nobody_waits = Interaction { awaited_until: Some(after(10)), ..text() };
    assert!(!nobody_waits.wait(after(60), &outage(), after(10)));
}

#[test]
fn who_asked_for_a_wait_is_not_asked_sooner_whatever_the_circuit_says() {
    for (at, asked, expected) in [(60, 600, 600), (900, 600, 900)] {
        let mut message = text();
        assert_eq!(message.claim(start()), Claim::Taken);
        let busy = Refusal { retry: Retry::After(SignedDuration::from_secs(asked)), ..outage() };
        assert!(!message.wait_again(after(at), &busy, start()));
        assert_eq!(message.leaves_at(), Some(after(expected)));
    }
}

#[test]
fn what_another_provider_takes_is_its_at_once() {
    let mut message = Interaction { awaited_until: Some(after(10)), ..text() };
    assert_eq!(message.claim(start()), Claim::Taken);
    message.give_way(&outage(), after(1));
    assert_eq!((message.attempts, message.leased_until), (0, None));
    assert!(message.is_ready(after(1)) && !message.is_in_doubt());
}

#[test]
fn a_message_in_doubt_stays_so_while_it_waits() {
    let mut message = text();
    assert_eq!(message.claim(start()), Claim::Taken);
    assert!(message.is_in_doubt(), "as it stands when its dispatcher vanished");
    assert!(!message.wait(after(200), &outage(), after(100)));
    assert!(message.is_in_doubt());
    assert_eq!(message.claim(after(200)), Claim::Taken);
    assert!(message.may_have_left());

    // What is known of the second attempt says nothing of the first.
    assert!(!message.wait_again(after(400), &outage(), after(201)));
    assert!(message.is_in_doubt());
    assert_eq!(message.claim(after(400)), Claim::Taken);
    assert!(!message.refused(&outage(), SignedDuration::from_mins(1), after(401)));
    assert!(message.is_in_doubt());
}

#[test]
fn a_message_waits_a_day_from_when_it_met_the_outage_however_long_its_turn_took() {
    let day = 24 * 3_600;
    for (met, send_at) in [(0, None), (1_000, Some(after(1_000))), (40 * 3_600, None)] {
        let mut message = Interaction { send_at, ..text() };
        assert!(!message.wait(after(met + 900), &outage(), after(met)));
        assert!(!message.wait(after(met + day + 500), &outage(), after(met + day - 1)));
        assert_eq!(message.leaves_at(), Some(after(met + day)), "it ends on time");
        assert!(message.wait(after(met + day + 500), &outage(), after(met + day)));
        let failure = message.failure.as_ref().unwrap();
        assert_eq!(message.state.status, Some(InteractionStatus::Failed));
        assert_eq!(
            (failure.reason, failure.code.as_deref()),
            (FailureReason::SmsConnectionException, Some("20503"))
        );
        assert!(failure.description.starts_with("It waited 24 hours"), "{}", failure.description);
        assert_eq!((message.due_at, message.turn, message.waits_since), (None, None, None));
    }
    let mut attempted = text();
    assert!(!attempted.wait(after(900), &outage(), start()));
    assert_eq!(attempted.claim(after(day - 1)), Claim::Taken);
    assert!(!attempted.refused(&outage(), SignedDuration::from_mins(1), after(day - 1)));
    assert!(!attempted.wait(after(day + 900), &outage(), after(day + 60)), "it is another outage");
    let unmasked = serde_json::from_str::<crate::template::Source>("{}").unwrap();
    let mut code = Interaction { unmasked: Some(Unmasked(unmasked)), ..text() };
    assert!(!code.wait(after(5_000), &outage(), start()));
    assert_eq!(code.leaves_at(), Some(start() + ConfirmationCode::LASTS), "no longer than it says");
}
