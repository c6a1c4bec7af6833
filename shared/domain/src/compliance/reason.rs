//! Reasons why the guard refuses, as codes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::vocabulary;

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

vocabulary! {
    /// Short codes as 000 shows them.
    ReasonCode {
        /// The person must not be contacted.
        DoNotContact "do_not_contact",
        /// The person does not want this channel.
        ChannelOptedOut "channel_opted_out",
        /// Consent for this channel or contact was taken back.
        ConsentRevoked "consent_revoked",
        /// A rule needs a consent that is not on record.
        ConsentMissing "consent_missing",
        /// Contacts were as many lately as a rule allows.
        RecentlyContacted "recently_contacted",
        /// It is outside the hours a rule allows.
        OutsideHours "outside_hours",
        /// The person named other times.
        InconvenientTime "inconvenient_time",
        /// It is unknown where the person is, and so which hours and states' rules apply.
        LocationUnknown "location_unknown",
        /// No longer a customer.
        PersonInactive "person_inactive",
        /// Dead.
        PersonDeceased "person_deceased",
        /// A case forbids contact.
        CaseDoNotInteract "case_do_not_interact",
        /// An open case forbids messages of this purpose.
        CaseOpen "case_open",
        /// An attorney represents the person.
        AttorneyRepresented "attorney_represented",
        /// The contact is at work.
        WorkContact "work_contact",
        /// There is no usable contact for the channel.
        NoContact "no_contact",
        /// The contact is marked invalid or archived.
        ContactInvalid "contact_invalid",
        /// The contact is somebody else's, whom the person has not allowed.
        ContactOfAnother "contact_of_another",
    }
}

/// Whether this is the id of a stop, which comes before any rule of law or lender.
pub fn is_stop(rule_id: &str) -> bool {
    rule_id.starts_with("stop.")
}

impl ReasonCode {
    /// The rule id of the stop that gives this reason.
    pub(super) fn stop(self) -> String {
        format!("stop.{self}")
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
