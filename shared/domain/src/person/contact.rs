//! Ways to reach a person: what a contact is, whose, and which of two are the same address.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    id::{self, ExternalId, Id},
    shape,
    vocabulary::Channel,
};

/// A way to reach a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// The id that Postrider gave it.
    pub id: Id<id::Contact>,
    /// The id that the lender gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<ExternalId>,
    /// What kind of address.
    pub contact_type: ContactType,
    /// What kind of place the contact is, such as work.
    #[serde(default)]
    pub label: ContactLabel,
    /// Whose contact it is: the person's own, or somebody else's.
    #[serde(default)]
    pub affiliation: Affiliation,
    /// Its rank among contacts of its type.
    #[serde(default)]
    pub status: ContactStatus,
    /// The e-mail address, the number in E.164, or the push token. Empty for a postal address.
    #[serde(default)]
    pub value: String,
    /// The postal address, for `address`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<Address>,
    /// False once something sent there came back.
    pub valid: bool,
    /// Whether the person proved it is theirs.
    #[serde(default)]
    pub verified: bool,
    /// Whether the number takes texts and the person agreed to them.
    #[serde(default)]
    pub receive_text_messages: bool,
    /// Whether the borrower allowed speaking to this third party.
    #[serde(default)]
    pub authorized_third_party: bool,
}

impl Contact {
    /// The person's own primary one, of which nothing but the address is known.
    pub fn new(id: Id<id::Contact>, contact_type: ContactType, value: impl Into<String>) -> Self {
        Self {
            id,
            external_id: None,
            contact_type,
            label: ContactLabel::Personal,
            affiliation: Affiliation::SelfPerson,
            status: ContactStatus::Primary,
            value: value.into(),
            address: None,
            valid: true,
            verified: false,
            receive_text_messages: false,
            authorized_third_party: false,
        }
    }

    /// Where a message to it goes, as it is shown and kept with the message: the value, or the postal address on one line.
    pub fn destination(&self) -> Cow<'_, str> {
        match &self.address {
            Some(address) if self.value.is_empty() => Cow::Owned(address.to_string()),
            _ => Cow::Borrowed(&self.value),
        }
    }

    /// Whether this is the same mailbox, line, house or device, however either is written.
    pub fn is_same_address(&self, other: &Self) -> bool {
        self.address_key() == other.address_key()
    }

    /// See [`address_key`].
    pub(super) fn address_key(&self) -> String {
        address_key(self.contact_type, &self.value, self.address.as_ref())
    }
}

/// Type and normalised value. What a contact is known by if the lender has no id for it: ids are derived from it, so
/// it must not change.
pub(super) fn address_key(kind: ContactType, value: &str, address: Option<&Address>) -> String {
    match kind {
        ContactType::Email => format!("email:{}", value.to_lowercase()),
        ContactType::Phone => format!("phone:{value}"),
        ContactType::Address => format!("address:{}", address.map(Address::normalised).unwrap_or_default()),
        ContactType::Push => format!("push:{value}"),
    }
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(transform = within_the_us)]
pub struct Address {
    /// The street and the number of the building.
    #[schemars(with = "shape::Line<200>")]
    pub address_line1: String,
    /// The apartment, suite, or unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<shape::Line<200>>")]
    pub address_line2: Option<String>,
    /// The city or town.
    #[schemars(with = "shape::Line<100>")]
    pub city: String,
    /// State or region; two capitals in the US.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<shape::Line<100>>")]
    pub state: Option<String>,
    /// ZIP or other postal code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<shape::Line<20>>")]
    pub postal_code: Option<String>,
    /// The country as an ISO 3166-1 alpha-2 code, such as US.
    #[serde(default = "united_states")]
    #[schemars(with = "shape::Country")]
    pub country: String,
}

/// In schemas: the state and the ZIP code of an address in the US.
fn within_the_us(schema: &mut Schema) {
    let us = json!({ "properties": { "country": { "const": "US" } } });
    let state = json!({ "pattern": shape::us_state() });
    let then = json!({ "properties": { "state": state, "postalCode": { "pattern": shape::ZIP } } });
    shape::hold(schema, json!([{ "if": us, "then": then }]));
}

/// Territories of the US, and states in free association with it: countries to ISO 3166-1, states to the Postal Service
/// (Publication 28, appendix B).
const TERRITORIES: [&str; 8] = ["AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI"];

impl Address {
    /// The address as it is written within the US, if it is there: a territory given as the country is the state.
    pub fn domestic(&self) -> Cow<'_, Self> {
        if !TERRITORIES.contains(&&*self.country) {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Self { state: Some(self.country.clone()), country: united_states(), ..self.clone() })
    }

    /// One line an element, in small letters, without superfluous space.
    fn normalised(&self) -> String {
        let line2 = self.address_line2.as_deref().unwrap_or_default();
        let (state, code) =
            (self.state.as_deref().unwrap_or_default(), self.postal_code.as_deref().unwrap_or_default());
        [&self.address_line1, line2, &self.city, state, code, &self.country]
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase())
            .join("\n")
    }
}

/// On one line: `233 S Wacker Dr, Apt 4, Chicago, IL 60606`, with the country if that is not the US.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address_line1)?;
        if let Some(line) = &self.address_line2 {
            write!(f, ", {line}")?;
        }
        write!(f, ", {}", self.city)?;
        let region = [&self.state, &self.postal_code].into_iter().flatten();
        let region = region.map(String::as_str).collect::<Vec<_>>().join(" ");
        if !region.is_empty() {
            write!(f, ", {region}")?;
        }
        if self.country == united_states() { Ok(()) } else { write!(f, ", {}", self.country) }
    }
}

fn united_states() -> String {
    "US".into()
}

/// What kind of address a contact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ContactType {
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A postal address.
    Address,
    /// A device's push token.
    Push,
}

impl ContactType {
    /// In a sentence.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Email => "e-mail address",
            Self::Phone => "phone number",
            Self::Address => "postal address",
            Self::Push => "push token",
        }
    }

    /// What a channel sends to; `None` if it needs no address of the person.
    pub fn for_channel(channel: Channel) -> Option<Self> {
        match channel {
            Channel::Email => Some(Self::Email),
            Channel::Text | Channel::Voice | Channel::Fax => Some(Self::Phone),
            Channel::Mail => Some(Self::Address),
            Channel::Push => Some(Self::Push),
            Channel::Chat
            | Channel::Gui
            | Channel::Document
            | Channel::Webhook
            | Channel::EventStream
            | Channel::Task => None,
        }
    }
}

/// Where a contact rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ContactLabel {
    /// The person's own mobile or mailbox.
    #[default]
    Personal,
    /// At work.
    Work,
    /// At home, shared with others.
    Home,
    /// On duty.
    Military,
}

/// Whose a contact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Affiliation {
    /// The person's own.
    #[default]
    #[serde(rename = "self")]
    SelfPerson,
    /// The spouse's.
    Spouse,
    /// The attorney's.
    Attorney,
    /// Somebody else's.
    Other,
}

/// A contact's rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ContactStatus {
    /// Used first.
    #[default]
    Primary,
    /// Used next.
    Secondary,
    /// Used last.
    Additional,
    /// Kept for the record.
    Archived,
}
