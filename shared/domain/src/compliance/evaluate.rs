//! The rules of law and lender, asked one by one: which apply to a message, and what each has against it.

use std::{borrow::Cow, fmt::Write as _};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::{
    Exemption, Facts, Place, Reason, ReasonCode,
    facts::Exemptions,
    frequency::{is_at, reached},
    hard_stops, is_automated,
    place::Doubt,
    rule::{Cap, Condition, Hours, Jurisdiction, Period, Rule},
    rules::InForce,
    windows::{OnDaysOpenAtNoon, RuleHours, Stated, Times, earliest},
};
use crate::{
    person::{Affiliation, ConsentScope, ConsentStatus, Contact, ContactLabel, ContactStatus, Loan},
    vocabulary::{Channel, Purpose},
};

/// Every reason against sending at `at`.
pub fn reasons(facts: &Facts<'_>, place: &Place, at: Timestamp, horizon: Timestamp) -> Vec<Reason> {
    let message = Message::new(facts, place, at, horizon);
    // What reaches no borrower is nobody's outreach.
    if !facts.channel.reaches_person() {
        return Vec::new();
    }
    let mut reasons = hard_stops::reasons(facts, message.exempt, at);
    reasons.extend(message.unknown_location());
    reasons.extend(message.inconvenient());
    message.rules().for_each(|one| message.ask(one, &mut reasons));
    reasons
}

/// The ids of the rules that speak of the message at `at`, whether or not they have anything against it.
pub fn applying(facts: &Facts<'_>, place: &Place, at: Timestamp) -> Vec<String> {
    let message = Message::new(facts, place, at, at);
    message.rules().map(|one| one.rule.id.clone()).collect()
}

/// A message at an instant, before the rules.
struct Message<'a> {
    facts: &'a Facts<'a>,
    place: &'a Place,
    at: Timestamp,
    horizon: Timestamp,
    exempt: Exemptions,
    purposes: [Purpose; 2],
}

impl<'a> Message<'a> {
    fn new(facts: &'a Facts<'a>, place: &'a Place, at: Timestamp, horizon: Timestamp) -> Self {
        Self { facts, place, at, horizon, exempt: facts.exemptions(at), purposes: facts.purposes() }
    }

