//! Each rule about hours, with its citation: open just inside, closed just outside, on every weekday, at midnight and on
//! the days the clocks change.

use domain::{
    compliance::{
        rule::{Hours, Rule},
        rules::law,
    },
    ledger::Outcome,
    person::ContactTimes,
    schedule::{Day, Span},
    vocabulary::{Channel, Purpose},
};
use jiff::{SignedDuration, civil::Date};

use crate::world::{World, local, utc};

const NY: &str = "America/New_York";
const CT: &str = "America/Chicago";
const MT: &str = "America/Denver";
const PT: &str = "America/Los_Angeles";

/// Rule, citation, where, on whose clock, purpose, channel; hours on Monday to Friday, Saturday, Sunday.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Purpose,
    Channel,
    [Option<(&'static str, &'static str)>; 3],
);

const fn all(from: &'static str, to: &'static str) -> [Option<(&'static str, &'static str)>; 3] {
    [Some((from, to)), Some((from, to)), Some((from, to))]
}

const fn not_sunday(from: &'static str, to: &'static str) -> [Option<(&'static str, &'static str)>; 3] {
    [Some((from, to)), Some((from, to)), None]
}

#[rustfmt::skip]
const TABLE: &[Row] = {
    use Channel::{Email, Text, Voice};
    use Purpose::{Collections as C, Marketing as M};
    &[
        ("US-REGF-TIME", "12 CFR 1006.6(b)(1)(i); 15 USC 1692c(a)(1)", "VT", NY, C, Voice, all("08:00", "21:00")),
        ("US-REGF-TIME", "12 CFR 1006.6(b)(1)(i); 15 USC 1692c(a)(1)", "HI", "Pacific/Honolulu", C, Email, all("08:00", "21:00")),
        ("US-TCPA-TIME", "47 CFR 64.1200(c)(1); 16 CFR 310.4(c)", "VT", NY, M, Text, all("08:00", "21:00")),
        ("MA-CRED", "940 CMR 7.04(1)(f), 7.05(3)(e)", "MA", NY, C, Text, all("08:00", "21:00")),
        ("MA-AGENCY", "209 CMR 18.16(1)(a), (d)", "MA", NY, C, Voice, all("08:00", "21:00")),
        ("WA-AGENCY", "RCW 19.16.250(13)", "WA", PT, C, Email, all("07:30", "21:00")),
        ("DC-CALLS", "D.C. Code 28-3814", "DC", NY, C, Voice, all("08:00", "21:00")),
        ("FL-FCCPA", "Fla. Stat. 559.72(17)", "FL", CT, C, Text, all("08:00", "21:00")),
        ("WV-CCPA", "W. Va. Code 46A-2-125(d)", "WV", NY, C, Voice, all("08:00", "21:00")),
        ("NH-358C", "RSA 358-C:3", "NH", NY, C, Voice, all("08:00", "21:00")),
        ("CA-ROSENTHAL", "Cal. Civ. Code 1788.17", "CA", PT, C, Email, all("08:00", "21:00")),
        ("PA-FCEUA", "73 P.S. 2270.4(a), (b)", "PA", NY, C, Email, all("08:00", "21:00")),
        ("MI-RCPA", "MCL 445.252(n)", "MI", "America/Detroit", C, Email, all("08:00", "21:00")),
        ("SC-CPC", "S.C. Code 37-5-108(5)(b)(i)", "SC", NY, C, Email, all("08:00", "21:00")),
        ("MD-MCDCA", "Md. Com. Law 14-202(6), (11)", "MD", NY, C, Email, all("08:00", "21:00")),
        ("OR-UDCPA-TIME", "ORS 646.639(2)", "OR", PT, C, Email, all("08:00", "21:00")),
        ("RI-FDCPA", "R.I. Gen. Laws 19-14.9-5", "RI", NY, C, Email, all("08:00", "21:00")),
        ("CT-COLL", "Conn. Gen. Stat. 36a-646; Regs 36a-647-4, 36a-809-9", "CT", NY, C, Email, all("08:00", "21:00")),
        ("TX-COLL-BASE", "House rule; cf. Tex. Fin. Code 392.302", "TX", CT, C, Email, all("08:00", "21:00")),
        ("NV-COLL-BASE", "NRS 649.370, 649.375; for others a house rule", "NV", PT, C, Email, all("08:00", "21:00")),
        ("MD-COLL-BASE", "House rule; cf. Md. Com. Law 14-202", "MD", NY, C, Email, all("08:00", "21:00")),
        ("OK-COLL-BASE", "House rule; no law found", "OK", CT, C, Email, all("08:00", "21:00")),
        ("AL-COLL-BASE", "House rule; no law of the state's own", "AL", CT, C, Email, all("08:00", "21:00")),
        ("LA-COLL-BASE", "House rule; cf. La. R.S. 9:3562", "LA", CT, C, Email, all("08:00", "21:00")),
        ("MS-COLL-BASE", "House rule; no law found", "MS", CT, C, Email, all("08:00", "21:00")),
        ("RI-COLL-BASE", "House rule; cf. R.I. Gen. Laws 19-14.9-5", "RI", NY, C, Email, all("08:00", "21:00")),
        ("AL-MKT", "House rule; cf. Ala. PSC telephone rules", "AL", CT, M, Voice, not_sunday("08:00", "20:00")),
        ("CT-MKT", "Conn. Gen. Stat. 42-288a(c), 42-284 ff (P.A. 23-98)", "CT", NY, M, Voice, all("09:00", "20:00")),
        ("DC-MKT", "D.C. Code 22-3226.08(3)", "DC", NY, M, Voice, all("08:00", "21:00")),
        ("FL-MKT", "Fla. Stat. 501.616(6); 501.059", "FL", NY, M, Text, all("08:00", "20:00")),
        ("IL-MKT", "815 ILCS 305/15", "IL", CT, M, Voice, all("09:00", "21:00")),
        ("KY-MKT", "KRS 367.46955", "KY", NY, M, Voice, all("10:00", "21:00")),
        ("LA-MKT", "La. PSC DNC order; R.S. 45:844", "LA", CT, M, Voice, not_sunday("08:00", "20:00")),
        ("MD-MKT", "Md. Com. Law 14-4501(d), 14-4502 (SB 90)", "MD", NY, M, Voice, all("08:00", "20:00")),
        ("ME-MKT", "Me. 10 MRSA 1498", "ME", NY, M, Voice, all("08:00", "21:00")),
        ("MA-MKT", "M.G.L. c.159C s.3", "MA", NY, M, Voice, all("08:00", "20:00")),
        ("MI-MKT", "as listed by vendors; cf. MCL 445.111 ff", "MI", "America/Detroit", M, Voice, all("09:00", "21:00")),
        ("MN-MKT", "Minn. Stat. 325E.26 to 325E.31", "MN", CT, M, Voice, all("09:00", "21:00")),
        ("MS-MKT", "Miss. Code 77-3-723", "MS", CT, M, Voice, not_sunday("08:00", "20:00")),
        ("NV-MKT", "NRS 597.814(2)(a)", "NV", PT, M, Voice, all("09:00", "20:00")),
        ("NM-MKT", "NMSA 57-12-22(5)", "NM", MT, M, Voice, all("09:00", "21:00")),
        ("OK-MKT", "15 O.S. 775C.4", "OK", CT, M, Voice, all("08:00", "20:00")),
        ("PA-MKT", "73 P.S. 2245(a)(10)", "PA", NY, M, Voice, all("08:00", "21:00")),
        ("RI-MKT", "R.I. Gen. Laws 5-61-3.6, 5-61-2(2)", "RI", NY, M, Voice, [Some(("09:00", "18:00")), Some(("10:00", "17:00")), None]),
        ("SD-MKT", "SDCL 37-30A-3(2)", "SD", CT, M, Voice, not_sunday("09:00", "21:00")),
        ("TX-MKT", "Tex. Bus. & Com. Code 301.051, 302.001(7) (SB 140)", "TX", CT, M, Text, [Some(("09:00", "21:00")), Some(("09:00", "21:00")), Some(("12:00", "21:00"))]),
        ("UT-MKT", "Utah Code 13-25a-103(3)", "UT", MT, M, Voice, not_sunday("08:00", "21:00")),
        ("WA-MKT", "RCW 19.158.040(2)", "WA", PT, M, Voice, all("08:00", "20:00")),
        ("WV-MKT", "W. Va. Code 46A-6F-601(a)(4)", "WV", NY, M, Voice, all("08:00", "21:00")),
        ("WY-MKT", "Wyo. Stat. 40-12-302(d), (e)", "WY", MT, M, Voice, all("08:00", "20:00")),
        ("SC-MKT", "S.C. Code 37-21-20(6), (8), 37-21-30", "SC", NY, M, Text, all("08:00", "21:00")),
        ("SC-MKT-AUTO", "S.C. Code 16-17-446(C)(3)", "SC", NY, M, Voice, all("08:00", "19:00")),
        ("SD-MKT-AUTO", "SDCL 37-30-28", "SD", CT, M, Voice, [Some(("09:00", "21:00")), None, None]),
        ("MO-MKT", "Mo. Rev. Stat. 407.1076(5)", "MO", CT, M, Voice, all("08:00", "21:00")),
        ("NE-MKT", "Neb. Rev. Stat. 86-248; 291 NAC 11-3", "NE", CT, M, Voice, [Some(("08:00", "21:00")), Some(("08:00", "21:00")), Some(("13:00", "21:00"))]),
        ("VA-MKT", "Va. Code 59.1-511, 59.1-514", "VA", NY, M, Text, all("08:00", "21:00")),
        ("NH-MKT", "RSA 359-E", "NH", NY, M, Voice, all("08:00", "21:00")),
        ("OR-MKT", "ORS 646.561 (HB 3865, 2025)", "OR", PT, M, Text, all("08:00", "20:00")),
        ("NY-MKT", "GBL 399-z(1)(h), (1)(n), (2)", "NY", NY, M, Text, all("08:00", "21:00")),
    ]
};

