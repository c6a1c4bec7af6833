//! What forbids contact while it is so: cases, attorneys, revocations, missing consents; and who is exempt.

use domain::{
    compliance::{
        Nature, ReasonCode, Scrutiny,
        rule::{Party, Rule},
    },
    id::Id,
    ledger::Outcome,
    person::{
        Affiliation, Case, ConsentScope, ConsentStatus, Contact, ContactLabel, ContactStatus, ContactType,
        DoNotContact, PersonStatus,
    },
    vocabulary::{CaseType, Channel, Direction, Purpose, Theme},
};
use jiff::Timestamp;

use crate::world::{World, contact, local, utc};

pub const NY: &str = "America/New_York";

pub fn noon() -> Timestamp {
    local(NY, "2026-11-10T12:00")
}

pub fn collections(state: &str, channel: Channel) -> World {
    World { channel, ..World::in_state(state, NY) }
}

pub fn codes(world: &World) -> Vec<(String, ReasonCode)> {
    world.decide(noon()).reasons.into_iter().map(|reason| (reason.rule_id, reason.code)).collect()
}

fn case(case_type: CaseType) -> Case {
    Case {
        id: Id::external("demo", "c"),
        external_id: None,
        case_type,
        do_not_interact: None,
        attributes: serde_json::Map::new(),
    }
}

#[test]
fn an_open_case_blocks_the_purposes_its_law_names() {
    use Purpose::{Collections, Marketing, Servicing};
    for (case_type, rule, blocked) in [
        (CaseType::Bankruptcy, "US-BK", &[Collections][..]), // 11 USC 362(a)(6)
        (CaseType::CeaseCommunication, "US-REGF-CEASE", &[Collections, Marketing]), // 15 USC 1692c(c)
        (CaseType::DisputeOfDebt, "US-DISPUTE", &[Collections]), // 15 USC 1692g(b)
        (CaseType::DebtValidation, "US-DISPUTE", &[Collections]),
        (CaseType::Deceased, "US-DECEASED", &[Collections, Marketing]),
        (CaseType::IdentityTheft, "US-IDTHEFT", &[Collections, Marketing]), // 15 USC 1681m(f)
        (CaseType::OfacSanctionedIndividual, "US-OFAC", &[Collections, Marketing]), // 31 CFR chapter V
        (CaseType::MilitaryDuty, "US-SCRA", &[]), // 50 USC 3937 caps interest, and forbids no contact
        (CaseType::FederalEmergency, "", &[]),
        (CaseType::Generic, "", &[]),
    ] {
        for purpose in [Collections, Marketing, Servicing] {
            let mut world = World { purpose, ..collections("VT", Channel::Email) };
            world.person.cases.push(case(case_type));
            let expected = if blocked.contains(&purpose) {
                vec![(rule.to_owned(), ReasonCode::CaseOpen)]
            } else {
                vec![]
            };
            assert_eq!(codes(&world), expected, "{case_type} {purpose:?}");
        }
    }
}

#[test]
fn a_person_with_an_attorney_is_contacted_through_the_attorney() {
    // 12 CFR 1006.6(b)(2)
    let mut world = collections("VT", Channel::Email);
    world.person.contacts.push(Contact {
        affiliation: Affiliation::Attorney,
        ..contact(ContactType::Email, "attorney@example.com")
    });
    assert_eq!(codes(&world), [("US-REGF-ATTY".to_owned(), ReasonCode::AttorneyRepresented)]);
    let to_attorney = World { contact: Some(3), ..world.clone() };
    assert_eq!(codes(&to_attorney), []);
    world.person.contacts[3].valid = false;
    assert_eq!(world.blocked_by(noon()), ["US-REGF-ATTY"], "a bounce ends no representation");
    let archived = Contact { status: ContactStatus::Archived, ..world.person.contacts[3].clone() };
    let mut former = world.clone();
    former.person.contacts[3] = archived;
    assert_eq!(codes(&former), []);
    world.consents(ConsentScope::Represented, ConsentStatus::Consented, "2026-10-01T00:00:00Z");
    assert_eq!(codes(&world), []);
}

