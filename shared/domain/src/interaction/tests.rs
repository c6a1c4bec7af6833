//! A message's life as a specification: who may take it when, and what provider answers and events make of it.

use proptest::prelude::*;

use super::*;
use crate::{
    delivery::{About, DeliveryEvent, News, Receipt, Refusal, Retry},
    ledger::Outcome,
    vocabulary::{FailureReason, InteractionStatus, ProviderName, SendingChannel, StatusDetails},
};
use jiff::SignedDuration;

pub(super) fn start() -> Timestamp {
    "2026-01-05T15:00:00Z".parse().unwrap()
}

pub(super) fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

pub(super) fn text() -> Interaction {
    let outline = Outline {
        id: Id::new(1, [1; 10]),
        tenant: "demo".parse().unwrap(),
        person_id: Some(Id::external("demo", "john")),
        channel: Channel::Text,
        direction: Direction::Outbound,
        theme: Theme::OpsServicing,
        trace_id: "1-0-0".into(),
    };
    Interaction {
        contact_id: Some(Id::external("demo", "mobile")),
        to: "+13125550123".into(),
        subject: "payment_reminder".parse().ok(),
        transactional: true,
        due_at: Some(start() + Interaction::GRACE),
        ledger_version: 1,
        ..Interaction::begin(outline, Origin::Sent, start())
    }
}

pub(super) fn claimed() -> Interaction {
    let mut message = text();
    assert_eq!(message.claim(start()), Claim::Taken);
    message.asks(ProviderName::Twilio, None);
    message
}

fn settle(message: &mut Interaction, event: &DeliveryEvent) -> Settled {
    message.settle(event, MINUTE, after(1_000)).unwrap()
}

pub(super) fn receipt() -> Receipt {
    Receipt { reference: "SM1".into(), segments: Some(1) }
}

/// What the guard decides if there is no address.
pub(super) fn forbidden() -> Decision {
    let reason =
        serde_json::json!({ "ruleId": "contact", "code": "no_contact", "detail": "There is no number." });
    let json = serde_json::json!({ "allowed": false, "reasons": [reason], "evaluatedAt": start() });
    serde_json::from_value(json).unwrap()
}

pub(super) fn refusal(retry: Retry) -> Refusal {
    Refusal {
        about: About::Recipient,
        details: Some(StatusDetails::TextDeviceUnreachable),
        reason: FailureReason::SmsNotSent,
        code: Some("30003".into()),
        description: "unreachable".into(),
        retry,
        effect: None,
    }
}

pub(super) fn event(news: News) -> DeliveryEvent {
    DeliveryEvent {
        interaction_id: Some(text().id),
        provider: ProviderName::Twilio,
        reference: "SM1".into(),
        event_id: "SM1:x".into(),
        occurred_at: after(5),
        news,
    }
}

pub(super) fn progress(status: InteractionStatus) -> DeliveryEvent {
    event(News::Progress { status, details: None, effect: None })
}

pub(super) const MINUTE: SignedDuration = SignedDuration::from_mins(1);

#[test]
fn one_dispatcher_holds_a_message_until_its_lease_ends() {
    let mut message = claimed();
    let end = message.leased_until.unwrap();
    assert_eq!(message.claim(after(1)), Claim::NotBefore(end));
    assert!(!message.may_have_left());
    assert_eq!(message.claim(end), Claim::Taken);
    assert!(message.may_have_left(), "whoever held it vanished");
    assert_eq!(message.attempts, 2);
}

#[test]
fn a_lease_ends_when_the_message_is_due_anyway_if_that_is_about_then() {
    // When it is due, in seconds from when it is taken, and when the lease ends.
    for (due, ends) in [(-30, 90), (0, 90), (89, 90), (90, 90), (95, 95), (120, 120), (121, 90), (600, 90)] {
        let mut message = Interaction { due_at: Some(after(due)), ..text() };
        assert_eq!(message.claim(start()), Claim::Taken);
        assert_eq!((message.leased_until, message.due_at), (Some(after(ends)), Some(after(ends))), "{due}");
    }
}

#[test]
fn a_scheduled_message_is_not_taken_before_its_time() {
    let mut message = text();
    message.send_at = Some(after(60));
    assert_eq!(message.claim(after(59)), Claim::NotBefore(after(60)));
    assert_eq!(message.claim(after(60)), Claim::Taken);
}

#[test]
fn a_sent_message_is_done() {
    let mut message = claimed();
    message.sent(ProviderName::Twilio, receipt(), after(1));
    assert_eq!(message.state.status, Some(InteractionStatus::Attempted));
    assert_eq!((message.due_at, message.leased_until), (None, None));
    assert_eq!(message.claim(after(1000)), Claim::Done);
}