/// Two weeks without holidays: the clocks go forward on Sunday 2026-03-08 and back on Sunday 2026-11-01.
const DAYS: [&str; 10] = [
    "2026-03-06",
    "2026-03-07",
    "2026-03-08",
    "2026-03-09",
    "2026-03-10",
    "2026-10-30",
    "2026-10-31",
    "2026-11-01",
    "2026-11-04",
    "2026-11-05",
];

#[test]
fn each_rule_opens_and_closes_on_the_minute_its_citation_says() {
    for (rule, citation, state, zone, purpose, channel, hours) in TABLE {
        let stands =
            law().rules.iter().find(|known| known.id == *rule).unwrap_or_else(|| panic!("no {rule}"));
        assert_eq!(stands.citation, *citation, "{rule}");
        let world = World {
            purpose: *purpose,
            channel: *channel,
            autodialed: true,
            ..World::in_state(state, zone).consenting()
        };
        for day in DAYS {
            let date: Date = day.parse().unwrap();
            let of_day = match Day::from(date.weekday()) {
                Day::Sat => hours[1],
                Day::Sun => hours[2],
                Day::Mon | Day::Tue | Day::Wed | Day::Thu | Day::Fri => hours[0],
            };
            let blocks = |time: &str, minutes: i64| {
                let at = local(zone, &format!("{day}T{time}")) + SignedDuration::from_mins(minutes);
                world.is_blocked_by(rule, at)
            };
            assert!(blocks("00:00", 0), "{rule} {day} at midnight");
            assert!(blocks("00:00", -1), "{rule} {day} before midnight");
            match of_day {
                Some((from, to)) => {
                    assert!(blocks(from, -1), "{rule} {day} before {from}");
                    assert!(!blocks(from, 0), "{rule} {day} at {from}");
                    assert!(!blocks(to, -1), "{rule} {day} before {to}");
                    assert!(blocks(to, 0), "{rule} {day} at {to}");
                }
                None => assert!(blocks("12:00", 0), "{rule} {day} at noon"),
            }
        }
    }
}

