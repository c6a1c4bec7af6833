//! A message at an instant, before the rules: what it is to them, and which of them speak of it.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::{
    Exemption, Facts, Place,
    facts::Exemptions,
    frequency::is_at,
    rule::Rule,
    rules::BindingRule,
    windows::{Times, earliest},
};
use crate::vocabulary::{Channel, Purpose};

/// See the module documentation.
pub(super) struct Message<'a> {
    pub facts: &'a Facts<'a>,
    pub place: &'a Place,
    /// When it would leave.
    pub at: Timestamp,
    /// Until when the end of a reason is looked for.
    pub horizon: Timestamp,
    pub exempt: Exemptions,
    purposes: [Purpose; 2],
}

/// Where and when it is not allowed now.
pub(super) struct Closed {
    /// The first zone in which it is not.
    pub zone: TimeZone,
    /// What a clock shows there.
    pub local: DateTime,
    /// Whether that is assumed to be noon.
    is_assumed: bool,
    /// When it is allowed by the clock in all zones, if before the horizon.
    pub until: Option<Timestamp>,
}

impl<'a> Message<'a> {
    pub fn new(facts: &'a Facts<'a>, place: &'a Place, at: Timestamp, horizon: Timestamp) -> Self {
        Self { facts, place, at, horizon, exempt: facts.exemptions(at), purposes: facts.purposes() }
    }

    /// The rules that speak of this message to this person.
    pub fn rules(&self) -> impl Iterator<Item = &'a BindingRule> {
        let Place { jurisdictions, .. } = self.place;
        let bound = self.bound_by().filter(|one| jurisdictions.contains(&one.rule.jurisdiction));
        bound.filter(|one| one.is_in_force(self.at))
    }

    /// The rules that speak of it wherever the person is, at some time.
    pub fn bound_by(&self) -> impl Iterator<Item = &'a BindingRule> {
        let suppression = self
            .facts
            .rules
            .suppression()
            .filter(|_| self.facts.subject.is_some() && !self.facts.circumstances.of_event);
        self.facts.rules.rules().iter().chain(suppression).filter(|one| self.is_bound_by(&one.rule))
    }

    fn is_bound_by(&self, rule: &Rule) -> bool {
        let Facts { channel, contact, .. } = self.facts;
        rule.is_for(self.purposes)
            && rule.is_on(*channel)
            && is_at(&rule.labels, *channel, contact.map(|contact| contact.label))
            && (!rule.automated || self.facts.is_automated())
            && (!rule.autodialed || self.facts.circumstances.autodialed)
            && rule.over_days_past_due.is_none_or(|days| self.is_past_due(days))
            && !self.exempt.meets(&rule.exempt)
    }

    /// Whether a loan the message is about is, or may be, more days past due.
    fn is_past_due(&self, days: u32) -> bool {
        let Facts { person, loans, .. } = *self.facts;
        let is_late = |loan| person.may_be_past_due(loan, days);
        if loans.is_empty() {
            person.loans.is_empty() || person.loans.iter().any(|loan| is_late(&loan.id))
        } else {
            loans.iter().any(is_late)
        }
    }

    /// A letter arrives when the post does.
    pub fn has_a_time_of_day(&self) -> bool {
        self.facts.channel != Channel::Mail
    }

    /// Whether the person's own times hold now.
    pub fn is_held_to_stated_times(&self) -> bool {
        self.held_to_stated_times_from() == Some(self.at)
    }

    /// From when on the person's own times hold, if ever: they do for everything but what the person just asked for.
    pub fn held_to_stated_times_from(&self) -> Option<Timestamp> {
        const EXEMPT: [Exemption; 4] = [
            Exemption::OneTimeCode,
            Exemption::OptOutConfirmation,
            Exemption::PriorConsent,
            Exemption::Reply,
        ];
        let is_stated = !self.facts.person.contact_times.is_empty();
        let mut exempt = EXEMPT.into_iter().filter(|exemption| self.exempt.contains(*exemption));
        let from = exempt.try_fold(self.at, |from, one| Some(from.max(self.facts.end_of(one)?)));
        from.filter(|_| is_stated && self.has_a_time_of_day())
    }

    /// When an exemption of the message ends by itself.
    pub fn exemption_ends(&self) -> Option<Timestamp> {
        let ending = [Exemption::Reply, Exemption::OptOutConfirmation, Exemption::BusinessRelationship];
        let exempt = ending.into_iter().filter(|exemption| self.exempt.contains(*exemption));
        exempt.filter_map(|exemption| self.facts.end_of(exemption)).min()
    }

    /// From when on the person's convenient times take the place of those of rules that yield to them, if ever.
    pub fn convenient_times_from(&self) -> Option<Timestamp> {
        let is_any = !self.facts.person.contact_times.convenient.is_empty();
        self.held_to_stated_times_from().filter(|_| is_any)
    }

    /// What a clock shows in the first of the zones in which these times are over, or about to be.
    pub fn over<'z>(&self, times: &impl Times, zones: &'z [TimeZone]) -> Option<(&'z TimeZone, DateTime)> {
        let zone = zones.iter().find(|zone| !times.last(zone, self.judged_at(zone)))?;
        Some((zone, zone.to_datetime(self.judged_at(zone))))
    }

    /// When it would leave; if noon is assumed, at noon of that day in the zone.
    fn judged_at(&self, zone: &TimeZone) -> Timestamp {
        if !self.facts.assume_noon {
            return self.at;
        }
        let noon = zone.to_datetime(self.at).date().at(12, 0, 0, 0);
        zone.to_ambiguous_timestamp(noon).compatible().unwrap_or(self.at)
    }

    /// The same, with when they begin anew by the clocks of all zones; `end`, where what asks for them ends before.
    pub fn closed(&self, times: &impl Times, zones: &[TimeZone], end: Option<Timestamp>) -> Option<Closed> {
        let (zone, local) = self.over(times, zones)?;
        let begins = earliest(times, zones, self.at, self.horizon);
        let until = begins.into_iter().chain(end.filter(|end| *end < self.horizon)).min();
        Some(Closed { zone: zone.clone(), local, is_assumed: self.facts.assume_noon, until })
    }
}

impl Closed {
    /// What time it is.
    pub fn clock(&self) -> String {
        let is = if self.is_assumed { "noon is assumed," } else { "it is" };
        format!("{is} {} in {}", self.local.strftime("%a %Y-%m-%d %H:%M"), name(&self.zone))
    }

    /// What to wait for in these zones.
    pub fn wait(&self, zones: &[TimeZone]) -> String {
        match (self.until, zones) {
            (Some(until), _) if self.is_assumed => {
                format!("; by the clock, the next may leave at {until:.0}.")
            }
            (Some(until), _) => format!("; wait until {until:.0}."),
            (None, [] | [_]) => "; no instant within 14 days is allowed.".into(),
            (None, _) => format!(
                "; no instant within 14 days is allowed in all of {}. Record the time zone the person states.",
                zones.iter().map(name).collect::<Vec<_>>().join(", ")
            ),
        }
    }
}

fn name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("an unnamed zone")
}
