//! Each limit on how often, with its citation: what counts, up to which number, for how long, and together with what.

use domain::{
    compliance::{
        Exemption, Reason, ReasonCode,
        rule::{Licence, Party},
        rules::law,
    },
    id::Id,
    ledger::Outcome,
    person::{ContactLabel, Loan},
    vocabulary::{Channel, Direction, Purpose, Theme},
};
use jiff::{SignedDuration, Timestamp};

use crate::world::{World, local};

const NY: &str = "America/New_York";
const CT: &str = "America/Chicago";
const PT: &str = "America/Los_Angeles";

/// How long an entry counts.
#[derive(Debug, Clone, Copy)]
enum For {
    Hours(i64),
    /// Calendar days, or as many times 24 hours if that is longer.
    Days(i64),
}

/// What one entry is to a limit.
use Outcome::{Attempted, Connected, Conversation, Failed, NotConnected};

struct Row {
    rule: &'static str,
    citation: &'static str,
    party: Party,
    state: &'static str,
    zone: &'static str,
    purpose: Purpose,
    channel: Channel,
    label: ContactLabel,
    most: usize,
    lasts: For,
    counted: &'static [Outcome],
    not_counted: &'static [Outcome],
}

const ATTEMPTS: &[Outcome] = &[Attempted, Connected, Conversation, NotConnected, Failed];
const PLACED: &[Outcome] = &[Attempted, Connected, Conversation];
const LOST: &[Outcome] = &[NotConnected, Failed];
const NO_CONVERSATION: &[Outcome] = &[Attempted, Connected, NotConnected, Failed];

