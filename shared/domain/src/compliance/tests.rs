//! The guard as a specification: what stops a message, with which code, and until when.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::{
    id::Id,
    ledger::{Ledger, LedgerEntry, Outcome},
    person::{
        Case, CommunicationPreference, Consent, ConsentScope, ConsentStatus, Contact, ContactLabel,
        ContactType, DoNotContact, Person, PersonStatus,
    },
    tenant::Settings,
    vocabulary::{CaseType, Channel, Direction, Purpose, Subject, Theme},
};

pub(super) fn now() -> Timestamp {
    "2026-01-05T15:00:00Z".parse().unwrap()
}

pub(super) fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn contact(kind: ContactType, value: &str) -> Contact {
    Contact { receive_text_messages: true, ..Contact::new(Id::external("demo", value), kind, value) }
}

pub(super) fn john() -> Person {
    let mut john = Person::new(Id::external("demo", "john"), None, now());
    john.contacts =
        vec![contact(ContactType::Email, "john@example.com"), contact(ContactType::Phone, "+13125550123")];
    john
}

pub(super) fn reminder() -> Subject {
    "payment_reminder".parse().unwrap()
}

pub(super) fn decide_for(
    person: &Person,
    channel: Channel,
    ledger: &Ledger,
    settings: &Settings,
    at: Timestamp,
) -> Decision {
    let subject = reminder();
    let rules = RuleSet::for_tenant(settings);
    let facts = Facts {
        subject: Some(&subject),
        theme: Some(Theme::OpsServicing),
        ..Facts::new(&rules, person, channel, ledger)
    };
    decide(&facts, at)
}

fn codes(person: &Person, channel: Channel) -> Vec<&'static str> {
    let decision = decide_for(person, channel, &Ledger::default(), &Settings::default(), now());
    assert_eq!(decision.allowed, decision.reasons.is_empty());
    decision.reasons.iter().map(|reason| reason.code.as_str()).collect()
}

#[test]
fn a_borrower_with_nothing_against_it_may_be_written_to() {
    assert_eq!(codes(&john(), Channel::Email), Vec::<&str>::new());
    assert_eq!(codes(&john(), Channel::Text), Vec::<&str>::new());
}

#[test]
fn every_stop_has_its_code_and_all_of_them_are_told() {
    type Change = fn(&mut Person);
    let order = || Some(DoNotContact { until: None, reason: Some("asked by phone".into()) });
    let cases: [(&[&str], Change); 9] = [
        (&["do_not_contact"], |p| p.do_not_contact = Some(DoNotContact { until: None, reason: None })),
        (&["channel_opted_out"], |p| p.communication_preference = opted_out(Channel::Email)),
        (&[], |p| p.communication_preference = opted_out(Channel::Text)),
        (&["person_inactive"], |p| p.status = PersonStatus::Inactive),
        (&["person_deceased"], |p| p.status = PersonStatus::Deceased),
        (&["case_do_not_interact"], |p| {
            p.cases.push(Case {
                id: Id::external("demo", "b1"),
                external_id: None,
                case_type: CaseType::Bankruptcy,
                do_not_interact: Some(DoNotContact { until: None, reason: None }),
                attributes: serde_json::Map::new(),
            });
        }),
        (&["no_contact"], |p| p.contacts.clear()),
        (&["no_contact"], |p| p.contacts[0].valid = false),
        (&["consent_revoked"], |p| p.consents.push(consent(Some(Channel::Email), ConsentStatus::Revoked, 0))),
    ];
    for (at, (expected, change)) in cases.iter().enumerate() {
        let mut person = john();
        change(&mut person);
        assert_eq!(codes(&person, Channel::Email), *expected, "case {at}");
    }
    let mut both = john();
    both.do_not_contact = order();
    both.communication_preference = opted_out(Channel::Email);
    // The document's own example.
    assert_eq!(codes(&both, Channel::Email), ["do_not_contact", "channel_opted_out"]);
}

fn opted_out(channel: Channel) -> CommunicationPreference {
    CommunicationPreference { opted_out: [channel].into(), preferred: None }
}

