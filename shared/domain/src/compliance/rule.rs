//! The data of a rule: whom it binds, what it requires, and its source.
//!
//! The law's rules (`data/rules.toml`) and a lender's own are the same type. A rule applies to a message when
//! everything it names fits: jurisdiction, purpose, party, channel, contact. Then each thing it asks for is checked.

mod jurisdiction;

use std::fmt;

use jiff::civil::Date;
pub use jurisdiction::Jurisdiction;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reason::ReasonCode;
use crate::{
    person::{ConsentScope, ContactLabel},
    schedule::Span,
    shape,
    vocabulary::{CaseType, Channel, Purpose},
};

/// One rule about outreach.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// Its stable name, for reports and overrides.
    #[schemars(with = "shape::Line<100>")]
    pub id: String,
    /// What it asks for, in a line.
    #[schemars(with = "shape::Line<200>")]
    pub title: String,
    /// The same for a compliance officer, with what is uncertain.
    #[serde(default)]
    #[schemars(with = "shape::Any<2_000>")]
    pub text: String,
    /// Whose rule: people who live or are called there are protected by it.
    #[serde(default)]
    pub jurisdiction: Jurisdiction,
    /// For which purposes; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = Rule::MOST_OF_A_SET), extend("uniqueItems" = true))]
    pub purposes: Vec<Purpose>,
    /// Whom it binds; everyone if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = Rule::MOST_OF_A_SET), extend("uniqueItems" = true))]
    pub parties: Vec<Party>,
    /// Only holders of this licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<Licence>,
    /// On which channels; all that reach a person if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = Rule::MOST_OF_A_SET), extend("uniqueItems" = true))]
    pub channels: Vec<Channel>,
    /// At which contacts; all if empty. A contact that is not known may be any, if the channel uses one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = Rule::MOST_OF_A_SET), extend("uniqueItems" = true))]
    pub labels: Vec<ContactLabel>,
    /// Only texts, and calls by an autodialer or with a recorded voice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automated: bool,
    /// Only what an autodialer places or sends, or has a recorded voice, as the sender says. Texts are not by themselves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub autodialed: bool,
    /// Only about a loan more days past due than this. A loan of which that is not known may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_days_past_due: Option<u32>,
    /// Whether and where it is enforced.
    #[serde(default, skip_serializing_if = "Enforcement::is_enforced")]
    pub enforcement: Enforcement,
    /// Only at these times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Not more often.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub caps: Vec<Cap>,
    /// Only with this consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentScope>,
    /// Not while any of these is so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = Rule::MOST_OF_A_SET), extend("uniqueItems" = true))]
    pub forbids: Vec<Condition>,
    /// What it neither binds nor counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = Rule::MOST_OF_A_SET), extend("uniqueItems" = true))]
    pub exempt: Vec<Exemption>,
    /// Where it is written; for a lender's own, the policy.
    #[schemars(with = "shape::Line<500>")]
    pub citation: String,
    /// In force from the start of this day in Washington.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// In force until the start of this day in Washington.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// How sure the text is.
    #[serde(default)]
    pub confidence: Confidence,
    /// Where the text was read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(with = "shape::Any<2_000>")]
    pub source: String,
}

impl Rule {
    /// The most values of a member that names each once.
    pub(super) const MOST_OF_A_SET: usize = 32;

    /// Whether it speaks of messages with any of these purposes.
    pub(super) fn is_for(&self, purposes: [Purpose; 2]) -> bool {
        self.purposes.is_empty() || purposes.iter().any(|purpose| self.purposes.contains(purpose))
    }

    /// Whether it speaks of this channel.
    pub(super) fn is_on(&self, channel: Channel) -> bool {
        channel.reaches_person() && (self.channels.is_empty() || self.channels.contains(&channel))
    }
}

