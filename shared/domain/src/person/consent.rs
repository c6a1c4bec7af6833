//! Consents and revocations: evidence that only ever grows, of which the newest record that applies decides.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Person;
use crate::{
    id::{self, Id},
    vocabulary::Channel,
};

/// A consent given or taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Consent {
    /// What kind of messages the consent covers.
    #[serde(default, skip_serializing_if = "ConsentScope::is_contact")]
    pub scope: ConsentScope,
    /// The channel it applies to; all by default.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub channel: Option<Channel>,
    /// The contact it applies to; all by default.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub contact_id: Option<Id<id::Contact>>,
    /// Given or taken back.
    pub status: ConsentStatus,
    /// When it was given or taken back.
    pub recorded_at: Timestamp,
    /// When it was said last, if it was said again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub repeated_at: Option<Timestamp>,
    /// How we know: `web form`, `twilio`, `agent`.
    pub source: String,
    /// The person's own words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wording: Option<String>,
    /// Whether it was read out of free words and waits for somebody to say that it was meant so. It counts anyway.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub provisional: bool,
}

/// What a consent is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConsentScope {
    /// Being contacted at all.
    #[default]
    Contact,
    /// Being contacted at times the law presumes inconvenient.
    UnusualTime,
    /// Being contacted at work. Revoked: the employer forbids it.
    Work,
    /// Being contacted although an attorney represents the person.
    Represented,
    /// Calls by an autodialer or with a recorded voice.
    Autodialed,
    /// Calls and texts that sell, in writing (47 CFR 64.1200(f)(9)).
    Marketing,
    /// Offers because of a business relationship, such as a loan or a payment; not a consent in words, but what laws put beside
    /// one (47 CFR 64.1200(f)(5)). Recorded anew with each transaction, it counts for 12 months, and no longer once revoked.
    BusinessRelationship,
}

impl ConsentScope {
    /// As in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::UnusualTime => "unusualTime",
            Self::Work => "work",
            Self::Represented => "represented",
            Self::Autodialed => "autodialed",
            Self::Marketing => "marketing",
            Self::BusinessRelationship => "businessRelationship",
        }
    }

    fn is_contact(&self) -> bool {
        *self == Self::Contact
    }
}

/// Given or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConsentStatus {
    /// Given.
    Consented,
    /// Taken back.
    Revoked,
}

impl Consent {
    /// When it was said last: of two records the one that decides.
    pub fn last_said_at(&self) -> Timestamp {
        self.repeated_at.unwrap_or(self.recorded_at)
    }

    /// Whether the record says something about this scope, channel and contact.
    pub fn applies(&self, scope: ConsentScope, channel: Channel, contact: Option<&Id<id::Contact>>) -> bool {
        self.scope == scope
            && self.channel.is_none_or(|of| of == channel)
            && (self.contact_id.is_none() || self.contact_id.as_ref() == contact)
    }
}

impl Person {
    /// The newest record about this scope, channel and contact; of two of the same instant, the revocation. Without any,
    /// the person neither consented nor revoked.
    pub fn consent(
        &self,
        scope: ConsentScope,
        channel: Channel,
        contact: Option<&Id<id::Contact>>,
    ) -> Option<&Consent> {
        self.consents
            .iter()
            .filter(|consent| consent.applies(scope, channel, contact))
            .max_by_key(|consent| (consent.last_said_at(), consent.status == ConsentStatus::Revoked))
    }

    /// Whether the person consented, as things stand.
    pub fn consented(
        &self,
        scope: ConsentScope,
        channel: Channel,
        contact: Option<&Id<id::Contact>>,
    ) -> bool {
        self.consent(scope, channel, contact).is_some_and(|newest| newest.status == ConsentStatus::Consented)
    }

    /// The record by which consent to be contacted through `channel`, at this contact or at all of them, is revoked as
    /// things stand.
    pub fn consent_revoked(&self, channel: Channel, contact: Option<&Id<id::Contact>>) -> Option<&Consent> {
        self.consent(ConsentScope::Contact, channel, contact)
            .filter(|newest| newest.status == ConsentStatus::Revoked)
    }
}
