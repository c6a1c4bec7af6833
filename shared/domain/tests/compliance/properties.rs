//! What holds for any person, place, history and instant.

use domain::{
    compliance::{Exemption, rule::Party},
    id::Id,
    ledger::Outcome,
    person::{ConsentScope, ConsentStatus, ContactLabel, ContactType},
    vocabulary::{Channel, Direction, Purpose},
};
use jiff::{SignedDuration, Timestamp};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::{
    naive::{Known, violations},
    world::{World, contact},
};

/// State or city, zones, jurisdictions.
type Place = (&'static str, &'static [&'static str], &'static [&'static str]);

const PLACES: [Place; 18] = [
    ("VT", &["America/New_York"], &["VT"]),
    ("TX", &["America/Chicago", "America/Denver"], &["TX"]),
    ("AZ", &["America/Phoenix", "America/Denver"], &["AZ"]),
    ("HI", &["Pacific/Honolulu"], &["HI"]),
    ("AK", &["America/Anchorage", "America/Adak"], &["AK"]),
    ("FL", &["America/New_York", "America/Chicago"], &["FL"]),
    ("NYC", &["America/New_York"], &["NY", "NYC"]),
    ("MA", &["America/New_York"], &["MA"]),
    ("WA", &["America/Los_Angeles"], &["WA"]),
    ("DC", &["America/New_York"], &["DC"]),
    ("RI", &["America/New_York"], &["RI"]),
    ("UT", &["America/Denver"], &["UT"]),
    ("PR", &["America/Puerto_Rico"], &["PR"]),
    ("GU", &["Pacific/Guam"], &["GU"]),
    ("WV", &["America/New_York"], &["WV"]),
    ("OK", &["America/Chicago"], &["OK"]),
    ("NH", &["America/New_York"], &["NH"]),
    ("ME", &["America/New_York"], &["ME"]),
];

/// Numbers, with what their area codes tell.
const PHONES: [Place; 5] = [
    ("+18005550123", &[], &[]),
    ("+13125550123", &["America/Chicago"], &["IL"]),
    ("+12125550123", &["America/New_York"], &["NY", "NYC"]),
    ("+18085550123", &["Pacific/Honolulu"], &["HI"]),
    ("+18505550123", &["America/New_York", "America/Chicago"], &["FL"]),
];

#[derive(Debug, Clone)]
struct Case {
    world: World,
    known: Known,
    at: Timestamp,
}

#[derive(Debug, Clone)]
struct Past {
    minutes_ago: i64,
    channel: Channel,
    outcome: Outcome,
    inbound: bool,
    loan: Option<usize>,
    label: Option<ContactLabel>,
    prior_consent: bool,
    subject: &'static str,
}

/// Mostly within the last days, some weeks back, a few scheduled.
fn past() -> impl Strategy<Value = Past> {
    let minutes_ago = prop_oneof![6 => 0..9 * 1440i64, 2 => 0..35 * 1440i64, 1 => -8 * 1440..0i64];
    let outcome = select(vec![
        Outcome::Attempted,
        Outcome::Attempted,
        Outcome::Connected,
        Outcome::Conversation,
        Outcome::NotConnected,
        Outcome::Failed,
    ]);
    let label = option::of(select(vec![ContactLabel::Personal, ContactLabel::Work]));
    let channel = select(vec![Channel::Voice, Channel::Text, Channel::Email, Channel::Mail]);
    let marks = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (minutes_ago, channel, outcome, option::of(0..2usize), label, marks, select(vec!["offer", "other"]))
        .prop_map(|(minutes_ago, channel, outcome, loan, label, marks, subject)| Past {
            minutes_ago,
            channel,
            outcome,
            inbound: marks.0 && marks.1,
            loan,
            label,
            prior_consent: marks.2 && marks.3,
            subject,
        })
}

fn add(world: &mut World, at: Timestamp, past: &Past) {
    let used = world.person.contacts[0].id.clone();
    let entry = world.sent(at - SignedDuration::from_mins(past.minutes_ago), past.outcome);
    entry.channel = past.channel;
    entry.direction = if past.inbound { Direction::Inbound } else { Direction::Outbound };
    entry.loans = past.loan.map(loan).into_iter().collect();
    entry.label = past.label;
    entry.contact = (past.channel != Channel::Email).then_some(used);
    entry.exempt = if past.prior_consent { vec![Exemption::PriorConsent] } else { vec![] };
    entry.subject = past.subject.parse().ok();
}

fn loan(n: usize) -> Id<domain::id::Loan> {
    Id::external("demo", ["L1", "L2"][n])
}

/// A question in 2027, to a person who consented to all that asks for it.
fn case(most: usize) -> impl Strategy<Value = Case> {
    let who = (
        select(PLACES.to_vec()),
        select(PHONES.to_vec()),
        option::weighted(0.2, select(vec!["America/Los_Angeles", "Asia/Tokyo"])),
        select(vec![Party::Creditor, Party::Collector, Party::DebtBuyer]),
        any::<bool>(),
        0u16..10,
    );
    let what = (
        select(vec![Channel::Voice, Channel::Text, Channel::Email, Channel::Mail]),
        select(vec![Purpose::Collections, Purpose::Collections, Purpose::Marketing]),
        vec(0..2usize, 0..3),
        any::<bool>(),
        any::<bool>(),
        select(vec![ContactLabel::Personal, ContactLabel::Work]),
    );
    // Seconds too, so that nothing rests on whole minutes.
    let second = 0..360 * 86_400i64;
    (who, what, second, vec(past(), 0..most)).prop_map(|(who, what, second, history)| {
        let (place, phone, stated, party, as_collector, margin) = who;
        let (channel, purpose, loans, autodialed, prior_consent, label) = what;
        let at = "2027-01-02T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second);
        let mut world =
            World { channel, purpose, autodialed, ..World::in_state(place.0, "UTC") }.consenting();
        world.consents(ConsentScope::Represented, ConsentStatus::Consented, "2026-01-01T00:00:00Z");
        world.person.time_zone = stated.map(str::to_owned);
        world.person.contacts[0] = contact(ContactType::Phone, phone.0);
        world.person.contacts.iter_mut().for_each(|contact| contact.label = label);
        world.profile.party = party;
        world.profile.first_party_as_collector = as_collector;
        world.profile.safety_margin_minutes = margin;
        world.prior_consent = prior_consent && autodialed;
        world.subject = Some("offer".parse().unwrap());
        let mut loans: Vec<_> = loans.into_iter().map(loan).collect();
        loans.dedup();
        world.loans = loans;
        for past in &history {
            add(&mut world, at, past);
        }
        let mut known = Known { zones: vec![], jurisdictions: vec!["US"] };
        known.zones.extend(place.1.iter().chain(phone.1));
        known.jurisdictions.extend(place.2.iter().chain(phone.2));
        if let Some(stated) = stated {
            known.zones = vec![stated];
        }
        Case { world, known, at }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_allowed_violates_no_rule_by_the_second_opinion(case in case(40)) {
        let decision = case.world.decide(case.at);
        let found = violations(&case.world, &case.known, case.at);
        if decision.allowed {
            prop_assert_eq!(found, Vec::<String>::new());
        } else {
            // The other way round, every violation is told, rule by rule.
            let told: Vec<_> = decision.reasons.iter().map(|reason| reason.rule_id.clone()).collect();
            for rule in found {
                prop_assert!(told.contains(&rule), "{rule} is not among {told:?}");
            }
        }
        if let Some(next) = decision.next_allowable_at {
            prop_assert_eq!(violations(&case.world, &case.known, next), Vec::<String>::new());
        }
    }

    #[test]
    fn more_history_never_allows_what_was_blocked(mut case in case(12), more in vec(past(), 1..6)) {
        let before = case.world.decide(case.at);
        for past in &more {
            add(&mut case.world, case.at, past);
        }
        let after = case.world.decide(case.at);
        prop_assert!(before.allowed || !after.allowed);
        let told: Vec<_> = after.reasons.iter().map(|reason| &reason.rule_id).collect();
        prop_assert!(before.reasons.iter().all(|reason| told.contains(&&reason.rule_id)));
    }

    #[test]
    fn one_zone_more_never_widens_a_window(mut case in case(6), phone in select(PHONES.to_vec())) {
        case.world.person.time_zone = None;
        let before = case.world.decide(case.at);
        case.world.person.contacts.push(domain::person::Contact {
            receive_text_messages: false,
            status: domain::person::ContactStatus::Additional,
            id: Id::external("demo", "one more"),
            ..contact(ContactType::Phone, phone.0)
        });
        let after = case.world.decide(case.at);
        prop_assert!(before.allowed || !after.allowed);
        if let (Some(before), Some(after)) = (before.next_allowable_at, after.next_allowable_at) {
            prop_assert!(before <= after);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_next_allowable_instant_is_allowed_and_no_minute_before_it_is(case in case(30)) {
        let rules = case.world.rules();
        let is_allowed = |at| case.world.decide_by(&rules, at).allowed;
        let decision = case.world.decide_by(&rules, case.at);
        if let Some(next) = decision.next_allowable_at {
            prop_assert!(is_allowed(next));
            prop_assert!(!is_allowed(next - SignedDuration::from_nanos(1)));
            // Each minute of the last three hours before it, and one in 13 of all those before.
            let mut at = next - SignedDuration::from_mins(1);
            let mut steps = 0;
            while at > case.at {
                prop_assert!(!is_allowed(at), "{at} is allowed, and {next} is said to be the first");
                steps += 1;
                at -= SignedDuration::from_mins(if steps < 180 { 1 } else { 13 });
            }
        } else if !decision.allowed {
            // None is said to be within 14 days: then none is.
            for minutes in (0..14 * 1440).step_by(47) {
                let at = case.at + SignedDuration::from_mins(minutes);
                prop_assert!(!is_allowed(at), "{at} is allowed, and nothing is said to be");
            }
        }
    }
}
