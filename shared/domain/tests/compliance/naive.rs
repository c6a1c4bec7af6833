//! A second, slow opinion on everything the guard decides, written without a look at the guard's own arithmetic: it
//! compares the digits of wall clocks, counts contacts pair by pair, and reads what a lender tightened as a second rule
//! beside the law's. It takes places and the contact as given, and the rules' data as written.

mod calendar;
mod counting;
mod rules;
mod stops;

use domain::{
    compliance::{
        ReasonCode,
        rule::{Condition, Exemption},
    },
    person::{
        Affiliation, Consent, ConsentScope, ConsentStatus, Contact, ContactLabel, ContactStatus, ContactType,
        Person,
    },
    schedule::Span,
    vocabulary::{Channel, Direction, Purpose},
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

pub use self::{calendar::holidays, stops::kind_for};
use self::{
    calendar::is_holiday,
    counting::Seen,
    rules::{Asked, asked, purposes_of, speaks},
};
use crate::world::World;

/// What is known of a person's whereabouts and of the contact to be used.
#[derive(Debug, Clone)]
pub struct Known {
    pub zones: Vec<&'static str>,
    pub jurisdictions: Vec<&'static str>,
    pub is_state_known: bool,
    /// Its place among the person's contacts.
    pub contact: Option<usize>,
}

/// Something against a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub rule: String,
    pub what: What,
}

/// What it is that a message violates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Stop(ReasonCode),
    Hours,
    Cap(usize),
    Consent,
    Forbidden(ReasonCode),
}

impl What {
    pub fn code(self) -> ReasonCode {
        match self {
            Self::Stop(code) | Self::Forbidden(code) => code,
            Self::Hours => ReasonCode::OutsideHours,
            Self::Cap(_) => ReasonCode::RecentlyContacted,
            Self::Consent => ReasonCode::ConsentMissing,
        }
    }
}

/// What a wall clock shows.
struct Digits {
    date: Date,
    /// Its place in the week.
    day: usize,
    minute: u32,
}

/// Times on some days of the week, in minutes of the day.
struct Opening {
    days: Vec<String>,
    from: u32,
    to: u32,
}

/// The opinion on one message, whenever it leaves.
pub struct Opinion<'a> {
    world: &'a World,
    person: &'a Person,
    contact: Option<&'a Contact>,
    known: &'a Known,
    zones: Vec<TimeZone>,
    washington: TimeZone,
    rules: Vec<Asked>,
    convenient: Vec<Opening>,
    inconvenient: Vec<Opening>,
    seen: Vec<Seen<'a>>,
}

impl<'a> Opinion<'a> {
    pub fn new(world: &'a World, known: &'a Known) -> Self {
        let zones: Vec<_> = known.zones.iter().map(|zone| TimeZone::get(zone).unwrap()).collect();
        let times = &world.person.contact_times;
        Self {
            world,
            person: &world.person,
            contact: known.contact.map(|n| &world.person.contacts[n]),
            known,
            rules: asked(world).into_iter().filter(|one| speaks(&one.rule, world, known)).collect(),
            convenient: openings(&times.convenient),
            inconvenient: openings(&times.inconvenient),
            seen: world.ledger.contacts.values().map(|entry| Seen::new(entry, &zones)).collect(),
            zones,
            washington: TimeZone::get("America/New_York").unwrap(),
        }
    }

    /// Everything a message at this instant would violate.
    pub fn violations(&self, at: Timestamp) -> Vec<Violation> {
        self.each(at).collect()
    }

    /// Whether it would violate nothing.
    pub fn is_free(&self, at: Timestamp) -> bool {
        self.each(at).next().is_none()
    }