#[rustfmt::skip]
const TABLE: &[Row] = {
    use Channel::{Email, Text, Voice};
    use ContactLabel::{Personal, Work};
    use Party::{Collector, Creditor};
    use Purpose::{Collections as C, Marketing as M};
    &[
        Row { rule: "US-REGF-7IN7", citation: "12 CFR 1006.14(b)(2)(i)(A), (b)(4)", party: Collector, state: "VT", zone: NY, purpose: C, channel: Voice, label: Personal, most: 7, lasts: For::Days(7), counted: &[Attempted, Connected], not_counted: LOST },
        Row { rule: "US-REGF-AFTERCONV", citation: "12 CFR 1006.14(b)(2)(i)(B)", party: Collector, state: "VT", zone: NY, purpose: C, channel: Voice, label: Personal, most: 1, lasts: For::Days(7), counted: &[Conversation], not_counted: NO_CONVERSATION },
        Row { rule: "MA-CRED", citation: "940 CMR 7.04(1)(f), 7.05(3)(e)", party: Creditor, state: "MA", zone: NY, purpose: C, channel: Text, label: Personal, most: 2, lasts: For::Days(7), counted: ATTEMPTS, not_counted: &[] },
        Row { rule: "MA-CRED-OTHER", citation: "940 CMR 7.04(1)(f)", party: Creditor, state: "MA", zone: NY, purpose: C, channel: Voice, label: Work, most: 2, lasts: For::Days(30), counted: ATTEMPTS, not_counted: &[] },
        Row { rule: "MA-AGENCY", citation: "209 CMR 18.16(1)(a), (d)", party: Collector, state: "MA", zone: NY, purpose: C, channel: Voice, label: Personal, most: 2, lasts: For::Days(7), counted: ATTEMPTS, not_counted: &[] },
        Row { rule: "MA-AGENCY-OTHER", citation: "209 CMR 18.16(1)(d)", party: Collector, state: "MA", zone: NY, purpose: C, channel: Text, label: Work, most: 2, lasts: For::Days(30), counted: ATTEMPTS, not_counted: &[] },
        Row { rule: "PA-FCEUA-CONV", citation: "73 P.S. 2270.4(a), (b)", party: Creditor, state: "PA", zone: NY, purpose: C, channel: Voice, label: Personal, most: 1, lasts: For::Days(7), counted: &[Conversation], not_counted: NO_CONVERSATION },
        Row { rule: "WA-AGENCY-CELL", citation: "RCW 19.16.250(17), (18)", party: Collector, state: "WA", zone: PT, purpose: C, channel: Text, label: Personal, most: 2, lasts: For::Days(1), counted: ATTEMPTS, not_counted: &[] },
        Row { rule: "OR-MKT-CAP", citation: "ORS 646.561 (HB 3865, 2025)", party: Creditor, state: "OR", zone: PT, purpose: M, channel: Text, label: Personal, most: 3, lasts: For::Hours(24), counted: ATTEMPTS, not_counted: &[] },
        Row { rule: "NYC-DCWP", citation: "6 RCNY 5-77", party: Creditor, state: "NYC", zone: NY, purpose: C, channel: Email, label: Personal, most: 3, lasts: For::Days(7), counted: ATTEMPTS, not_counted: &[] },
        Row { rule: "WA-AGENCY", citation: "RCW 19.16.250(13)", party: Collector, state: "WA", zone: PT, purpose: C, channel: Email, label: Personal, most: 3, lasts: For::Days(7), counted: PLACED, not_counted: LOST },
        Row { rule: "WA-AGENCY-WORK", citation: "RCW 19.16.250(13)", party: Collector, state: "WA", zone: PT, purpose: C, channel: Voice, label: Work, most: 1, lasts: For::Days(7), counted: PLACED, not_counted: LOST },
        Row { rule: "WA-PAYDAY", citation: "RCW 31.45.082(3)(a)", party: Creditor, state: "WA", zone: PT, purpose: C, channel: Text, label: Personal, most: 3, lasts: For::Days(7), counted: PLACED, not_counted: LOST },
        Row { rule: "DC-CALLS", citation: "D.C. Code 28-3814", party: Creditor, state: "DC", zone: NY, purpose: C, channel: Voice, label: Personal, most: 4, lasts: For::Days(7), counted: ATTEMPTS, not_counted: &[] },
        Row { rule: "DC-ECOMM", citation: "D.C. Code 28-3814", party: Creditor, state: "DC", zone: NY, purpose: C, channel: Email, label: Personal, most: 5, lasts: For::Days(7), counted: PLACED, not_counted: LOST },
        Row { rule: "WV-CCPA", citation: "W. Va. Code 46A-2-125(d)", party: Creditor, state: "WV", zone: NY, purpose: C, channel: Voice, label: Personal, most: 30, lasts: For::Days(7), counted: &[Attempted, Connected, NotConnected, Failed], not_counted: &[] },
        Row { rule: "WV-CCPA", citation: "W. Va. Code 46A-2-125(d)", party: Creditor, state: "WV", zone: NY, purpose: C, channel: Voice, label: Personal, most: 10, lasts: For::Days(7), counted: &[Conversation], not_counted: &[] },
        Row { rule: "NH-358C", citation: "RSA 358-C:3", party: Creditor, state: "NH", zone: NY, purpose: C, channel: Voice, label: Work, most: 1, lasts: For::Days(31), counted: ATTEMPTS, not_counted: &[] },
        Row { rule: "OR-UDCPA", citation: "ORS 646.639(2)", party: Creditor, state: "OR", zone: PT, purpose: C, channel: Voice, label: Work, most: 1, lasts: For::Days(7), counted: ATTEMPTS, not_counted: &[] },
        Row { rule: "FL-MKT", citation: "Fla. Stat. 501.616(6); 501.059", party: Creditor, state: "FL", zone: CT, purpose: M, channel: Text, label: Personal, most: 3, lasts: For::Hours(24), counted: ATTEMPTS, not_counted: &[] },
        Row { rule: "OK-MKT", citation: "15 O.S. 775C.4", party: Creditor, state: "OK", zone: CT, purpose: M, channel: Voice, label: Personal, most: 3, lasts: For::Hours(24), counted: ATTEMPTS, not_counted: &[] },
        Row { rule: "MD-MKT", citation: "Md. Com. Law 14-4501(d), 14-4502 (SB 90)", party: Creditor, state: "MD", zone: NY, purpose: M, channel: Voice, label: Personal, most: 3, lasts: For::Hours(24), counted: ATTEMPTS, not_counted: &[] },
        Row { rule: "ME-MKT", citation: "Me. 10 MRSA 1498", party: Creditor, state: "ME", zone: NY, purpose: M, channel: Voice, label: Personal, most: 1, lasts: For::Hours(8), counted: PLACED, not_counted: LOST },
    ]
};