#[test]
fn every_enforced_rule_with_hours_is_in_the_table() {
    let rules = law().rules.iter().filter(|rule| rule.enforcement.is_enforced() && rule.hours.is_some());
    for rule in rules {
        assert!(TABLE.iter().any(|row| row.0 == rule.id), "{}", rule.id);
    }
}

#[test]
fn rules_with_legal_holidays_are_closed_on_them() {
    for (rule, state, zone, holiday, after) in [
        ("AL-MKT", "AL", CT, "2026-06-01", "2026-06-02"), // Jefferson Davis' Birthday
        ("LA-MKT", "LA", CT, "2026-04-03", "2026-04-04"), // Good Friday
        ("LA-MKT", "LA", CT, "2026-11-27", "2026-11-28"), // Acadian Day
        ("AL-MKT", "AL", CT, "2026-12-01", "2026-12-02"), // Rosa Parks Day
        ("LA-MKT", "LA", CT, "2026-11-03", "2026-11-04"), // Election Day
        ("LA-MKT", "LA", CT, "2026-11-26", "2026-08-15"), // Thanksgiving, and no holiday in August
        ("PA-MKT", "PA", NY, "2026-11-26", "2026-11-27"), // Thanksgiving, and not the day after
        ("NE-MKT", "NE", CT, "2026-07-03", "2026-07-06"), // Independence Day, observed
        ("PA-MKT", "PA", NY, "2027-11-02", "2027-11-03"), // Election Day
        ("RI-MKT", "RI", NY, "2026-11-03", "2026-11-04"), // Election Day
        ("RI-MKT", "RI", NY, "2026-07-06", "2026-07-07"), // for Independence Day, a Saturday
        ("RI-MKT", "RI", NY, "2026-08-10", "2026-08-11"), // Victory Day
        ("UT-MKT", "UT", MT, "2026-07-24", "2026-07-25"), // Pioneer Day
    ] {
        let world = World { purpose: Purpose::Marketing, autodialed: true, ..World::in_state(state, zone) };
        assert!(world.is_blocked_by(rule, local(zone, &format!("{holiday}T12:00"))), "{rule} {holiday}");
        assert!(!world.is_blocked_by(rule, local(zone, &format!("{after}T12:00"))), "{rule} {after}");
    }
}