    /// Every instant in between, besides quarter hours, at which something may cease to be in the way: a contact no longer
    /// counts because so many hours have passed, or an order ends.
    pub fn ends(&self, after: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        let caps = self.rules.iter().flat_map(|one| &one.rule.caps);
        let lengths: Vec<_> = caps.map(|cap| counting::hours(cap.period)).collect();
        let over = self.seen.iter().flat_map(|seen| lengths.iter().map(|length| seen.at() + *length));
        let orders = stops::orders(self.person).filter_map(|order| order.until);
        over.chain(orders).filter(|end| after <= *end && *end < until).collect()
    }

    /// Whether a rule speaks of the message at this instant.
    pub fn is_asked(&self, rule: &str, at: Timestamp) -> bool {
        self.asking(at).any(|one| one.rule.id == rule)
    }

    fn asking(&self, at: Timestamp) -> impl Iterator<Item = &Asked> {
        let here = |one: &&Asked| self.known.jurisdictions.contains(&one.rule.jurisdiction.as_str());
        self.anywhere(at).filter(here)
    }

    /// The rules that would speak of it, were the person everywhere.
    fn anywhere(&self, at: Timestamp) -> impl Iterator<Item = &Asked> {
        let washington = self.washington.to_datetime(at).date();
        self.rules.iter().filter(move |one| {
            let rule = &one.rule;
            rule.from.is_none_or(|from| from <= washington)
                && rule.until.is_none_or(|until| washington < until)
                && !rule.exempt.iter().any(|exemption| self.is_exempt(*exemption, at))
        })
    }

    fn each(&self, at: Timestamp) -> impl Iterator<Item = Violation> {
        let of_rules = self.asking(at).flat_map(move |one| {
            let hours = (self.is_outside(one, at)).then_some(What::Hours);
            let caps = one.rule.caps.iter().enumerate();
            let caps = caps.filter(move |(_, cap)| self.is_exceeded(one, cap, at));
            let consent =
                one.rule.consent.filter(|scope| self.newest(*scope) != Some(ConsentStatus::Consented));
            let forbidden = one.rule.forbids.iter().filter_map(|condition| self.forbidden(*condition));
            let asked = hours.into_iter().chain(caps.map(|(n, _)| What::Cap(n)));
            let asked = asked.chain(consent.map(|_| What::Consent)).chain(forbidden.map(What::Forbidden));
            asked.map(|what| Violation { rule: one.rule.id.clone(), what })
        });
        let stops = self
            .stops(at)
            .into_iter()
            .map(|code| Violation { rule: format!("stop.{}", code.as_str()), what: What::Stop(code) });
        stops.chain(of_rules)
    }

    /// What the clock shows now and in each of the minutes to be kept free, which are the minutes that pass, whatever the clock
    /// makes of them; for whoever asks in the morning about the day, from noon.
    fn clock(&self, zone: &TimeZone, at: Timestamp) -> impl Iterator<Item = Digits> {
        let today = zone.to_datetime(at).date();
        let from_noon = self.world.assume_noon;
        let margin = u32::from(self.world.profile.safety_margin_minutes);
        (0..=margin).map(move |passed| {
            let local = zone.to_datetime(at + SignedDuration::from_mins(passed.into()));
            let date = if from_noon { today } else { local.date() };
            let day = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap();
            let minute = if from_noon {
                12 * 60 + passed
            } else {
                u32::try_from(local.hour()).unwrap() * 60 + u32::try_from(local.minute()).unwrap()
            };
            Digits { date, day, minute }
        })
    }

    fn is_outside(&self, one: &Asked, at: Timestamp) -> bool {
        let Some(hours) = one.rule.hours.as_ref().filter(|_| self.world.channel != Channel::Mail) else {
            return false;
        };
        // 12 CFR 1006.6(b)(1)(i): what the person called convenient is. Then the stop for other times holds instead of the
        // rule's first opening; days kept free and what a lender tightened stay.
        let yields =
            hours.yields_to_stated_times && !self.convenient.is_empty() && self.minds_stated_times(at);
        let all_day = [Opening { days: vec![], from: 0, to: MIDNIGHT }];
        let first = if yields { &all_day[..] } else { &one.openings[0] };
        let openings: Vec<_> =
            [first].into_iter().chain(one.openings[1..].iter().map(Vec::as_slice)).collect();
        let whose = one.rule.jurisdiction.as_str();
        let is_closed =
            |day: Date| one.closed_on.contains(&day) || (hours.closed_on_holidays && is_holiday(day, whose));
        let is_shut =
            |clock: Digits| is_closed(clock.date) || openings.iter().any(|spans| !are_open(spans, &clock));
        self.zones.iter().chain(&one.named).any(|zone| self.clock(zone, at).any(is_shut))
    }

