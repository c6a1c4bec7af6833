//! Each consent that a rule needs and each condition that it forbids, with its citation: blocked while it is so, allowed
//! while it is not, and only while the rule is in force.

use domain::{
    compliance::{
        ReasonCode,
        rule::{Condition, Party, Rule},
        rules::law,
    },
    id::Id,
    person::{
        Affiliation, Case, ConsentScope, ConsentStatus, Contact, ContactLabel, ContactStatus, ContactType,
    },
    vocabulary::{CaseType, Channel, Purpose},
};
use jiff::{Timestamp, civil::Date};

use crate::world::{World, contact, local};

const NY: &str = "America/New_York";

/// What a rule asks of a person's file.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Asked {
    /// A consent of this scope.
    Needs(ConsentScope),
    /// That this is not so.
    Forbids(Condition),
}

/// Rule, citation, what it asks, party, where, purpose, channel, kind of contact, code of the reason.
type Row =
    (&'static str, &'static str, Asked, Party, &'static str, Purpose, Channel, ContactLabel, ReasonCode);

#[rustfmt::skip]
const TABLE: &[Row] = {
    use Asked::{Forbids, Needs};
    use CaseType::{Bankruptcy, CeaseCommunication, DebtValidation, Deceased, DisputeOfDebt, IdentityTheft, OfacSanctionedIndividual};
    use Channel::{Email, Mail, Text, Voice};
    use Condition::{AtWork, Case, Represented, RevokedElsewhere, WorkRevoked, WorkUnconsented};
    use ContactLabel::{Personal, Work};
    use Party::{Collector, Creditor, DebtBuyer, Servicer};
    use Purpose::{Collections as C, Marketing as M, Servicing as S};
    use ReasonCode::{AttorneyRepresented, CaseOpen, ConsentMissing, ConsentRevoked, WorkContact};
    &[
        ("US-REGF-CEASE", "12 CFR 1006.6(c); 15 USC 1692c(c)", Forbids(Case(CeaseCommunication)), Collector, "VT", C, Email, Personal, CaseOpen),
        ("US-REGF-CEASE", "12 CFR 1006.6(c); 15 USC 1692c(c)", Forbids(Case(CeaseCommunication)), Creditor, "VT", M, Text, Personal, CaseOpen),
        ("US-REGF-ATTY", "12 CFR 1006.6(b)(2), (b)(4)", Forbids(Represented), Servicer, "VT", C, Voice, Personal, AttorneyRepresented),
        ("US-REGF-WORK", "12 CFR 1006.6(b)(3); 15 USC 1692c(a)(3)", Forbids(WorkRevoked), Collector, "VT", C, Voice, Work, WorkContact),
        ("US-REGF-WORK", "12 CFR 1006.6(b)(3); 15 USC 1692c(a)(3)", Forbids(WorkRevoked), Collector, "VT", C, Text, Work, WorkContact),
        ("US-REGF-WORK", "12 CFR 1006.6(b)(3); 15 USC 1692c(a)(3)", Forbids(WorkRevoked), Collector, "VT", C, Mail, Work, WorkContact),
        ("US-REGF-WORKEMAIL", "12 CFR 1006.22(f)(3), 1006.6(d)(4)(i), (iii)", Forbids(WorkUnconsented), Collector, "VT", C, Email, Work, WorkContact),
        ("US-TCPA-REVOKEALL", "47 CFR 64.1200(a)(10); DA 26-12", Forbids(RevokedElsewhere), Creditor, "VT", S, Text, Personal, ConsentRevoked),
        ("US-TCPA-REVOKEALL", "47 CFR 64.1200(a)(10); DA 26-12", Forbids(RevokedElsewhere), Creditor, "VT", M, Voice, Personal, ConsentRevoked),
        ("US-TCPA-AUTODIAL", "47 CFR 64.1200(a)(1), (3)", Needs(ConsentScope::Autodialed), Creditor, "VT", S, Voice, Personal, ConsentMissing),
        ("US-TCPA-AUTODIAL", "47 CFR 64.1200(a)(1), (3)", Needs(ConsentScope::Autodialed), Creditor, "VT", C, Text, Personal, ConsentMissing),
        ("US-TCPA-AUTODIAL-MKT", "47 CFR 64.1200(a)(2)", Needs(ConsentScope::Marketing), Creditor, "VT", M, Voice, Personal, ConsentMissing),
        ("US-TCPA-AUTODIAL-MKT", "47 CFR 64.1200(a)(2)", Needs(ConsentScope::Marketing), Creditor, "VT", M, Text, Personal, ConsentMissing),
        ("CT-MKT-CONSENT", "Conn. Gen. Stat. 42-288a (SB 1058)", Needs(ConsentScope::Marketing), Creditor, "CT", M, Text, Personal, ConsentMissing),
        ("MD-MKT-CONSENT", "Md. Com. Law 14-4502(a)(3)", Needs(ConsentScope::Marketing), Creditor, "MD", M, Text, Personal, ConsentMissing),
        ("WY-MKT-AUTO", "Wyo. Stat. 40-12-303", Needs(ConsentScope::Marketing), Creditor, "WY", M, Voice, Personal, ConsentMissing),
        ("US-BK", "11 USC 362(a)(6), 524(a)(2)", Forbids(Case(Bankruptcy)), Creditor, "VT", C, Email, Personal, CaseOpen),
        ("US-DISPUTE", "15 USC 1692g(b); 12 CFR 1006.38(d)(2)", Forbids(Case(DisputeOfDebt)), Collector, "VT", C, Email, Personal, CaseOpen),
        ("US-DISPUTE", "15 USC 1692g(b); 12 CFR 1006.38(d)(2)", Forbids(Case(DebtValidation)), DebtBuyer, "VT", C, Text, Personal, CaseOpen),
        ("US-DECEASED", "House rule; cf. 12 CFR 1006.6(a)(4)", Forbids(Case(Deceased)), Creditor, "VT", C, Email, Personal, CaseOpen),
        ("US-DECEASED", "House rule; cf. 12 CFR 1006.6(a)(4)", Forbids(Case(Deceased)), Creditor, "VT", M, Email, Personal, CaseOpen),
        ("US-IDTHEFT", "House rule; cf. 15 USC 1681m(f), (g)", Forbids(Case(IdentityTheft)), Creditor, "VT", C, Email, Personal, CaseOpen),
        ("US-OFAC", "House rule; cf. 31 CFR chapter V", Forbids(Case(OfacSanctionedIndividual)), Creditor, "VT", C, Email, Personal, CaseOpen),
        ("NY-DFS-EMAIL", "23 NYCRR 1.6", Needs(ConsentScope::Contact), Collector, "NY", C, Text, Personal, ConsentMissing),
        ("CA-ROSENTHAL-CEASE", "Cal. Civ. Code 1788.17", Forbids(Case(CeaseCommunication)), Creditor, "CA", C, Email, Personal, CaseOpen),
        ("CA-ROSENTHAL-CEASE", "Cal. Civ. Code 1788.17", Forbids(Case(CeaseCommunication)), Collector, "CA", M, Voice, Personal, CaseOpen),
        ("CA-ROSENTHAL-ATTY", "Cal. Civ. Code 1788.17", Forbids(Represented), Creditor, "CA", C, Text, Personal, AttorneyRepresented),
        ("CA-ROSENTHAL-WORK", "Cal. Civ. Code 1788.17", Forbids(WorkRevoked), Creditor, "CA", C, Voice, Work, WorkContact),
        ("CA-ROSENTHAL-WORK", "Cal. Civ. Code 1788.17", Forbids(WorkRevoked), Creditor, "CA", C, Email, Work, WorkContact),
        ("MA-WORK", "209 CMR 18.16(1)(c); 940 CMR 7.04(1)(h)", Forbids(WorkRevoked), Creditor, "MA", C, Voice, Work, WorkContact),
        ("MA-WORK", "209 CMR 18.16(1)(c); 940 CMR 7.04(1)(h)", Forbids(WorkRevoked), Collector, "MA", C, Text, Work, WorkContact),
        ("MD-MCDCA-CEASE", "Md. Com. Law 14-202(11); 15 USC 1692c(c)", Forbids(Case(CeaseCommunication)), Creditor, "MD", C, Mail, Personal, CaseOpen),
        ("MD-MCDCA-ATTY", "Md. Com. Law 14-202(11); 15 USC 1692c(a)(2)", Forbids(Represented), Creditor, "MD", C, Voice, Personal, AttorneyRepresented),
        ("MD-MCDCA-WORK", "Md. Com. Law 14-202(4), (11); 15 USC 1692c(a)(3)", Forbids(WorkRevoked), Creditor, "MD", C, Email, Work, WorkContact),
        ("MI-RCPA-ATTY", "MCL 445.252(h)", Forbids(Represented), Creditor, "MI", C, Email, Personal, AttorneyRepresented),
        ("OR-UDCPA", "ORS 646.639(2)", Forbids(WorkRevoked), Creditor, "OR", C, Voice, Work, WorkContact),
        ("PA-FCEUA-ATTY", "73 P.S. 2270.4(a), (b)", Forbids(Represented), Creditor, "PA", C, Text, Personal, AttorneyRepresented),
        ("PA-FCEUA-WORK", "73 P.S. 2270.4(a), (b)", Forbids(WorkRevoked), Creditor, "PA", C, Text, Work, WorkContact),
        ("RI-FDCPA-ATTY", "R.I. Gen. Laws 19-14.9-5", Forbids(Represented), Collector, "RI", C, Email, Personal, AttorneyRepresented),
        ("RI-FDCPA-WORK", "R.I. Gen. Laws 19-14.9-5", Forbids(WorkRevoked), DebtBuyer, "RI", C, Voice, Work, WorkContact),
        ("SC-CPC-ATTY", "S.C. Code 37-5-108(5)(b)(ii)", Forbids(Represented), Creditor, "SC", C, Voice, Personal, AttorneyRepresented),
        ("SC-CPC-WORK", "S.C. Code 37-5-108(5)(b)(iii)", Forbids(WorkRevoked), Servicer, "SC", C, Email, Work, WorkContact),
        ("NY-DFS-EMAIL", "23 NYCRR 1.6", Forbids(AtWork), DebtBuyer, "NY", C, Text, Personal, WorkContact),
        ("NYC-DCWP-ECONSENT", "6 RCNY 5-77", Needs(ConsentScope::Contact), Creditor, "NYC", C, Email, Personal, ConsentMissing),
    ]
};

/// Somebody who consented to everything, and whose file has nothing else in it.
fn world((_, _, _, party, state, purpose, channel, label, _): &Row) -> World {
    let mut world = World { purpose: *purpose, channel: *channel, ..World::in_state(state, NY) }.consenting();
    world.profile.party = *party;
    world.autodialed = true;
    world.person.contacts.iter_mut().for_each(|contact| contact.label = *label);
    world
}

impl Asked {
    /// Makes what is needed missing, or what is forbidden so.
    fn violate(self, world: &mut World) {
        let scope = |scope| move |consent: &domain::person::Consent| consent.scope != scope;
        match self {
            Self::Needs(needed) => world.person.consents.retain(scope(needed)),
            Self::Forbids(Condition::Case(case_type)) => world.person.cases.push(Case {
                id: Id::external("demo", "case"),
                external_id: None,
                case_type,
                do_not_interact: None,
                attributes: serde_json::Map::new(),
            }),
            Self::Forbids(Condition::Represented) => world.person.contacts.push(Contact {
                affiliation: Affiliation::Attorney,
                ..contact(ContactType::Email, "attorney@example.com")
            }),
            Self::Forbids(Condition::AtWork) => {
                world.person.contacts.iter_mut().for_each(|contact| contact.label = ContactLabel::Work);
            }
            Self::Forbids(Condition::WorkRevoked) => {
                world.consents(ConsentScope::Work, ConsentStatus::Revoked, "2026-01-02T00:00:00Z");
            }
            Self::Forbids(Condition::WorkUnconsented) => {
                world.person.consents.retain(scope(ConsentScope::Work))
            }
            Self::Forbids(Condition::RevokedElsewhere) => {
                world.consents(ConsentScope::Contact, ConsentStatus::Revoked, "2026-01-02T00:00:00Z");
                let last = world.person.consents.len() - 1;
                world.person.consents[last].contact_id = Some(Id::external("demo", "another number"));
            }
        }
    }

    fn of(rule: &Rule) -> impl Iterator<Item = Self> {
        rule.consent.map(Self::Needs).into_iter().chain(rule.forbids.iter().copied().map(Self::Forbids))
    }
}

fn rule(id: &str) -> &'static Rule {
    law().rules.iter().find(|rule| rule.id == id).unwrap()
}

