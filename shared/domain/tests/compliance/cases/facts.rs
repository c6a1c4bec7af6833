//! What else is known of a person, and what else a message may be.

use domain::{
    compliance::Nature,
    id::Id,
    ledger::Outcome,
    person::{
        Affiliation, Case, Consent, ConsentScope, ConsentStatus, Contact, ContactLabel, ContactTimes,
        ContactType, DoNotContact, PersonStatus,
    },
    schedule::Span,
    vocabulary::{CaseType, Channel, Direction, Purpose},
};
use jiff::{SignedDuration, Timestamp};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
};

use super::{Target, span};
use crate::{
    naive::{Known, What},
    world::{World, contact},
};

const SCOPES: [ConsentScope; 5] = [
    ConsentScope::Contact,
    ConsentScope::Work,
    ConsentScope::Autodialed,
    ConsentScope::Represented,
    ConsentScope::UnusualTime,
];

/// Something out of the ordinary.
#[derive(Debug, Clone)]
pub enum Fact {
    DoNotContact {
        hours: Option<i64>,
    },
    CaseForbids {
        hours: Option<i64>,
    },
    CaseOpen(CaseType),
    OptedOut,
    Status(PersonStatus),
    Attorney {
        is_recipient: bool,
    },
    /// What is sent to came back; without a name for it, no contact is left.
    Invalid {
        is_named: bool,
    },
    Another {
        affiliation: Affiliation,
        authorized: bool,
    },
    Times(ContactTimes),
    DaysPastDue([Option<u32>; 2]),
    Reply {
        minutes: i64,
    },
    Nature(Nature),
    /// Consent was taken back so many seconds ago, and perhaps this is to say that it was heard.
    Revoked {
        seconds: i64,
        is_confirmation: bool,
    },
    PriorConsent,
    AssumeNoon,
}

pub fn fact() -> impl Strategy<Value = Fact> {
    // A few of each are far beyond the two weeks in which a next instant is looked for.
    let hours = || option::weighted(0.9, prop_oneof![-10..72i64, 300..400i64]);
    let cases = vec![
        CaseType::Bankruptcy,
        CaseType::CeaseCommunication,
        CaseType::DisputeOfDebt,
        CaseType::DebtValidation,
        CaseType::Deceased,
        CaseType::IdentityTheft,
        CaseType::OfacSanctionedIndividual,
        CaseType::MilitaryDuty,
    ];
    let natures = vec![Nature::OneTimeCode, Nature::RequiredNotice];
    let times = (vec(span(), 0..2), vec(span(), 0..2));
    let past_due = option::of(select(vec![0, 30, 31, 90]));
    prop_oneof![
        2 => hours().prop_map(|hours| Fact::DoNotContact { hours }),
        2 => hours().prop_map(|hours| Fact::CaseForbids { hours }),
        2 => select(cases).prop_map(Fact::CaseOpen),
        2 => Just(Fact::OptedOut),
        2 => select(vec![PersonStatus::Inactive, PersonStatus::Deceased]).prop_map(Fact::Status),
        2 => any::<bool>().prop_map(|is_recipient| Fact::Attorney { is_recipient }),
        3 => any::<bool>().prop_map(|is_named| Fact::Invalid { is_named }),
        2 => (select(vec![Affiliation::Spouse, Affiliation::Other]), any::<bool>())
            .prop_map(|(affiliation, authorized)| Fact::Another { affiliation, authorized }),
        4 => times.prop_map(|(convenient, inconvenient)| Fact::Times(ContactTimes { convenient, inconvenient })),
        3 => [past_due.clone(), past_due].prop_map(Fact::DaysPastDue),
        2 => (0..30 * 60i64).prop_map(|minutes| Fact::Reply { minutes }),
        3 => select(natures).prop_map(Fact::Nature),
        3 => (0..500i64, any::<bool>())
            .prop_map(|(seconds, is_confirmation)| Fact::Revoked { seconds, is_confirmation }),
        2 => Just(Fact::PriorConsent),
        2 => Just(Fact::AssumeNoon),
    ]
}

/// Mostly all that rules ask for, then a few changes of mind, each at an instant of its own, before the first question.
pub fn consents(target: &Target) -> impl Strategy<Value = Vec<Consent>> + use<> {
    let without = matches!(target.asks, What::Cap(n) if target.rule.caps[n].without_consent);
    let given = subsequence(SCOPES[..4].to_vec(), 0..=4);
    let given = prop_oneof![4 => Just(SCOPES[..3].to_vec()), 2 => Just(SCOPES[..4].to_vec()), 1 => given, if without { 30 } else { 1 } => Just(vec![])];
    let change = (
        select(SCOPES.to_vec()),
        prop::bool::weighted(0.7),
        option::weighted(0.3, any::<bool>()),
        any::<bool>(),
    );
    (given, prop_oneof![2 => Just(vec![]), 1 => vec(change, 1..3)]).prop_map(|(given, changes)| {
        let given = given.into_iter().map(|scope| (scope, true, None, false));
        let records = given.chain(changes).zip(1..);
        records
            .map(|((scope, is_given, is_voice, is_elsewhere), day)| {
                let day = jiff::civil::date(2026, 1, 1).saturating_add(jiff::Span::new().days(day));
                let at = day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
                let channel = is_voice.map(|is_voice| if is_voice { Channel::Voice } else { Channel::Text });
                record(scope, is_given, channel, is_elsewhere, at)
            })
            .collect()
    })
}

fn record(
    scope: ConsentScope,
    is_given: bool,
    channel: Option<Channel>,
    is_elsewhere: bool,
    at: Timestamp,
) -> Consent {
    Consent {
        scope,
        channel,
        contact_id: is_elsewhere.then(|| Id::external("demo", "another number")),
        status: if is_given { ConsentStatus::Consented } else { ConsentStatus::Revoked },
        recorded_at: at,
        source: "agent".into(),
        wording: None,
    }
}

