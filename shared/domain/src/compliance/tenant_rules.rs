//! What a lender may say about the rules: which it may add, and how it may change the law's.

use std::collections::BTreeSet;

use super::{
    place,
    profile::{Override, Profile, Tightened},
    rule::{Confidence, Hours, Period, Rule},
    rules::law,
};
use crate::{error::Violation, update::Faults};

/// How the ids of a lender's own rules begin.
pub(super) const OWN: &str = "OWN-";

impl Profile {
    /// Every fault, at pointers below `at`; none if it can be taken over.
    pub fn violations(&self, at: &str) -> Vec<Violation> {
        let mut faults = self.size_faults();
        faults.expect(
            self.safety_margin_minutes <= Self::MAX_MARGIN,
            "/safetyMarginMinutes",
            "must be at most 60; a longer margin would leave too few hours",
        );
        faults.expect(self.rules.len() <= Self::MAX_RULES, "/rules", "must have at most 100 entries");
        let mut ids = BTreeSet::new();
        for (n, rule) in self.rules.iter().enumerate().take(Self::MAX_RULES) {
            let place = format!("/rules/{n}");
            faults.expect(ids.insert(&rule.id), &format!("{place}/id"), "must be the id of one rule only");
            faults.within(&place, own(rule));
        }
        for (id, change) in &self.overrides {
            let place = format!("/overrides/{}", id.replace('~', "~0").replace('/', "~1"));
            match law().rule(id) {
                None => faults.expect(
                    false,
                    &place,
                    "must be the id of a rule of the law; change your own rules in rules",
                ),
                Some(rule) => faults.within(&place, change.faults(rule)),
            }
        }
        faults.below(at)
    }

    /// What is wrong with the size of the whole.
    pub(super) fn size_faults(&self) -> Faults {
        let mut faults = Faults::default();
        let size = serde_json::to_vec(self).map_or(usize::MAX, |json| json.len());
        let message = "must not make your rules longer than 100,000 bytes of JSON; merge or shorten rules";
        faults.expect(size <= Self::MAX_BYTES, "", message);
        faults
    }
}

impl Override {
    /// What is wrong with saying this about one of the law's rules.
    pub(super) fn faults(&self, rule: &Rule) -> Faults {
        let mut faults = Faults::default();
        if !rule.enforcement.is_enforced() {
            faults.expect(
                false,
                "",
                "must be left out: the rule is not enforced by itself, so there is nothing to change",
            );
            return faults;
        }
        match (&self.disabled, &self.tightened) {
            (None, None) => {
                faults.expect(false, "", "must have disabled or tightened; remove it if nothing is to change")
            }
            (Some(_), Some(_)) => faults.expect(false, "", "must have only one of disabled and tightened"),
            (Some(_), None) | (None, Some(_)) => {}
        }
        if let Some(disabled) = &self.disabled {
            faults.line("/disabled/reason", Some(&disabled.reason), 500);
            faults.line("/disabled/by", Some(&disabled.by), 200);
        }
        if let Some(tightened) = &self.tightened {
            faults.within("/tightened", tightened.faults(rule));
        }
        faults
    }
}

impl Tightened {
    fn faults(&self, rule: &Rule) -> Faults {
        let Self { hours, closed_on, most } = self;
        let mut faults = Faults::default();
        let fits = hours.len() <= 28 && closed_on.len() <= 366;
        faults.expect(fits, "", "must have at most 28 entries of hours and 366 of closedOn");
        let lawful = rule.hours.as_ref().map(|hours| &hours.spans[..]).unwrap_or_default();
        for (n, span) in hours.iter().enumerate() {
            let is_inside = span.from < span.to && lawful.iter().any(|lawful| lawful.covers(span));
            let message = "must be inside the rule's hours; a rule can only be made stricter";
            faults.expect(is_inside, &format!("/hours/{n}"), message);
        }
        let closes = closed_on.is_empty() || rule.hours.is_some();
        faults.expect(
            closes,
            "/closedOn",
            "must be left out for a rule without hours; write a rule of your own",
        );
        let largest = rule.caps.iter().map(|cap| cap.most).max();
        let is_lower = most.is_none_or(|most| largest.is_some_and(|largest| (1..=largest).contains(&most)));
        faults.expect(
            is_lower,
            "/most",
            &match largest {
                Some(largest) => format!("must be from 1 to {largest}; a rule can only be made stricter"),
                None => "must be left out for a rule without a limit; write a rule of your own".into(),
            },
        );
        let message = "must change something; give hours, closedOn or most that are stricter, or remove it";
        let is_sound = faults == Faults::default();
        faults.expect(!is_sound || self.applied_to(rule) != *rule, "", message);
        faults
    }
}

