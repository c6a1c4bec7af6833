//! The guard's decision: allowed, or every reason against it and the next allowed time.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    RuleSet,
    reason::{ReasonCode, ReasonKind},
    rule::{Confidence, Jurisdiction},
    sign_off::Signed,
};

/// What the guard says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Whether the message may be sent. True exactly when there are no reasons.
    pub allowed: bool,
    /// Every reason against it.
    pub reasons: Vec<Reason>,
    /// The earliest instant at which no rule blocks, by the clock even if noon was assumed; absent when allowed, when a
    /// block has no end, and when there is none within 14 days.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_allowable_at: Option<Timestamp>,
    /// The instant asked about.
    pub evaluated_at: Timestamp,
    /// Every time zone the person may be in.
    #[serde(default)]
    pub time_zones: Vec<String>,
    /// Whose rules were asked.
    #[serde(default)]
    pub jurisdictions: Vec<Jurisdiction>,
    /// When what is allowed must be asked about again though nobody changed anything: an exemption ends, a rule begins or
    /// ends, or a scheduled contact comes near. Absent if that is farther off than the safety margin.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// The version of the rules, with a digest of what the lender changed about them.
    #[serde(default)]
    pub rule_set: String,
    /// The latest sign-off of that version by the lender's counsel; null if nobody signed it.
    #[serde(default)]
    pub sign_off: Option<Signed>,
    /// The rules that were asked about the message, where the decision is kept as evidence.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub rules: Vec<String>,
    /// A fingerprint of the facts (SHA-256 in hex), where the decision is kept as evidence.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub facts_digest: Option<String>,
}

/// One reason against a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// Stable name of the rule, for reports and overrides.
    pub rule_id: String,
    /// What kind of rule it is.
    #[serde(default)]
    pub kind: ReasonKind,
    /// Whose rule, if it is a law's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub jurisdiction: Option<Jurisdiction>,
    /// Where the rule is written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub citation: Option<String>,
    /// How sure its text is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confidence: Option<Confidence>,
    /// Whether it blocks only because the lender made the law's rule stricter: the law by itself would not.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub tightened: bool,
    /// The short code of 000.
    pub code: ReasonCode,
    /// For people: what is in the way and what would remove it.
    pub detail: String,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
}

impl Decision {
    /// Whether what was decided still holds at `now` for a person who did not change: the rules are the same, no more time
    /// passed than every allowed hour keeps free before its end, and nothing it rests on ended by itself.
    pub fn holds(&self, rules: &RuleSet, now: Timestamp) -> bool {
        let age = now.duration_since(self.evaluated_at);
        self.rule_set == rules.version()
            && (SignedDuration::ZERO..=rules.margin()).contains(&age)
            && self.expires_at.is_none_or(|end| now < end)
    }

    /// The next right hour, if the hour is all that is wrong.
    pub fn next_right_hour(&self) -> Option<Timestamp> {
        self.next_allowable_at
            .filter(|_| self.reasons.iter().all(|reason| reason.code.is_about_time_of_day()))
    }

    /// The next right time, if the message is only too early: no reason is about anything but when.
    pub fn next_right_time(&self) -> Option<Timestamp> {
        self.next_allowable_at.filter(|_| self.reasons.iter().all(|reason| reason.code.is_about_time()))
    }

    /// The rule that decided: the first that time alone does not satisfy; else the first that is not about the hour, since
    /// a limit refuses if the hour alone would have waited; else the first.
    pub fn ruling(&self) -> Option<&Reason> {
        let first = |is_it: fn(ReasonCode) -> bool| self.reasons.iter().find(|reason| is_it(reason.code));
        first(|code| !code.is_about_time())
            .or_else(|| first(|code| !code.is_about_time_of_day()))
            .or(self.reasons.first())
    }

    /// Every reason in words.
    pub fn detail(&self) -> String {
        self.reasons.iter().map(|reason| reason.detail.as_str()).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for reason in &self.reasons {
            write!(f, "{separator}{}", reason.code)?;
            separator = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
