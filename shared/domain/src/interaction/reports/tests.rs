//! Which reports count, and for what.

use super::*;
use crate::{
    delivery::{Receipt, Refusal},
    interaction::tests::{MINUTE, after, claimed, event, progress, receipt, refusal, start, text},
    vocabulary::StatusDetails,
};

const TWILIO: ProviderName = ProviderName::Twilio;
const SENDGRID: ProviderName = ProviderName::Sendgrid;

fn account(name: &str) -> Option<Account> {
    serde_json::from_value(serde_json::json!(name)).ok()
}

fn told(provider: ProviderName, reference: &str, news: News) -> DeliveryEvent {
    DeliveryEvent { provider, reference: reference.into(), ..event(news) }
}

fn arrived() -> News {
    progress(InteractionStatus::Succeeded).news
}

fn failed(effect: ContactEffect) -> News {
    News::Failed(Refusal { effect: Some(effect), ..refusal(Retry::Never) })
}

/// Taken by Twilio, and known there as `SM1`.
fn sent() -> Interaction {
    let mut message = claimed();
    message.account = account("twilio:1");
    message.sent(TWILIO, receipt(), after(1));
    message
}

/// Taken once more, by another account, after the first attempt failed; there known as `SM2`, if it has answered.
fn sent_again(answered: bool) -> Interaction {
    let mut message = sent();
    let lost = told(TWILIO, "SM1", News::Failed(refusal(Retry::Times(1))));
    assert!(message.settle(&lost, MINUTE, after(10)).unwrap().moved);
    message.claim(after(100));
    message.asks(TWILIO, account("twilio:2"));
    if answered {
        message.sent(TWILIO, Receipt { reference: "SM2".into(), segments: None }, after(101));
    }
    message
}

/// Refused by one provider and taken by the next.
fn taken_over() -> Interaction {
    let mut message = claimed();
    assert!(!message.refused(&refusal(Retry::WhileAllowed), MINUTE, after(1)));
    message.claim(after(100));
    message.asks(SENDGRID, account("sendgrid:1"));
    message.sent(SENDGRID, Receipt { reference: "zzz".into(), segments: None }, after(101));
    message
}

#[test]
fn a_report_that_cannot_be_about_a_message_changes_nothing() {
    let scheduled = || Interaction { send_at: Some(after(3_600)), ..text() };
    let waiting_with_a_provider = || Interaction { provider: Some(SENDGRID.to_string()), ..text() };
    let cases: [(&str, Interaction, DeliveryEvent); 9] = [
        ("nobody took it", text(), told(TWILIO, "SM1", arrived())),
        ("it waits for its time", scheduled(), told(SENDGRID, "zzz", arrived())),
        ("it was never claimed", waiting_with_a_provider(), told(SENDGRID, "zzz", arrived())),
        ("another provider has it", claimed(), told(SENDGRID, "zzz", arrived())),
        ("another provider has it, and the name is the same", sent(), told(SENDGRID, "SM1", arrived())),
        ("another provider's, without a name", sent(), told(SENDGRID, "", failed(ContactEffect::Invalid))),
        ("another message of the provider's", sent(), told(TWILIO, "SM9", failed(ContactEffect::Invalid))),
        ("another message of the provider's arrived", sent(), told(TWILIO, "SM9", arrived())),
        ("a provider that was never asked", taken_over(), told(ProviderName::Ses, "x", arrived())),
    ];
    for (what, mut message, event) in cases {
        let before = message.clone();
        assert_eq!(message.settle(&event, MINUTE, after(200)), None, "{what}");
        assert_eq!(message, before, "{what}");
    }
}

