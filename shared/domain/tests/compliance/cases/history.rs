//! Contacts that a limit counts, and contacts that it may not.

use domain::{
    compliance::rule::{Counts, Exemption, Period},
    id::Id,
    ledger::Outcome,
    person::ContactLabel,
    vocabulary::{Channel, Direction, Purpose, Theme},
};
use jiff::{SignedDuration, Timestamp};
use proptest::{option, prelude::*, sample::select};

use super::{LABELS, PURPOSES, REACHING, THEMES, Target, loan};
use crate::{naive::What, world::World};

const OUTCOMES: [Outcome; 5] =
    [Outcome::Attempted, Outcome::Connected, Outcome::Conversation, Outcome::NotConnected, Outcome::Failed];

/// A contact, as far as it differs from the message.
#[derive(Debug, Clone)]
pub struct Past {
    before: Before,
    outcome: Outcome,
    is_inbound: bool,
    channel: Option<Channel>,
    /// Its theme, and what was said besides.
    purpose: Option<(Theme, Option<Purpose>)>,
    label: Option<Option<ContactLabel>>,
    /// The message's, all or one of them.
    loan: Option<Option<usize>>,
    subject: Option<Option<&'static str>>,
    is_elsewhere: bool,
    exempt: Vec<Exemption>,
}

/// How long before the message; scheduled ones leave after it.
#[derive(Debug, Clone)]
enum Before {
    /// So many thousandths of the period.
    Share(i32),
    /// The period and so many seconds.
    Whole(i64),
}

impl Target {
    /// How long the limit in question counts a contact; a week, where hours are in question.
    pub fn period(&self) -> SignedDuration {
        match self.asks {
            What::Cap(n) => match self.rule.caps[n].period {
                Period::Minutes(minutes) => SignedDuration::from_mins(minutes.into()),
                Period::Hours(hours) => SignedDuration::from_hours(hours.into()),
                Period::Days(days) => SignedDuration::from_hours(24 * i64::from(days)),
            },
            What::Hours | What::Stop(_) | What::Consent | What::Forbidden(_) => {
                SignedDuration::from_hours(168)
            }
        }
    }
}

/// As many as the limit allows and one more, most of which count, all within 1.2 periods. Of many, most are within far
/// less, so that a limit of thirty is reached too.
pub fn around(target: &Target) -> impl Strategy<Value = Vec<Past>> + use<> {
    let cap = match target.asks {
        What::Cap(n) => Some(&target.rule.caps[n]),
        What::Hours | What::Stop(_) | What::Consent | What::Forbidden(_) => None,
    };
    let most = cap.map_or(0, |cap| usize::try_from(cap.most).unwrap() + 1);
    let counted = match cap.map(|cap| cap.counts) {
        Some(Counts::Attempts) | None => {
            vec![Outcome::Attempted, Outcome::Connected, Outcome::NotConnected, Outcome::Failed]
        }
        Some(Counts::Placed) => vec![Outcome::Attempted, Outcome::Connected],
        Some(Counts::Connected) => vec![Outcome::Connected],
        Some(Counts::Conversations) => vec![Outcome::Conversation],
    };
    let may_be_inbound = counted == [Outcome::Conversation];
    let channels = target.rule.channels.clone();
    let channels = if channels.is_empty() { REACHING.to_vec() } else { channels };
    let spreads = if most > 10 { vec![200, 200, 200, 1200] } else { vec![200, 900, 1200] };
    select(spreads).prop_flat_map(move |spread| {
        let before = prop_oneof![
            12 => (0..spread).prop_map(Before::Share),
            2 => (-spread / 2..0).prop_map(Before::Share),
            1 => (-1..=1i64).prop_map(Before::Whole),
            1 => (0..3600i64).prop_map(Before::Whole),
        ];
        let past = (
            before,
            select(counted.clone()),
            prop::bool::weighted(if may_be_inbound { 0.4 } else { 0.0 }),
            option::weighted(0.3, select(channels.clone())),
            option::weighted(0.2, Just(None)),
        );
        let past = past.prop_map(|(before, outcome, is_inbound, channel, loan)| Past {
            before,
            outcome,
            is_inbound,
            channel,
            // What a person calls about does not matter.
            purpose: is_inbound.then_some((Theme::InbServicing, None)),
            label: None,
            loan,
            subject: None,
            is_elsewhere: false,
            exempt: vec![],
        });
        proptest::collection::vec(past, most..=most)
    })
}

/// Any contact at all within a few days or weeks.
pub fn noise() -> impl Strategy<Value = Past> {
    let before = prop_oneof![6 => 0..1300, 2 => 0..5000, 1 => -1200..0].prop_map(Before::Share);
    let exempt = prop_oneof![
        4 => Just(vec![]),
        1 => select(vec![Exemption::PriorConsent, Exemption::Reply, Exemption::Attorney, Exemption::RequiredNotice, Exemption::OptOutConfirmation])
            .prop_map(|one| vec![one]),
    ];
    (
        (before, select(OUTCOMES.to_vec()), prop::bool::weighted(0.2), exempt),
        option::of(select(REACHING.to_vec())),
        option::weighted(0.3, (select(&THEMES[..]), option::of(select(&PURPOSES[..])))),
        option::weighted(0.3, option::weighted(0.8, select(LABELS.to_vec()))),
        option::of(option::of(0..2usize)),
        option::of(option::weighted(0.8, select(vec!["offer", "other"]))),
        prop::bool::weighted(0.2),
    )
        .prop_map(
            |(
                (before, outcome, is_inbound, exempt),
                channel,
                purpose,
                label,
                loan,
                subject,
                is_elsewhere,
            )| {
                Past {
                    before,
                    outcome,
                    is_inbound,
                    channel,
                    purpose,
                    label,
                    loan,
                    subject,
                    is_elsewhere,
                    exempt,
                }
            },
        )
}

impl Past {
    /// Writes it into the ledger of a person who is asked about at `at`.
    pub fn happen(&self, world: &mut World, at: Timestamp, period: SignedDuration) {
        let before = match self.before {
            Before::Share(share) => SignedDuration::from_secs(period.as_secs() * i64::from(share) / 1000),
            Before::Whole(seconds) => period + SignedDuration::from_secs(seconds),
        };
        let entry = world.sent(at - before, self.outcome);
        entry.direction = if self.is_inbound { Direction::Inbound } else { Direction::Outbound };
        entry.channel = self.channel.unwrap_or(entry.channel);
        if let Some(purpose) = self.purpose {
            (entry.theme, entry.purpose) = purpose;
        }
        entry.label = self.label.unwrap_or(entry.label);
        entry.exempt.clone_from(&self.exempt);
        if let Some(of) = self.loan {
            entry.loans = of.map(loan).into_iter().collect();
        }
        if let Some(subject) = self.subject {
            entry.subject = subject.map(|subject| subject.parse().unwrap());
        }
        if self.is_elsewhere {
            entry.contact = Some(Id::external("demo", "another number"));
        }
    }
}
