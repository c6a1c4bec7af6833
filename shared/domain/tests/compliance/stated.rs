//! Times the person named, beside those of law and lender; and questions asked in the morning about noon.

use domain::{
    compliance::{
        Nature,
        rule::{Hours, Rule},
    },
    ledger::Outcome,
    person::ContactTimes,
    schedule::Span,
    vocabulary::{Channel, Direction, Purpose},
};

use crate::world::{World, local};

const NY: &str = "America/New_York";
const MT: &str = "America/Denver";

#[test]
fn the_persons_own_times_block_and_widen_only_what_yields_to_them() {
    let span =
        |from: &str, to: &str| Span { days: vec![], from: from.parse().unwrap(), to: to.parse().unwrap() };
    let at = |time: &str| local(NY, &format!("2026-11-10T{time}"));
    let mut world = World::in_state("VT", NY);
    world.person.contact_times =
        ContactTimes { convenient: vec![], inconvenient: vec![span("12:00", "13:00")] };
    for (time, allowed) in [("11:59", true), ("12:00", false), ("12:59", false), ("13:00", true)] {
        assert_eq!(!world.is_blocked_by("stop.inconvenient_time", at(time)), allowed, "{time}");
    }
    assert_eq!(world.decide(at("12:30")).next_allowable_at, Some(at("13:00")));

    world.person.contact_times =
        ContactTimes { convenient: vec![span("20:00", "22:30")], inconvenient: vec![] };
    for (time, expected) in [
        ("19:59", vec!["stop.inconvenient_time"]),
        ("22:29", vec![]),
        ("22:30", vec!["stop.inconvenient_time"]),
    ] {
        assert_eq!(world.blocked_by(at(time)), expected, "12 CFR 1006.6(b)(1)(i), {time}");
    }
    let pennsylvanian = World { person: World::in_state("PA", NY).person, ..world.clone() };
    let mut pennsylvanian = pennsylvanian;
    pennsylvanian.person.contact_times = world.person.contact_times.clone();
    assert_eq!(pennsylvanian.blocked_by(at("22:29")), ["PA-FCEUA"], "a state's hours do not yield");
}

#[test]
fn convenient_times_take_the_place_of_the_laws_spans_and_of_nothing_else() {
    let span =
        |from: &str, to: &str| Span { days: vec![], from: from.parse().unwrap(), to: to.parse().unwrap() };
    let convenient = |tightened: serde_json::Value| {
        let mut world = World::in_state("VT", NY);
        let overrides = serde_json::json!({ "US-REGF-TIME": { "tightened": tightened } });
        world.profile.overrides = serde_json::from_value(overrides).unwrap();
        world.person.contact_times =
            ContactTimes { convenient: vec![span("07:00", "22:30")], inconvenient: vec![] };
        world
    };
    let hours = serde_json::json!({ "hours": [{ "from": "09:00", "to": "18:00" }] });
    let closed = serde_json::json!({ "closedOn": ["2026-11-11"] });
    for (tightened, time, blocked) in [
        (&hours, "10T08:59", true),
        (&hours, "10T09:00", false),
        (&hours, "10T18:00", true),
        (&closed, "10T07:00", false),
        (&closed, "10T22:29", false),
        (&closed, "11T12:00", true),
        (&closed, "12T07:00", false),
    ] {
        let at = local(NY, &format!("2026-11-{time}"));
        let reasons = convenient(tightened.clone()).decide(at).reasons;
        let ids: Vec<_> = reasons.iter().map(|reason| (reason.rule_id.as_str(), reason.tightened)).collect();
        assert_eq!(ids, if blocked { vec![("US-REGF-TIME", true)] } else { vec![] }, "{tightened} {time}");
    }
    let shut = convenient(closed).decide(local(NY, "2026-11-11T12:00"));
    assert!(
        shut.reasons[0].detail.contains("the hours are those the person named, but not on a day kept free"),
        "{}",
        shut.reasons[0].detail
    );
    assert_eq!(shut.next_allowable_at, Some(local(NY, "2026-11-12T07:00")));

    // A lender's own rule that yields stays closed on holidays: 2026-11-26 is Thanksgiving.
    let mut own = World::in_state("VT", NY);
    own.person.contact_times =
        ContactTimes { convenient: vec![span("07:00", "22:30")], inconvenient: vec![] };
    let hours = Hours {
        spans: vec![span("10:00", "11:00")],
        closed_on_holidays: true,
        yields_to_stated_times: true,
        ..Hours::default()
    };
    own.profile.rules = vec![Rule { id: "OWN-HOURS".into(), hours: Some(hours), ..Rule::default() }];
    assert_eq!(own.blocked_by(local(NY, "2026-11-25T12:00")), Vec::<String>::new());
    assert_eq!(own.blocked_by(local(NY, "2026-11-26T12:00")), ["OWN-HOURS"]);
}