#[test]
fn a_window_holds_in_every_zone_the_evidence_allows() {
    // A number of New York and an address in California: 8 a.m. in the West to 9 p.m. in the East.
    let mut world = World::in_state("CA", NY);
    world.person.time_zone = None;
    world.person.contacts[0].value = "+12125550123".into();
    for (time, allowed) in [("10:59", false), ("11:00", true), ("20:59", true), ("21:00", false)] {
        let at = local(NY, &format!("2026-11-10T{time}"));
        assert_eq!(!world.is_blocked_by("US-REGF-TIME", at), allowed, "{time}");
    }
    // What the person says narrows the zones.
    world.person.time_zone = Some(NY.into());
    assert!(!world.is_blocked_by("US-REGF-TIME", local(NY, "2026-11-10T08:00")));
    assert!(world.is_blocked_by("CA-ROSENTHAL", local(NY, "2026-11-10T07:59")), "but not the states");
}

#[test]
fn hours_without_a_common_instant_block_and_say_what_to_record() {
    // Rhode Island's marketing hours, 9 to 18, of an address in Rhode Island and a number of Guam.
    let mut world = World { purpose: Purpose::Marketing, ..World::in_state("RI", NY) };
    world.person.time_zone = None;
    world.person.contacts[0].value = "+16715550123".into();
    let decision = world.decide(utc("2026-11-10T15:00:00Z"));
    let reason = decision.reasons.iter().find(|reason| reason.rule_id == "RI-MKT").unwrap();
    assert_eq!((reason.until, decision.next_allowable_at), (None, None));
    assert!(reason.detail.contains("allowed in all of Pacific/Guam, America/New_York"), "{}", reason.detail);
    assert!(reason.detail.contains("Record the time zone the person states"), "{}", reason.detail);
}

#[test]
fn nobody_whose_place_is_unknown_is_contacted_under_a_rule_that_asks_for_it() {
    let mut world = World::in_state("US", NY);
    world.person.time_zone = None;
    let noon = utc("2026-11-10T17:00:00Z");
    for contacts in [vec![], vec!["+18005550123"], vec!["+442071838750"]] {
        world.person.contacts.retain(|contact| contact.value.contains('@'));
        world.person.contacts.extend(
            contacts.iter().map(|number| crate::world::contact(domain::person::ContactType::Phone, number)),
        );
        world.channel = Channel::Email;
        assert!(world.is_blocked_by("stop.location_unknown", noon), "{contacts:?}");
        let servicing = World { purpose: Purpose::Servicing, ..world.clone() };
        assert_eq!(servicing.blocked_by(noon), Vec::<String>::new(), "no rule of servicing asks");
    }
    world.person.time_zone = Some(NY.into());
    let decision = world.decide(noon);
    assert!(decision.reasons[0].detail.contains("which state"), "{}", decision.reasons[0].detail);
    world.person.contacts.push(crate::world::contact(domain::person::ContactType::Phone, "+18025550123"));
    assert!(!world.is_blocked_by("stop.location_unknown", noon), "802 is Vermont's");
}

