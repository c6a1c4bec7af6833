//! What else is known of a person, and what else a message may be.

use domain::schedule::Span;
use domain::{
    compliance::{Exemption, Nature},
    id::Id,
    ledger::Outcome,
    person::{
        Affiliation, Case, Consent, ConsentScope, ConsentStatus, Contact, ContactLabel, ContactStatus,
        ContactTimes, ContactType, DoNotContact, PersonStatus,
    },
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
    naive::{What, kind_for},
    world::{World, contact},
};

const SCOPES: [ConsentScope; 7] = [
    ConsentScope::Contact,
    ConsentScope::Work,
    ConsentScope::Autodialed,
    ConsentScope::Marketing,
    ConsentScope::Represented,
    ConsentScope::UnusualTime,
    ConsentScope::BusinessRelationship,
];

/// What a consent may be about: a number the person no longer has, and the e-mail address of everybody here.
const ELSEWHERE: [&str; 2] = ["another number", "john@example.com"];

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
    /// Of the message's channel, or of this one.
    OptedOut(Option<Channel>),
    Status(PersonStatus),
    Attorney {
        is_recipient: bool,
        is_valid: bool,
        is_former: bool,
    },
    /// What is sent to came back; without a name for it, no contact is left.
    Invalid {
        is_named: bool,
    },
    /// What is sent to is kept for the record only.
    Archived,
    /// A contact is named that the channel cannot reach.
    OfAnotherKind,
    /// The number takes no texts.
    NoTexts {
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
        /// What was revoked at another number, so many seconds after the person wrote.
        revoked: Option<(ConsentScope, i64)>,
    },
    Nature(Nature),
    /// Consent was taken back so many seconds ago, and perhaps this is to say that it was heard.
    Revoked {
        seconds: i64,
        is_confirmation: bool,
        /// Whether it says nothing else.
        is_plain: bool,
        /// Whether it was said before.
        is_repeated: bool,
    },
    /// The person is dead, and somebody else is written to.
    Estate {
        affiliation: Affiliation,
        authorized: bool,
        is_plain: bool,
    },
    PriorConsent,
    AssumeNoon {
        /// When the person is best reached.
        convenient: Vec<Span>,
    },
}

/// A few or none; where a rule yields to the times a person named, those too.
pub fn facts(target: &Target) -> impl Strategy<Value = Vec<Fact>> + use<> {
    let some = prop_oneof![3 => Just(vec![]), 2 => vec(fact(), 1..4)];
    let stated = option::weighted(if target.yields() { 0.6 } else { 0.02 }, times());
    (some, stated).prop_map(|(some, stated)| stated.into_iter().chain(some).collect())
}

fn times() -> impl Strategy<Value = Fact> {
    (vec(span(), 0..2), vec(span(), 0..2))
        .prop_map(|(convenient, inconvenient)| Fact::Times(ContactTimes { convenient, inconvenient }))
}