    /// For what the message is exempt from rules that exempt it.
    pub fn exemptions(&self, at: Timestamp) -> impl Iterator<Item = Exemption> {
        use Exemption::{
            Attorney, BusinessRelationship, OneTimeCode, OptOutConfirmation, PriorConsent, Reply,
            RequiredNotice, UnusualTimeConsent,
        };
        let of_message = [Reply, OneTimeCode, OptOutConfirmation, RequiredNotice, Attorney, PriorConsent];
        of_message
            .into_iter()
            .chain([UnusualTimeConsent, BusinessRelationship])
            .filter(move |exemption| self.is_exempt(*exemption, at))
    }

    fn is_exempt(&self, exemption: Exemption, at: Timestamp) -> bool {
        use domain::compliance::Nature;
        let is = |nature| self.world.nature == Some(nature);
        let within = |since: Timestamp, span| since <= at && at < since + span;
        match exemption {
            Exemption::Reply => {
                let theirs = self.world.reply_to.as_ref().map(|id| &self.world.ledger.contacts[id]);
                let is_taken_back = |theirs: Timestamp| {
                    let mut revoked =
                        self.person.consents.iter().filter(|record| record.status == ConsentStatus::Revoked);
                    revoked.any(|record| theirs <= record.recorded_at)
                };
                theirs.is_some_and(|theirs| {
                    theirs.direction == Direction::Inbound
                        && within(theirs.at, SignedDuration::from_hours(24))
                        && !is_taken_back(theirs.at)
                })
            }
            Exemption::OneTimeCode => is(Nature::OneTimeCode),
            Exemption::RequiredNotice => is(Nature::RequiredNotice),
            Exemption::OptOutConfirmation => {
                let word = self.last_word(ConsentScope::Contact);
                let revoked = word.filter(|word| word.status == ConsentStatus::Revoked);
                let is_else = |of| matches!(of, Purpose::Collections | Purpose::Marketing);
                // 47 CFR 64.1200(a)(12) lets one text confirm, 12 CFR 1006.14(h) one e-mail.
                is(Nature::OptOutConfirmation)
                    && matches!(self.world.channel, Channel::Text | Channel::Email)
                    && !purposes_of(self.world).into_iter().any(is_else)
                    && revoked.is_some_and(|revoked| {
                        let is_first = !self.world.ledger.contacts.values().any(|entry| {
                            entry.at >= revoked.recorded_at
                                && entry.exempt.contains(&Exemption::OptOutConfirmation)
                        });
                        is_first && within(revoked.recorded_at, SignedDuration::from_mins(5))
                    })
            }
            Exemption::Attorney => {
                self.contact.is_some_and(|contact| contact.affiliation == Affiliation::Attorney)
            }
            Exemption::PriorConsent => self.world.prior_consent,
            Exemption::UnusualTimeConsent => {
                self.newest(ConsentScope::UnusualTime) == Some(ConsentStatus::Consented)
            }
            // The shortest of the laws' terms, Pennsylvania's: a year.
            Exemption::BusinessRelationship => {
                let word = self.last_word(ConsentScope::BusinessRelationship);
                let year = SignedDuration::from_hours(365 * 24);
                word.is_some_and(|word| {
                    word.status == ConsentStatus::Consented && at < word.recorded_at + year
                })
            }
        }
    }

