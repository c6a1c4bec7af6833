//! The rules in force for a lender: the law's, as the lender tightened or disabled them, and its own.

use std::{borrow::Cow, sync::LazyLock};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    ReasonKind, place,
    rule::{Cap, Counts, Enforcement, Period, Rule, Scope},
    tenant_rules::{Disabled, Profile},
    windows::start_of_day,
};
use crate::tenant::Settings;

/// The law's rules as they are checked in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Law {
    /// The day of the last change.
    pub version: Date,
    /// Every rule known, enforced or not.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

/// The law's rules.
pub fn law() -> &'static Law {
    static LAW: LazyLock<Law> = LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
        toml::from_str(include_str!("../../data/rules.toml")).expect("data/rules.toml")
    });
    &LAW
}

/// The id of the rule behind `suppressionHours`.
pub const SUPPRESSION: &str = "tenant.suppression";

/// The rules a lender is bound by, made ready to be asked.
#[derive(Debug, Clone)]
pub struct RuleSet {
    version: String,
    margin: u16,
    rules: Vec<InForce>,
    suppression: Option<InForce>,
}

/// A rule that binds the lender.
#[derive(Debug, Clone)]
pub(super) struct InForce {
    pub rule: Cow<'static, Rule>,
    pub kind: ReasonKind,
    /// When it begins and ends to hold.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// The zone its hours name.
    pub zone: Option<TimeZone>,
    /// Whether the lender made it stricter than the law.
    pub tightened: bool,
}

impl InForce {
    fn new(rule: Cow<'static, Rule>, kind: ReasonKind) -> Self {
        let zone = rule.hours.as_ref().and_then(|hours| hours.time_zone.as_deref()).and_then(place::zone);
        Self {
            from: rule.from.and_then(in_washington),
            until: rule.until.and_then(in_washington),
            zone,
            kind,
            rule,
            tightened: false,
        }
    }

    /// Whether it holds at this instant.
    pub fn holds(&self, at: Timestamp) -> bool {
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
        let law = law().rules.iter().filter(|rule| rule.enforcement.is_enforced()).filter_map(|rule| {
            let change = profile.overrides.get(&rule.id);
            if change.is_some_and(|change| change.disabled.is_some()) {
                return None;
            }
            let tightened = change.and_then(|change| change.tightened.as_ref());
            let as_is =
                tightened.map_or(Cow::Borrowed(rule), |tightened| Cow::Owned(tightened.applied_to(rule)));
            Some(InForce { tightened: tightened.is_some(), ..InForce::new(as_is, ReasonKind::Law) })
        });
        let own = profile.rules.iter().cloned().map(Cow::Owned);
        let own = own.map(|rule| InForce::new(rule, ReasonKind::Lender));
        Self {
            version: version(settings),
            margin: profile.safety_margin_minutes.min(Profile::MAX_MARGIN),
            rules: law.chain(own).filter(|one| profile.is_bound(&one.rule)).collect(),
            suppression: (settings.suppression_hours > 0).then(|| suppression(settings.suppression_hours)),
        }
    }

    /// What tells this set from any other: the day of the law's file and a digest of what the lender changed.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Minutes kept free before allowed hours end.
    pub(super) fn margin(&self) -> u16 {
        self.margin
    }

    /// When rules begin or end after `at`.
    pub(super) fn turns(&self, at: Timestamp) -> impl Iterator<Item = Timestamp> {
        self.rules.iter().flat_map(|one| [one.from, one.until]).flatten().filter(move |turn| *turn > at)
    }

    /// The rules of law and lender.
    pub(super) fn rules(&self) -> &[InForce] {
        &self.rules
    }

    /// The rule behind `suppressionHours`.
    pub(super) fn suppression(&self) -> Option<&InForce> {
        self.suppression.as_ref()
    }
}

/// 000: a borrower who had a message of the same type a short while ago gets no second one.
fn suppression(hours: u32) -> InForce {
    use super::rule::Exemption::{OneTimeCode, OptOutConfirmation, Reply};
    let rule = Rule {
        id: SUPPRESSION.into(),
        title: format!("No second message of the same type within {hours} h"),
        text: "Counts every channel, and scheduled messages too. Set by suppressionHours.".into(),
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
    InForce::new(Cow::Owned(rule), ReasonKind::Lender)
}

/// See [`RuleSet::version`].
fn version(settings: &Settings) -> String {
    let said = serde_json::json!([settings.compliance, settings.suppression_hours]).to_string();
    let digest = Sha256::digest(said);
    let short = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    format!("{}+{short:08x}", law().version)
}

/// Where a rule stands with a lender.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// It is enforced.
    Enforced,
    /// It is enforced, and the lender made it stricter.
    Tightened,
    /// It is enforced by a stop that holds for everyone.
    ByStop(String),
    /// It is enforced as part of another rule.
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
}

/// Every rule known, with where it stands with this lender at `at`: the law's first, then the lender's own.
pub fn list(settings: &Settings, at: Timestamp) -> Vec<Listed> {
    let profile = &settings.compliance;
    let mut listed: Vec<_> = law()
        .rules
        .iter()
        .chain(&profile.rules)
        .map(|rule| {
            let change = profile.overrides.get(&rule.id);
            let tightened = change.and_then(|change| change.tightened.as_ref());
            let disabled = change.and_then(|change| change.disabled.as_ref());
            Listed {
                standing: match standing(rule, disabled, profile, at) {
                    Standing::Enforced if tightened.is_some() => Standing::Tightened,
                    standing => standing,
                },
                rule: tightened.map_or_else(|| rule.clone(), |tightened| tightened.applied_to(rule)),
            }
        })
        .collect();
    if settings.suppression_hours > 0 {
        let rule = suppression(settings.suppression_hours).rule.into_owned();
        listed.push(Listed { rule, standing: Standing::Enforced });
    }
    listed
}

fn standing(rule: &Rule, disabled: Option<&Disabled>, profile: &Profile, at: Timestamp) -> Standing {
    match &rule.enforcement {
        Enforcement::Stop(stop) => return Standing::ByStop(stop.clone()),
        Enforcement::PartOf(other) => return Standing::PartOf(other.clone()),
        Enforcement::Informational => return Standing::Informational,
        Enforcement::Enforced => {}
    }
    let is_ahead = |day: &Date| in_washington(*day).is_some_and(|start| at < start);
    match (disabled, rule.from.filter(is_ahead), rule.until.filter(|day| !is_ahead(day))) {
        (Some(disabled), ..) => Standing::Disabled(disabled.clone()),
        (None, ..) if !profile.is_bound(rule) => Standing::BindsOthers,
        (None, Some(from), _) => Standing::NotYet(from),
        (None, None, Some(until)) => Standing::Ended(until),
        (None, None, None) => Standing::Enforced,
    }
}
