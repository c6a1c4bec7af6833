//! Changing a lender's rules one at a time, and the record of every change.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    RuleSet,
    profile::{Disabled, Override, Profile, Tightened},
    rule::Rule,
    rules::law,
    tenant_rules::{OWN, own},
};
use crate::{
    error::{Error, Ours as _},
    shape,
    tenant::Settings,
    update::Faults,
    vocabulary::SubjectDescriptor,
};

/// What a lender says about one rule. It replaces what was said about it before.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleUpdate {
    /// Why, for the record. 1 to 500 characters.
    #[schemars(with = "shape::Line<500>")]
    pub reason: String,
    /// Whether a rule of the law is off.
    #[serde(default)]
    pub disabled: bool,
    /// How a rule of the law is stricter.
    #[serde(default)]
    pub tightened: Option<Tightened>,
    /// The rule itself, if it is one of your own.
    #[serde(default)]
    pub rule: Option<Rule>,
}

/// Who changed a lender's rules, when, why and how. Kept permanently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuleChange {
    /// When it happened.
    pub at: Timestamp,
    /// Who: the id of the API key, or the subject of the token; `provisioning` for the operator of the installation.
    pub by: String,
    /// Why, if the change was made rule by rule.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What changed, member by member.
    pub changes: Vec<Changed>,
    /// The version of the rules from then on, by which decisions name them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule_set: Option<String>,
    /// The trace id of the request, which joins its logs.
    pub trace_id: String,
}

impl RuleChange {
    /// A record by somebody, of nothing yet.
    pub fn by(by: &str, reason: Option<&str>, at: Timestamp, trace_id: &str) -> Self {
        Self {
            at,
            by: by.to_owned(),
            reason: reason.map(str::to_owned),
            changes: Vec::new(),
            rule_set: None,
            trace_id: trace_id.to_owned(),
        }
    }

    /// The record with all that is not as before; none if everything is.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn between(self, before: &Settings, after: &Settings) -> Result<Option<Self>, Error> {
        let changes = changed(before, after)?;
        let rule_set = Some(RuleSet::for_tenant(after).version().to_owned());
        Ok((!changes.is_empty()).then_some(Self { changes, rule_set, ..self }))
    }
}

impl RuleChange {
    /// The record of a subject's other theme, which lets other rules hold for it; none if it is the same.
    pub fn of_theme(mut self, before: &SubjectDescriptor, after: &SubjectDescriptor) -> Option<Self> {
        let theme = |of: &SubjectDescriptor| of.theme.map(|theme| theme.as_str().into());
        let one = Changed { what: after.subject.to_string(), before: theme(before), after: theme(after) };
        let differs = one.before != one.after;
        self.changes.push(one);
        differs.then_some(self)
    }
}

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// A rule's id, another member of the compliance settings, `suppressionHours`, or a subject whose theme it is.
    pub what: String,
    /// As it was said before; absent if nothing was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<Value>,
    /// As it is said now; absent if nothing is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<Value>,
}

impl Profile {
    /// The profile after the lender said this about a rule.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a rule that is neither of the law nor named as one of the lender's own;
    /// [`Error::Invalid`] with every fault.
    pub fn with_rule(&self, id: &str, update: &RuleUpdate, by: &str, at: Timestamp) -> Result<Self, Error> {
        let mut faults = Faults::default();
        faults.line("/reason", Some(&update.reason), 500);
        let mut profile = self.clone();
        if id.starts_with(OWN) {
            faults.expect(
                !update.disabled,
                "/disabled",
                "must be left out for a rule of your own; remove the rule instead",
            );
            faults.expect(
                update.tightened.is_none(),
                "/tightened",
                "must be left out for a rule of your own; change the rule instead",
            );
            match &update.rule {
                None => faults.expect(false, "/rule", "must be given"),
                Some(rule) => {
                    faults.expect(rule.id == id, "/rule/id", "must be the one in the path, or left out");
                    faults.within("/rule", own(rule));
                    profile.rules.retain(|known| known.id != id);
                    profile.rules.push(rule.clone());
                    let fits = profile.rules.len() <= Self::MAX_RULES;
                    faults.expect(
                        fits,
                        "/rule",
                        "must be among at most 100 rules of your own; remove one first",
                    );
                }
            }
        } else {
            let rule = law().rule(id);
            let rule = rule.ok_or_else(|| Error::not_found("rule", id))?;
            faults.expect(
                update.rule.is_none(),
                "/rule",
                "must be left out for a rule of the law; ids of your own rules begin with OWN-",
            );
            let disabled =
                update.disabled.then(|| Disabled { reason: update.reason.clone(), by: by.to_owned(), at });
            let change = Override { disabled, tightened: update.tightened.clone() };
            faults.within("", change.faults(rule));
            profile.overrides.insert(id.to_owned(), change);
        }
        faults.within("", profile.size_faults());
        faults.none()?;
        Ok(profile)
    }

    /// The profile without the lender's own rule of this id, or with the law's as it stands.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the lender said nothing about it.
    pub fn without_rule(&self, id: &str) -> Result<Self, Error> {
        let mut profile = self.clone();
        profile.rules.retain(|rule| rule.id != id);
        let was_changed = profile.overrides.remove(id).is_some();
        if was_changed || profile.rules.len() < self.rules.len() {
            Ok(profile)
        } else {
            Err(Error::not_found("rule", id))
        }
    }

    /// Whether the lender said something about a rule.
    pub fn says_of(&self, id: &str) -> bool {
        self.overrides.contains_key(id) || self.rules.iter().any(|rule| rule.id == id)
    }

