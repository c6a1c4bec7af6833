//! A second, slow opinion on everything the guard decides, written without a look at the guard's own arithmetic: it
//! compares the digits of wall clocks, counts contacts pair by pair, and reads what a lender tightened as a second rule
//! beside the law's. It takes places and the contact as given, and the rules' data as written.

mod calendar;
mod counting;
mod stops;

use domain::{
    compliance::{
        ReasonCode,
        rule::{Cap, Condition, Counts, Exemption, Party, Period, Rule, Scope},
        rules::{SUPPRESSION, law},
    },
    person::{Affiliation, ConsentScope, ConsentStatus, Contact, ContactLabel, Person},
    schedule::Span,
    vocabulary::{Channel, Direction, Purpose},
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

pub use self::calendar::holidays;
use self::{calendar::is_holiday, counting::Seen};
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
    day: &'static str,
    minute: u32,
}

/// Times on some days of the week, in minutes of the day.
struct Opening {
    days: Vec<String>,
    from: u32,
    to: u32,
}

/// A rule with what a lender said about it.
struct Asked {
    rule: Rule,
    /// One after the other must be open.
    openings: Vec<Vec<Opening>>,
    closed_on: Vec<Date>,
    named: Option<TimeZone>,
    /// What the lender tightened every limit to.
    most: u32,
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

    /// What the clock shows; for whoever asks in the morning about the day, noon.
    fn clock(&self, zone: &TimeZone, at: Timestamp) -> Digits {
        let local = zone.to_datetime(at);
        let day = calendar::DAYS[usize::try_from(local.weekday().to_monday_zero_offset()).unwrap()];
        let minute = if self.world.assume_noon {
            12 * 60
        } else {
            u32::try_from(local.hour()).unwrap() * 60 + u32::try_from(local.minute()).unwrap()
        };
        Digits { date: local.date(), day, minute }
    }

    fn is_outside(&self, one: &Asked, at: Timestamp) -> bool {
        let Some(hours) = one.rule.hours.as_ref().filter(|_| self.world.channel != Channel::Mail) else {
            return false;
        };
        // 12 CFR 1006.6(b)(1)(i): what the person called convenient is. Then the stop for other times holds instead.
        if hours.yields_to_stated_times && !self.convenient.is_empty() && self.minds_stated_times(at) {
            return false;
        }
        let margin = u32::from(self.world.profile.safety_margin_minutes);
        self.zones.iter().chain(&one.named).any(|zone| {
            let clock = self.clock(zone, at);
            let is_shut =
                one.openings.iter().any(|spans| !spans.iter().any(|span| span.is_open(&clock, margin)));
            let whose = one.rule.jurisdiction.as_str();
            is_shut
                || one.closed_on.contains(&clock.date)
                || (hours.closed_on_holidays && is_holiday(clock.date, whose))
        })
    }

    /// For what the message is exempt from rules that exempt it.
    pub fn exemptions(&self, at: Timestamp) -> impl Iterator<Item = Exemption> {
        use Exemption::{
            Attorney, OneTimeCode, OptOutConfirmation, PriorConsent, Reply, RequiredNotice,
            UnusualTimeConsent,
        };
        [Reply, OneTimeCode, OptOutConfirmation, RequiredNotice, Attorney, PriorConsent, UnusualTimeConsent]
            .into_iter()
            .filter(move |exemption| self.is_exempt(*exemption, at))
    }