#[test]
fn california_holds_creditors_to_what_collectors_are_held_to() {
    // Cal. Civ. Code 1788.17
    let of_creditor = |channel| {
        let mut world = collections("CA", channel);
        world.profile.first_party_as_collector = false;
        world
    };
    let mut ceased = of_creditor(Channel::Mail);
    ceased.person.cases.push(case(CaseType::CeaseCommunication));
    assert_eq!(ceased.blocked_by(noon()), ["CA-ROSENTHAL-CEASE"]);
    ceased.subject = Some("ceaseCommunicationAcknowledgement".parse().unwrap());
    assert_eq!(ceased.blocked_by(noon()), Vec::<String>::new(), "a notice the law requires");

    let mut represented = of_creditor(Channel::Email);
    represented.person.contacts.push(Contact {
        affiliation: Affiliation::Attorney,
        ..contact(ContactType::Email, "attorney@example.com")
    });
    assert_eq!(represented.blocked_by(noon()), ["CA-ROSENTHAL-ATTY"]);
    represented.contact = Some(3);
    assert_eq!(represented.blocked_by(noon()), Vec::<String>::new());

    let mut at_work = of_creditor(Channel::Voice);
    at_work.person.contacts[0].label = ContactLabel::Work;
    assert_eq!(at_work.blocked_by(noon()), Vec::<String>::new());
    at_work.consents(ConsentScope::Work, ConsentStatus::Revoked, "2026-10-01T00:00:00Z");
    assert_eq!(at_work.blocked_by(noon()), ["CA-ROSENTHAL-WORK"]);
}

#[test]
fn the_senders_word_adds_rules_and_takes_none_away() {
    use Theme::{AgentNotification, InbCollections, InbPayments, InbServicing, OpsCollDebt, OpsServicing};
    let night = local(NY, "2026-11-10T03:00");
    let (collecting, selling) = ("US-REGF-TIME", "US-TCPA-TIME");
    for (theme, purpose, expected) in [
        (OpsCollDebt, Purpose::Collections, vec![collecting]),
        (OpsCollDebt, Purpose::Servicing, vec![collecting]),
        (OpsCollDebt, Purpose::Agent, vec![collecting]),
        (OpsCollDebt, Purpose::Inbound, vec![collecting]),
        (OpsCollDebt, Purpose::Marketing, vec![collecting, selling]),
        (OpsServicing, Purpose::Marketing, vec![selling]),
        (AgentNotification, Purpose::Collections, vec![collecting]),
        (InbCollections, Purpose::Inbound, vec![collecting]),
        (InbPayments, Purpose::Inbound, vec![collecting]),
        (InbServicing, Purpose::Inbound, vec![]),
    ] {
        let world = World { theme: Some(theme), purpose, ..collections("VT", Channel::Text) };
        assert_eq!(world.blocked_by(night), expected, "{theme} {purpose:?}");
    }
}

#[test]
fn no_theme_takes_a_message_to_a_person_out_of_the_lenders_rules() {
    for (purposes, theme) in [
        (vec![], Theme::AgentNotification),
        (vec![], Theme::InbOther),
        (vec![Purpose::Servicing], Theme::AgentNotification),
        (vec![Purpose::Servicing], Theme::InbOther),
    ] {
        let mut world =
            World { theme: Some(theme), purpose: theme.purpose(), ..collections("VT", Channel::Email) };
        world.profile.rules = vec![Rule {
            id: "OWN-CONSENT".into(),
            purposes: purposes.clone(),
            consent: Some(ConsentScope::Contact),
            ..Rule::default()
        }];
        assert_eq!(world.blocked_by(noon()), ["OWN-CONSENT"], "{purposes:?} {theme}");
    }
}

#[test]
fn what_reaches_no_borrower_is_held_by_no_stop_and_no_rule() {
    for channel in Channel::ALL.iter().filter(|channel| !channel.reaches_person()) {
        let mut world = World { theme: Some(Theme::OpsCollDebt), ..collections("VT", *channel) };
        world.person.status = PersonStatus::Deceased;
        world.person.do_not_contact = Some(DoNotContact { until: None, reason: None });
        world.person.communication_preference.opted_out = [*channel].into();
        world.person.cases.push(case(CaseType::Bankruptcy));
        world.consents(ConsentScope::Contact, ConsentStatus::Revoked, "2026-10-01T00:00:00Z");
        assert_eq!(world.blocked_by(noon()), Vec::<String>::new(), "{channel}");
    }
}