#[test]
fn the_last_minutes_are_kept_free_for_what_waits_in_a_queue() {
    let mut world = World::in_state("VT", NY);
    world.profile.safety_margin_minutes = 5;
    for (time, allowed) in [("20:54", true), ("20:55", false), ("08:00", true)] {
        assert_eq!(
            !world.is_blocked_by("US-REGF-TIME", local(NY, &format!("2026-11-10T{time}"))),
            allowed,
            "{time}"
        );
    }
    let next = world.decide(local(NY, "2026-11-10T20:55")).next_allowable_at;
    assert_eq!(next, Some(local(NY, "2026-11-11T08:00")));
}

#[test]
fn letters_and_notes_to_staff_have_no_hours() {
    let night = local(NY, "2026-11-10T03:00");
    let mut world = World { channel: Channel::Mail, ..World::in_state("PA", NY) };
    assert_eq!(world.blocked_by(night), Vec::<String>::new());
    world = World { channel: Channel::Task, ..world };
    assert_eq!(world.blocked_by(night), Vec::<String>::new());
}

#[test]
fn at_midnight_the_last_minutes_are_kept_free_unless_the_next_day_goes_on() {
    let span = |days: &[Day], from: &str, to: &str| Span {
        days: days.to_vec(),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    };
    let own = |spans: Vec<Span>, closed_on: &[&str]| {
        let hours = Hours {
            spans,
            closed_on: closed_on.iter().map(|day| day.parse().unwrap()).collect(),
            ..Hours::default()
        };
        vec![Rule { id: "OWN-HOURS".into(), hours: Some(hours), ..Rule::default() }]
    };
    // 2026-11-10 is a Tuesday.
    let all_day = || span(&[], "00:00", "24:00");
    for (rules, open_at_23_54, at_23_55, at_23_57) in [
        (own(vec![span(&[], "08:00", "24:00")], &[]), true, false, false),
        (own(vec![all_day()], &[]), true, true, true),
        (own(vec![span(&[Day::Tue], "00:00", "24:00")], &[]), true, false, false),
        (own(vec![span(&[Day::Tue, Day::Wed], "00:00", "24:00")], &[]), true, true, true),
        (own(vec![all_day()], &["2026-11-11"]), true, false, false),
        (own(vec![all_day()], &["2026-11-12"]), true, true, true),
        (
            own(vec![span(&[Day::Tue], "08:00", "24:00"), span(&[Day::Wed], "00:00", "00:02")], &[]),
            true,
            true,
            false,
        ),
    ] {
        let mut world = World { purpose: Purpose::Servicing, ..World::in_state("VT", NY) };
        world.profile.safety_margin_minutes = 5;
        world.profile.rules = rules;
        for (time, open) in [("23:54", open_at_23_54), ("23:55", at_23_55), ("23:57", at_23_57)] {
            let blocked = world.is_blocked_by("OWN-HOURS", local(NY, &format!("2026-11-10T{time}")));
            assert_eq!(blocked, !open, "{:?} {time}", world.profile.rules[0].hours);
        }
    }
    let mut world = World { purpose: Purpose::Servicing, ..World::in_state("VT", NY) };
    world.profile.safety_margin_minutes = 5;
    world.person.contact_times =
        ContactTimes { convenient: vec![], inconvenient: vec![span(&[Day::Wed], "00:00", "08:00")] };
    for (time, open) in
        [("10T23:54", true), ("10T23:55", false), ("11T07:59", false), ("11T08:00", true), ("11T23:57", true)]
    {
        let blocked = world.is_blocked_by("stop.inconvenient_time", local(NY, &format!("2026-11-{time}")));
        assert_eq!(blocked, !open, "{time}");
    }
}

#[test]
fn a_rule_holds_from_its_first_day_in_washington_until_its_last() {
    let mut world = World { channel: Channel::Email, ..World::in_state("NYC", NY) }.consenting();
    let noon = |day: &str| local(NY, &format!("{day}T12:00"));
    for hour in ["08:00", "09:00"] {
        world.sent(local(NY, &format!("2026-08-31T{hour}")), Outcome::Attempted);
    }
    assert!(world.is_blocked_by("NYC-OLD", noon("2026-08-31")));
    let decision = world.decide(noon("2026-08-31"));
    assert_eq!(decision.next_allowable_at, Some(local(NY, "2026-09-01T08:00")), "ends before the 7 days do");
    assert!(!world.is_blocked_by("NYC-OLD", noon("2026-09-01")));
    world.sent(noon("2026-09-01"), Outcome::Attempted);
    assert!(world.is_blocked_by("NYC-DCWP", noon("2026-09-02")));
}
