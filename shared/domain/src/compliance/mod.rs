//! Compliance Guard: may this be sent, to this contact, now? And if not: why, and when next?
//!
//! Pure: facts and an instant in, a decision with *every* reason out. Called when a message is accepted, again when it
//! is dispatched, and by `can-interact`. Facts that stop everything come first ([`hard_stops`]), then the lender's own
//! rules ([`suppression`]).

mod hard_stops;
mod suppression;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::{self, Id},
    ledger::Ledger,
    person::{Contact, Person},
    tenant::Settings,
    vocabulary::{Channel, Subject, Theme},
};

/// Everything a decision depends on.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The lender's rules.
    pub settings: &'a Settings,
    /// To whom.
    pub person: &'a Person,
    /// The contact to be used. Absent when there is none, and for channels that need none.
    pub contact: Option<&'a Contact>,
    /// By which channel.
    pub channel: Channel,
    /// What about; absent when only the channel is asked about.
    pub subject: Option<&'a Subject>,
    /// Why.
    pub theme: Option<Theme>,
    /// Recent contacts.
    pub ledger: &'a Ledger,
    /// The message in question, whose own place in the ledger does not count against it.
    pub interaction: Option<&'a Id<id::Interaction>>,
}

/// What the guard says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Whether the message may be sent. True exactly when there are no reasons.
    pub allowed: bool,
    /// Every reason against it.
    pub reasons: Vec<Reason>,
    /// The earliest instant at which no rule blocks; absent when allowed, and when a block has no end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_allowable_at: Option<Timestamp>,
    /// The instant asked about.
    pub evaluated_at: Timestamp,
}

/// One reason against a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// Stable name of the rule, for reports and overrides.
    pub rule_id: String,
    /// The short code of 000.
    pub code: ReasonCode,
    /// For people: what is in the way and what would remove it.
    pub detail: String,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
}

/// Short codes as 000 shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// The person must not be contacted.
    DoNotContact,
    /// The person does not want this channel.
    ChannelOptedOut,
    /// Consent for this channel or contact was taken back.
    ConsentRevoked,
    /// A message of the same type went out a short while ago.
    RecentlyContacted,
    /// No longer a customer.
    PersonInactive,
    /// Dead.
    PersonDeceased,
    /// A case forbids contact.
    CaseDoNotInteract,
    /// There is no usable contact for the channel.
    NoContact,
    /// The contact is marked invalid or archived.
    ContactInvalid,
}

impl ReasonCode {
    /// As in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DoNotContact => "do_not_contact",
            Self::ChannelOptedOut => "channel_opted_out",
            Self::ConsentRevoked => "consent_revoked",
            Self::RecentlyContacted => "recently_contacted",
            Self::PersonInactive => "person_inactive",
            Self::PersonDeceased => "person_deceased",
            Self::CaseDoNotInteract => "case_do_not_interact",
            Self::NoContact => "no_contact",
            Self::ContactInvalid => "contact_invalid",
        }
    }
}

/// How far ahead a next allowable instant is looked for.
const HORIZON: SignedDuration = SignedDuration::from_hours(24 * 14);

/// Decides whether a message may be sent at `at`.
pub fn decide(facts: &Facts<'_>, at: Timestamp) -> Decision {
    let reasons = reasons(facts, at);
    Decision {
        allowed: reasons.is_empty(),
        next_allowable_at: if reasons.is_empty() { None } else { next_allowable(facts, &reasons, at) },
        reasons,
        evaluated_at: at,
    }
}

/// Every reason against sending at `at`.
fn reasons(facts: &Facts<'_>, at: Timestamp) -> Vec<Reason> {
    let mut reasons = hard_stops::reasons(facts, at);
    reasons.extend(suppression::reason(facts, at));
    reasons
}

/// The earliest instant at which nothing blocks, as a fixed point: where the last reason of one instant ends, another
/// rule may just begin. `None` where a reason has no end or the horizon is reached first.
fn next_allowable(facts: &Facts<'_>, first: &[Reason], at: Timestamp) -> Option<Timestamp> {
    let end = |reasons: &[Reason]| {
        reasons.iter().map(|reason| reason.until).collect::<Option<Vec<_>>>()?.into_iter().max()
    };
    let mut next = end(first)?;
    while next.duration_since(at) <= HORIZON {
        let still = reasons(facts, next);
        if still.is_empty() {
            return Some(next);
        }
        next = end(&still)?;
    }
    None
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for reason in &self.reasons {
            write!(f, "{separator}{}", reason.code.as_str())?;
            separator = ", ";
        }
        Ok(())
    }
}