#[test]
fn a_refusal_is_tried_again_as_often_as_it_is_worth() {
    for (retry, attempts) in
        [(Retry::Never, 1), (Retry::Times(1), 2), (Retry::Times(3), 4), (Retry::WhileAllowed, 8)]
    {
        let mut message = text();
        let mut now = start();
        let mut taken = 0;
        while message.claim(now) == Claim::Taken {
            taken += 1;
            let over = message.refused(&refusal(retry), MINUTE, now);
            assert_eq!(over, message.due_at.is_none());
            assert_eq!(message.claim(now), if over { Claim::Done } else { Claim::NotBefore(now + MINUTE) });
            now += MINUTE;
        }
        assert_eq!(taken, attempts, "{retry:?}");
        assert_eq!(message.state.status, Some(InteractionStatus::Failed));
        assert_eq!(message.failure.as_ref().unwrap().code.as_deref(), Some("30003"));
        assert!(!message.may_have_left());
    }
}

#[test]
fn a_refusal_is_final_while_its_sender_waits_to_hear() {
    for (waited, is_final) in [(0, true), (9, true), (10, false), (60, false)] {
        for retry in [Retry::Never, Retry::Times(3), Retry::WhileAllowed] {
            let mut message = Interaction { awaited_until: Some(after(10)), ..claimed() };
            let over = message.refused(&refusal(retry), MINUTE, after(waited));
            assert_eq!(over, is_final || retry == Retry::Never, "{retry:?} after {waited} s");
        }
    }
}

#[test]
fn what_is_about_the_account_is_tried_again_as_often_as_the_channel_allows() {
    let mut message = claimed();
    let refusal = Refusal { about: About::Account, ..refusal(Retry::Never) };
    assert!(!message.refused(&refusal, MINUTE, start()));
    message.attempts = SendingChannel::Text.attempts();
    assert!(message.refused(&refusal, MINUTE, start()));
}

#[test]
fn an_unanswered_message_waits_for_its_lease_before_another_attempt() {
    let mut message = claimed();
    assert!(!message.unanswered("timeout", after(15)));
    let Claim::NotBefore(end) = message.claim(after(16)) else { panic!("taken") };
    assert_eq!(message.claim(end), Claim::Taken);
    assert!(message.may_have_left());
}

#[test]
fn a_message_whose_every_dispatcher_vanishes_fails_in_the_end() {
    let (mut message, mut now) = (text(), start());
    for _ in 0..SendingChannel::Text.attempts() {
        assert_eq!(message.claim(now), Claim::Taken);
        now = message.leased_until.unwrap();
    }
    assert!(message.may_have_left());
    assert_eq!(message.first_claimed_at(), Some(start()));
    assert_eq!(message.claim(now), Claim::Spent);
    assert_eq!((message.state.status, message.due_at), (Some(InteractionStatus::Failed), None));
    assert_eq!(message.claim(now), Claim::Done);
}

#[test]
fn a_provider_that_says_when_is_not_asked_sooner() {
    for (wait, due) in [(30, 60), (600, 600)] {
        let mut message = claimed();
        let retry = Retry::After(SignedDuration::from_secs(wait));
        let refusal = Refusal::new(About::Server, FailureReason::InvalidHttpResponse, retry, "busy");
        assert!(!message.refused(&refusal, MINUTE, start()));
        assert_eq!(message.due_at, Some(after(due)), "{wait}");
    }
}

#[test]
fn a_message_that_its_recipient_took_has_arrived() {
    let mut message = Interaction { channel: Channel::Webhook, ..claimed() };
    message.delivered(
        ProviderName::Endpoint,
        Receipt { reference: "IN-1-1".into(), segments: None },
        after(1),
    );
    assert_eq!((message.state.status, message.due_at), (Some(InteractionStatus::Succeeded), None));
    assert_eq!(message.timeline.last().map(|moment| moment.what), Some(Step::Delivered));
    assert_eq!(message.claim(after(2)), Claim::Done);
}

#[test]
fn an_event_settles_a_message_whose_dispatcher_vanished() {
    let mut message = claimed();
    assert!(settle(&mut message, &progress(InteractionStatus::Attempted)).moved);
    assert_eq!(message.reference.as_deref(), Some("SM1"));
    assert_eq!(message.claim(start() + Interaction::LEASE), Claim::Done, "nobody sends it again");
}

#[test]
fn a_late_failure_worth_a_retry_is_sent_again_and_then_fails() {
    let mut message = claimed();
    message.sent(ProviderName::Twilio, receipt(), after(1));
    let failed = event(News::Failed(refusal(Retry::Times(1))));
    let settled = settle(&mut message, &failed);
    assert_eq!((settled.moved, settled.failed), (true, false));
    assert!(!settle(&mut message, &failed).moved, "told twice, retried once");
    assert_eq!(message.claim(after(5)), Claim::NotBefore(after(65)));
    assert_eq!(message.claim(after(65)), Claim::Taken);
    message.sent(ProviderName::Twilio, Receipt { reference: "SM2".into(), segments: Some(1) }, after(66));
    assert!(!settle(&mut message, &failed).moved, "the first attempt's failure is not the second's");
    let second = DeliveryEvent { reference: "SM2".into(), ..failed };
    assert!(settle(&mut message, &second).failed);
    assert_eq!(message.state.details, Some(StatusDetails::TextDeviceUnreachable));
}

