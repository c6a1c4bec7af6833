//! The rules that bind a lender: the law's, as the lender tightened or disabled them, and its own.

mod listing;

use std::{borrow::Cow, sync::LazyLock};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
pub use listing::{Listed, Standing, list};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, digest::common::hazmat::SerializableState};

use super::{
    ReasonKind, place,
    profile::{AsTenantHasIt, Profile},
    rule::{Cap, Counts, Period, Rule, Scope},
    sign_off::Signed,
    windows::start_of_day,
};
use crate::tenant::Settings;

/// What the file of the law's rules says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Law {
    /// The day of the last change.
    pub version: Date,
    /// Every rule known, enforced or not.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

impl Law {
    /// The rule with this id, enforced or not.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

/// The law's rules.
pub fn law() -> &'static Law {
    static LAW: LazyLock<Law> = LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/rules.json"))).expect("data/rules.toml")
    });
    &LAW
}

/// The id of the rule behind `suppressionHours`.
pub const SUPPRESSION: &str = "tenant.suppression";

/// The rules a lender is bound by, made ready to be asked.
#[derive(Debug, Clone)]
pub struct RuleSet {
    version: String,
    margin_minutes: u16,
    rules: Vec<BindingRule>,
    suppression: Option<BindingRule>,
    signed: Option<Signed>,
}

/// A rule that binds the lender, at whatever time.
#[derive(Debug, Clone)]
pub(super) struct BindingRule {
    pub rule: Cow<'static, Rule>,
    pub kind: ReasonKind,
    /// When it begins and ends to hold.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// The zone its hours name.
    pub zone: Option<TimeZone>,
    /// The law's own, if the lender made it stricter.
    pub law: Option<&'static Rule>,
}

impl BindingRule {
    fn new(rule: Cow<'static, Rule>, kind: ReasonKind) -> Self {
        let zone = rule.hours.as_ref().and_then(|hours| hours.time_zone.as_deref()).and_then(place::zone);
        Self {
            from: rule.from.and_then(in_washington),
            until: rule.until.and_then(in_washington),
            zone,
            kind,
            rule,
            law: None,
        }
    }

    /// Whether it is in force at this instant.
    pub fn is_in_force(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// The instant a day begins in Washington, whose laws change for the whole country at once.
fn in_washington(day: Date) -> Option<Timestamp> {
    start_of_day(&place::zone("America/New_York")?, day)
}

impl RuleSet {
    /// The rules this lender is bound by. Made once and asked often.
    pub fn for_tenant(settings: &Settings) -> Self {
        let profile = &settings.compliance;
        let enforced = law().rules.iter().filter(|rule| rule.enforcement.is_enforced());
        let law = enforced.map(|law| (law, profile.has(law))).filter(|(_, had)| had.disabled.is_none()).map(
            |(law, AsTenantHasIt { rule, tightened, disabled: _ })| BindingRule {
                law: tightened.then_some(law),
                ..BindingRule::new(rule, ReasonKind::Law)
            },
        );
        let own = profile.rules.iter().cloned().map(Cow::Owned);
        let own = own.map(|rule| BindingRule::new(rule, ReasonKind::Lender));
        Self {
            version: version(of_law(), settings),
            margin_minutes: profile.safety_margin_minutes.min(Profile::MAX_MARGIN),
            rules: law.chain(own).filter(|one| profile.is_bound(&one.rule)).collect(),
            suppression: (settings.suppression_hours > 0).then(|| suppression(settings.suppression_hours)),
            signed: None,
        }
    }

    /// The same with the sign-off of this version, if it is among those.
    #[must_use]
    pub fn signed_by(self, all: &[Signed]) -> Self {
        let signed = all.iter().rfind(|signed| signed.rule_set == self.version).cloned();
        Self { signed, ..self }
    }

    /// The sign-off of this version by the lender's counsel, if there is one.
    pub fn signed(&self) -> Option<&Signed> {
        self.signed.as_ref()
    }

    /// What distinguishes this set from any other: the day of the law's last change, and a digest of its text and of what the
    /// lender changed.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Minutes kept free before allowed hours end.
    pub(super) fn margin_minutes(&self) -> u16 {
        self.margin_minutes
    }

    /// The same as a duration.
    pub(super) fn margin(&self) -> SignedDuration {
        SignedDuration::from_mins(self.margin_minutes.into())
    }

    /// The rules of law and lender.
    pub(super) fn rules(&self) -> &[BindingRule] {
        &self.rules
    }

    /// The rule behind `suppressionHours`.
    pub(super) fn suppression(&self) -> Option<&BindingRule> {
        self.suppression.as_ref()
    }
}

/// 000: a borrower who had a message of the same type a short while ago gets no second one. Two payments on a day are two
/// events, and both are acknowledged.
fn suppression(hours: u32) -> BindingRule {
    use super::rule::Exemption::{OneTimeCode, OptOutConfirmation, Reply};
    let rule = Rule {
        id: SUPPRESSION.into(),
        title: format!("No second message of the same type within {hours} h"),
        text: "Counts every channel, and scheduled messages too. Does not hold for what an event of the core system makes. \
               Set by suppressionHours."
            .into(),
        caps: vec![Cap {
            most: 1,
            period: Period::Hours(hours),
            scope: Scope::Subject,
            counts: Counts::Placed,
            labels: Vec::new(),
            automated: false,
            without_consent: false,
        }],
        exempt: vec![OneTimeCode, OptOutConfirmation, Reply],
        citation: "suppressionHours".into(),
        ..Rule::default()
    };
    BindingRule::new(Cow::Owned(rule), ReasonKind::Lender)
}

/// The law's text, as far as a digest of it goes: `build.rs` read it.
fn of_law() -> Sha256 {
    let so_far = include_bytes!(concat!(env!("OUT_DIR"), "/of_law.sha256"));
    #[expect(clippy::expect_used, reason = "it is part of the program, and a test reads it")]
    Sha256::deserialize(so_far.into()).expect("a digest so far")
}

/// See [`RuleSet::version`].
fn version(of_law: Sha256, settings: &Settings) -> String {
    let settled = serde_json::json!([settings.compliance, settings.suppression_hours]).to_string();
    let digest = of_law.chain_update(settled).finalize();
    let short = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    format!("{}+{short:08x}", law().version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compliance::rule::Enforcement;

    #[test]
    fn a_rule_that_is_part_of_another_names_one_that_is_enforced() {
        let enforced: Vec<_> = law().rules.iter().filter(|rule| rule.enforcement.is_enforced()).collect();
        for rule in &law().rules {
            if let Enforcement::PartOf(other) = &rule.enforcement {
                assert!(enforced.iter().any(|known| known.id == *other), "{} is part of {other}", rule.id);
            }
        }
    }

    #[test]
    fn no_two_texts_of_the_law_share_a_version() {
        let (rules, holidays) =
            (include_str!("../../data/rules.toml"), include_str!("../../data/holidays.toml"));
        let settings = Settings::default();
        let of = |rules: &str, holidays: &str| {
            version(Sha256::new().chain_update(rules).chain_update(holidays), &settings)
        };
        let known = RuleSet::for_tenant(&settings);
        assert_eq!(known.version(), of(rules, holidays));
        assert_ne!(known.version(), of(&rules[1..], holidays));
        assert_ne!(known.version(), of(rules, &holidays[1..]));
    }
}