#[test]
fn a_report_counts_as_far_as_it_is_about_the_last_attempt() {
    use ContactEffect::{CannotReceiveTexts, Invalid, OptedOut};
    let answer_lost = || Interaction { account: account("twilio:1"), ..claimed() };
    let delivered = || {
        let mut message = sent();
        assert!(message.settle(&told(TWILIO, "SM1", arrived()), MINUTE, after(50)).unwrap().moved);
        message
    };
    let first = || account("twilio:1");
    let (second, next) = (account("twilio:2"), account("sendgrid:1"));
    for (what, mut message, event, moved, effect, account) in [
        ("the answer was lost", answer_lost(), told(TWILIO, "SM1", arrived()), true, None, first()),
        ("it arrived", sent(), told(TWILIO, "SM1", arrived()), true, None, first()),
        ("it failed", sent(), told(TWILIO, "SM1", failed(Invalid)), true, Some(Invalid), first()),
        (
            "it failed, by our id alone",
            sent(),
            told(TWILIO, "", failed(Invalid)),
            true,
            Some(Invalid),
            first(),
        ),
        // The same address, whatever the state may be.
        (
            "too late to fail",
            delivered(),
            told(TWILIO, "SM1", failed(Invalid)),
            false,
            Some(Invalid),
            first(),
        ),
        ("the first attempt arrived", sent_again(true), told(TWILIO, "SM1", arrived()), true, None, None),
        (
            "the first attempt failed",
            sent_again(true),
            told(TWILIO, "SM1", failed(Invalid)),
            false,
            None,
            None,
        ),
        (
            "its recipient wants no more",
            sent_again(true),
            told(TWILIO, "SM1", failed(OptedOut)),
            false,
            Some(OptedOut),
            None,
        ),
        (
            "the second attempt failed",
            sent_again(true),
            told(TWILIO, "SM2", failed(CannotReceiveTexts)),
            true,
            Some(CannotReceiveTexts),
            second,
        ),
        ("the second's answer was lost", sent_again(false), told(TWILIO, "SM2", arrived()), true, None, None),
        ("the next provider's", taken_over(), told(SENDGRID, "zzz", arrived()), true, None, next),
        (
            "the first provider sent it after all",
            taken_over(),
            told(TWILIO, "SM1", arrived()),
            true,
            None,
            None,
        ),
        ("the first provider did not", taken_over(), told(TWILIO, "SM1", failed(Invalid)), false, None, None),
    ] {
        let settled = message.settle(&event, MINUTE, after(200)).unwrap_or_else(|| panic!("{what}"));
        let found = (settled.moved, settled.effect, settled.account);
        assert_eq!(found, (moved, effect, account), "{what}");
    }
}

#[test]
fn a_report_happened_between_the_claim_and_now_whatever_it_says() {
    let (taken, now) = (start(), after(60));
    for (says, expected) in [
        (Timestamp::UNIX_EPOCH, taken),
        (Timestamp::MIN, taken),
        (after(-1), taken),
        (after(30), after(30)),
        (after(61), now),
        (Timestamp::MAX, now),
    ] {
        for news in [arrived(), News::Failed(refusal(Retry::Never)), News::Failed(refusal(Retry::Times(3)))] {
            let mut message = claimed();
            let event = DeliveryEvent { occurred_at: says, ..event(news.clone()) };
            let settled = message.settle(&event, MINUTE, now).unwrap();
            assert_eq!((settled.at, message.updated_at), (expected, expected), "{says} {news:?}");
            assert_eq!(message.timeline.last().map(|moment| moment.at), Some(expected), "{says} {news:?}");
            assert!(message.due_at.is_none_or(|at| at == expected + MINUTE), "{says} {news:?}");
        }
    }
}

#[test]
fn every_provider_that_was_asked_is_kept_once_and_the_last_account() {
    let mut message = taken_over();
    message.asks(SENDGRID, account("sendgrid:2"));
    assert_eq!(message.asked, [TWILIO, SENDGRID]);
    assert_eq!(
        (message.provider.as_deref(), message.account.clone()),
        (Some("sendgrid"), account("sendgrid:2"))
    );
    message.erase(after(500));
    let late = DeliveryEvent { occurred_at: after(600), ..told(SENDGRID, "zzz", arrived()) };
    assert!(message.settle(&late, MINUTE, after(601)).unwrap().moved, "whoever was erased is told of still");
    assert_eq!(message.state.details, None::<StatusDetails>);
}
