//! How outreach rules see a lender, which it adds, and which of the law's it tightens or, with a recorded reason,
//! disables. What may be said so is [`super::tenant_rules`]'.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rule::{Licence, Party, Rule};
use crate::{schedule::Span, shape};

/// A lender's compliance profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Profile {
    /// What the lender is to the debts it writes about.
    pub party: Party,
    /// Whether a creditor is held to the collectors' rules too.
    pub first_party_as_collector: bool,
    /// Licences to which rules of their own are attached.
    #[schemars(length(max = 100))]
    pub licences: BTreeSet<Licence>,
    /// Minutes kept free before allowed hours end, for messages that wait in a queue; at most 60.
    pub safety_margin_minutes: u16,
    /// Rules of the lender's own. Their ids begin with `OWN-`.
    #[schemars(length(max = Self::MAX_RULES))]
    pub rules: Vec<Rule>,
    /// Changes to the law's rules, by rule id.
    pub overrides: BTreeMap<String, Override>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            party: Party::Creditor,
            first_party_as_collector: true,
            licences: BTreeSet::new(),
            safety_margin_minutes: 5,
            rules: Vec::new(),
            overrides: BTreeMap::new(),
        }
    }
}

/// What a lender changed about one of the law's rules.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Override {
    /// The rule is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Disabled>,
    /// The rule is stricter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tightened: Option<Tightened>,
}

/// That a rule is off, and who answers for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Disabled {
    /// Why the rule does not bind this lender.
    #[schemars(with = "shape::Line<500>")]
    pub reason: String,
    /// Who switched the rule off.
    #[schemars(with = "shape::Line<200>")]
    pub by: String,
    /// When it happened.
    pub at: Timestamp,
}

/// How a rule is stricter than the law.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Tightened {
    /// These hours, each inside one of the rule's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 28))]
    pub hours: Vec<Span>,
    /// Not on these days either.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 366))]
    pub closed_on: Vec<Date>,
    /// No more than this; caps that are lower stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 500))]
    pub most: Option<u32>,
}

impl Tightened {
    /// The rule as it is with this.
    pub(super) fn applied_to(&self, rule: &Rule) -> Rule {
        let mut rule = rule.clone();
        if let Some(hours) = &mut rule.hours {
            if !self.hours.is_empty() {
                hours.spans.clone_from(&self.hours);
            }
            hours.closed_on.extend(&self.closed_on);
        }
        for cap in &mut rule.caps {
            cap.most = self.most.map_or(cap.most, |most| cap.most.min(most));
        }
        rule
    }
}

/// A rule as a lender has it.
#[derive(Debug, Clone)]
pub(super) struct AsTenantHasIt<'r, 'p> {
    /// As the lender tightened it.
    pub rule: Cow<'r, Rule>,
    /// Whether the lender did.
    pub tightened: bool,
    /// That it is off.
    pub disabled: Option<&'p Disabled>,
}

impl Profile {
    /// How many rules of its own a lender may have.
    pub const MAX_RULES: usize = 100;
    /// The longest safety margin, in minutes.
    pub const MAX_MARGIN: u16 = 60;
    /// The most bytes of JSON, so that a record of what was and what is fits a storage item (400 KB).
    pub const MAX_BYTES: usize = 100_000;

    /// A rule as the lender has it.
    pub(super) fn has<'r>(&self, rule: &'r Rule) -> AsTenantHasIt<'r, '_> {
        let change = self.overrides.get(&rule.id);
        let tightened = change.and_then(|change| change.tightened.as_ref());
        AsTenantHasIt {
            rule: tightened.map_or(Cow::Borrowed(rule), |tightened| Cow::Owned(tightened.applied_to(rule))),
            tightened: tightened.is_some(),
            disabled: change.and_then(|change| change.disabled.as_ref()),
        }
    }

    /// Whether the lender is bound by rules for these parties, and holders of this licence.
    pub(super) fn is_bound(&self, rule: &Rule) -> bool {
        let is_party = rule.parties.is_empty()
            || rule.parties.contains(&self.party)
            || (self.party == Party::Creditor
                && self.first_party_as_collector
                && rule.parties.contains(&Party::Collector));
        is_party && rule.licence.is_none_or(|licence| self.licences.contains(&licence))
    }
}
