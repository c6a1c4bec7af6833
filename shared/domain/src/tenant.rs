//! A lender using this installation, and how it wants its messages handled.

mod senders;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

use crate::{
    compliance::{profile::Profile, sign_off::Signed},
    error::{Cause, Error},
    id::{self, Id, InvalidId, Ref},
    office_hours::OfficeHours,
    schedule::Span,
    shape,
};

pub use senders::{
    EmailSender, InAppSender, InboundEmail, LetterSender, LobAccount, Mailbox, PushSender, Senders,
    SendgridAccount, SmtpAccount, SmtpSecurity, TextSender, WebhookSender,
};

/// A lender's short name, the first part of all its storage keys: 1 to 40 of `a-z 0-9 -`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct TenantId(#[schemars(regex(pattern = "^[a-z0-9-]{1,40}$"))] String);

impl TenantId {
    /// As in storage keys.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The lender's id in the form of the document on templates (002).
    pub fn company(&self) -> Id<id::Company> {
        Id::external(self.as_str(), self.as_str())
    }

    /// Whether `company` names this lender: by that id, or by its short name, with `ext-` in front or without.
    pub fn is_company(&self, company: &str) -> bool {
        let named = company.parse::<Ref<id::Company>>();
        company == self.as_str() || named.is_ok_and(|named| named.resolve(self.as_str()) == self.company())
    }
}

impl FromStr for TenantId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let fits = (1..=40).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId("must be 1 to 40 of a-z, 0-9 and -".into()))
        }
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TenantId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A tenant with its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// Its short name.
    pub id: TenantId,
    /// Its name as borrowers know it; `tenant.name` in templates.
    pub name: String,
    /// What the tenant's admins may change.
    pub settings: Settings,
    /// Accounts at providers and sender addresses, set by the operator of the installation.
    pub senders: Senders,
    /// Whose access tokens speak for this tenant.
    #[serde(default)]
    pub issuers: Vec<TokenIssuer>,
    /// Versions of its outreach rules that its counsel signed, the one signed last at the end.
    #[serde(default)]
    pub signed: Vec<Signed>,
    /// Moves with every change.
    #[serde(default)]
    pub revision: u64,
}

/// What a tenant's admin may change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// BCP 47 tag for amounts and dates, `en-US`.
    #[schemars(with = "shape::Locale")]
    pub locale: String,
    /// ISO 639-1 language of templates when a borrower has none.
    #[schemars(with = "shape::Language")]
    pub language: String,
    /// ISO 4217 currency of amounts when the loan names none.
    #[schemars(with = "shape::Currency")]
    pub currency: String,
    /// IANA time zone of date-times in templates.
    #[schemars(with = "shape::TimeZone")]
    pub time_zone: String,
    /// Two messages of the same type to one borrower are this many hours apart; 0 switches the rule off.
    #[schemars(range(max = Self::MAX_SUPPRESSION_HOURS))]
    pub suppression_hours: u32,
    /// What the lender is to outreach rules, and what it changed about them.
    pub compliance: Profile,
    /// Variables of ours that a caller's `context` may overwrite, such as `loan`: for lenders whose loan system knows
    /// better than what it pushed.
    #[schemars(with = "BTreeSet<shape::Variable>", length(max = Self::ON_RECORD.len()))]
    pub context_overrides: BTreeSet<String>,
    /// E-mail addresses of yours that nobody reads: whoever writes there gets an answer that says so, once a day. If this is left out, the
    /// one that transactional mail comes from, unless that takes answers too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeSet<shape::Email>>", length(max = Self::MAX_UNMONITORED_ADDRESSES))]
    pub unmonitored_addresses: Option<BTreeSet<String>>,
    /// When somebody is there to read what borrowers write, by the clock of `timeZone`; federal holidays are closed. If
    /// there are none, nothing comes in outside hours.
    #[schemars(extend("maxItems" = Span::MOST))]
    pub office_hours: OfficeHours,
    /// What a text that says HELP is answered with, 1 to 320 characters. If this is left out, the provider answers if it
    /// does so by itself, else words of Postrider's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<shape::Text<{ Settings::MAX_HELP_TEXT }>>")]
    pub help_text: Option<String>,
    /// Who confirms to borrowers that a text of theirs opted them out.
    pub opt_out_handling: OptOutHandling,
    /// Whether texts of borrowers are taken in. Opt-outs are heard anyway.
    pub inbound_texts_enabled: bool,
    /// Whether what comes from an address or number that no borrower has is taken in. Opt-outs are heard anyway.
    pub unknown_numbers_accepted: bool,
    /// After how many minutes without a message a conversation closes by itself, 1 to 43,200. If this is left out, none
    /// does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = Self::MAX_CONVERSATION_TIMEOUT_MINUTES))]
    pub conversation_timeout_minutes: Option<u32>,
    /// Origins whose pages may call the API from a browser, such as `https://app.acme.example`, at most 20. A page sees what
    /// the credential it sends may see.
    #[schemars(
        inner(regex(pattern = r"^(https://[a-z0-9.-]+|http://localhost)(:[0-9]{1,5})?$")),
        length(max = Self::MAX_ALLOWED_ORIGINS)
    )]
    pub allowed_origins: BTreeSet<String>,
    /// Whether texts say typographic quotes, dashes, dots and bullets in the characters of GSM-7, which hold 160 a part
    /// instead of 70. A preview shows what was replaced.
    pub sms_replace_typography: bool,
    /// What else templates see under `tenant`: support address, phone, brand colours.
    pub branding: BTreeMap<String, String>,
}