    fn forbidden(&self, condition: Condition) -> Option<ReasonCode> {
        let is_at_work = self.contact.is_some_and(|contact| contact.label == ContactLabel::Work);
        let work = self.newest(ConsentScope::Work);
        let (is_so, code) = match condition {
            Condition::Case(kind) => {
                (self.person.cases.iter().any(|case| case.case_type == kind), ReasonCode::CaseOpen)
            }
            Condition::Represented => {
                let mut kept =
                    self.person.contacts.iter().filter(|contact| contact.status != ContactStatus::Archived);
                let has_attorney = kept.any(|contact| contact.affiliation == Affiliation::Attorney);
                let is_consented = self.newest(ConsentScope::Represented) == Some(ConsentStatus::Consented);
                (has_attorney && !is_consented, ReasonCode::AttorneyRepresented)
            }
            Condition::AtWork => (is_at_work, ReasonCode::WorkContact),
            Condition::WorkRevoked => {
                (is_at_work && work == Some(ConsentStatus::Revoked), ReasonCode::WorkContact)
            }
            Condition::WorkUnconsented => {
                (is_at_work && work != Some(ConsentStatus::Consented), ReasonCode::WorkContact)
            }
            Condition::RevokedElsewhere => (self.is_revoked_elsewhere(), ReasonCode::ConsentRevoked),
        };
        is_so.then_some(code)
    }

    /// Whether calls and texts, or automated ones, were revoked for whatever number, and not consented to for this one
    /// since. For the number or channel itself, the stop says it. Whoever opted out of calls or texts has said no date
    /// after which anything could be consented to.
    fn is_revoked_elsewhere(&self) -> bool {
        let opted_out = &self.person.communication_preference.opted_out;
        let is_stopped = self.newest(ConsentScope::Contact) == Some(ConsentStatus::Revoked)
            || opted_out.contains(&self.world.channel);
        let is_of_calls_or_texts = opted_out.iter().any(|of| matches!(of, Channel::Text | Channel::Voice));
        // Of what is no contact of the person's, nobody knows that it is no number.
        let is_of_number = |record: &Consent| {
            let known = self.person.contacts.iter().find(|of| record.contact_id.as_ref() == Some(&of.id));
            known.is_none_or(|contact| contact.contact_type == ContactType::Phone)
        };
        let is_overruled = |record: &Consent| {
            let word = self.last_word(record.scope);
            word.is_some_and(|word| {
                word.status == ConsentStatus::Consented && word.recorded_at > record.recorded_at
            })
        };
        let mut records = self.person.consents.iter();
        let is_revoked = records.any(|record| {
            record.status == ConsentStatus::Revoked
                && matches!(record.scope, ConsentScope::Contact | ConsentScope::Autodialed)
                && matches!(record.channel, None | Some(Channel::Text | Channel::Voice))
                && is_of_number(record)
                && !is_overruled(record)
        });
        !is_stopped && (is_of_calls_or_texts || is_revoked)
    }
}

impl Opening {
    fn is_on(&self, day: usize) -> bool {
        self.days.is_empty() || self.days.iter().any(|on| on == calendar::DAYS[day])
    }
}

/// Whether some hours are open.
fn are_open(spans: &[Opening], clock: &Digits) -> bool {
    spans.iter().any(|span| span.is_on(clock.day) && span.from <= clock.minute && clock.minute < span.to)
}

/// The minute at which a day ends.
const MIDNIGHT: u32 = 24 * 60;

fn openings(spans: &[Span]) -> Vec<Opening> {
    let minute = |digits: String| {
        let (hour, minute) = digits.split_once(':').unwrap();
        hour.parse::<u32>().unwrap() * 60 + minute.parse::<u32>().unwrap()
    };
    let one = |span: &Span| Opening {
        days: span.days.iter().map(ToString::to_string).collect(),
        from: minute(span.from.to_string()),
        to: minute(span.to.to_string()),
    };
    spans.iter().map(one).collect()
}
