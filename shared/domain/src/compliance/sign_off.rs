//! Sign-offs: a lender's counsel has read a version of its rules, and the lender relies on it.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{error::Error, shape, update::Faults};

/// The most versions that decisions can say are signed. Older sign-offs stay on record.
const REMEMBERED: usize = 50;

/// The most characters of a note.
const MAX_NOTE: usize = 2000;

/// What counsel says of the rules.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSignOff {
    /// Who signs, by name and office. 1 to 200 characters.
    #[schemars(with = "shape::Line<200>")]
    pub counsel: String,
    /// The version that was read: the `ruleSet` of `GET /compliance/rules`, as it is now.
    #[schemars(with = "shape::Line<100>")]
    pub rule_set: String,
    /// The day of the signature; today by default.
    #[serde(default)]
    pub signed_on: Option<Date>,
    /// What it holds for and what it leaves open, or where the signed table is kept. 1 to 2000 characters.
    #[serde(default)]
    #[schemars(with = "Option<shape::Text<MAX_NOTE>>")]
    pub note: Option<String>,
}

/// A sign-off as it is kept, permanently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignOff {
    /// The version that was read.
    pub rule_set: String,
    /// Who signed, by name and office.
    pub counsel: String,
    /// The day of the signature.
    pub signed_on: Date,
    /// What it holds for and what it leaves open.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
    /// When it was recorded.
    pub at: Timestamp,
    /// By whom: the id of the API key, or the subject of the token.
    pub by: String,
    /// The trace id of the request that recorded it.
    pub trace_id: String,
}

/// That a version of the rules is signed, as decisions say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Signed {
    /// The version that was read.
    pub rule_set: String,
    /// Who signed, by name and office.
    pub counsel: String,
    /// The day of the signature.
    pub signed_on: Date,
    /// When it was recorded.
    pub at: Timestamp,
}

impl NewSignOff {
    /// The sign-off, recorded now by somebody, of rules whose version is `current`. What day it is, is the lender's clock's to say.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault: of another version nobody knows any more what it said.
    pub fn recorded(
        self,
        by: &str,
        (at, today): (Timestamp, Date),
        trace_id: &str,
        current: &str,
    ) -> Result<SignOff, Error> {
        let mut faults = Faults::default();
        faults.value("/counsel", Some(&self.counsel), |name| crate::formats::heading(name, 200));
        faults.value("/note", self.note.as_ref(), |note| crate::formats::text(note, MAX_NOTE));
        faults.expect(
            self.signed_on.is_none_or(|day| day <= today),
            "/signedOn",
            "must not be in the future",
        );
        // A version begins with the day of the law's last change. Clocks of systems to try may be behind it.
        let made = current.get(..10).and_then(|day| day.parse().ok()).filter(|made: &Date| *made <= today);
        faults.expect(
            self.signed_on.zip(made).is_none_or(|(signed, made)| signed >= made),
            "/signedOn",
            "must not be before the day of the version",
        );
        faults.expect(
            self.rule_set == current,
            "/ruleSet",
            &format!("must be the version of your rules as they are now, {current}; read them again"),
        );
        faults.none()?;
        Ok(SignOff {
            rule_set: self.rule_set,
            counsel: self.counsel,
            signed_on: self.signed_on.unwrap_or(today),
            note: self.note,
            at,
            by: by.to_owned(),
            trace_id: trace_id.to_owned(),
        })
    }
}

impl From<&SignOff> for Signed {
    fn from(sign_off: &SignOff) -> Self {
        let SignOff { rule_set, counsel, signed_on, at, note: _, by: _, trace_id: _ } = sign_off;
        Self { rule_set: rule_set.clone(), counsel: counsel.clone(), signed_on: *signed_on, at: *at }
    }
}

/// Remembers a sign-off in place of an earlier one of the same version; of too many, the oldest is let go.
pub fn remember(signed: &mut Vec<Signed>, new: Signed) {
    signed.retain(|known| known.rule_set != new.rule_set);
    signed.push(new);
    let excess = signed.len().saturating_sub(REMEMBERED);
    signed.drain(..excess);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signing(rule_set: &str) -> NewSignOff {
        NewSignOff { counsel: "J. Doe".into(), rule_set: rule_set.into(), signed_on: None, note: None }
    }

    /// Half past six in the evening of New York's 4 December.
    fn now() -> (Timestamp, Date) {
        ("2026-12-05T00:30:00Z".parse().unwrap(), "2026-12-04".parse().unwrap())
    }

    #[test]
    fn a_sign_off_is_of_the_rules_as_they_are() {
        let signed = signing("v2").recorded("AK-1", now(), "1-0", "v2").unwrap();
        assert_eq!((signed.signed_on, signed.by.as_str()), ("2026-12-04".parse().unwrap(), "AK-1"));
        let day = |day: &str| Some(day.parse().unwrap());
        for (signing, pointer) in [
            (signing("v1"), "/ruleSet"),
            (NewSignOff { counsel: " ".into(), ..signing("v2") }, "/counsel"),
            (NewSignOff { counsel: "J. \u{202e}eoD".into(), ..signing("v2") }, "/counsel"),
            (NewSignOff { counsel: "x".repeat(201), ..signing("v2") }, "/counsel"),
            (NewSignOff { note: Some("x".repeat(2001)), ..signing("v2") }, "/note"),
            (NewSignOff { signed_on: day("2026-12-05"), ..signing("v2") }, "/signedOn"),
        ] {
            let Err(Error::Invalid(faults)) = signing.recorded("AK-1", now(), "1-0", "v2") else { panic!() };
            assert_eq!(faults.iter().map(|fault| fault.pointer.as_str()).collect::<Vec<_>>(), [pointer]);
        }
        let earlier = NewSignOff { signed_on: day("2026-12-01"), ..signing("v2") };
        assert!(earlier.recorded("AK-1", now(), "1-0", "v2").is_ok());
    }

    #[test]
    fn the_latest_sign_off_of_each_version_is_remembered() {
        let signed = |rule_set: &str, counsel: &str| {
            let new = NewSignOff { counsel: counsel.into(), ..signing(rule_set) };
            Signed::from(&new.recorded("AK-1", now(), "1-0", rule_set).unwrap())
        };
        let mut all = Vec::new();
        for (rule_set, counsel) in [("v1", "A"), ("v2", "B"), ("v1", "C")] {
            remember(&mut all, signed(rule_set, counsel));
        }
        assert_eq!(all, [signed("v2", "B"), signed("v1", "C")]);
        for version in 0..60 {
            remember(&mut all, signed(&format!("w{version}"), "D"));
        }
        assert_eq!((all.len(), all[0].rule_set.as_str()), (50, "w10"));
    }
}
