//! The rules of law and lender, asked one by one: what each that speaks of a message has against it.

use std::{borrow::Cow, fmt::Write as _};

use jiff::{Timestamp, tz::TimeZone};

use super::{
    Facts, Place, Reason, ReasonCode, Scrutiny, conditions,
    frequency::Limit,
    hard_stops,
    message::Message,
    rule::{Cap, Hours},
    rules::BindingRule,
    windows::{ALL_DAY, RuleHours, Times as _, earliest},
};
use crate::person::ConsentScope;

/// Every reason against sending at `at`.
pub fn reasons(facts: &Facts<'_>, place: &Place, at: Timestamp, horizon: Timestamp) -> Vec<Reason> {
    // What reaches no borrower is nobody's outreach.
    if !facts.channel.reaches_person() {
        return Vec::new();
    }
    let message = Message::new(facts, place, at, horizon);
    let mut reasons = hard_stops::reasons(&message);
    for one in asked(&message, facts) {
        let asked = Asked { one, message: &message };
        match facts.circumstances.scrutiny.is_full() {
            true => asked.answer(&mut reasons),
            false => reasons.extend(asked.forbidden()),
        }
    }
    reasons
}

/// The rules that a message is asked about, of those that speak of it; beyond full scrutiny they are asked only what they forbid.
fn asked<'m>(message: &'m Message<'_>, facts: &Facts<'_>) -> impl Iterator<Item = &'m BindingRule> {
    let scrutiny = facts.circumstances.scrutiny;
    message.rules().filter(move |one| match scrutiny {
        Scrutiny::Full => true,
        Scrutiny::Stops => !one.rule.forbids.is_empty(),
        Scrutiny::Requested | Scrutiny::Overridden => false,
    })
}

/// Whether no hours are against sending at `at`, be it a rule's or the person's own. What else may be is not asked.
pub fn is_within_hours(facts: &Facts<'_>, place: &Place, at: Timestamp) -> bool {
    let message = Message::new(facts, place, at, at);
    if !facts.channel.reaches_person() || !message.has_a_time_of_day() {
        return true;
    }
    let mut with_hours = message.rules().filter(|one| one.rule.hours.is_some());
    hard_stops::is_timely(&message) && with_hours.all(|one| Asked { one, message: &message }.is_open())
}

/// The ids of the rules that were asked about the message at `at`, whether or not they have anything against it.
pub fn applying(facts: &Facts<'_>, place: &Place, at: Timestamp) -> Vec<String> {
    let message = Message::new(facts, place, at, at);
    asked(&message, facts).map(|one| one.rule.id.clone()).collect()
}

/// When what is allowed at `at` may no longer be, by `last`, though nobody changed anything: an exemption ends, a rule that
/// speaks of the message begins or ends, or a contact that is scheduled comes within a period.
pub fn expires(facts: &Facts<'_>, place: &Place, at: Timestamp, last: Timestamp) -> Option<Timestamp> {
    if !facts.channel.reaches_person() {
        return None;
    }
    let message = Message::new(facts, place, at, last);
    let is_entered = |one: &BindingRule| {
        one.rule.caps.iter().any(|cap| {
            let limit = Limit { rule: &one.rule, cap, facts, zones: &place.zones };
            limit.is_entered_between(at, last)
        })
    };
    if message.rules().any(is_entered) {
        return Some(at);
    }
    // Where the state is not known, any state's rule may stop the message when it begins.
    let is_here =
        |one: &&BindingRule| !place.is_state_known || place.jurisdictions.contains(&one.rule.jurisdiction);
    let turns = message.bound_by().filter(is_here).flat_map(|one| [one.from, one.until]).flatten();
    turns.filter(|turn| *turn > at).chain(message.exemption_ends()).filter(|end| *end <= last).min()
}

/// A rule and the message it is asked about.
struct Asked<'a> {
    one: &'a BindingRule,
    message: &'a Message<'a>,
}