fn fact() -> impl Strategy<Value = Fact> {
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
    let past_due = option::of(select(vec![0, 30, 31, 90]));
    prop_oneof![
        2 => hours().prop_map(|hours| Fact::DoNotContact { hours }),
        2 => hours().prop_map(|hours| Fact::CaseForbids { hours }),
        2 => select(cases).prop_map(Fact::CaseOpen),
        2 => option::of(select(vec![Channel::Voice, Channel::Text, Channel::Email])).prop_map(Fact::OptedOut),
        2 => select(vec![PersonStatus::Inactive, PersonStatus::Deceased]).prop_map(Fact::Status),
        3 => (any::<bool>(), any::<bool>(), prop::bool::weighted(0.2))
            .prop_map(|(is_recipient, is_valid, is_former)| Fact::Attorney { is_recipient, is_valid, is_former }),
        3 => any::<bool>().prop_map(|is_named| Fact::Invalid { is_named }),
        1 => Just(Fact::Archived),
        1 => Just(Fact::OfAnotherKind),
        1 => any::<bool>().prop_map(|is_named| Fact::NoTexts { is_named }),
        2 => (select(vec![Affiliation::Spouse, Affiliation::Other]), any::<bool>())
            .prop_map(|(affiliation, authorized)| Fact::Another { affiliation, authorized }),
        2 => (select(vec![Affiliation::Spouse, Affiliation::Attorney]), any::<bool>(), any::<bool>())
            .prop_map(|(affiliation, authorized, is_plain)| Fact::Estate { affiliation, authorized, is_plain }),
        4 => times(),
        3 => [past_due.clone(), past_due].prop_map(Fact::DaysPastDue),
        4 => (0..30 * 60i64, option::weighted(0.3, (select(SCOPES.to_vec()), -2..=2i64)))
            .prop_map(|(minutes, revoked)| Fact::Reply { minutes, revoked }),
        3 => select(natures).prop_map(Fact::Nature),
        4 => (0..500i64, prop::bool::weighted(0.7), prop::bool::weighted(0.8), prop::bool::weighted(0.3))
            .prop_map(|(seconds, is_confirmation, is_plain, is_repeated)| Fact::Revoked {
                seconds,
                is_confirmation,
                is_plain,
                is_repeated,
            }),
        2 => Just(Fact::PriorConsent),
        4 => vec(span(), 0..2).prop_map(|convenient| Fact::AssumeNoon { convenient }),
    ]
}

/// Mostly all that rules ask for, then a few changes of mind, a day apart or at the same instant, before the first
/// question; told in any order.
pub fn consents(target: &Target) -> impl Strategy<Value = Vec<Consent>> + use<> {
    let without = matches!(target.asks, What::Cap(n) if target.rule.caps[n].without_consent);
    let given = subsequence(SCOPES[..5].to_vec(), 0..=5);
    let given = prop_oneof![4 => Just(SCOPES[..4].to_vec()), 2 => Just(SCOPES[..5].to_vec()), 1 => given, if without { 30 } else { 1 } => Just(vec![])];
    let change = (
        select(SCOPES.to_vec()),
        prop::bool::weighted(0.7),
        option::weighted(0.3, any::<bool>()),
        option::of(select(&ELSEWHERE[..])),
        0..2i64,
    );
    let records =
        (given, prop_oneof![2 => Just(vec![]), 1 => vec(change, 1..3)]).prop_map(|(given, changes)| {
            let given = given.into_iter().map(|scope| (scope, true, None, None, 0));
            let mut at = jiff::civil::date(2026, 1, 1).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
            let records = given.chain(changes).map(|(scope, is_given, is_voice, elsewhere, days_later)| {
                at += SignedDuration::from_hours(24 * days_later);
                let channel = is_voice.map(|is_voice| if is_voice { Channel::Voice } else { Channel::Text });
                consent(scope, is_given, channel, elsewhere, at)
            });
            records.collect::<Vec<_>>()
        });
    records.prop_shuffle()
}

fn consent(
    scope: ConsentScope,
    is_given: bool,
    channel: Option<Channel>,
    elsewhere: Option<&'static str>,
    at: Timestamp,
) -> Consent {
    Consent {
        scope,
        channel,
        contact_id: elsewhere.map(|value| Id::external("demo", value)),
        status: if is_given { ConsentStatus::Consented } else { ConsentStatus::Revoked },
        recorded_at: at,
        source: "agent".into(),
        wording: None,
        provisional: false,
        repeated_at: None,
    }
}

/// The contact that the message goes to: the one that is named, or else the only one of the person's own that will do.
pub fn used(world: &World) -> Option<usize> {
    let kind = kind_for(world.channel);
    world.contact.or(world.person.contacts.iter().position(|contact| {
        Some(contact.contact_type) == kind
            && contact.affiliation == Affiliation::SelfPerson
            && contact.valid
            && (world.channel != Channel::Text || contact.receive_text_messages)
    }))
}

