//! The rules of law and lender, asked one by one: what each that speaks of a message has against it.

use std::{borrow::Cow, fmt::Write as _};

use jiff::Timestamp;

use super::{
    Facts, Place, Reason, ReasonCode, conditions,
    frequency::Limit,
    hard_stops,
    message::Message,
    rule::{Cap, Condition, Hours},
    rules::BindingRule,
    windows::{RuleHours, Times as _},
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
    message.rules().for_each(|one| Asked { one, message: &message }.answer(&mut reasons));
    reasons
}

/// The ids of the rules that speak of the message at `at`, whether or not they have anything against it.
pub fn applying(facts: &Facts<'_>, place: &Place, at: Timestamp) -> Vec<String> {
    Message::new(facts, place, at, at).rules().map(|one| one.rule.id.clone()).collect()
}

/// When what is allowed at `at` may no longer be, by `last`, though nobody changed anything: an exemption ends, a rule
/// begins or ends, or a contact that is scheduled comes within a period.
pub fn expires(facts: &Facts<'_>, place: &Place, at: Timestamp, last: Timestamp) -> Option<Timestamp> {
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
    facts.rules.turns(at).chain(message.exemption_ends()).filter(|end| *end <= last).min()
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
        reasons.extend(rule.caps.iter().filter_map(|cap| self.too_often(cap)));
        if let Some(scope) = rule.consent {
            reasons.extend(self.unconsented(scope));
        }
        reasons.extend(rule.forbids.iter().filter_map(|condition| self.forbidden(*condition)));
    }

    fn reason(&self, code: ReasonCode, detail: &str, until: Option<Timestamp>) -> Reason {
        let BindingRule { rule, kind, tightened, until: end, .. } = self.one;
        let stricter = if *tightened { ", stricter by the lender" } else { "" };
        Reason {
            rule_id: rule.id.clone(),
            kind: *kind,
            jurisdiction: Some(rule.jurisdiction),
            citation: Some(rule.citation.clone()),
            confidence: Some(rule.confidence),
            tightened: *tightened,
            code,
            detail: format!("{}{stricter}: {detail}", rule.title),
            // What a rule blocks, it blocks no longer than it is in force.
            until: until.into_iter().chain(*end).min(),
        }
    }

    fn outside(&self, hours: &Hours) -> Option<Reason> {
        let Facts { rules, person, .. } = self.message.facts;
        let yields = hours.yields_to_stated_times && !person.contact_times.convenient.is_empty();
        let yields_from = self.message.held_to_stated_times_from().filter(|_| yields);
        if yields_from == Some(self.message.at) {
            return None;
        }
        let margin = rules.margin_minutes();
        let times = RuleHours { hours, jurisdiction: self.one.rule.jurisdiction, margin };
        let mut zones = Cow::Borrowed(&self.message.place.zones[..]);
        if let Some(zone) = self.one.zone.as_ref().filter(|zone| !zones.contains(zone)) {
            zones.to_mut().push(zone.clone());
        }
        let mut closed = self.message.closed(&times, &zones)?;
        closed.until = closed.until.into_iter().chain(yields_from).min();
        let spans: Vec<_> = hours.spans.iter().map(ToString::to_string).collect();
        let mut detail = format!("it is {}; allowed is {}", closed.clock(), spans.join(", "));
        if let Some(holiday) = times.closed(closed.local.date()) {
            let _ = write!(detail, ", but not on {holiday}");
        } else if (RuleHours { margin: 0, ..times }).allow(closed.local) {
            let _ = write!(detail, ", less the last {margin} minutes");
        }
        Some(self.reason(ReasonCode::OutsideHours, &(detail + &closed.wait(&zones)), closed.until))
    }

    fn too_often(&self, cap: &Cap) -> Option<Reason> {
        let Message { facts, place, at, .. } = self.message;
        let limit = Limit { rule: &self.one.rule, cap, facts, zones: &place.zones };
        let reached = limit.reached(*at)?;
        let counted =
            if reached.counted == 1 { "1 counts".into() } else { format!("{} count", reached.counted) };
        let detail = match reached.until {
            Some(until) => format!("{counted}; the next may follow at {until}."),
            None => format!("{counted}."),
        };
        Some(self.reason(ReasonCode::RecentlyContacted, &detail, reached.until))
    }

    fn unconsented(&self, scope: ConsentScope) -> Option<Reason> {
        let facts = self.message.facts;
        let (scope_name, channel) = (scope.as_str(), facts.channel);
        let detail = || format!("no consent of scope {scope_name} for {channel} is on record; record one.");
        (!facts.consented(scope)).then(|| self.reason(ReasonCode::ConsentMissing, &detail(), None))
    }

    fn forbidden(&self, condition: Condition) -> Option<Reason> {
        let (code, detail) = conditions::met(condition, self.message.facts)?;
        Some(self.reason(code, &detail, None))
    }
}