fn world(row: &Row) -> World {
    let mut world =
        World { purpose: row.purpose, channel: row.channel, ..World::in_state(row.state, row.zone) }
            .consenting();
    world.profile.party = row.party;
    world.profile.licences = [Licence::SmallLoan].into();
    world.autodialed = true;
    world.subject = Some("offer".parse().unwrap());
    for contact in &mut world.person.contacts {
        contact.label = row.label;
    }
    let loan = Loan::new(Id::external("demo", "L1"), None);
    world.loans = vec![loan.id.clone()];
    world.person.loans = vec![loan];
    world
}

/// When an entry made at `at` stops counting.
fn over(lasts: For, zone: &str, at: Timestamp) -> Timestamp {
    match lasts {
        For::Hours(hours) => at + SignedDuration::from_hours(hours),
        For::Days(days) => {
            let local = at.in_tz(zone).unwrap();
            let midnight = local.date().saturating_add(jiff::Span::new().days(days)).in_tz(zone).unwrap();
            midnight.timestamp().max(at + SignedDuration::from_hours(24 * days))
        }
    }
}

/// What the rule's limit, not its hours, has against a message.
fn reached(world: &World, row: &Row, at: Timestamp) -> Option<Reason> {
    let mut reasons = world.decide(at).reasons.into_iter();
    reasons.find(|reason| reason.rule_id == row.rule && reason.code == ReasonCode::RecentlyContacted)
}

#[test]
fn each_limit_blocks_the_next_one_until_the_first_no_longer_counts() {
    for row in TABLE {
        let stands = law().rules.iter().find(|rule| rule.id == row.rule).unwrap();
        assert_eq!(stands.citation, row.citation, "{}", row.rule);
        // An ordinary week, and those in which the clocks go forward and back: there seven days from shortly after midnight
        // are longer than as many times 24 hours.
        for day in ["2026-09-15T10:00", "2027-03-12T10:00", "2026-10-30T10:00", "2026-10-30T00:30"] {
            let first = local(row.zone, day);
            let minute = SignedDuration::from_secs(60);
            for outcome in row.counted {
                let mut world = world(row);
                for n in 0..row.most - 1 {
                    world.sent(first + minute * i32::try_from(n).unwrap(), *outcome);
                }
                let later = first + minute * i32::try_from(row.most).unwrap();
                let what = format!("{} {day} {outcome:?}", row.rule);
                assert!(reached(&world, row, later).is_none(), "{what}: one less");
                world.sent(later - minute, *outcome);
                assert!(reached(&world, row, later).is_some(), "{what}: reached");
                let end = over(row.lasts, row.zone, first);
                assert!(
                    reached(&world, row, end - SignedDuration::from_secs(1)).is_some(),
                    "{what}: to the end"
                );
                assert!(reached(&world, row, end).is_none(), "{what}: at the end");
                let reason = reached(&world, row, later).unwrap();
                assert_eq!(reason.until, Some(end), "{what}");
            }
            let mut world = world(row);
            for outcome in row.not_counted {
                for n in 0..row.most {
                    world.sent(first + minute * i32::try_from(n).unwrap(), *outcome);
                }
            }
            assert!(reached(&world, row, first + minute * 60).is_none(), "{} {day}: not counted", row.rule);
        }
    }
}