/// The contact that the message goes to: the first and only one of the channel's kind.
pub fn contact_for(world: &World) -> Option<usize> {
    let kind = kind_for(world.channel)?;
    world.person.contacts.iter().position(|contact| contact.contact_type == kind)
}

/// What a channel sends to.
fn kind_for(channel: Channel) -> Option<ContactType> {
    match channel {
        Channel::Voice | Channel::Text | Channel::Fax => Some(ContactType::Phone),
        Channel::Email => Some(ContactType::Email),
        Channel::Mail => Some(ContactType::Address),
        Channel::Push => Some(ContactType::Push),
        Channel::Chat
        | Channel::Gui
        | Channel::Document
        | Channel::Webhook
        | Channel::EventStream
        | Channel::Task => None,
    }
}

impl Fact {
    pub fn happen(self, world: &mut World, known: &mut Known, at: Timestamp) {
        let order = |hours: Option<i64>| DoNotContact {
            until: hours.map(|hours| at + SignedDuration::from_hours(hours)),
            reason: None,
        };
        // An address tells where the person is; it stays as it is.
        let used = known.contact.filter(|_| world.channel != Channel::Mail);
        match self {
            Self::DoNotContact { hours } => world.person.do_not_contact = Some(order(hours)),
            Self::CaseForbids { hours } => {
                world
                    .person
                    .cases
                    .push(Case { do_not_interact: Some(order(hours)), ..case(CaseType::Generic) });
            }
            Self::CaseOpen(kind) => world.person.cases.push(case(kind)),
            Self::OptedOut => world.person.communication_preference.opted_out = [world.channel].into(),
            Self::Status(status) => world.person.status = status,
            Self::Attorney { is_recipient } => {
                let kind = used.map_or(ContactType::Email, |n| world.person.contacts[n].contact_type);
                world.person.contacts.push(Contact {
                    affiliation: Affiliation::Attorney,
                    label: ContactLabel::Work,
                    ..contact(
                        kind,
                        if kind == ContactType::Phone { "+18885550123" } else { "law@example.com" },
                    )
                });
                if is_recipient && used.is_some() {
                    let last = world.person.contacts.len() - 1;
                    (world.contact, known.contact) = (Some(last), Some(last));
                }
            }
            Self::Invalid { is_named } => {
                // A number tells where the person is as long as it is valid or named; a toll-free one tells nothing.
                let tells = |n: usize| {
                    let known = &world.person.contacts[n];
                    known.contact_type == ContactType::Phone && !known.value.starts_with("+1800")
                };
                if let Some(used) = used.filter(|n| is_own(world, *n) && (is_named || !tells(*n))) {
                    world.person.contacts[used].valid = false;
                    known.contact = is_named.then_some(used);
                    world.contact = known.contact;
                }
            }
            Self::Another { affiliation, authorized } => {
                if let Some(used) = used.filter(|n| is_own(world, *n)) {
                    let theirs = &mut world.person.contacts[used];
                    (theirs.affiliation, theirs.authorized_third_party) = (affiliation, authorized);
                    (world.contact, known.contact) = (Some(used), Some(used));
                }
            }
            Self::Times(times) => world.person.contact_times = times,
            Self::DaysPastDue(days) => {
                world.person.loans.iter_mut().zip(days).for_each(|(loan, days)| loan.days_past_due = days);
            }
            Self::Reply { minutes } => {
                let entry = world.sent(at - SignedDuration::from_mins(minutes), Outcome::Connected);
                entry.direction = Direction::Inbound;
                let theirs = entry.at;
                let mut entries = world.ledger.contacts.iter();
                world.reply_to = entries.find(|(_, entry)| entry.at == theirs).map(|(id, _)| id.clone());
            }
            Self::Nature(nature) => world.nature = Some(nature),
            Self::Revoked { seconds, is_confirmation } => {
                // Only a message without marketing confirms an opt-out (47 CFR 64.1200(a)(12)), and none collects.
                if is_confirmation {
                    world.nature = Some(Nature::OptOutConfirmation);
                    world.purpose = Purpose::Servicing;
                }
                let at = at - SignedDuration::from_secs(seconds);
                world.person.consents.push(record(ConsentScope::Contact, false, None, false, at));
            }
            Self::PriorConsent => world.prior_consent = true,
            Self::AssumeNoon => world.assume_noon = true,
        }
    }
}

fn is_own(world: &World, contact: usize) -> bool {
    world.person.contacts[contact].affiliation == Affiliation::SelfPerson
}

fn case(case_type: CaseType) -> Case {
    Case {
        id: Id::external("demo", "case"),
        external_id: None,
        case_type,
        do_not_interact: None,
        attributes: serde_json::Map::new(),
    }
}

/// Leaves out what nobody who means well says together.
pub fn keep_apart(world: &mut World) {
    // What stops contact is no message to be answered.
    let newest = world.person.consents.iter().map(|record| record.recorded_at).max();
    let theirs = world.reply_to.as_ref().map(|id| world.ledger.contacts[id].at);
    if newest > theirs {
        world.reply_to = None;
    }
    let is_asked_for = world.prior_consent || world.reply_to.is_some() || world.nature.is_some();
    let times = &mut world.person.contact_times;
    if is_asked_for {
        times.convenient.clear();
    }
    // A margin before midnight depends on when the next day opens.
    let at_midnight = |span: &Span| span.from.minutes() < 60 || span.to.minutes() == 24 * 60;
    if times.convenient.iter().chain(&times.inconvenient).any(at_midnight) {
        world.profile.safety_margin_minutes = 0;
    }
}
