//! Compliance Guard: may this be sent, to this contact, now? And if not: why, and when next?
//!
//! Pure: facts and an instant in, a decision with *every* reason out. Called when a message is accepted, again when it
//! is dispatched, and by `can-interact`. Facts that stop everything come first ([`hard_stops`]), then the rules of law and
//! lender ([`evaluate`]). The rules are data ([`rule`], [`rules`]); what the lender changed about them is
//! [`tenant_rules`]'. `docs/compliance.md` says what is covered and what is not.

pub mod changes;
mod evaluate;
mod facts;
mod frequency;
mod hard_stops;
mod holidays;
mod place;
pub mod rule;
pub mod rules;
mod tables;
pub mod tenant_rules;
#[cfg(test)]
mod tests;
mod windows;

use std::fmt;

pub use facts::{Circumstances, Facts, Nature};
use jiff::{SignedDuration, Timestamp};
pub use place::Place;
pub use rule::Exemption;
pub use rules::RuleSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
pub use tenant_rules::Profile;

use self::rule::{Confidence, Jurisdiction};
use crate::vocabulary::Channel;

/// What the guard says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Whether the message may be sent. True exactly when there are no reasons.
    pub allowed: bool,
    /// Every reason against it.
    pub reasons: Vec<Reason>,
    /// The earliest instant at which no rule blocks, by the clock even where noon was assumed; absent when allowed, when a
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
    /// From when on it must be made again though nobody changed anything: an exemption ends, or a rule begins or ends.
    /// Absent where that is farther off than the safety margin.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// The version of the rules, with a digest of what the lender changed about them.
    #[serde(default)]
    pub rule_set: String,
    /// The rules that spoke of the message, where the decision is kept as evidence.
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
    /// Whose rule, where it is a law's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub jurisdiction: Option<Jurisdiction>,
    /// Where the rule is written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub citation: Option<String>,
    /// How sure its text is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confidence: Option<Confidence>,
    /// Whether the lender made the law's rule stricter, so that what blocks may be allowed by the law.
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

/// What kind of rule a reason comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReasonKind {
    /// A fact that stops everything.
    #[default]
    Stop,
    /// The law.
    Law,
    /// The lender's own.
    Lender,
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
    /// A rule needs a consent that is not on record.
    ConsentMissing,
    /// Contacts were as many lately as a rule allows.
    RecentlyContacted,
    /// It is outside the hours a rule allows.
    OutsideHours,
    /// The person named other times.
    InconvenientTime,
    /// Nothing tells where the person is, and so which hours and states' rules hold.
    LocationUnknown,
    /// No longer a customer.
    PersonInactive,
    /// Dead.
    PersonDeceased,
    /// A case forbids contact.
    CaseDoNotInteract,
    /// An open case forbids messages of this purpose.
    CaseOpen,
    /// An attorney represents the person.
    AttorneyRepresented,
    /// The contact is at work.
    WorkContact,
    /// There is no usable contact for the channel.
    NoContact,
    /// The contact is marked invalid or archived.
    ContactInvalid,
    /// The contact is somebody else's, whom the person has not allowed.
    ContactOfAnother,
}

impl ReasonCode {
    /// As in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DoNotContact => "do_not_contact",
            Self::ChannelOptedOut => "channel_opted_out",
            Self::ConsentRevoked => "consent_revoked",
            Self::ConsentMissing => "consent_missing",
            Self::RecentlyContacted => "recently_contacted",
            Self::OutsideHours => "outside_hours",
            Self::InconvenientTime => "inconvenient_time",
            Self::LocationUnknown => "location_unknown",
            Self::PersonInactive => "person_inactive",
            Self::PersonDeceased => "person_deceased",
            Self::CaseDoNotInteract => "case_do_not_interact",
            Self::CaseOpen => "case_open",
            Self::AttorneyRepresented => "attorney_represented",
            Self::WorkContact => "work_contact",
            Self::NoContact => "no_contact",
            Self::ContactInvalid => "contact_invalid",
            Self::ContactOfAnother => "contact_of_another",
        }
    }

    /// Whether only the hour is wrong.
    pub fn is_about_time_of_day(self) -> bool {
        matches!(self, Self::OutsideHours | Self::InconvenientTime)
    }

    /// Whether waiting alone may help: the reason is about when, not whether.
    pub fn is_about_time(self) -> bool {
        match self {
            Self::RecentlyContacted | Self::OutsideHours | Self::InconvenientTime => true,
            Self::DoNotContact
            | Self::ChannelOptedOut
            | Self::ConsentRevoked
            | Self::ConsentMissing
            | Self::LocationUnknown
            | Self::PersonInactive
            | Self::PersonDeceased
            | Self::CaseDoNotInteract
            | Self::CaseOpen
            | Self::AttorneyRepresented
            | Self::WorkContact
            | Self::NoContact
            | Self::ContactInvalid
            | Self::ContactOfAnother => false,
        }
    }
}

