//! Questions drawn around a rule: somebody it protects, a message it speaks of (or nearly), and as many contacts as it
//! allows, one less or one more.

mod facts;
mod history;
mod lender;
mod place;

use domain::{
    compliance::{Profile, rule::Rule},
    id::{self, Id},
    ledger::LedgerEntry,
    person::{ContactLabel, ContactType, Loan},
    schedule::{Span, TimeOfDay},
    vocabulary::{Channel, Purpose, Theme},
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use proptest::{collection::vec, option, prelude::*, sample::select};

pub use self::lender::{OWN, own_rule};
use self::place::{Phone, Whereabouts};
use crate::{
    naive::{Known, What, holidays},
    world::{World, contact},
};

/// What a rule asks for that is about time: its hours or one of its limits.
#[derive(Debug, Clone)]
pub struct Target {
    pub rule: Rule,
    pub asks: What,
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.rule.id, self.asks)
    }
}

impl Target {
    /// Whether hours are asked for that yield to the times a person named.
    pub fn yields(&self) -> bool {
        self.asks == What::Hours && self.rule.hours.as_ref().is_some_and(|hours| hours.yields_to_stated_times)
    }
}

/// Everything about time that a rule asks for.
pub fn targets(rule: &Rule) -> Vec<Target> {
    let caps = (0..rule.caps.len()).map(What::Cap);
    let asked = rule.hours.iter().map(|_| What::Hours).chain(caps);
    asked.map(|asks| Target { rule: rule.clone(), asks }).collect()
}

/// A question, and what may come to it.
#[derive(Debug, Clone)]
pub struct Case {
    pub world: World,
    pub known: Known,
    pub at: Timestamp,
    /// More contacts.
    pub more: Vec<LedgerEntry>,
    /// One more number.
    pub phone: Phone,
    /// The lender's profile, stricter.
    pub stricter: Profile,
}

/// What a message is.
#[derive(Debug, Clone)]
struct Message {
    channel: Channel,
    theme: Option<Theme>,
    purpose: Purpose,
    label: ContactLabel,
    autodialed: bool,
    loans: Vec<usize>,
    subject: Option<&'static str>,
}

/// Days and times of the question.
#[derive(Debug, Clone)]
struct When {
    day: Date,
    minute: u16,
    second: i64,
}

const REACHING: [Channel; 8] = [
    Channel::Voice,
    Channel::Text,
    Channel::Email,
    Channel::Mail,
    Channel::Chat,
    Channel::Push,
    Channel::Gui,
    Channel::Fax,
];
const PURPOSES: [Purpose; 6] = [
    Purpose::Collections,
    Purpose::Marketing,
    Purpose::Servicing,
    Purpose::Credentials,
    Purpose::Agent,
    Purpose::Inbound,
];
const THEMES: [Theme; 6] = [
    Theme::OpsCollDebt,
    Theme::OpsServicing,
    Theme::OpsAccountCredentials,
    Theme::AgentNotification,
    Theme::InbServicing,
    Theme::InbPayments,
];
const LABELS: [ContactLabel; 4] =
    [ContactLabel::Personal, ContactLabel::Work, ContactLabel::Home, ContactLabel::Military];
/// The first of about a year and a half of days, which ends before the holidays known here do.
const FIRST: Date = jiff::civil::date(2026, 7, 1);
const DAYS: i32 = 525;
/// In most of the country the clocks go back, forward and back.
const CLOCKS_CHANGE: [Date; 3] =
    [jiff::civil::date(2026, 11, 1), jiff::civil::date(2027, 3, 14), jiff::civil::date(2027, 11, 7)];

/// Mostly one of these; any at all where there are none, and now and then another.
fn one_of<T: Clone + std::fmt::Debug + 'static>(named: &[T], all: &[T]) -> impl Strategy<Value = T> + use<T> {
    let pool = if named.is_empty() { all.to_vec() } else { named.to_vec() };
    prop_oneof![12 => select(pool), 1 => select(all.to_vec())]
}

fn message(target: &Target) -> impl Strategy<Value = Message> + use<> {
    let Target { rule, asks } = target;
    let cap = match asks {
        What::Cap(n) => Some(&rule.caps[*n]),
        What::Hours | What::Stop(_) | What::Consent | What::Forbidden(_) => None,
    };
    let labels = cap.map(|cap| &cap.labels).filter(|labels| !labels.is_empty()).unwrap_or(&rule.labels);
    let is_automated = rule.automated || cap.is_some_and(|cap| cap.automated);
    (
        one_of(&rule.channels, &REACHING),
        option::weighted(0.3, select(&THEMES[..])),
        one_of(&rule.purposes, &PURPOSES[..3]),
        one_of(labels, &LABELS),
        prop::bool::weighted(if is_automated { 0.9 } else { 0.3 }),
        select(vec![vec![], vec![0], vec![1], vec![0, 1]]),
        select(vec![None, Some("other"), Some("offer"), Some("offer")]),
    )
        .prop_map(|(channel, theme, purpose, label, autodialed, loans, subject)| Message {
            channel,
            theme,
            purpose,
            label,
            autodialed,
            loans,
            subject,
        })
}