/// What a lender is to the debts it writes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Party {
    /// It made the loans.
    #[default]
    Creditor,
    /// It collects for others.
    Collector,
    /// It services loans of others.
    Servicer,
    /// It bought the debts.
    DebtBuyer,
}

/// A licence to which rules of its own are attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Licence {
    /// Small loans, also known as payday loans (RCW 31.45).
    SmallLoan,
}

/// How sure a rule's text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Confidence {
    /// The text or number was seen in the named source.
    Verified,
    /// It was seen second-hand, or only in part.
    Partial,
    /// It was recalled.
    Unverified,
    /// No law was found that asks for it: it is a house rule of Postrider's, if care is better.
    House,
    /// The lender's own rule.
    #[default]
    Own,
}

impl Confidence {
    /// As in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Partial => "partial",
            Self::Unverified => "unverified",
            Self::House => "house",
            Self::Own => "own",
        }
    }
}

/// Whether and where a rule is enforced.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Enforcement {
    /// By what it asks for here.
    #[default]
    Enforced,
    /// By the stop of this code, which holds for everyone, whatever the rules.
    Stop(ReasonCode),
    /// As part of the rule of this id.
    PartOf(String),
    /// Not by the guard: it binds wording or process.
    Informational,
}

impl Enforcement {
    /// Whether the guard checks it as a rule of its own.
    pub fn is_enforced(&self) -> bool {
        *self == Self::Enforced
    }
}

/// The hours in which contact is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hours {
    /// Allowed within one of these, on the clock of every zone the person may be in. On no day without a span.
    #[schemars(length(min = 1, max = Span::MOST))]
    pub spans: Vec<Span>,
    /// Not on federal holidays, nor on those of the rule's state.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed_on_holidays: bool,
    /// Not on these days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 366))]
    pub closed_on: Vec<Date>,
    /// An IANA zone the rule names. Its clock is held to as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<shape::TimeZone>")]
    pub time_zone: Option<String>,
    /// Whether times the person named as convenient take the place of these.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub yields_to_stated_times: bool,
}

/// A limit on how often a person may be contacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cap {
    /// Once so many count, no more.
    #[schemars(range(min = 1, max = 500))]
    pub most: u32,
    /// Within any such period.
    pub period: Period,
    /// Counted together for each of these.
    #[serde(default)]
    pub scope: Scope,
    /// Which contacts count toward the limit.
    #[serde(default)]
    pub counts: Counts,
    /// At which contacts; the rule's if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = Rule::MOST_OF_A_SET), extend("uniqueItems" = true))]
    pub labels: Vec<ContactLabel>,
    /// Only texts, and calls by an autodialer or with a recorded voice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automated: bool,
    /// Only while the person has not consented to this channel.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_consent: bool,
}

/// `3 attempts in 7 days per debt`
impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { most, period, scope, counts, labels, automated, without_consent } = self;
        let counts = match (counts, most) {
            (Counts::Attempts, 1) => "attempt",
            (Counts::Attempts, _) => "attempts",
            (Counts::Placed, _) => "sent or placed",
            (Counts::Connected, _) => "connected",
            (Counts::Conversations, 1) => "conversation",
            (Counts::Conversations, _) => "conversations",
        };
        let scope = match scope {
            Scope::Person => "person",
            Scope::Debt => "debt",
            Scope::Number => "number",
            Scope::Subject => "subject",
        };
        write!(f, "{most} {counts} in {period} per {scope}")?;
        for (n, label) in labels.iter().enumerate() {
            let label = match label {
                ContactLabel::Personal => "personal",
                ContactLabel::Work => "work",
                ContactLabel::Home => "home",
                ContactLabel::Military => "military",
            };
            write!(f, "{}{label}", if n == 0 { " at " } else { " or " })?;
        }
        if !labels.is_empty() {
            f.write_str(" contacts")?;
        }
        f.write_str(if *automated { " if automated" } else { "" })?;
        f.write_str(if *without_consent { " without consent" } else { "" })
    }
}