/// How far ahead a next allowable instant is looked for.
const HORIZON: SignedDuration = SignedDuration::from_hours(24 * 14);

/// Decides whether a message may be sent at `at`.
pub fn decide(facts: &Facts<'_>, at: Timestamp) -> Decision {
    let place = Place::of(facts.person, facts.contact);
    let horizon = at.checked_add(HORIZON).unwrap_or(Timestamp::MAX);
    let reasons = evaluate::reasons(facts, &place, at, horizon);
    Decision {
        allowed: reasons.is_empty(),
        expires_at: expires(facts, at),
        next_allowable_at: next_allowable(facts, &place, &reasons, horizon),
        reasons,
        evaluated_at: at,
        time_zones: place.zone_names(),
        jurisdictions: place.jurisdictions,
        rule_set: facts.rules.version().to_owned(),
        rules: Vec::new(),
        facts_digest: None,
    }
}

/// See [`Decision::expires_at`].
fn expires(facts: &Facts<'_>, at: Timestamp) -> Option<Timestamp> {
    let patience = SignedDuration::from_mins(facts.rules.margin().into());
    let turns = facts.rules.turns(at);
    turns.chain(facts.exemption_ends(at)).min().filter(|end| end.duration_since(at) <= patience)
}

/// The earliest instant at which nothing blocks, as a fixed point: where the last reason of one instant ends, another
/// rule may just begin. No reason ends later than the rule behind it does, so none of the instants passed over is allowed.
/// Where noon was assumed, the clock is asked as well. `None` where nothing blocks, a reason has no end, or the horizon is
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
    let mut next = end(first)?;
    let by_the_clock = Facts { assume_noon: false, ..*facts };
    while next <= horizon {
        let mut still = evaluate::reasons(facts, place, next, horizon);
        if facts.assume_noon {
            still.extend(evaluate::reasons(&by_the_clock, place, next, horizon));
        }
        if still.is_empty() {
            return Some(next);
        }
        next = end(&still)?;
    }
    None
}

/// Whether a machine sends or dials: every text, and calls by an autodialer or with a recorded voice.
fn is_automated(facts: &Facts<'_>) -> bool {
    match facts.channel {
        Channel::Text => true,
        Channel::Voice => facts.autodialed,
        Channel::Email
        | Channel::Fax
        | Channel::Chat
        | Channel::Mail
        | Channel::Gui
        | Channel::Document
        | Channel::Push
        | Channel::Webhook
        | Channel::EventStream
        | Channel::Task => false,
    }
}

impl Decision {
    /// The decision as evidence of what it was made of.
    pub fn kept(self, facts: &Facts<'_>) -> Self {
        let place = Place::of(facts.person, facts.contact);
        let rules = evaluate::applying(facts, &place, self.evaluated_at);
        Self { rules, facts_digest: Some(facts.digest()), ..self }
    }

    /// Whether what was decided still holds at `now` for a person who did not change: the rules are the same, no more time
    /// passed than every allowed hour keeps free before its end, and nothing it rests on ended by itself.
    pub fn holds(&self, rules: &RuleSet, now: Timestamp) -> bool {
        let age = now.duration_since(self.evaluated_at);
        let patience = SignedDuration::from_mins(i64::from(rules.margin()));
        self.rule_set == rules.version()
            && (SignedDuration::ZERO..=patience).contains(&age)
            && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether only the hour is wrong, and a right one is known.
    pub fn is_untimely(&self) -> bool {
        self.next_allowable_at.is_some()
            && self.reasons.iter().all(|reason| reason.code.is_about_time_of_day())
    }

    /// The rule that decided: the first that time alone does not satisfy, else the first.
    pub fn ruling(&self) -> Option<&Reason> {
        let lasting = self.reasons.iter().find(|reason| !reason.code.is_about_time());
        lasting.or(self.reasons.first())
    }

    /// Every reason in words.
    pub fn detail(&self) -> String {
        self.reasons.iter().map(|reason| reason.detail.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Whether the message is only too early: every reason is about time, and an allowable instant is known.
    pub fn may_wait(&self) -> bool {
        self.next_allowable_at.is_some() && self.reasons.iter().all(|reason| reason.code.is_about_time())
    }
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