/// Noon of a day long after every rule's first that has none to be its last.
fn noon() -> Timestamp {
    local(NY, "2027-02-03T12:00")
}

#[test]
fn what_a_rule_needs_or_forbids_decides_and_nothing_else_does() {
    for row in TABLE {
        let (id, citation, asked, .., code) = *row;
        assert_eq!(rule(id).citation, citation, "{id}");
        let mut world = world(row);
        assert_eq!(world.blocked_by(noon()), Vec::<String>::new(), "{id} {asked:?}");
        asked.violate(&mut world);
        let reasons = world.decide(noon()).reasons;
        let blocking = reasons.iter().find(|reason| reason.rule_id == id && reason.code == code);
        assert_eq!(blocking.map(|reason| reason.until), Some(None), "{id} {asked:?}: {reasons:?}");
    }
}

#[test]
fn a_rule_forbids_nothing_before_its_first_day_and_from_its_last_on() {
    let start = |day: Date| local(NY, &format!("{day}T00:00"));
    let minute = jiff::SignedDuration::from_mins(1);
    for row in TABLE {
        let (id, _, asked, ..) = *row;
        let mut world = world(row);
        asked.violate(&mut world);
        if let Some(from) = rule(id).from {
            assert!(!world.is_blocked_by(id, start(from) - minute), "{id} before {from}");
            assert!(world.is_blocked_by(id, start(from)), "{id} from {from}");
        }
        if let Some(until) = rule(id).until {
            assert!(world.is_blocked_by(id, start(until) - minute), "{id} before {until}");
            assert!(!world.is_blocked_by(id, start(until)), "{id} from {until}");
        }
    }
}