/// Who confirms an opt-out by text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OptOutHandling {
    /// The provider, as Twilio does by default: it also refuses what would be sent there.
    #[default]
    Provider,
    /// Postrider, once.
    Postrider,
}

impl Settings {
    /// The zone of the lender's clock.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// The instant at which a day begins where the lender is; none for days beyond what a clock can tell.
    pub fn start_of(&self, day: Date) -> Option<Timestamp> {
        day.to_zoned(self.zone()).ok().map(|start| start.timestamp())
    }

    /// The longest suppression that can be set, in hours: the contact ledger remembers this long.
    pub const MAX_SUPPRESSION_HOURS: u32 = 24 * 60;
    /// The most characters of [`Self::help_text`]: two texts' worth of plain letters.
    pub const MAX_HELP_TEXT: usize = 320;
    /// Variables of templates that may be on record. Where one is, a caller's of the same name does not count, unless it is
    /// one of [`Self::context_overrides`].
    pub const ON_RECORD: [&str; 10] = [
        "borrower",
        "case",
        "company",
        "loan",
        "loans",
        "person",
        "statement",
        "tenant",
        "today",
        "unsubscribe_url",
    ];
    /// The most of [`Self::unmonitored_addresses`].
    pub const MAX_UNMONITORED_ADDRESSES: usize = 100;
    /// The most of [`Self::allowed_origins`].
    pub const MAX_ALLOWED_ORIGINS: usize = 20;
    /// The longest [`Self::conversation_timeout_minutes`]: 30 days.
    pub const MAX_CONVERSATION_TIMEOUT_MINUTES: u32 = 30 * 24 * 60;

    /// The settings with those named in place of what they were. What is not named stays.
    ///
    /// # Errors
    /// [`Error::Internal`] if the members named are not those of settings.
    pub fn with(&self, named: &Map<String, Value>) -> Result<Self, Error> {
        let unreadable = |error: serde_json::Error| Error::Internal(Cause::of(error).about("settings"));
        let mut all = serde_json::to_value(self).map_err(unreadable)?;
        if let Value::Object(members) = &mut all {
            for (name, value) in named {
                match (members.get_mut(name), value) {
                    // A lender that names its margin stays the collector that it is.
                    (Some(Value::Object(known)), Value::Object(given)) if name == "compliance" => {
                        known.extend(given.clone());
                    }
                    _ => drop(members.insert(name.clone(), value.clone())),
                }
            }
        }
        serde_json::from_value(all).map_err(unreadable)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            locale: "en-US".into(),
            language: "en".into(),
            currency: "USD".into(),
            time_zone: "America/New_York".into(),
            suppression_hours: 24,
            compliance: Profile::default(),
            context_overrides: BTreeSet::new(),
            unmonitored_addresses: None,
            office_hours: OfficeHours::default(),
            help_text: None,
            opt_out_handling: OptOutHandling::default(),
            inbound_texts_enabled: true,
            unknown_numbers_accepted: true,
            conversation_timeout_minutes: None,
            allowed_origins: BTreeSet::new(),
            sms_replace_typography: true,
            branding: BTreeMap::new(),
        }
    }
}

/// Whose JWTs are accepted for a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenIssuer {
    /// The `iss` claim, unique in the installation.
    pub issuer: String,
    /// The `aud` claim.
    pub audience: String,
    /// How its signature is checked.
    pub verification: Verification,
    /// The claim that holds the role.
    #[serde(default = "role_claim")]
    pub role_claim: String,
}

fn role_claim() -> String {
    "role".into()
}

/// How a token's signature is checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Verification {
    /// HS256 with the value of this secret (name or ARN).
    SharedSecret(String),
    /// RS256 or ES256 with the keys at this `https` URL.
    Jwks(String),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_that_are_not_named_stay_and_null_clears_what_may_be_absent() {
        let named = |json: Value| json.as_object().cloned().unwrap();
        let helpful = named(json!({ "helpText": "Call us", "currency": "EUR", "branding": { "a": "b" } }));
        let before = Settings::default().with(&helpful).unwrap();
        let after = before.with(&named(json!({ "helpText": null, "branding": {} }))).unwrap();
        assert_eq!(after, Settings { currency: "EUR".into(), ..Settings::default() });
        assert_eq!(before.with(&Map::new()).unwrap(), before);
    }
}
