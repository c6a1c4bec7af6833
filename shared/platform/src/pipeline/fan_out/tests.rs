use domain::{
    delivery::{About, Receipt, Refusal, Retry},
    vocabulary::{FailureReason, ProviderName},
};

use super::*;

fn awaited() -> Interaction {
    let now = "2026-01-05T15:00:00Z".parse().unwrap();
    let outline = Outline {
        id: Id::new(1, [1; 10]),
        tenant: "demo".parse().unwrap(),
        person_id: None,
        channel: Channel::Text,
        direction: Direction::Outbound,
        theme: Theme::OpsServicing,
        trace_id: "1-0-0".into(),
    };
    let mut message = Interaction::begin(outline, Origin::Sent, now);
    message.let_go_unasked(now);
    message.claim(now);
    message
}

type Step<'a> = &'a dyn Fn(&mut Interaction);

#[test]
fn a_fate_is_how_far_the_message_is() {
    let now = awaited().created_at;
    let refusal =
        Refusal::new(About::Recipient, FailureReason::SmsNotSent, Retry::Never, "That is no number.");
    let sent = |m: &mut Interaction| {
        m.sent(ProviderName::Twilio, Receipt { reference: "SM1".into(), segments: None }, now);
    };
    let reason =
        serde_json::json!({ "ruleId": "contact", "code": "no_contact", "detail": "Do not contact." });
    let forbidden = serde_json::json!({ "allowed": false, "reasons": [reason], "evaluatedAt": now });
    let forbidden: Decision = serde_json::from_value(forbidden).unwrap();
    let cases: [(&str, Step<'_>, Fate); 5] = [
        ("held by a dispatcher", &|_| {}, Fate::UnderWay),
        ("sent", &sent, Fate::Left),
        (
            "refused by the provider",
            &|m| {
                m.refused(&refusal, SignedDuration::ZERO, now);
            },
            Fate::Ended("That is no number.".into()),
        ),
        (
            "without an answer of the provider",
            &|m| {
                m.unanswered("the connection closed", now);
            },
            Fate::UnderWay,
        ),
        (
            "forbidden at the last moment",
            &|m| m.blocked(&forbidden, now),
            Fate::Ended("Do not contact.".into()),
        ),
    ];
    for (which, step, fate) in cases {
        let mut message = awaited();
        step(&mut message);
        assert_eq!(Fate::of(&message), fate, "{which}");
    }
}