    /// The profile with its author on every rule that is off and was not so before: who decided and when is not the
    /// author's to say.
    #[must_use]
    pub fn signed(mut self, before: &Self, by: &str, at: Timestamp) -> Self {
        for (id, change) in &mut self.overrides {
            let known = before.overrides.get(id).and_then(|known| known.disabled.as_ref());
            if let Some(disabled) = change.disabled.as_mut().filter(|disabled| Some(&**disabled) != known) {
                (disabled.by, disabled.at) = (by.to_owned(), at);
            }
        }
        self
    }
}

/// What is not as before, by name.
fn changed(before: &Settings, after: &Settings) -> Result<Vec<Changed>, Error> {
    let (mut before, after) = (by_name(before)?, by_name(after)?);
    let mut changed: Vec<_> = after
        .into_iter()
        .map(|(what, value)| Changed { before: before.remove(&what), what, after: Some(value) })
        .filter(|one| one.before != one.after)
        .collect();
    let gone = before.into_iter();
    changed.extend(gone.map(|(what, value)| Changed { what, before: Some(value), after: None }));
    Ok(changed)
}

/// Everything said that decides on outreach, each rule under its id.
fn by_name(settings: &Settings) -> Result<BTreeMap<String, Value>, Error> {
    let profile = &settings.compliance;
    let rest = Profile { rules: Vec::new(), overrides: BTreeMap::new(), ..profile.clone() };
    let Value::Object(mut members) = serde_json::to_value(rest).internal()? else {
        return Err(Error::Internal("a profile is an object".into()));
    };
    members.retain(|name, _| name != "rules" && name != "overrides");
    members.insert("suppressionHours".to_owned(), settings.suppression_hours.into());
    for rule in &profile.rules {
        members.insert(rule.id.clone(), serde_json::to_value(rule).internal()?);
    }
    for (id, change) in &profile.overrides {
        members.insert(id.clone(), serde_json::to_value(change).internal()?);
    }
    Ok(members.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn update(json: Value) -> RuleUpdate {
        serde_json::from_value(json).unwrap()
    }

    fn at() -> Timestamp {
        "2026-01-05T15:00:00Z".parse().unwrap()
    }

    fn own_rule(most: u32) -> RuleUpdate {
        update(json!({ "reason": "policy", "rule": {
            "id": "OWN-CAP", "title": "No more", "citation": "Policy 3",
            "caps": [{ "most": most, "period": { "days": 1 } }],
        } }))
    }

    #[test]
    fn what_is_said_of_a_rule_replaces_what_was_said_before() {
        let first = Profile::default().with_rule("OWN-CAP", &own_rule(2), "jane", at()).unwrap();
        let second = first.with_rule("OWN-CAP", &own_rule(1), "jane", at()).unwrap();
        assert_eq!((second.rules.len(), second.rules[0].caps[0].most), (1, 1));
        let off = update(json!({ "reason": "nobody there", "disabled": true }));
        let off = second.with_rule("WV-CCPA", &off, "jane", at()).unwrap();
        let disabled = off.overrides["WV-CCPA"].disabled.as_ref().unwrap();
        assert_eq!(
            (disabled.reason.as_str(), disabled.by.as_str(), disabled.at),
            ("nobody there", "jane", at())
        );
        assert_eq!(off.violations(""), []);
    }

    #[test]
    fn what_was_never_said_cannot_be_removed() {
        let profile = Profile::default().with_rule("OWN-CAP", &own_rule(2), "jane", at()).unwrap();
        assert_eq!(profile.without_rule("OWN-CAP").unwrap(), Profile::default());
        for id in ["OWN-OTHER", "WV-CCPA", "nothing"] {
            assert!(matches!(profile.without_rule(id), Err(Error::NotFound { .. })), "{id}");
        }
    }

    #[test]
    fn a_change_is_told_by_name_with_what_was_and_what_is() {
        let compliance = Profile::default().with_rule("OWN-CAP", &own_rule(2), "jane", at()).unwrap();
        let before = Settings { compliance, ..Settings::default() };
        let compliance = Profile { safety_margin_minutes: 10, ..Profile::default() };
        let after = Settings { compliance, suppression_hours: 0, ..Settings::default() };
        let changed = changed(&before, &after).unwrap();
        let told: Vec<_> = changed.iter().map(|one| (one.what.as_str(), one.after.clone())).collect();
        assert_eq!(
            told,
            [
                ("safetyMarginMinutes", Some(json!(10))),
                ("suppressionHours", Some(json!(0))),
                ("OWN-CAP", None)
            ]
        );
        assert_eq!(changed[0].before, Some(json!(5)));
        assert_eq!(super::changed(&after, &after).unwrap(), []);
    }

    #[test]
    fn nobody_signs_in_anothers_name_or_for_another_day() {
        let off = |reason: &str, by: &str| -> Profile {
            let disabled = json!({ "reason": reason, "by": by, "at": "2020-01-01T00:00:00Z" });
            serde_json::from_value(json!({ "overrides": { "WV-CCPA": { "disabled": disabled } } })).unwrap()
        };
        let signed = off("nobody there", "Chief Counsel").signed(&Profile::default(), "jane", at());
        let disabled = signed.overrides["WV-CCPA"].disabled.clone().unwrap();
        assert_eq!((disabled.by.as_str(), disabled.at), ("jane", at()));
        let later = "2026-02-01T00:00:00Z".parse().unwrap();
        assert_eq!(signed.clone().signed(&signed, "john", later), signed, "what was said stays hers");
        let again = off("another reason", "jane").signed(&signed, "john", later);
        assert_eq!(again.overrides["WV-CCPA"].disabled.as_ref().unwrap().by, "john");
    }
}