impl Fact {
    pub fn happen(self, world: &mut World, at: Timestamp) {
        let order = |hours: Option<i64>| DoNotContact {
            until: hours.map(|hours| at + SignedDuration::from_hours(hours)),
            reason: None,
        };
        let used = used(world);
        match self {
            Self::DoNotContact { hours } => world.person.do_not_contact = Some(order(hours)),
            Self::CaseForbids { hours } => {
                world
                    .person
                    .cases
                    .push(Case { do_not_interact: Some(order(hours)), ..case(CaseType::Generic) });
            }
            Self::CaseOpen(kind) => world.person.cases.push(case(kind)),
            Self::OptedOut(channel) => {
                world.person.communication_preference.opted_out = [channel.unwrap_or(world.channel)].into();
            }
            Self::Status(status) => world.person.status = status,
            Self::Attorney { is_recipient, is_valid, is_former } => {
                let kind = kind_for(world.channel).unwrap_or(ContactType::Email);
                let value = if kind == ContactType::Phone { "+18885550123" } else { "law@example.com" };
                world.person.contacts.push(Contact {
                    affiliation: Affiliation::Attorney,
                    label: ContactLabel::Work,
                    valid: is_valid,
                    status: if is_former { ContactStatus::Archived } else { ContactStatus::Primary },
                    ..contact(kind, value)
                });
                if is_recipient {
                    world.contact = Some(world.person.contacts.len() - 1);
                }
            }
            Self::Invalid { is_named } => {
                if let Some(used) = used {
                    world.person.contacts[used].valid = false;
                    world.contact = world.contact.or(is_named.then_some(used));
                }
            }
            Self::Archived => {
                if let Some(used) = used {
                    world.person.contacts[used].status = ContactStatus::Archived;
                    world.contact = Some(used);
                }
            }
            Self::OfAnotherKind => world.contact = Some((used.unwrap_or_default() + 1) % 3),
            Self::NoTexts { is_named } => {
                world.person.contacts[0].receive_text_messages = false;
                if is_named && world.channel == Channel::Text {
                    world.contact = Some(0);
                }
            }
            Self::Another { affiliation, authorized } => {
                if let Some(used) = used {
                    let theirs = &mut world.person.contacts[used];
                    (theirs.affiliation, theirs.authorized_third_party) = (affiliation, authorized);
                    world.contact = Some(used);
                }
            }
            Self::Estate { affiliation, authorized, is_plain } => {
                world.person.status = PersonStatus::Deceased;
                if is_plain {
                    (world.theme, world.purpose) = (None, Purpose::Servicing);
                }
                Self::Another { affiliation, authorized }.happen(world, at);
            }
            Self::Times(times) => world.person.contact_times = times,
            Self::DaysPastDue(days) => {
                world.person.loans.iter_mut().zip(days).for_each(|(loan, days)| loan.days_past_due = days);
            }
            Self::Reply { minutes, revoked } => {
                let entry = world.sent(at - SignedDuration::from_mins(minutes), Outcome::Connected);
                entry.direction = Direction::Inbound;
                let theirs = entry.at;
                let revoked = revoked.map(|(scope, seconds)| {
                    consent(
                        scope,
                        false,
                        None,
                        Some(ELSEWHERE[0]),
                        theirs + SignedDuration::from_secs(seconds),
                    )
                });
                world.person.consents.extend(revoked);
                let mut entries = world.ledger.contacts.iter();
                world.reply_to = entries.find(|(_, entry)| entry.at == theirs).map(|(id, _)| id.clone());
            }
            Self::Nature(nature) => world.nature = Some(nature),
            Self::Revoked { seconds, is_confirmation, is_plain, is_repeated } => {
                let revoked = at - SignedDuration::from_secs(seconds);
                if is_repeated {
                    world.sent(revoked, Outcome::Attempted).exempt = vec![Exemption::OptOutConfirmation];
                }
                if is_confirmation {
                    world.nature = Some(Nature::OptOutConfirmation);
                    if is_plain {
                        (world.theme, world.purpose) = (None, Purpose::Servicing);
                    }
                }
                world.person.consents.push(consent(ConsentScope::Contact, false, None, None, revoked));
            }
            Self::PriorConsent => world.prior_consent = true,
            Self::AssumeNoon { convenient } => {
                world.assume_noon = true;
                world.person.contact_times.convenient.extend(convenient);
            }
        }
    }
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