#[test]
fn what_needs_consent_waits_for_it() {
    for (state, channel, autodialed, scope, rule) in [
        ("NYC", Channel::Email, false, ConsentScope::Contact, "NYC-DCWP-ECONSENT"), // 6 RCNY 5-77
        ("NY", Channel::Text, false, ConsentScope::Contact, "NY-DFS-EMAIL"),        // 23 NYCRR 1.6
        ("VT", Channel::Voice, true, ConsentScope::Autodialed, "US-TCPA-AUTODIAL"), // 47 CFR 64.1200(a)(1)
    ] {
        let mut world = World { autodialed, ..collections(state, channel) };
        assert!(world.is_blocked_by(rule, noon()), "{rule}");
        world.consents(scope, ConsentStatus::Consented, "2026-10-01T00:00:00Z");
        assert!(!world.is_blocked_by(rule, noon()), "{rule}");
        world.consents(scope, ConsentStatus::Revoked, "2026-10-02T00:00:00Z");
        assert!(world.is_blocked_by(rule, noon()), "{rule} revoked");
    }
}

#[test]
fn from_2027_01_31_a_revocation_for_one_number_holds_for_all() {
    // 47 CFR 64.1200(a)(10), waived until then by DA 26-12.
    let mut world = World { purpose: Purpose::Servicing, ..collections("VT", Channel::Text) };
    world.consents(ConsentScope::Contact, ConsentStatus::Revoked, "2026-10-01T00:00:00Z");
    world.person.consents[0].contact_id = Some(Id::external("demo", "another number"));
    let rule = "US-TCPA-REVOKEALL";
    assert!(!world.is_blocked_by(rule, local(NY, "2027-01-30T23:59")));
    assert!(world.is_blocked_by(rule, local(NY, "2027-01-31T00:00")));
    let noon = local(NY, "2027-02-01T12:00");
    for (channel, autodialed, blocked) in
        [(Channel::Voice, false, false), (Channel::Voice, true, true), (Channel::Email, false, false)]
    {
        let world = World { channel, autodialed, ..world.clone() };
        assert_eq!(world.is_blocked_by(rule, noon), blocked, "{channel} {autodialed}");
    }
    let same_instant = ("2026-10-01T00:00:00Z", true);
    for (consented, blocked) in [same_instant, ("2026-10-02T00:00:00Z", false)] {
        let mut world = world.clone();
        world.consents(ConsentScope::Contact, ConsentStatus::Consented, consented);
        assert_eq!(
            world.is_blocked_by(rule, noon),
            blocked,
            "only a later consent for this number re-opens it"
        );
    }

    let mut at_mailbox = world.clone();
    at_mailbox.person.consents[0].contact_id = Some(world.person.contacts[1].id.clone());
    assert!(!at_mailbox.is_blocked_by(rule, noon), "an e-mail address is no number");

    let fresh = World { purpose: Purpose::Servicing, ..collections("VT", Channel::Text) };
    for (opted_out, channel, autodialed, blocked) in [
        (Channel::Voice, Channel::Text, false, true),
        (Channel::Text, Channel::Voice, true, true),
        (Channel::Text, Channel::Voice, false, false),
        (Channel::Email, Channel::Text, false, false),
    ] {
        let mut world = World { channel, autodialed, ..fresh.clone() };
        world.person.communication_preference.opted_out = [opted_out].into();
        assert_eq!(world.is_blocked_by(rule, noon), blocked, "opted out of {opted_out}, {channel}");
    }

    let mut world = World { purpose: Purpose::Servicing, ..collections("VT", Channel::Text) };
    world.consents(ConsentScope::Autodialed, ConsentStatus::Revoked, "2026-10-01T00:00:00Z");
    assert!(world.is_blocked_by(rule, noon), "no automated calls, no texts");
    world.consents(ConsentScope::Contact, ConsentStatus::Consented, "2026-10-02T00:00:00Z");
    assert!(world.is_blocked_by(rule, noon), "consent to be contacted is none to automated texts");
    world.consents(ConsentScope::Autodialed, ConsentStatus::Consented, "2026-10-02T00:00:00Z");
    assert!(!world.is_blocked_by(rule, noon));
}

