//! The list of all rules, with their status for a lender.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::Serialize;

use super::{in_washington, law, suppression};
use crate::{
    compliance::{
        ReasonCode,
        profile::{AsTenantHasIt, Disabled, Profile, Tightened},
        rule::{Enforcement, Rule},
    },
    tenant::Settings,
};

/// Where a rule stands with a lender.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// It is enforced.
    Enforced,
    /// It is enforced, and the lender made it stricter.
    Tightened,
    /// It is enforced by the stop of this code, which holds for everyone.
    ByStop(ReasonCode),
    /// It is enforced as part of the rule of this id.
    PartOf(String),
    /// It binds wording or process; the guard does not check it.
    Informational,
    /// It binds others: another party, or holders of a licence.
    BindsOthers,
    /// It is not in force yet.
    NotYet(Date),
    /// It is no longer in force.
    Ended(Date),
    /// The lender switched it off.
    Disabled(Disabled),
}

/// A rule with where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// The rule, as the lender tightened it.
    pub rule: Rule,
    /// Where it stands.
    pub standing: Standing,
    /// How the lender made it stricter than the law, as it was put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tightened: Option<Tightened>,
}

/// Every rule known, with where it stands with this lender at `at`: the law's first, then the lender's own.
pub fn list(settings: &Settings, at: Timestamp) -> Vec<Listed> {
    let profile = &settings.compliance;
    let all = law().rules.iter().chain(&profile.rules).map(|rule| profile.has(rule));
    let mut listed: Vec<_> = all
        .map(|had| Listed {
            standing: standing(&had, profile, at),
            tightened: profile.overrides.get(&had.rule.id).and_then(|own| own.tightened.clone()),
            rule: had.rule.into_owned(),
        })
        .collect();
    if settings.suppression_hours > 0 {
        let rule = suppression(settings.suppression_hours).rule.into_owned();
        listed.push(Listed { rule, standing: Standing::Enforced, tightened: None });
    }
    listed
}

fn standing(had: &AsTenantHasIt<'_, '_>, profile: &Profile, at: Timestamp) -> Standing {
    let AsTenantHasIt { rule, tightened, disabled } = had;
    match &rule.enforcement {
        Enforcement::Stop(stop) => return Standing::ByStop(*stop),
        Enforcement::PartOf(other) => return Standing::PartOf(other.clone()),
        Enforcement::Informational => return Standing::Informational,
        Enforcement::Enforced => {}
    }
    let is_ahead = |day: &Date| in_washington(*day).is_some_and(|start| at < start);
    match (disabled, rule.from.filter(is_ahead), rule.until.filter(|day| !is_ahead(day))) {
        (Some(disabled), ..) => Standing::Disabled((*disabled).clone()),
        (None, ..) if !profile.is_bound(rule) => Standing::BindsOthers,
        (None, Some(from), _) => Standing::NotYet(from),
        (None, None, Some(until)) => Standing::Ended(until),
        (None, None, None) if *tightened => Standing::Tightened,
        (None, None, None) => Standing::Enforced,
    }
}
