//! The first open minute that the guard tells is the one found by reading wall clocks minute by minute, also where
//! clocks turn and at midnight.

use domain::{
    compliance::rule::{Hours, Rule},
    person::{ContactTimes, ContactType},
    schedule::{Day, Span, TimeOfDay},
    vocabulary::{Channel, Purpose},
};
use jiff::{SignedDuration, Timestamp, Zoned, civil::Date, tz::TimeZone};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::world::{World, contact, local};

/// A person's state and number, and the clocks they may live by.
type Place = (&'static str, &'static str, &'static [&'static str]);

const PLACES: [Place; 4] = [
    ("NY", "+18005550123", &["America/New_York"]),
    ("IL", "+18085550123", &["America/Chicago", "Pacific/Honolulu"]),
    ("AZ", "+12125550123", &["America/Phoenix", "America/Denver", "America/New_York"]),
    ("AK", "+18005550123", &["America/Anchorage", "America/Adak"]),
];

fn span() -> impl Strategy<Value = Span> {
    let day = select(vec![Day::Fri, Day::Sat, Day::Sun, Day::Mon, Day::Tue]);
    // Many begin or end in the hours in which clocks turn, at midnight, and on any minute.
    let bounds = prop_oneof![
        2 => (0..240u16, 1..240u16),
        2 => (0..1440u16, 1..1440u16),
        1 => (Just(0), 1..30u16),
        1 => (1200..1440u16, Just(1440)),
        2 => Just((0, 1440)),
    ];
    (vec(day, 0..3), bounds).prop_map(|(days, (from, length))| Span {
        days,
        from: TimeOfDay::MIDNIGHT + from,
        to: TimeOfDay::MIDNIGHT + (from + length).min(1440),
    })
}

/// A servicing e-mail, which no law holds to hours: only the lender's and the person's own.
fn world(place: Place, hours: Hours, times: ContactTimes, margin: u16) -> World {
    let (state, phone, _) = place;
    let mut world =
        World { channel: Channel::Email, purpose: Purpose::Servicing, ..World::in_state(state, "UTC") };
    world.person.time_zone = None;
    world.person.contacts[0] = contact(ContactType::Phone, phone);
    world.person.contact_times = times;
    world.profile.safety_margin_minutes = margin;
    world.profile.rules.push(Rule {
        id: "OWN-HOURS".into(),
        title: "Hours".into(),
        citation: "Policy".into(),
        hours: Some(hours),
        ..Rule::default()
    });
    world
}

/// Whether a clock shows a time of one of these spans.
fn is_within(clock: &Zoned, spans: &[Span]) -> bool {
    let now = i32::from(clock.hour()) * 60 + i32::from(clock.minute());
    let minute = |time: TimeOfDay| i32::from(time.minutes());
    let is_on = |span: &&Span| span.days.is_empty() || span.days.contains(&clock.weekday().into());
    spans.iter().filter(is_on).any(|span| minute(span.from) <= now && now < minute(span.to))
}

/// Whether it is open, and goes on to be for as long as is kept free.
fn is_open(clock: &Zoned, hours: &Hours, times: &ContactTimes, margin: i64) -> bool {
    (0..=margin).map(|minutes| clock.saturating_add(SignedDuration::from_mins(minutes))).all(|clock| {
        is_within(&clock, &hours.spans)
            && !hours.closed_on.contains(&clock.date())
            && (times.convenient.is_empty() || is_within(&clock, &times.convenient))
            && !is_within(&clock, &times.inconvenient)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_next_instant_is_the_one_read_from_wall_clocks_minute_by_minute(
        place in select(PLACES.to_vec()),
        spans in vec(span(), 1..4),
        closed_on in option::of(select(vec!["2026-03-07", "2026-03-08", "2026-11-01"])),
        convenient in prop_oneof![Just(vec![]), vec(span(), 1..3)],
        inconvenient in prop_oneof![Just(vec![]), vec(span(), 1..3)],
        margin in 0..30u16,
        // Friday before the clocks go forward, and before they go back.
        day in select(vec!["2026-03-06", "2026-10-30"]),
        minutes in prop_oneof![0..3 * 1440i64, (1..4i64, -31..2i64).prop_map(|(days, by)| 1440 * days + by)],
    ) {
        let closed_on = closed_on.map(|day| day.parse::<Date>().unwrap()).into_iter().collect();
        let hours = Hours { spans, closed_on, ..Hours::default() };
        let times = ContactTimes { convenient, inconvenient };
        let world = world(place, hours.clone(), times.clone(), margin);
        let from = local(place.2[0], &format!("{day}T00:00")) + SignedDuration::from_mins(minutes);

        let zones: Vec<_> = place.2.iter().map(|zone| TimeZone::get(zone).unwrap()).collect();
        let is_open = |at: Timestamp| {
            zones.iter().all(|zone| is_open(&at.to_zoned(zone.clone()), &hours, &times, margin.into()))
        };
        let decision = world.decide(from);
        prop_assert_eq!(decision.allowed, is_open(from));
        let told = if decision.allowed { Some(from) } else { decision.next_allowable_at };
        let until = told.unwrap_or(from + SignedDuration::from_hours(24 * 14));
        let minutes = (0..).map(|minute| from + SignedDuration::from_mins(minute));
        let read = minutes.take_while(|at| *at <= until).find(|at| is_open(*at));
        prop_assert_eq!(told, read);
    }
}

#[test]
fn hours_within_the_hour_that_is_skipped_open_when_the_clock_is_put_forward() {
    let from_half_past_two =
        Span { days: vec![], from: "02:30".parse().unwrap(), to: "04:00".parse().unwrap() };
    let hours = Hours { spans: vec![from_half_past_two], ..Hours::default() };
    let world = world(PLACES[0], hours, ContactTimes::default(), 0);
    // 2026-03-08: after 01:59 comes 03:00 in New York.
    let next = world.decide(local("America/New_York", "2026-03-08T01:00")).next_allowable_at;
    assert_eq!(next, Some(local("America/New_York", "2026-03-08T03:00")));
}

#[test]
fn hours_within_the_hour_that_is_shown_twice_open_twice() {
    let half_past_one = Span { days: vec![], from: "01:15".parse().unwrap(), to: "01:45".parse().unwrap() };
    let hours = Hours { spans: vec![half_past_one], ..Hours::default() };
    let world = world(PLACES[0], hours, ContactTimes::default(), 0);
    // 2026-11-01: after 01:59 in summer time comes 01:00 in New York.
    for (at, next) in [
        ("2026-11-01T04:00:00Z", "2026-11-01T05:15:00Z"),
        ("2026-11-01T05:45:00Z", "2026-11-01T06:15:00Z"),
        ("2026-11-01T06:45:00Z", "2026-11-02T06:15:00Z"),
    ] {
        assert_eq!(world.decide(at.parse().unwrap()).next_allowable_at, next.parse().ok(), "{at}");
    }
}
