//! A message at an instant, before the rules: what it is to them, and which of them speak of it.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::{
    Exemption, Facts, Place,
    facts::Exemptions,
    frequency::is_at,
    rules::BindingRule,
    windows::{OnDaysOpenAtNoon, Times, earliest},
};
use crate::{
    person::Loan,
    vocabulary::{Channel, Purpose},
};

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
    /// When it is allowed in all zones, if before the horizon.
    pub until: Option<Timestamp>,
}

impl<'a> Message<'a> {
    pub fn new(facts: &'a Facts<'a>, place: &'a Place, at: Timestamp, horizon: Timestamp) -> Self {
        Self { facts, place, at, horizon, exempt: facts.exemptions(at), purposes: facts.purposes() }
    }

    /// The rules that speak of this message to this person.
    pub fn rules(&self) -> impl Iterator<Item = &'a BindingRule> {
        let suppression = self.facts.rules.suppression().filter(|_| self.facts.subject.is_some());
        let rules = self.facts.rules.rules().iter().chain(suppression);
        rules.filter(|one| self.place.jurisdictions.contains(&one.rule.jurisdiction) && self.is_bound_by(one))
    }

    /// Whether a rule speaks of this message, wherever the person is.
    pub fn is_bound_by(&self, one: &BindingRule) -> bool {
        let rule = &*one.rule;
        rule.is_for(self.purposes)
            && rule.is_on(self.facts.channel)
            && is_at(&rule.labels, self.facts.contact.map(|contact| contact.label))
            && (!rule.automated || self.facts.is_automated())
            && one.is_in_force(self.at)
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
        let ending = [Exemption::Reply, Exemption::OptOutConfirmation];
        let exempt = ending.into_iter().filter(|exemption| self.exempt.contains(*exemption));
        exempt.filter_map(|exemption| self.facts.end_of(exemption)).min()
    }

    /// Where these times are over in any of the zones.
    pub fn closed(&self, times: &impl Times, zones: &[TimeZone]) -> Option<Closed> {
        let by_noon = OnDaysOpenAtNoon(times);
        let is_open = |local| {
            if self.facts.assume_noon { by_noon.is_open_on(local) } else { times.allow(local) }
        };
        let mut clocks = zones.iter().map(|zone| (zone, zone.to_datetime(self.at)));
        let (zone, local) = clocks.find(|(_, local)| !is_open(*local))?;
        let until = if self.facts.assume_noon {
            earliest(&by_noon, zones, self.at, self.horizon)
        } else {
            earliest(times, zones, self.at, self.horizon)
        };
        Some(Closed { zone: zone.clone(), local, until })
    }
}

impl Closed {
    /// What time it is.
    pub fn clock(&self) -> String {
        format!("{} in {}", self.local.strftime("%a %Y-%m-%d %H:%M"), name(&self.zone))
    }

    /// What to wait for in these zones.
    pub fn wait(&self, zones: &[TimeZone]) -> String {
        match (self.until, zones) {
            (Some(until), _) => format!("; wait until {until}."),
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