    fn is_exempt(&self, exemption: Exemption, at: Timestamp) -> bool {
        use domain::compliance::Nature;
        let is = |nature| self.world.nature == Some(nature);
        let within = |since: Timestamp, span| since <= at && at < since + span;
        match exemption {
            Exemption::Reply => {
                let theirs = self.world.reply_to.as_ref().map(|id| &self.world.ledger.contacts[id]);
                theirs.is_some_and(|theirs| {
                    theirs.direction == Direction::Inbound
                        && within(theirs.at, SignedDuration::from_hours(24))
                })
            }
            Exemption::OneTimeCode => is(Nature::OneTimeCode),
            Exemption::RequiredNotice => is(Nature::RequiredNotice),
            Exemption::OptOutConfirmation => {
                let word = self.last_word(ConsentScope::Contact);
                let revoked = word.filter(|word| word.status == ConsentStatus::Revoked);
                is(Nature::OptOutConfirmation)
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
                let mut whose = self.person.contacts.iter().map(|contact| contact.affiliation);
                let is_consented = self.newest(ConsentScope::Represented) == Some(ConsentStatus::Consented);
                let is_so = whose.any(|whose| whose == Affiliation::Attorney) && !is_consented;
                (is_so, ReasonCode::AttorneyRepresented)
            }
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

    /// For the number itself, the stop says it.
    fn is_revoked_elsewhere(&self) -> bool {
        let here = self.last_word(ConsentScope::Contact);
        let mut records = self.person.consents.iter().filter(|record| record.scope == ConsentScope::Contact);
        here.is_none_or(|here| here.status == ConsentStatus::Consented)
            && records.any(|record| {
                record.status == ConsentStatus::Revoked
                    && matches!(record.channel, None | Some(Channel::Text | Channel::Voice))
                    && here.is_none_or(|here| here.recorded_at < record.recorded_at)
            })
    }
}

impl Opening {
    /// Open now, and still so for the minutes kept free.
    fn is_open(&self, clock: &Digits, margin: u32) -> bool {
        self.from <= clock.minute && clock.minute + margin < self.to && self.is_on(clock.day)
    }

    fn is_on(&self, day: &str) -> bool {
        self.days.is_empty() || self.days.iter().any(|on| on == day)
    }
}

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

/// The law's rules but for those switched off, the lender's own, and suppression.
fn asked(world: &World) -> Vec<Asked> {
    let of_law = law().rules.iter().filter(|rule| rule.enforcement.is_enforced());
    let own = world.profile.rules.iter().cloned().chain(suppression(world));
    let mut asked = Vec::new();
    for rule in of_law.cloned().chain(own) {
        let said = world.profile.overrides.get(&rule.id);
        if said.is_some_and(|said| said.disabled.is_some()) {
            continue;
        }
        let hours = rule.hours.clone().unwrap_or_default();
        let mut one = Asked {
            named: hours.time_zone.map(|name| TimeZone::get(&name).unwrap()),
            openings: vec![openings(&hours.spans)],
            closed_on: hours.closed_on,
            most: u32::MAX,
            rule,
        };
        if let Some(tightened) = said.and_then(|said| said.tightened.as_ref()) {
            one.openings.extend((!tightened.hours.is_empty()).then(|| openings(&tightened.hours)));
            one.closed_on.extend(&tightened.closed_on);
            one.most = tightened.most.unwrap_or(u32::MAX);
        }
        asked.push(one);
    }
    asked
}

/// 000: no second message of the same type, through whatever channel, within so many hours.
fn suppression(world: &World) -> Option<Rule> {
    let cap = Cap {
        most: 1,
        period: Period::Hours(world.suppression_hours),
        scope: Scope::Subject,
        counts: Counts::Placed,
        labels: vec![],
        automated: false,
        without_consent: false,
    };
    let exempt = vec![Exemption::OneTimeCode, Exemption::OptOutConfirmation, Exemption::Reply];
    let rule = Rule { id: SUPPRESSION.into(), caps: vec![cap], exempt, ..Rule::default() };
    (world.suppression_hours > 0 && world.subject.is_some()).then_some(rule)
}

/// Whether a rule speaks of the message, wherever the person is and whenever it leaves.
fn speaks(rule: &Rule, world: &World, known: &Known) -> bool {
    let profile = &world.profile;
    let is_party = match profile.party {
        Party::Creditor if profile.first_party_as_collector => {
            rule.parties.contains(&Party::Creditor) || rule.parties.contains(&Party::Collector)
        }
        party => rule.parties.contains(&party),
    };
    let contact = known.contact.map(|n| &world.person.contacts[n]);
    let is_label = contact.is_none_or(|contact| rule.labels.contains(&contact.label));
    let mut loans = world.person.loans.iter();
    let is_past = |days| {
        let late = |past: Option<u32>| past.is_none_or(|past| past > days);
        let about = |id| world.loans.is_empty() || world.loans.contains(id);
        loans.clone().all(|loan| !about(&loan.id))
            || loans.any(|loan| about(&loan.id) && late(loan.days_past_due))
    };
    world.channel.reaches_person()
        && world.purpose != Purpose::Agent
        && (rule.parties.is_empty() || is_party)
        && rule.licence.is_none_or(|licence| profile.licences.contains(&licence))
        && (rule.purposes.is_empty() || rule.purposes.contains(&world.purpose))
        && (rule.channels.is_empty() || rule.channels.contains(&world.channel))
        && (rule.labels.is_empty() || is_label)
        && (!rule.automated || is_automated(world))
        && rule.over_days_past_due.is_none_or(is_past)
}

fn is_automated(world: &World) -> bool {
    world.channel == Channel::Text || (world.channel == Channel::Voice && world.autodialed)
}
