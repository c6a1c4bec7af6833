//! Compliance Guard: may this be sent, to this contact, now? And if not: why, and when next?
//!
//! Pure: facts and an instant in, a decision with *every* reason out. Called when a message is accepted, again when it
//! is dispatched, and by `can-interact`. Facts that stop everything come first ([`hard_stops`]), then the rules of law and
//! lender ([`evaluate`]). The rules are data ([`rule`], [`rules`]); what the lender changed about them is
//! [`profile`]'s. `docs/compliance.md` says what is covered and what is not.

pub mod changes;
mod conditions;
mod decision;
mod evaluate;
mod facts;
mod frequency;
mod hard_stops;
pub(crate) mod holidays;
pub mod limits;
mod message;
mod place;
pub mod profile;
mod reason;
pub mod rule;
pub mod rules;
pub mod sign_off;
pub mod tenant_rules;
#[cfg(test)]
mod tests;
pub mod week;
mod windows;

pub use decision::{Decision, Reason};
pub use facts::{Circumstances, Facts, Scrutiny};
use jiff::{SignedDuration, Timestamp};
pub use place::Place;
pub(crate) use place::served_by;
pub use profile::Profile;
pub use reason::{ReasonCode, ReasonKind, is_stop};
pub use rule::Exemption;
pub use rules::RuleSet;

pub use crate::vocabulary::Nature;

/// How far ahead a next allowable instant is looked for.
const HORIZON: SignedDuration = SignedDuration::from_hours(24 * 14);

/// Decides whether a message may be sent at `at`.
pub fn decide(facts: &Facts<'_>, at: Timestamp) -> Decision {
    decide_in(&facts.place(), facts, at)
}

/// The same with the rules that were asked about the message and a fingerprint of the facts, to be kept as evidence.
pub fn decide_on_record(facts: &Facts<'_>, at: Timestamp) -> Decision {
    let place = facts.place();
    let rules = evaluate::applying(facts, &place, at);
    Decision { rules, facts_digest: Some(facts.digest()), ..decide_in(&place, facts, at) }
}

fn decide_in(place: &Place, facts: &Facts<'_>, at: Timestamp) -> Decision {
    let horizon = at.checked_add(HORIZON).unwrap_or(Timestamp::MAX);
    let reasons = evaluate::reasons(facts, place, at, horizon);
    let allowed = reasons.is_empty();
    Decision {
        allowed,
        next_allowable_at: next_allowable(facts, place, &reasons, horizon),
        expires_at: if allowed {
            evaluate::expires(facts, place, at, at + facts.rules.margin())
        } else {
            None
        },
        reasons,
        evaluated_at: at,
        time_zones: place.zone_names(),
        jurisdictions: place.jurisdictions.clone(),
        rule_set: facts.rules.version().to_owned(),
        sign_off: facts.rules.signed().cloned(),
        rules: Vec::new(),
        facts_digest: None,
    }
}

/// The earliest instant at which nothing blocks, as a fixed point: where the last reason of one instant ends, another
/// rule may just begin. No reason ends later than the rule behind it does, so none of the instants passed over is allowed.
/// If noon was assumed, the clock is asked instead. `None` if nothing blocks, a reason has no end, or the horizon is
/// reached first.
fn next_allowable(
    facts: &Facts<'_>,
    place: &Place,
    first: &[Reason],
    horizon: Timestamp,
) -> Option<Timestamp> {
    let end = |reasons: &[Reason]| {
        reasons.iter().map(|reason| reason.until).collect::<Option<Vec<_>>>()?.into_iter().max()
    };
    let by_the_clock = Facts { assume_noon: false, ..*facts };
    let mut next = end(first)?;
    while next <= horizon {
        let still = evaluate::reasons(&by_the_clock, place, next, horizon);
        if still.is_empty() {
            return Some(next);
        }
        next = end(&still)?;
    }
    None
}