/// Any day, and above all those on which clocks change and holidays; any time, and above all those at which hours begin
/// and end.
fn when(target: &Target) -> impl Strategy<Value = When> + use<> {
    let day = if let Some(until) = target.rule.until {
        let last = FIRST.until(until).unwrap().get_days();
        (0..last + 5).prop_map(days_on).boxed()
    } else {
        let near = (select(CLOCKS_CHANGE.to_vec()), -3..=3i64)
            .prop_map(|(day, by)| day.saturating_add(jiff::Span::new().days(by)));
        prop_oneof![5 => (0..DAYS).prop_map(days_on), 3 => near, 2 => select(holidays())].boxed()
    };
    let spans = target.rule.hours.iter().flat_map(|hours| &hours.spans);
    let edges: Vec<_> = spans.flat_map(|span| [span.from.minutes(), span.to.minutes()]).collect();
    let minute = if target.asks == What::Hours {
        let near = (select(edges), -7..=2i16).prop_map(|(edge, by)| edge.saturating_add_signed(by).min(1439));
        prop_oneof![2 => near, 1 => 0..1440u16].boxed()
    } else {
        // Days end at midnight, and are an hour longer where the clock was put back.
        prop_oneof![6 => 11 * 60..16 * 60u16, 1 => 23 * 60..1440u16, 1 => 0..1440u16].boxed()
    };
    (day, minute, prop_oneof![Just(0), 0..60i64]).prop_map(|(day, minute, second)| When {
        day,
        minute,
        second,
    })
}

fn days_on(days: i32) -> Date {
    FIRST.saturating_add(jiff::Span::new().days(days))
}

impl When {
    /// The instant on this clock; in Washington, where there is none.
    fn on(&self, clock: Option<&str>) -> Timestamp {
        let zone = TimeZone::get(clock.unwrap_or("America/New_York")).unwrap();
        let (hour, minute) =
            (i8::try_from(self.minute / 60).unwrap(), i8::try_from(self.minute % 60).unwrap());
        let local = self.day.at(hour, minute, 0, 0);
        zone.to_ambiguous_timestamp(local).compatible().unwrap() + SignedDuration::from_secs(self.second)
    }
}

/// Spans of quarter hours, and whole days.
fn span() -> impl Strategy<Value = Span> {
    use domain::schedule::Day::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    let days = prop_oneof![Just(vec![]), Just(vec![Mon, Tue, Wed, Thu, Fri]), Just(vec![Sat, Sun])];
    let quarters = prop_oneof![6 => (0..92u16, 4..60u16), 1 => Just((0, 96))];
    (days, quarters).prop_map(|(days, (from, length))| Span {
        days,
        from: TimeOfDay::MIDNIGHT + from * 15,
        to: TimeOfDay::MIDNIGHT + (from + length).min(96) * 15,
    })
}

/// Questions about a rule.
pub fn case(target: Target) -> BoxedStrategy<Case> {
    let drawn = (
        (lender::lender(&target), place::whereabouts(&target.rule), message(&target), when(&target)),
        (history::around(&target), vec(history::noise(), 0..4), vec(history::noise(), 1..5)),
        (facts::facts(&target), facts::consents(&target)),
        (place::phone(), lender::stricter(), option::weighted(0.1, 1..48u32)),
    );
    let cases = drawn.prop_map(move |drawn| {
        let (
            (lender, place, message, when),
            (around, noise, more),
            (facts, consents),
            (phone, stricter, gap),
        ) = drawn;
        let at = when.on(place.clock());
        let mut world = World {
            channel: message.channel,
            theme: message.theme,
            purpose: message.purpose,
            autodialed: message.autodialed,
            profile: lender.profile(&target, &place, when.day),
            suppression_hours: gap.unwrap_or(0),
            subject: message.subject.map(|subject| subject.parse().unwrap()),
            loans: message.loans.iter().copied().map(loan).collect(),
            ..place.world()
        };
        world.person.loans = [0, 1].map(|n| Loan::new(loan(n), None)).into();
        if message.channel == Channel::Push {
            world.person.contacts.push(contact(ContactType::Push, "token"));
        }
        world.person.contacts.iter_mut().for_each(|contact| contact.label = message.label);
        world.person.consents = consents;
        facts.into_iter().for_each(|fact| fact.happen(&mut world, at));
        let known = place.known(&world, facts::used(&world));
        let period = target.period();
        around.iter().take(lender.contacts(&target)).for_each(|past| past.happen(&mut world, at, period));
        noise.iter().for_each(|past| past.happen(&mut world, at, period));
        let more = {
            let mut later = world.clone();
            let before = later.ledger.contacts.clone();
            more.iter().for_each(|past| past.happen(&mut later, at, period));
            later.ledger.contacts.retain(|id, _| !before.contains_key(id));
            later.ledger.contacts.into_values().collect()
        };
        let stricter = stricter.after(world.profile.clone(), &target, when.day);
        Case { world, known, at, more, phone, stricter }
    });
    cases.boxed()
}

/// One of the person's loans.
fn loan(n: usize) -> Id<id::Loan> {
    Id::external("demo", ["L1", "L2"][n])
}