/// How long a contact counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Period {
    /// So many minutes.
    Minutes(#[schemars(range(min = 1, max = 86_400))] u32),
    /// So many hours.
    Hours(#[schemars(range(min = 1, max = 1440))] u32),
    /// So many consecutive days, that of the contact being the first, in every zone the person may be in; and not
    /// less than as many times 24 hours.
    Days(#[schemars(range(min = 1, max = 60))] u32),
}

impl Period {
    /// As an ISO 8601 duration: `PT45M`, `PT24H`, `P7D`.
    pub fn iso(self) -> String {
        match self {
            Self::Minutes(minutes) => format!("PT{minutes}M"),
            Self::Hours(hours) => format!("PT{hours}H"),
            Self::Days(days) => format!("P{days}D"),
        }
    }
}

/// `45 min`, `24 h`, `7 days`
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minutes(minutes) => write!(f, "{minutes} min"),
            Self::Hours(hours) => write!(f, "{hours} h"),
            Self::Days(1) => f.write_str("1 day"),
            Self::Days(days) => write!(f, "{days} days"),
        }
    }
}

/// For what contacts are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// The person.
    #[default]
    Person,
    /// Each of the person's debts. What names no loan is about all of them.
    Debt,
    /// Each number or address.
    Number,
    /// Each subject.
    Subject,
}

/// Which contacts count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Counts {
    /// Everything sent or dialed, failures too.
    Attempts,
    /// What went out and is not known to have failed or not connected.
    #[default]
    Placed,
    /// What reached the person or an answering machine. A message does until it is known to have failed.
    Connected,
    /// Conversations, whoever began them.
    Conversations,
}

/// What forbids contact while it is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Condition {
    /// A case of this type is open.
    Case(CaseType),
    /// An attorney represents the person: there is a contact of affiliation attorney, be it one to which nothing can be
    /// delivered, that is not archived. Not with consent of scope `represented`.
    Represented,
    /// The contact is at work.
    AtWork,
    /// The contact is at work, and consent of scope `work` was revoked.
    WorkRevoked,
    /// The contact is at work, and consent of scope `work` was not given.
    WorkUnconsented,
    /// Consent for calls or texts, or for automated ones, was revoked for any number, and not given again since for this
    /// one; or the person opted out of the other of the two.
    RevokedElsewhere,
}

/// For what a rule may exempt a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Exemption {
    /// It answers what the person sent within the last 24 hours, and no consent was revoked since.
    Reply,
    /// It is a code the person just asked for.
    OneTimeCode,
    /// It is the one text or e-mail that confirms an opt-out, within 5 minutes, and has no other purpose (47 CFR
    /// 64.1200(a)(12); 12 CFR 1006.14(h)).
    OptOutConfirmation,
    /// The law requires it.
    RequiredNotice,
    /// It goes to the person's attorney.
    Attorney,
    /// The person asked for this very contact, such as a callback.
    PriorConsent,
    /// The person consented to unusual times.
    UnusualTimeConsent,
    /// There is a business relationship: a consent of scope `businessRelationship` of the last 12 months.
    BusinessRelationship,
}

impl Exemption {
    /// Every one.
    pub(super) const ALL: [Self; 8] = [
        Self::Reply,
        Self::OneTimeCode,
        Self::OptOutConfirmation,
        Self::RequiredNotice,
        Self::Attorney,
        Self::PriorConsent,
        Self::UnusualTimeConsent,
        Self::BusinessRelationship,
    ];

    /// Whether it stays true of a message once that is sent, and so keeps it from being counted.
    pub(super) const fn stays(self) -> bool {
        match self {
            Self::Reply
            | Self::OneTimeCode
            | Self::OptOutConfirmation
            | Self::RequiredNotice
            | Self::Attorney
            | Self::PriorConsent
            | Self::BusinessRelationship => true,
            Self::UnusualTimeConsent => false,
        }
    }
}