#[test]
fn everything_a_rule_needs_or_forbids_is_in_the_table_and_every_rule_asks_for_something_tested() {
    let listed = |rule: &Rule, asked| TABLE.iter().any(|row| row.0 == rule.id && row.2 == asked);
    for rule in law().rules.iter().filter(|rule| rule.enforcement.is_enforced()) {
        for asked in Asked::of(rule) {
            assert!(listed(rule, asked), "{} {asked:?}", rule.id);
        }
        // The others are held to the tables of hours and limits.
        assert!(
            Asked::of(rule).next().is_some() || rule.hours.is_some() || !rule.caps.is_empty(),
            "{}",
            rule.id
        );
    }
}

#[test]
fn who_consented_to_unusual_times_is_called_at_them_where_the_law_says_so() {
    let night = local(NY, "2026-11-10T23:00");
    // 12 CFR 1006.6(b)(1)(i), Fla. Stat. 559.72(17), MCL 445.252(n), 73 P.S. 2270.4; Cal. Civ. Code 1788.17 names no such
    // consent.
    let (c, m) = (Purpose::Collections, Purpose::Marketing);
    for (state, purpose, expected) in [
        ("VT", c, &["US-REGF-TIME"][..]),
        ("FL", c, &["US-REGF-TIME", "FL-FCCPA"]),
        ("CA", c, &["US-REGF-TIME", "CA-ROSENTHAL"]),
        ("MI", c, &["US-REGF-TIME", "MI-RCPA"]),
        ("PA", c, &["US-REGF-TIME", "PA-FCEUA"]),
        // 16 CFR 310.4(c), Va. Code 59.1-511, GBL 399-z(2), Utah Code 13-25a-103(3), S.C. Code 37-21-30
        ("VT", m, &["US-TCPA-TIME"]),
        ("VA", m, &["US-TCPA-TIME", "VA-MKT"]),
        ("NY", m, &["US-TCPA-TIME", "NY-MKT"]),
        ("UT", m, &["US-TCPA-TIME", "UT-MKT"]),
        ("SC", m, &["US-TCPA-TIME", "SC-MKT"]),
    ] {
        let mut world = World { purpose, ..World::in_state(state, NY) };
        assert_eq!(world.blocked_by(night), expected, "{state}");
        world.consents(ConsentScope::UnusualTime, ConsentStatus::Consented, "2026-10-01T00:00:00Z");
        let still = if state == "CA" { vec!["CA-ROSENTHAL"] } else { vec![] };
        assert_eq!(world.blocked_by(night), still, "{state}, with consent");
        world.consents(ConsentScope::UnusualTime, ConsentStatus::Revoked, "2026-10-02T00:00:00Z");
        assert_eq!(world.blocked_by(night), expected, "{state}, revoked");
    }
}

#[test]
fn a_contact_that_failed_or_was_archived_is_not_used_even_where_it_is_named() {
    for (valid, status, blocked) in [
        (true, ContactStatus::Primary, false),
        (true, ContactStatus::Additional, false),
        (false, ContactStatus::Primary, true),
        (true, ContactStatus::Archived, true),
        (false, ContactStatus::Archived, true),
    ] {
        let mut world = World { channel: Channel::Email, contact: Some(1), ..World::in_state("VT", NY) };
        (world.person.contacts[1].valid, world.person.contacts[1].status) = (valid, status);
        assert_eq!(world.is_blocked_by("stop.contact_invalid", noon()), blocked, "{valid} {status:?}");
        world.contact = None;
        assert_eq!(world.is_blocked_by("stop.no_contact", noon()), blocked, "{valid} {status:?}, not named");
    }
}