#[test]
fn only_a_message_nobody_took_can_be_called_off() {
    let mut waiting = text();
    assert!(waiting.cancel("batch canceled", None, after(1)));
    assert_eq!(waiting.claim(after(2)), Claim::Done);
    assert!(!claimed().cancel("batch canceled", None, after(1)));
}

#[test]
fn the_ledger_learns_how_far_a_message_got() {
    type Steps = fn(&mut Interaction);
    let cases: [(&str, Steps, Option<Outcome>); 8] = [
        ("waiting", |_| {}, Some(Outcome::Attempted)),
        ("called off before anybody took it", |m| assert!(m.cancel("batch", None, after(1))), None),
        ("stopped before anybody took it", |m| m.blocked(&forbidden(), after(1)), None),
        (
            "stopped after it was refused for now",
            |m| {
                m.claim(start());
                m.refused(&refusal(Retry::WhileAllowed), MINUTE, after(1));
                m.blocked(&forbidden(), after(2));
            },
            Some(Outcome::Failed),
        ),
        (
            "stopped after its dispatcher vanished",
            |m| {
                m.claim(start());
                m.blocked(&forbidden(), after(100));
            },
            Some(Outcome::Attempted),
        ),
        (
            "refused for good",
            |m| {
                m.claim(start());
                assert!(m.refused(&refusal(Retry::Never), MINUTE, after(1)));
            },
            Some(Outcome::Failed),
        ),
        (
            "sent",
            |m| {
                m.claim(start());
                m.sent(ProviderName::Twilio, receipt(), after(1));
            },
            Some(Outcome::Attempted),
        ),
        (
            "delivered",
            |m| {
                m.claim(start());
                m.asks(ProviderName::Twilio, None);
                settle(m, &progress(InteractionStatus::Succeeded));
            },
            Some(Outcome::Attempted),
        ),
    ];
    for (what, steps, expected) in cases {
        let mut message = text();
        steps(&mut message);
        assert_eq!(message.outcome(), expected, "{what}");
    }
}

#[test]
fn a_postponed_message_waits_for_its_new_time() {
    let mut message = text();
    message.postponed(after(3600), Some("US-REGF-TIME".into()), after(1));
    assert_eq!(message.state.status, Some(InteractionStatus::Scheduled));
    assert_eq!((message.send_at, message.due_at), (Some(after(3600)), Some(after(3600))));
    assert_eq!(message.claim(after(3599)), Claim::NotBefore(after(3600)));
    assert_eq!(message.claim(after(3600)), Claim::Taken);
    assert!(!message.may_have_left());
}

#[test]
fn a_postponed_message_whose_dispatcher_vanished_may_have_left() {
    let mut message = claimed();
    message.postponed(after(3600), None, after(100));
    assert_eq!(message.claim(after(3600)), Claim::Taken);
    assert!(message.may_have_left(), "the provider is asked before it is sent again");
}

proptest! {
    #[test]
    fn events_in_any_order_and_number_end_the_same(order in Just(vec![0usize, 0, 1, 1, 2]).prop_shuffle()) {
        let events = [
            progress(InteractionStatus::Attempted),
            progress(InteractionStatus::Succeeded),
            event(News::Progress { status: InteractionStatus::Attempted, details: None, effect: None }),
        ];
        let mut message = claimed();
        message.sent(ProviderName::Twilio, receipt(), after(1));
        for at in order {
            let before = message.clone();
            let settled = settle(&mut message, &events[at]);
            prop_assert!(settled.moved || before == message);
        }
        prop_assert_eq!(message.state.status, Some(InteractionStatus::Succeeded));
        prop_assert_eq!(message.due_at, None);
    }
}

#[test]
fn a_decision_that_tells_more_than_the_next_is_kept() {
    let decision = |allowed: bool| -> Decision {
        let json = serde_json::json!({ "allowed": allowed, "reasons": [], "evaluatedAt": start() });
        serde_json::from_value(json).unwrap()
    };
    let mut message = text();
    for (allowed, version) in [true, true, false, true, true, false].into_iter().zip(0..) {
        message.judged(decision(allowed), version);
    }
    let kept: Vec<_> = message.earlier_decisions.iter().map(|one| one.allowed).collect();
    assert_eq!((kept, message.ledger_version), (vec![true, false, true], 5));
    for n in 0..100 {
        message.judged(decision(n % 2 == 0), n);
    }
    assert_eq!(message.earlier_decisions.len(), Interaction::MAX_DECISIONS);
}