pub(super) fn consent(channel: Option<Channel>, status: ConsentStatus, minute: i64) -> Consent {
    Consent {
        scope: ConsentScope::Contact,
        channel,
        contact_id: None,
        status,
        recorded_at: now() + SignedDuration::from_mins(minute),
        source: "agent".into(),
        wording: None,
        provisional: false,
        repeated_at: None,
    }
}

#[test]
fn the_newest_consent_record_that_applies_decides() {
    use ConsentStatus::{Consented, Revoked};
    let other = Some(Id::external("demo", "another contact"));
    for (records, blocked) in [
        (vec![], false),
        (vec![consent(None, Revoked, 0)], true),
        (vec![consent(None, Revoked, 0), consent(None, Consented, 1)], false),
        (vec![consent(None, Consented, 1), consent(None, Revoked, 0)], false),
        // Of two of the same instant, the revocation.
        (vec![consent(None, Consented, 0), consent(None, Revoked, 0)], true),
        (vec![consent(None, Revoked, 0), consent(None, Consented, 0)], true),
        (vec![consent(Some(Channel::Text), Revoked, 0)], false),
        (vec![Consent { contact_id: other, ..consent(None, Revoked, 0) }], false),
    ] {
        let mut person = john();
        person.consents = records.clone();
        assert_eq!(codes(&person, Channel::Email) == ["consent_revoked"], blocked, "{records:?}");
    }
}

#[test]
fn an_order_with_an_end_blocks_until_then_and_says_so() {
    let until = now() + hours(48);
    let mut person = john();
    person.do_not_contact = Some(DoNotContact { until: Some(until), reason: None });
    let at = |at| decide_for(&person, Channel::Email, &Ledger::default(), &Settings::default(), at);
    assert_eq!(at(now()).next_allowable_at, Some(until));
    assert!(!at(until - SignedDuration::from_secs(1)).allowed);
    assert!(at(until).allowed, "half-open: the instant it ends is free");

    person.status = PersonStatus::Inactive;
    let both = decide_for(&person, Channel::Email, &Ledger::default(), &Settings::default(), now());
    assert_eq!(both.next_allowable_at, None, "one reason without an end leaves no next time");
}

pub(super) fn ledger_with(subject: &str, at: Timestamp, direction: Direction) -> Ledger {
    let mut ledger = Ledger::default();
    let entry = LedgerEntry {
        at,
        channel: Channel::Text,
        direction,
        subject: subject.parse().ok(),
        theme: Theme::OpsServicing,
        purpose: None,
        loans: Vec::new(),
        contact: None,
        label: None,
        outcome: Outcome::Attempted,
        exempt: Vec::new(),
    };
    ledger.enter(Id::external("demo", "earlier"), entry, now());
    ledger
}

#[test]
fn a_second_message_of_the_same_type_waits_for_the_tenants_hours() {
    use Direction::{Inbound, Outbound};
    for (subject, direction, suppression_hours, hours_between, allowed) in [
        ("payment_reminder", Outbound, 24, 0, false),
        ("payment_reminder", Outbound, 24, 23, false),
        ("payment_reminder", Outbound, 24, 24, true),
        ("payment_reminder", Outbound, 24, -1, false),
        ("payment_reminder", Outbound, 24, -24, true),
        ("payment_reminder", Outbound, 1, 1, true),
        ("payment_reminder", Outbound, 0, 0, true),
        ("payment_reminder", Inbound, 24, 0, true),
        ("welcome", Outbound, 24, 0, true),
    ] {
        let settings = Settings { suppression_hours, ..Settings::default() };
        let ledger = ledger_with(subject, now(), direction);
        let at = now() + hours(hours_between);
        let decision = decide_for(&john(), Channel::Email, &ledger, &settings, at);
        assert_eq!(
            decision.allowed, allowed,
            "{subject} {direction} {suppression_hours} h, {hours_between} h later"
        );
        if !allowed {
            assert_eq!(decision.reasons[0].code, ReasonCode::RecentlyContacted);
            assert_eq!(decision.next_allowable_at, Some(now() + hours(suppression_hours.into())));
        }
    }
}