/// What is wrong with a rule of the lender's own.
pub(super) fn own(rule: &Rule) -> Faults {
    let mut faults = Faults::default();
    let name = rule.id.strip_prefix(OWN).unwrap_or_default();
    let is_name = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
    faults.expect(
        (1..=60).contains(&name.len()) && name.bytes().all(is_name),
        "/id",
        "must be OWN- followed by 1 to 60 capitals, digits and hyphens",
    );
    faults.line("/title", Some(&rule.title), 200);
    faults.line("/citation", Some(&rule.citation), 500);
    faults.expect(rule.text.chars().count() <= 2000, "/text", "must have at most 2000 characters");
    let is_known = place::is_known(rule.jurisdiction);
    faults.expect(is_known, "/jurisdiction", "must be US, a state or territory in two capitals, or NYC");
    let is_enforced = rule.enforcement.is_enforced();
    faults.expect(is_enforced, "/enforcement", "must be enforced; leave out a rule that is not");
    faults.expect(
        rule.confidence == Confidence::Own,
        "/confidence",
        "must be left out for a rule of your own",
    );
    let asks =
        rule.hours.is_some() || !rule.caps.is_empty() || rule.consent.is_some() || !rule.forbids.is_empty();
    faults.expect(asks, "", "must ask for something; give hours, caps, consent or forbids");
    let sets = [
        ("/purposes", is_set(&rule.purposes)),
        ("/parties", is_set(&rule.parties)),
        ("/channels", is_set(&rule.channels)),
        ("/labels", is_set(&rule.labels)),
        ("/forbids", is_set(&rule.forbids)),
        ("/exempt", is_set(&rule.exempt)),
    ];
    for (member, is_set) in sets {
        faults.expect(is_set, member, "must name each value once");
    }
    let is_later = rule.from.zip(rule.until).is_none_or(|(from, until)| from < until);
    faults.expect(is_later, "/until", "must be later than from");
    if let Some(hours) = &rule.hours {
        faults.within("/hours", own_hours(hours));
    }
    faults.expect(rule.caps.len() <= 10, "/caps", "must have at most 10 entries");
    for (n, cap) in rule.caps.iter().enumerate().take(10) {
        let is_possible = (1..=500).contains(&cap.most);
        faults.expect(is_possible, &format!("/caps/{n}/most"), "must be from 1 to 500");
        faults.expect(is_set(&cap.labels), &format!("/caps/{n}/labels"), "must name each value once");
        // For as long as the ledger remembers.
        let (unit, length, longest) = match cap.period {
            Period::Minutes(minutes) => ("minutes", minutes, 60 * 24 * 60),
            Period::Hours(hours) => ("hours", hours, 60 * 24),
            Period::Days(days) => ("days", days, 60),
        };
        let is_remembered = (1..=longest).contains(&length);
        let place = format!("/caps/{n}/period/{unit}");
        faults.expect(is_remembered, &place, &format!("must be from 1 to {longest}"));
    }
    faults
}

/// Whether no value comes twice. There are few different ones of each, so that this bounds the number too.
fn is_set<T: PartialEq>(values: &[T]) -> bool {
    values.len() <= Rule::MOST_OF_A_SET
        && values.iter().enumerate().all(|(n, value)| !values[..n].contains(value))
}

fn own_hours(hours: &Hours) -> Faults {
    let mut faults = Faults::default();
    faults.expect(!hours.spans.is_empty(), "/spans", "must be given");
    faults.within("/spans", Faults::of_spans(&hours.spans));
    faults.expect(hours.closed_on.len() <= 366, "/closedOn", "must have at most 366 entries");
    let is_zone = hours.time_zone.as_deref().is_none_or(|name| place::zone(name).is_some());
    faults.expect(is_zone, "/timeZone", "must be an IANA time zone, such as America/New_York");
    faults
}