#[test]
fn what_is_exempt_from_the_persons_own_times_is_held_to_the_laws() {
    let world = World::in_state("VT", NY);
    let evening = Span { days: vec![], from: "20:00".parse().unwrap(), to: "22:30".parse().unwrap() };
    let stated = ContactTimes { convenient: vec![evening], inconvenient: vec![] };
    for nature in [None, Some(Nature::OneTimeCode)] {
        let mut world = World { nature, prior_consent: nature.is_none(), ..world.clone() };
        world.person.contact_times = stated.clone();
        for time in ["03:00", "22:00"] {
            let at = local(NY, &format!("2026-11-10T{time}"));
            assert_eq!(world.blocked_by(at), ["US-REGF-TIME"], "{nature:?} {time}");
        }
    }
}

#[test]
fn hours_that_yield_to_stated_times_do_so_as_soon_as_the_message_is_held_to_those() {
    let span =
        |from: &str, to: &str| Span { days: vec![], from: from.parse().unwrap(), to: to.parse().unwrap() };
    let at = |time: &str| local(NY, &format!("2026-11-{time}"));
    let mut world =
        World { purpose: Purpose::Servicing, channel: Channel::Email, ..World::in_state("VT", NY) };
    let hours =
        Hours { spans: vec![span("08:00", "21:00")], yields_to_stated_times: true, ..Hours::default() };
    world.profile.rules = vec![Rule { id: "OWN-HOURS".into(), hours: Some(hours), ..Rule::default() }];
    world.person.contact_times =
        ContactTimes { convenient: vec![span("02:00", "05:00")], inconvenient: vec![] };
    world.sent(at("09T03:30"), Outcome::Conversation).direction = Direction::Inbound;
    world.reply_to = world.ledger.contacts.keys().next().cloned();
    for (nature, next) in [(None, at("10T03:30")), (Some(Nature::OneTimeCode), at("10T08:00"))] {
        let world = World { nature, ..world.clone() };
        let decision = world.decide(at("10T01:00"));
        assert_eq!(decision.reasons[0].rule_id, "OWN-HOURS");
        assert_eq!((decision.reasons[0].until, decision.next_allowable_at), (Some(next), Some(next)));
        assert!(decision.reasons[0].detail.contains(&next.to_string()), "{}", decision.reasons[0].detail);
    }
}

#[test]
fn asked_at_noon_the_time_of_day_does_not_matter_but_the_day_does() {
    let mut world = World { purpose: Purpose::Marketing, assume_noon: true, ..World::in_state("UT", MT) };
    assert!(!world.is_blocked_by("UT-MKT", local(MT, "2026-11-10T04:00")));
    let sunday = world.decide(local(MT, "2026-11-08T04:00"));
    assert_eq!(sunday.reasons[0].rule_id, "UT-MKT");
    assert_eq!(sunday.next_allowable_at, Some(local(MT, "2026-11-09T08:00")), "by the clock");
    // A number of Kentucky, where calls begin at 10 a.m.
    let mut both = world.clone();
    both.person.contacts[0].value = "+15025550123".into();
    let sunday = both.decide(local(MT, "2026-11-08T04:00"));
    assert_eq!(sunday.next_allowable_at, Some(local(MT, "2026-11-09T10:00")));
    // Judged at noon, by the clock only when next.
    let span =
        |from: &str, to: &str| Span { days: vec![], from: from.parse().unwrap(), to: to.parse().unwrap() };
    for (convenient, asked, next) in [
        (span("08:00", "11:00"), "09:00", "10T09:00"),
        (span("08:00", "11:00"), "11:00", "11T08:00"),
        (span("18:00", "20:00"), "04:00", "10T18:00"),
        (span("18:00", "20:00"), "18:30", "10T18:30"),
    ] {
        let mut stated = World { purpose: Purpose::Servicing, ..world.clone() };
        stated.person.contact_times = ContactTimes { convenient: vec![convenient], inconvenient: vec![] };
        let decision = stated.decide(local(MT, &format!("2026-11-10T{asked}")));
        let next = Some(local(MT, &format!("2026-11-{next}")));
        assert_eq!((decision.next_allowable_at, decision.reasons[0].until), (next, next), "{asked}");
        let detail = &decision.reasons[0].detail;
        assert!(
            detail.contains("noon is assumed, Tue 2026-11-10 12:00 in America/Denver; by the clock"),
            "{detail}"
        );
    }
    world.person.do_not_contact = Some(domain::person::DoNotContact { until: None, reason: None });
    assert!(world.is_blocked_by("stop.do_not_contact", local(MT, "2026-11-10T04:00")));
}