#[test]
fn a_message_is_not_blocked_by_its_own_place_in_the_ledger() {
    let ledger = ledger_with("payment_reminder", now(), Direction::Outbound);
    let (rules, person, subject) = (RuleSet::for_tenant(&Settings::default()), john(), reminder());
    let own = Id::external("demo", "earlier");
    let facts = Facts {
        subject: Some(&subject),
        interaction: Some(&own),
        ..Facts::new(&rules, &person, Channel::Email, &ledger)
    };
    assert!(decide(&facts, now()).allowed);
}

#[test]
fn codes_confirmations_and_replies_are_not_suppressed() {
    let (rules, person) = (RuleSet::for_tenant(&Settings::default()), john());
    let theirs = Id::external("demo", "theirs");
    for (subject, reply_to, allowed) in [
        ("oneTimeCode", None, true),
        ("payment_reminder", None, false),
        ("payment_reminder", Some(&theirs), true),
    ] {
        let mut ledger = ledger_with(subject, now(), Direction::Outbound);
        let inbound = ledger_with(subject, now(), Direction::Inbound).contacts.into_values();
        ledger.contacts.extend(inbound.map(|entry| (theirs.clone(), entry)));
        let about: Subject = subject.parse().unwrap();
        let base = Facts::new(&rules, &person, Channel::Text, &ledger);
        let circumstances = Circumstances { reply_to: reply_to.cloned(), ..Circumstances::default() };
        let decision = decide(&Facts { subject: Some(&about), circumstances: &circumstances, ..base }, now());
        assert_eq!(decision.allowed, allowed, "{subject} {reply_to:?}");
    }
}

#[test]
fn a_message_takes_its_place_with_all_that_rules_count() {
    let (rules, person, ledger) = (RuleSet::for_tenant(&Settings::default()), john(), Ledger::default());
    let notice: Subject = "debtValidationNotice".parse().unwrap();
    let circumstances = Circumstances {
        prior_consent: true,
        purpose: Some(Purpose::Collections),
        ..Circumstances::default()
    };
    let facts = Facts {
        subject: Some(&notice),
        circumstances: &circumstances,
        ..Facts::new(&rules, &person, Channel::Text, &ledger)
    };
    let entry = facts.entry(Theme::OpsServicingDebtValidation, now());
    assert_eq!(entry.purposes(), [Purpose::Servicing, Purpose::Collections]);
    assert_eq!((entry.at, entry.channel, entry.direction), (now(), Channel::Text, Direction::Outbound));
    assert_eq!(entry.contact.as_ref(), Some(&person.contacts[1].id));
    assert_eq!(entry.label, Some(ContactLabel::Personal));
    assert_eq!(entry.exempt, [Exemption::RequiredNotice, Exemption::PriorConsent]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn more_history_never_allows_even_where_the_ledger_is_full(
        before in proptest::collection::vec((any::<bool>(), 0i64..1400), 1..30),
        more in proptest::collection::vec((any::<bool>(), 0i64..1400), 1..30),
    ) {
        let rules = RuleSet::for_tenant(&Settings::default());
        let (person, mut ledger) = (john(), Ledger::default());
        let entry = |collects, hours_ago| LedgerEntry {
            at: now() - hours(hours_ago),
            channel: Channel::Voice,
            theme: if collects { Theme::OpsCollDebt } else { Theme::OpsServicing },
            ..ledger_with("another", now(), Direction::Outbound).contacts.into_values().next().unwrap()
        };
        for n in 0..Ledger::CAPACITY {
            ledger.enter(Id::external("demo", &format!("filler {n}")), entry(false, 0), now());
        }
        for (n, (collects, hours_ago)) in before.into_iter().enumerate() {
            ledger.enter(Id::external("demo", &format!("before {n}")), entry(collects, hours_ago), now());
        }
        let call = |ledger: &Ledger| {
            let base = Facts::new(&rules, &person, Channel::Voice, ledger);
            decide(&Facts { theme: Some(Theme::OpsCollDebt), ..base }, now())
        };
        let was_allowed = call(&ledger).allowed;
        for (n, (collects, hours_ago)) in more.into_iter().enumerate() {
            ledger.enter(Id::external("demo", &format!("more {n}")), entry(collects, hours_ago), now());
        }
        prop_assert_eq!(ledger.contacts.len(), Ledger::CAPACITY);
        prop_assert!(was_allowed || !call(&ledger).allowed);
    }
}