#[test]
fn one_text_or_email_confirms_an_opt_out_within_5_minutes() {
    // 47 CFR 64.1200(a)(12)
    let mut world = World { purpose: Purpose::Servicing, ..collections("VT", Channel::Text) };
    world.nature = Some(Nature::OptOutConfirmation);
    world.consents(ConsentScope::Contact, ConsentStatus::Revoked, "2026-11-10T17:00:00Z");
    let at = |time: &str| utc(&format!("2026-11-10T{time}Z"));
    assert_eq!(world.blocked_by(at("17:00:00")), Vec::<String>::new());
    assert_eq!(world.blocked_by(at("17:04:59")), Vec::<String>::new());
    assert_eq!(world.blocked_by(at("17:05:00")), ["stop.consent_revoked"]);
    let ordinary = World { nature: None, ..world.clone() };
    assert_eq!(ordinary.blocked_by(at("17:01:00")), ["stop.consent_revoked"]);
    for (theme, purpose) in
        [(Theme::OpsServicing, Purpose::Marketing), (Theme::OpsCollDebt, Purpose::Servicing)]
    {
        let more = World { theme: Some(theme), purpose, ..world.clone() };
        assert!(
            more.is_blocked_by("stop.consent_revoked", at("17:01:00")),
            "{theme} {purpose:?}: confirms and more"
        );
    }
    for (channel, confirms) in [
        (Channel::Email, true), // 12 CFR 1006.14(h)
        (Channel::Voice, false),
        (Channel::Fax, false),
        (Channel::Mail, false),
        (Channel::Push, false),
    ] {
        let other = World { channel, ..world.clone() };
        let is_stopped = other.is_blocked_by("stop.consent_revoked", at("17:01:00"));
        assert_eq!(is_stopped, !confirms, "{channel}");
    }
    world.sent(at("17:00:30"), Outcome::Attempted).exempt =
        vec![domain::compliance::Exemption::OptOutConfirmation];
    assert_eq!(world.blocked_by(at("17:01:00")), ["stop.consent_revoked"], "only one");
}

#[test]
fn an_answer_to_the_persons_own_message_is_exempt_where_the_rule_says_so() {
    let night = local(NY, "2026-11-10T22:30");
    let mut world = collections("VT", Channel::Text);
    world.sent(night - jiff::SignedDuration::from_mins(1), Outcome::Conversation).direction =
        Direction::Inbound;
    let theirs = world.ledger.contacts.keys().next().cloned();
    assert_eq!(world.blocked_by(night), ["US-REGF-TIME"]);
    world.reply_to = theirs;
    assert_eq!(world.blocked_by(night), Vec::<String>::new());
    let mut revoked = World { channel: Channel::Voice, ..world.clone() };
    revoked.consents(ConsentScope::Contact, ConsentStatus::Revoked, "2026-11-10T00:00:00Z");
    revoked.person.consents[0].channel = Some(Channel::Text);
    assert_eq!(revoked.blocked_by(night), Vec::<String>::new(), "what was revoked before");
    for since in [0, 1] {
        let theirs = revoked.ledger.contacts.values().next().unwrap().at;
        revoked.person.consents[0].recorded_at = theirs + jiff::SignedDuration::from_secs(since);
        assert_eq!(revoked.blocked_by(night), ["US-REGF-TIME"], "STOP is no message to answer");
    }
    let a_day_later = night + jiff::SignedDuration::from_hours(24) - jiff::SignedDuration::from_mins(1);
    assert_eq!(world.blocked_by(a_day_later), ["US-REGF-TIME"], "no reply any more");
    world.ledger.contacts.values_mut().for_each(|entry| entry.direction = Direction::Outbound);
    assert_eq!(world.blocked_by(night), ["US-REGF-TIME"], "our own message is not theirs");
}