impl Asked<'_> {
    fn answer(&self, reasons: &mut Vec<Reason>) {
        let rule = &*self.one.rule;
        if let Some(hours) = rule.hours.as_ref().filter(|_| self.message.has_a_time_of_day()) {
            reasons.extend(self.outside(hours));
        }
        reasons.extend(rule.caps.iter().enumerate().filter_map(|(n, cap)| self.too_often(n, cap)));
        if let Some(scope) = rule.consent {
            reasons.extend(self.unconsented(scope));
        }
        reasons.extend(self.forbidden());
    }

    /// `tightened` if the law by itself would not block.
    fn reason(&self, code: ReasonCode, detail: &str, until: Option<Timestamp>, tightened: bool) -> Reason {
        let BindingRule { rule, kind, .. } = self.one;
        let stricter = if tightened { ", stricter by the lender" } else { "" };
        Reason {
            rule_id: rule.id.clone(),
            kind: *kind,
            jurisdiction: Some(rule.jurisdiction),
            citation: Some(rule.citation.clone()),
            confidence: Some(rule.confidence),
            tightened,
            code,
            detail: format!("{}{stricter}: {detail}", rule.title),
            until: self.clipped(until),
        }
    }

    /// What a rule blocks, it blocks no longer than it is in force.
    fn clipped(&self, until: Option<Timestamp>) -> Option<Timestamp> {
        until.into_iter().chain(self.one.until).min()
    }

    /// From when on the person's convenient times take the place of these spans: of the law's, and not of a lender's
    /// stricter ones.
    fn yields_from(&self, hours: &Hours) -> Option<Timestamp> {
        let lawful = self.one.law.and_then(|law| law.hours.as_ref()).unwrap_or(hours);
        let yields = hours.yields_to_stated_times && hours.spans == lawful.spans;
        self.message.convenient_times_from().filter(|_| yields)
    }

    fn times<'h>(&self, hours: &'h Hours, yields: bool) -> RuleHours<'h> {
        let spans = if yields { &ALL_DAY[..] } else { &hours.spans };
        let margin = self.message.facts.rules.margin_minutes();
        RuleHours { hours, spans, jurisdiction: self.one.rule.jurisdiction, margin }
    }

    /// Every zone the person may be in, and the one the rule names.
    fn zones(&self) -> Cow<'_, [TimeZone]> {
        let mut zones = Cow::Borrowed(&self.message.place.zones[..]);
        if let Some(zone) = self.one.zone.as_ref().filter(|zone| !zones.contains(zone)) {
            zones.to_mut().push(zone.clone());
        }
        zones
    }

    fn is_open(&self) -> bool {
        let Some(hours) = &self.one.rule.hours else { return true };
        let yields = self.yields_from(hours) == Some(self.message.at);
        self.message.over(&self.times(hours, yields), &self.zones()).is_none()
    }

    fn outside(&self, hours: &Hours) -> Option<Reason> {
        let Message { at, horizon, .. } = *self.message;
        let yields_from = self.yields_from(hours);
        let yields = yields_from == Some(at);
        let times = self.times(hours, yields);
        let zones = self.zones();
        let mut closed = self.message.closed(&times, &zones, self.one.until)?;
        let yielded = yields_from.and_then(|from| earliest(&self.times(hours, true), &zones, from, horizon));
        closed.until = closed.until.into_iter().chain(yielded).min();
        let allowed = if yields {
            "those the person named".to_owned()
        } else {
            hours.spans.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let mut detail = format!("{}; the hours are {allowed}", closed.clock());
        if let Some(holiday) = times.closed(closed.local.date()) {
            let _ = write!(detail, ", but not on {holiday}");
        } else if times.allow(closed.local) {
            let _ = write!(detail, ", less the last {} minutes", times.margin);
        }
        detail += &closed.wait(&zones);
        let lawful = self.one.law.and_then(|law| law.hours.as_ref());
        let tightened = lawful.is_some_and(|hours| {
            let yields = self.yields_from(hours) == Some(at);
            self.message.over(&self.times(hours, yields), &zones).is_none()
        });
        Some(self.reason(ReasonCode::OutsideHours, &detail, closed.until, tightened))
    }

    /// About the rule's limit of this number.
    fn too_often(&self, n: usize, cap: &Cap) -> Option<Reason> {
        let Message { facts, place, at, .. } = self.message;
        let limit = Limit { rule: &self.one.rule, cap, facts, zones: &place.zones };
        let reached = limit.reached(*at)?;
        let count = if reached.counted == 1 { "counts" } else { "count" };
        let mut detail = format!("{} of at most {cap} {count}", reached.counted);
        if let Some(until) = self.clipped(reached.until) {
            let _ = write!(detail, "; the next may follow at {until:.0}");
        }
        detail.push('.');
        let lawful = self.one.law.and_then(|law| law.caps.get(n));
        let tightened = lawful.is_some_and(|cap| Limit { cap, ..limit }.reached(*at).is_none());
        Some(self.reason(ReasonCode::RecentlyContacted, &detail, reached.until, tightened))
    }

    fn unconsented(&self, scope: ConsentScope) -> Option<Reason> {
        let facts = self.message.facts;
        let (scope_name, channel) = (scope.as_str(), facts.channel);
        let detail = || format!("no consent of scope {scope_name} for {channel} is on record; record one.");
        (!facts.consented(scope)).then(|| self.reason(ReasonCode::ConsentMissing, &detail(), None, false))
    }

    /// By the conditions under which the rule forbids contact altogether.
    fn forbidden(&self) -> impl Iterator<Item = Reason> {
        let met = self.one.rule.forbids.iter().filter_map(|of| conditions::met(*of, self.message.facts));
        met.map(|(code, detail)| self.reason(code, &detail, None, false))
    }
}