    /// The rules that speak of this message to this person.
    fn rules(&self) -> impl Iterator<Item = &'a InForce> {
        let suppression = self.facts.rules.suppression().filter(|_| self.facts.subject.is_some());
        self.facts
            .rules
            .rules()
            .iter()
            .chain(suppression)
            .filter(|one| self.place.jurisdictions.contains(&one.rule.jurisdiction) && self.is_bound_by(one))
    }

    /// Whether a rule speaks of this message, wherever the person is.
    fn is_bound_by(&self, one: &InForce) -> bool {
        let rule = &*one.rule;
        rule.is_for(self.purposes)
            && rule.is_on(self.facts.channel)
            && is_at(&rule.labels, self.facts.contact.map(|contact| contact.label))
            && (!rule.automated || is_automated(self.facts))
            && one.holds(self.at)
            && rule.over_days_past_due.is_none_or(|days| self.is_past_due(days))
            && !self.exempt.meets(&rule.exempt)
    }

    /// Whether a loan the message is about is, or may be, more days past due.
    fn is_past_due(&self, days: u32) -> bool {
        let Facts { person, loans, .. } = self.facts;
        let of_message = |loan: &&Loan| loans.is_empty() || loans.contains(&loan.id);
        let mut known = person.loans.iter().filter(of_message).peekable();
        known.peek().is_none() || known.any(|loan| loan.days_past_due.is_none_or(|past| past > days))
    }

    fn ask(&self, one: &InForce, reasons: &mut Vec<Reason>) {
        let rule = &*one.rule;
        if let Some(hours) = rule.hours.as_ref().filter(|_| self.has_a_time_of_day()) {
            reasons.extend(self.outside(one, hours));
        }
        reasons.extend(rule.caps.iter().filter_map(|cap| self.too_often(one, cap)));
        if let Some(scope) = rule.consent {
            reasons.extend(self.unconsented(one, scope));
        }
        reasons.extend(rule.forbids.iter().filter_map(|condition| self.forbidden(one, *condition)));
    }

    /// A letter arrives when the post does.
    fn has_a_time_of_day(&self) -> bool {
        self.facts.channel != Channel::Mail
    }

    fn reason(&self, one: &InForce, code: ReasonCode, detail: String, until: Option<Timestamp>) -> Reason {
        // What a rule blocks, it blocks no longer than it is in force.
        let until = match (until, one.until) {
            (Some(until), Some(end)) => Some(until.min(end)),
            (until, end) => until.or(end),
        };
        Reason {
            rule_id: one.rule.id.clone(),
            kind: one.kind,
            jurisdiction: Some(one.rule.jurisdiction),
            citation: Some(one.rule.citation.clone()),
            confidence: Some(one.rule.confidence),
            tightened: one.tightened,
            code,
            detail: if one.tightened {
                format!("{}, stricter by the lender: {detail}", one.rule.title)
            } else {
                format!("{}: {detail}", one.rule.title)
            },
            until,
        }
    }

    fn outside(&self, one: &InForce, hours: &Hours) -> Option<Reason> {
        let is_stated = !self.facts.person.contact_times.convenient.is_empty();
        if hours.yields_to_stated_times && is_stated && self.is_held_to_stated_times() {
            return None;
        }
        let margin = self.facts.rules.margin();
        let times = RuleHours { hours, jurisdiction: one.rule.jurisdiction, margin };
        let mut zones = Cow::Borrowed(&self.place.zones[..]);
        if let Some(zone) = one.zone.as_ref().filter(|zone| !zones.contains(zone)) {
            zones.to_mut().push(zone.clone());
        }
        let (zone, local, until) = self.closed(&times, &zones)?;
        let spans: Vec<_> = hours.spans.iter().map(ToString::to_string).collect();
        let mut detail =
            format!("it is {} in {}; allowed is {}", clock(local), name(&zone), spans.join(", "));
        if let Some(holiday) = times.closed(local.date()) {
            let _ = write!(detail, ", but not on {holiday}");
        } else if (RuleHours { margin: 0, ..times }).allow(local) {
            let _ = write!(detail, ", less the last {margin} minutes");
        }
        Some(self.reason(one, ReasonCode::OutsideHours, detail + &wait(until, &zones), until))
    }

    /// The person's own times hold for everything but what the person just asked for.
    fn is_held_to_stated_times(&self) -> bool {
        const EXEMPT: [Exemption; 4] = [
            Exemption::OneTimeCode,
            Exemption::OptOutConfirmation,
            Exemption::PriorConsent,
            Exemption::Reply,
        ];
        let is_stated = !self.facts.person.contact_times.is_empty();
        is_stated && self.has_a_time_of_day() && !self.exempt.meets(&EXEMPT)
    }

    fn inconvenient(&self) -> Option<Reason> {
        if !self.is_held_to_stated_times() {
            return None;
        }
        let times = &self.facts.person.contact_times;
        let stated = Stated { times, margin: self.facts.rules.margin() };
        let (zone, local, until) = self.closed(&stated, &self.place.zones)?;
        let detail = format!(
            "It is {} in {}, and the person named other times{}",
            clock(local),
            name(&zone),
            wait(until, &self.place.zones)
        );
        Some(hard_stops::stop(ReasonCode::InconvenientTime, detail, until))
    }

    /// The first zone in which these times are over, the local time there, and when they begin in all of them.
    fn closed(
        &self,
        times: &impl Times,
        zones: &[TimeZone],
    ) -> Option<(TimeZone, DateTime, Option<Timestamp>)> {
        let by_noon = OnDaysOpenAtNoon(times);
        let is_closed = |local| {
            if self.facts.assume_noon { !by_noon.is_open_on(local) } else { !times.allow(local) }
        };
        let mut clocks = zones.iter().map(|zone| (zone, zone.to_datetime(self.at)));
        let (zone, local) = clocks.find(|(_, local)| is_closed(*local))?;
        let until = if self.facts.assume_noon {
            earliest(&by_noon, zones, self.at, self.horizon)
        } else {
            earliest(times, zones, self.at, self.horizon)
        };
        Some((zone.clone(), local, until))
    }

    fn too_often(&self, one: &InForce, cap: &Cap) -> Option<Reason> {
        let reached = reached(&one.rule, cap, self.facts, &self.place.zones, self.at)?;
        let detail = match reached.until {
            Some(until) => format!("{}; the next may follow at {until}.", counted(reached.counted)),
            None => format!("{}.", counted(reached.counted)),
        };
        Some(self.reason(one, ReasonCode::RecentlyContacted, detail, reached.until))
    }

    fn unconsented(&self, one: &InForce, scope: ConsentScope) -> Option<Reason> {
        let Facts { person, channel, contact, .. } = self.facts;
        if person.consented(scope, *channel, contact.map(|contact| &contact.id)) {
            return None;
        }
        let detail =
            format!("no consent of scope {} for {channel} is on record; record one.", scope.as_str());
        Some(self.reason(one, ReasonCode::ConsentMissing, detail, None))
    }

    fn forbidden(&self, one: &InForce, condition: Condition) -> Option<Reason> {
        if !self.is_so(condition) {
            return None;
        }
        let (code, detail) = match condition {
            Condition::Case(case_type) => {
                (ReasonCode::CaseOpen, format!("a {case_type} case is open; close it when it has ended."))
            }
            Condition::Represented => (
                ReasonCode::AttorneyRepresented,
                "the person has an attorney; contact the attorney.".to_owned(),
            ),
            Condition::WorkRevoked => {
                (ReasonCode::WorkContact, "contact at work was forbidden; choose another contact.".to_owned())
            }
            Condition::AtWork => {
                (ReasonCode::WorkContact, "the contact is at work; choose another contact.".to_owned())
            }
            Condition::WorkUnconsented => (
                ReasonCode::WorkContact,
                "the contact is at work, without consent of scope work; choose another contact.".to_owned(),
            ),
            Condition::RevokedElsewhere => (
                ReasonCode::ConsentRevoked,
                "consent for calls or texts was revoked for a number; record a new consent for this one."
                    .to_owned(),
            ),
        };
        Some(self.reason(one, code, detail, None))
    }

    fn is_so(&self, condition: Condition) -> bool {
        let Facts { person, channel, contact, .. } = self.facts;
        let is_at_work = contact.is_some_and(|contact| contact.label == ContactLabel::Work);
        let newest = |scope| {
            person.consent(scope, *channel, contact.map(|contact| &contact.id)).map(|consent| consent.status)
        };
        // An address that bounces ends no representation; an archived contact does.
        let is_attorney = |known: &Contact| {
            known.affiliation == Affiliation::Attorney && known.status != ContactStatus::Archived
        };
        match condition {
            Condition::Case(case_type) => person.cases.iter().any(|case| case.case_type == case_type),
            Condition::Represented => {
                person.contacts.iter().any(is_attorney)
                    && newest(ConsentScope::Represented) != Some(ConsentStatus::Consented)
            }
            Condition::WorkRevoked => {
                is_at_work && newest(ConsentScope::Work) == Some(ConsentStatus::Revoked)
            }
            Condition::AtWork => is_at_work,
            Condition::WorkUnconsented => {
                is_at_work && newest(ConsentScope::Work) != Some(ConsentStatus::Consented)
            }
            Condition::RevokedElsewhere => self.is_revoked_elsewhere(),
        }
    }

    /// Whether the last word on calls and texts, or on automated ones, at whatever number, is a revocation that no later
    /// consent to the same for this channel and number overrules. A contact that is itself revoked is the stop's to tell.
    fn is_revoked_elsewhere(&self) -> bool {
        let Facts { person, channel, contact, .. } = self.facts;
        let contact_id = contact.map(|contact| &contact.id);
        if person.consent_revoked(*channel, contact_id).is_some() {
            return false;
        }
        let is_phone = |of: Option<Channel>| of.is_none_or(|of| matches!(of, Channel::Text | Channel::Voice));
        [ConsentScope::Contact, ConsentScope::Autodialed].into_iter().any(|scope| {
            let of_scope = person.consents.iter().filter(|of| of.scope == scope && is_phone(of.channel));
            let revoked =
                of_scope.filter(|of| of.status == ConsentStatus::Revoked).map(|of| of.recorded_at).max();
            let consented = person
                .consent(scope, *channel, contact_id)
                .filter(|newest| newest.status == ConsentStatus::Consented)
                .map(|newest| newest.recorded_at);
            revoked.is_some_and(|revoked| consented.is_none_or(|consented| consented <= revoked))
        })
    }

    /// Where the person is decides on hours and states' rules. Where nothing tells and some rule asks, nobody guesses.
    fn unknown_location(&self) -> Option<Reason> {
        let Place { zones, is_state_known, .. } = self.place;
        if !zones.is_empty() && *is_state_known {
            return None;
        }
        let has_clock = |rule: &Rule| {
            let has_hours = rule.hours.is_some() && self.has_a_time_of_day();
            has_hours || rule.caps.iter().any(|cap| matches!(cap.period, Period::Days(_)))
        };
        let of_state = |rule: &Rule| rule.jurisdiction != Jurisdiction::US;
        let mut bound = self.facts.rules.rules().iter().filter(|one| self.is_bound_by(one));
        let needs_zone = zones.is_empty() && self.is_held_to_stated_times();
        let is_needed = needs_zone
            || bound.any(|one| {
                (zones.is_empty() && has_clock(&one.rule)) || (!is_state_known && of_state(&one.rule))
            });
        let detail = match (self.place.doubt, zones.is_empty(), is_state_known) {
            (Some(Doubt::InvalidAddress), ..) => {
                "The person's address is marked invalid, so nothing tells which state's rules hold; correct the address."
            }
            (Some(Doubt::Abroad), ..) => {
                "The person's address is abroad or a military post office, which tells no time zone; record the time \
                 zone the person states."
            }
            (None, true, true) => {
                "No time zone of the person is known; add a valid US address or phone number, or the time zone the \
                 person stated."
            }
            (None, true, false) => {
                "Nothing tells the person's state and time zone; add a valid US address with state and ZIP code."
            }
            (None, false, _) => {
                "Nothing tells which state's rules hold; add a valid US address with state and ZIP code."
            }
        };
        is_needed.then(|| hard_stops::stop(ReasonCode::LocationUnknown, detail.into(), None))
    }
}

fn clock(local: DateTime) -> String {
    local.strftime("%a %Y-%m-%d %H:%M").to_string()
}

fn name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("an unnamed zone")
}

fn counted(number: usize) -> String {
    if number == 1 { "1 counts".into() } else { format!("{number} count") }
}

/// What to wait for.
fn wait(until: Option<Timestamp>, zones: &[TimeZone]) -> String {
    match (until, zones) {
        (Some(until), _) => format!("; wait until {until}."),
        (None, [] | [_]) => "; no instant within 14 days is allowed.".into(),
        (None, _) => {
            let names: Vec<_> = zones.iter().map(name).collect();
            let names = names.join(", ");
            format!(
                "; no instant within 14 days is allowed in all of {names}. Record the time zone the person states."
            )
        }
    }
}