#[test]
fn notices_the_law_requires_pass_a_cease_request_and_a_limit() {
    let mut world = collections("NYC", Channel::Mail);
    world.person.cases.push(case(CaseType::CeaseCommunication));
    for hour in 1..4 {
        world.sent(noon() - jiff::SignedDuration::from_hours(hour), Outcome::Attempted);
    }
    assert_eq!(world.blocked_by(noon()), ["US-REGF-CEASE", "NYC-DCWP"]);
    world.subject = Some("loanRightToCurePersonalUnsecured".parse().unwrap());
    assert_eq!(world.blocked_by(noon()), Vec::<String>::new());
}

#[test]
fn a_rule_binds_its_parties_and_first_parties_as_collectors_unless_switched_off() {
    let night = local(NY, "2026-11-10T03:00");
    for (party, as_collector, expected) in [
        (Party::Creditor, true, vec!["US-REGF-TIME", "CA-ROSENTHAL"]),
        (Party::Creditor, false, vec!["CA-ROSENTHAL"]),
        (Party::Collector, false, vec!["US-REGF-TIME", "CA-ROSENTHAL"]),
        (Party::Servicer, false, vec!["US-REGF-TIME", "CA-ROSENTHAL"]),
        (Party::DebtBuyer, true, vec!["US-REGF-TIME", "CA-ROSENTHAL"]),
    ] {
        let mut world = collections("CA", Channel::Email);
        world.profile.party = party;
        world.profile.first_party_as_collector = as_collector;
        assert_eq!(world.blocked_by(night), expected, "{party:?} {as_collector}");
    }
}

/// 001 has messages "not checked against Compliance Guard"; what forbids contact altogether holds for them too.
#[test]
fn what_is_not_asked_of_everything_still_heeds_what_forbids_contact() {
    use Scrutiny::{Full, Overridden, Requested, Stops};
    type Change = fn(&mut World);
    // Each row: a fact, and of which messages it is a reason.
    let table: [(&str, Change, &[Scrutiny]); 9] = [
        ("the hour", |_| {}, &[Full]),
        (
            "how often",
            |world| (0..8).for_each(|_| drop(world.sent(noon(), Outcome::Attempted).clone())),
            &[Full],
        ),
        (
            "nowhere",
            |world| world.person.contacts.retain(|c| c.contact_type != ContactType::Address),
            &[Full],
        ),
        ("inactive", |world| world.person.status = PersonStatus::Inactive, &[Full, Stops]),
        (
            "order",
            |world| world.person.do_not_contact = Some(DoNotContact { until: None, reason: None }),
            &[Full, Stops],
        ),
        ("bankruptcy", |world| world.person.cases.push(case(CaseType::Bankruptcy)), &[Full, Stops]),
        (
            "bounced",
            |world| {
                world.contact =
                    world.person.contacts.iter().position(|c| c.contact_type == ContactType::Email);
                world.person.contacts.iter_mut().for_each(|c| c.valid = false);
            },
            &[Full, Stops, Overridden],
        ),
        (
            "opted out",
            |world| {
                world.person.communication_preference.opted_out.insert(Channel::Email);
            },
            &[Full, Stops, Requested, Overridden],
        ),
        (
            "revoked",
            |world| world.consents(ConsentScope::Contact, ConsentStatus::Revoked, "2026-11-09T00:00:00Z"),
            &[Full, Stops, Requested, Overridden],
        ),
    ];
    for (fact, change, expected) in table {
        let mut world = collections("NY", Channel::Email);
        change(&mut world);
        let at = if fact == "the hour" { local(NY, "2026-11-10T03:00") } else { noon() };
        for scrutiny in [Full, Stops, Requested, Overridden] {
            let world = World { scrutiny, ..world.clone() };
            let is_reason = !world.decide(at).allowed;
            assert_eq!(
                is_reason,
                expected.contains(&scrutiny),
                "{fact} {scrutiny:?}: {:?}",
                world.decide(at).reasons
            );
        }
    }
}