#[test]
fn every_enforced_rule_with_a_limit_in_force_is_in_the_table() {
    for rule in law().rules.iter().filter(|rule| rule.enforcement.is_enforced() && rule.until.is_none()) {
        let listed = TABLE.iter().filter(|row| row.rule == rule.id).count();
        // The District's second limit is the one without consent, below.
        let expected = if rule.id == "DC-ECOMM" { 1 } else { rule.caps.len() };
        assert_eq!(listed, expected, "{}", rule.id);
    }
}

fn row(rule: &str) -> &'static Row {
    TABLE.iter().find(|row| row.rule == rule).unwrap()
}

fn noon() -> Timestamp {
    local(NY, "2026-09-16T12:00")
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

#[test]
fn new_york_city_counts_all_channels_together_and_attempts_too() {
    let mut world = world(row("NYC-DCWP"));
    for (channel, outcome) in
        [(Channel::Voice, NotConnected), (Channel::Mail, Attempted), (Channel::Text, Failed)]
    {
        assert!(!world.is_blocked_by("NYC-DCWP", noon()));
        world.sent(noon() - hours(20), outcome).channel = channel;
    }
    assert!(world.is_blocked_by("NYC-DCWP", noon()));
}

#[test]
fn a_limit_per_debt_counts_each_debt_by_itself() {
    let mut world = world(row("MA-CRED"));
    let (one, other) = (world.loans[0].clone(), Id::external("demo", "L2"));
    world.sent(noon() - hours(20), Attempted);
    world.sent(noon() - hours(19), Attempted).loans = vec![other.clone()];
    assert!(!world.is_blocked_by("MA-CRED", noon()), "one each");
    world.loans = vec![one.clone(), other.clone()];
    assert!(!world.is_blocked_by("MA-CRED", noon()), "about both, still one each");
    world.sent(noon() - hours(18), Attempted).loans = vec![other.clone()];
    assert!(world.is_blocked_by("MA-CRED", noon()), "the second debt has two");
    world.loans = vec![one];
    assert!(!world.is_blocked_by("MA-CRED", noon()), "the first has one");
    world.sent(noon() - hours(17), Attempted).loans = vec![];
    assert!(world.is_blocked_by("MA-CRED", noon()), "what names no loan is about each");
}

#[test]
fn a_limit_per_number_or_subject_counts_each_by_itself() {
    let mut maine = world(row("ME-MKT"));
    maine.sent(noon() - hours(1), Attempted).contact = Some(Id::external("demo", "another number"));
    assert!(!maine.is_blocked_by("ME-MKT", noon()));
    maine.sent(noon() - hours(1), Attempted).subject = Some("another".parse().unwrap());
    assert!(maine.is_blocked_by("ME-MKT", noon()), "per number, whatever the subject");
    maine.autodialed = false;
    assert!(!maine.is_blocked_by("ME-MKT", noon()), "only automated calls");

    let mut florida = world(row("FL-MKT"));
    for _ in 0..3 {
        florida.sent(noon() - hours(1), Attempted).subject = "another".parse().ok();
    }
    assert!(!florida.is_blocked_by("FL-MKT", noon()));
    florida.subject = None;
    assert!(florida.is_blocked_by("FL-MKT", noon()), "an unknown subject may be the same");
    florida.ledger.contacts.values_mut().next().unwrap().subject = "third".parse().ok();
    assert!(!florida.is_blocked_by("FL-MKT", noon()), "but not two at once");
    florida.ledger.contacts.values_mut().next().unwrap().subject = None;
    assert!(florida.is_blocked_by("FL-MKT", noon()), "and what is unknown may be the unknown");
}

#[test]
fn only_contacts_of_the_rules_purpose_channel_and_direction_count() {
    for change in [0, 1, 2] {
        let mut world = world(row("US-REGF-7IN7"));
        for n in 0..7 {
            let entry = world.sent(noon() - hours(n + 1), Attempted);
            match change {
                0 => (entry.theme, entry.purpose) = (Theme::OpsServicing, None),
                1 => entry.channel = Channel::Text,
                _ => entry.direction = Direction::Inbound,
            }
        }
        assert!(!world.is_blocked_by("US-REGF-7IN7", noon()), "change {change}");
    }
}

#[test]
fn a_contact_counts_for_its_themes_purpose_and_for_the_one_its_sender_named() {
    for (rule, theme, purpose, counts) in [
        ("US-REGF-7IN7", Theme::OpsCollDebt, Some(Purpose::Servicing), true),
        ("US-REGF-7IN7", Theme::OpsCollDebt, None, true),
        ("US-REGF-7IN7", Theme::OpsServicing, Some(Purpose::Collections), true),
        ("US-REGF-7IN7", Theme::OpsServicing, Some(Purpose::Marketing), false),
        ("OK-MKT", Theme::OpsServicing, Some(Purpose::Marketing), true),
        ("OK-MKT", Theme::OpsCollDebt, Some(Purpose::Marketing), true),
    ] {
        let mut world = world(row(rule));
        for n in 0..7 {
            let entry = world.sent(noon() - hours(n + 1), Attempted);
            (entry.theme, entry.purpose) = (theme, purpose);
        }
        assert_eq!(world.is_blocked_by(rule, noon()), counts, "{rule} {theme} {purpose:?}");
    }
}

#[test]
fn massachusetts_counts_by_place_but_its_hours_hold_everywhere() {
    // 940 CMR 7.04(1)(f), 209 CMR 18.16(1)(d)
    for (rule, elsewhere) in [("MA-CRED", "MA-CRED-OTHER"), ("MA-AGENCY", "MA-AGENCY-OTHER")] {
        for label in [ContactLabel::Personal, ContactLabel::Work] {
            let mut world = world(row(rule));
            world.person.contacts[0].label = label;
            assert!(world.is_blocked_by(rule, local(NY, "2026-09-16T07:59")), "{label:?}");
            world.sent(noon() - hours(1), Attempted);
            world.sent(noon() - hours(2), Attempted);
            assert_eq!(world.is_blocked_by(rule, noon()), label == ContactLabel::Personal, "{label:?}");
            assert_eq!(world.is_blocked_by(elsewhere, noon()), label == ContactLabel::Work, "{label:?}");
        }
    }
}

#[test]
fn after_a_conversation_whoever_began_it_no_call_follows_for_7_days() {
    for (direction, theme) in [
        (Direction::Outbound, Theme::OpsCollDebt),
        (Direction::Inbound, Theme::InbCollections),
        (Direction::Inbound, Theme::InbServicing),
        (Direction::Inbound, Theme::OpsServicing),
    ] {
        let mut world = world(row("US-REGF-AFTERCONV"));
        let entry = world.sent(noon() - hours(1), Conversation);
        (entry.direction, entry.theme, entry.purpose) = (direction, theme, None);
        assert!(world.is_blocked_by("US-REGF-AFTERCONV", noon()), "{direction} {theme}");
        world.prior_consent = true;
        assert!(!world.is_blocked_by("US-REGF-AFTERCONV", noon()), "12 CFR 1006.14(b)(3)(i)");
        world.prior_consent = false;
        world.channel = Channel::Text;
        assert!(!world.is_blocked_by("US-REGF-AFTERCONV", noon()), "only calls");
    }
}

#[test]
fn what_is_exempt_is_neither_held_nor_counted() {
    let mut world = world(row("US-REGF-7IN7"));
    for n in 0..7 {
        world.sent(noon() - hours(n + 1), Attempted).exempt = vec![Exemption::PriorConsent];
    }
    assert!(!world.is_blocked_by("US-REGF-7IN7", noon()), "calls with consent do not count");
    for n in 0..7 {
        world.sent(noon() - hours(n + 1), Attempted).exempt = vec![Exemption::Reply];
    }
    assert!(world.is_blocked_by("US-REGF-7IN7", noon()), "the rule does not exempt replies");
}

#[test]
fn the_district_allows_one_electronic_message_to_ask_for_consent() {
    let mut world = world(row("DC-ECOMM"));
    world.person.consents.clear();
    assert!(!world.is_blocked_by("DC-ECOMM", noon()));
    world.sent(noon() - hours(1), Attempted);
    assert!(world.is_blocked_by("DC-ECOMM", noon()));
    world = world.consenting();
    assert!(!world.is_blocked_by("DC-ECOMM", noon()));
    world.person.consents.clear();
    world.person.loans[0].days_past_due = Some(30);
    assert!(!world.is_blocked_by("DC-ECOMM", noon()), "not more than 30 days past due");
    world.person.loans[0].days_past_due = Some(31);
    assert!(world.is_blocked_by("DC-ECOMM", noon()));
}

#[test]
fn a_message_scheduled_for_later_holds_its_place_now() {
    let mut world = world(row("MA-CRED"));
    world.sent(noon() + hours(24), Attempted);
    assert!(!world.is_blocked_by("MA-CRED", noon()));
    world.sent(noon() + hours(48), Attempted);
    assert!(world.is_blocked_by("MA-CRED", noon()), "three in 7 days otherwise");
    assert!(!world.is_blocked_by("MA-CRED", noon() - hours(24 * 6)), "two in 7 days");
}

#[test]
fn a_limit_at_work_holds_no_channel_that_has_no_contact() {
    // ORS 646.639(2): one contact a week at work, on all channels.
    let mut world = world(row("OR-UDCPA"));
    world.sent(noon() - hours(1), Attempted);
    world.person.contacts.iter_mut().for_each(|contact| contact.label = ContactLabel::Work);
    let rule = "OR-UDCPA";
    for (channel, blocked) in
        [(Channel::Voice, true), (Channel::Email, true), (Channel::Chat, false), (Channel::Gui, false)]
    {
        let of_channel = World { channel, ..world.clone() };
        assert_eq!(of_channel.is_blocked_by(rule, noon()), blocked, "{channel}");
    }
    let mut unknown = world.clone();
    unknown.person.contacts.remove(0);
    assert!(unknown.is_blocked_by(rule, noon()), "a number that is not known may be at work");
    for (channel, counts) in [(Channel::Voice, true), (Channel::Chat, false)] {
        let mut world = world.clone();
        let entry = world.ledger.contacts.values_mut().next().unwrap();
        (entry.channel, entry.label, entry.contact) = (channel, None, None);
        assert_eq!(world.is_blocked_by(rule, noon()), counts, "counted: {channel}");
    }
}

#[test]
fn the_sentence_says_which_limit_is_reached_and_when_the_next_may_follow() {
    for (rule, words) in [
        ("US-REGF-7IN7", "7 of at most 7 sent or placed in 7 days per debt count; the next may follow at "),
        ("US-REGF-AFTERCONV", "1 of at most 1 conversation in 7 days per debt counts; the next"),
        ("DC-ECOMM", "1 of at most 1 sent or placed in 7 days per debt without consent counts"),
        ("MA-CRED", " at personal or home or military contacts count"),
    ] {
        let mut world = world(row(rule));
        let outcome = if rule == "US-REGF-AFTERCONV" { Conversation } else { Attempted };
        for n in 0..if rule == "US-REGF-7IN7" {
            7
        } else if rule == "MA-CRED" {
            2
        } else {
            1
        } {
            world.sent(noon() - hours(n + 1), outcome);
        }
        if rule == "DC-ECOMM" {
            world.person.consents.clear();
        }
        let reasons = world.decide(noon()).reasons;
        let detail = &reasons.iter().find(|reason| reason.rule_id == rule).unwrap().detail;
        assert!(detail.contains(words), "{detail}");
    }
}
