//! A lender using this installation, and how it wants its messages handled.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

use crate::{
    compliance::profile::Profile,
    error::Error,
    id::InvalidId,
    office_hours::OfficeHours,
    vocabulary::{ProviderName, SendingChannel},
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
}

impl FromStr for TenantId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let fits = (1..=40).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId("a tenant id has 1 to 40 of a-z, 0-9 and -".into()))
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
    /// Accounts at providers and sender addresses, set by whoever runs the installation.
    pub senders: Senders,
    /// Whose access tokens speak for this tenant.
    #[serde(default)]
    pub issuers: Vec<TokenIssuer>,
    /// Moves with every change.
    #[serde(default)]
    pub revision: u64,
}

/// What a tenant's admin may change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// BCP 47 tag for amounts and dates, `en-US`.
    pub locale: String,
    /// ISO 639-1 language of templates when a borrower has none.
    pub language: String,
    /// ISO 4217 currency of amounts when the loan names none.
    pub currency: String,
    /// IANA time zone of date-times in templates.
    pub time_zone: String,
    /// Two messages of the same type to one borrower are this many hours apart; 0 switches the rule off.
    pub suppression_hours: u32,
    /// What the lender is to outreach rules, and what it changed about them.
    pub compliance: Profile,
    /// Variables of ours that a caller's `context` may overwrite, such as `loan`: for lenders whose loan system knows
    /// better than what it pushed.
    pub context_overrides: BTreeSet<String>,
    /// E-mail addresses of yours that nobody reads: whoever writes there is told so, once a day. Where this is left out, the
    /// one that transactional mail comes from, unless that takes answers too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmonitored_addresses: Option<BTreeSet<String>>,
    /// When somebody is there to read what borrowers write, by the clock of `timeZone`; federal holidays are closed. Where
    /// there are none, nothing comes in outside hours.
    pub office_hours: OfficeHours,
    /// What a text that says HELP is answered with, 1 to 320 characters. Where this is left out, the provider answers if it
    /// does so by itself, else words of Postrider's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_text: Option<String>,
    /// Who confirms to borrowers that a text of theirs opted them out.
    pub opt_out_handling: OptOutHandling,
    /// Whether texts of borrowers are taken in. Opt-outs are heard all the same.
    pub inbound_texts_enabled: bool,
    /// Whether what comes from an address or number that no borrower has is taken in. Opt-outs are heard all the same.
    pub unknown_numbers_accepted: bool,
    /// After how many minutes without a message a conversation closes by itself, 1 to 43,200. Where this is left out, none
    /// does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_timeout_minutes: Option<u32>,
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
    /// The longest suppression that can be set, in hours: the contact ledger remembers this long.
    pub const MAX_SUPPRESSION_HOURS: u32 = 24 * 60;
    /// The most characters of [`Self::help_text`]: two texts' worth of plain letters.
    pub const MAX_HELP_TEXT: usize = 320;
    /// The longest [`Self::conversation_timeout_minutes`]: 30 days.
    pub const MAX_CONVERSATION_TIMEOUT_MINUTES: u32 = 30 * 24 * 60;

    /// The settings with those named in place of what they were. What is not named stays.
    ///
    /// # Errors
    /// [`Error::Internal`] where the members named are not those of settings.
    pub fn with(&self, named: &Map<String, Value>) -> Result<Self, Error> {
        let unreadable = |error: serde_json::Error| Error::Internal(format!("settings: {error}"));
        let mut all = serde_json::to_value(self).map_err(unreadable)?;
        if let Value::Object(members) = &mut all {
            members.extend(named.clone());
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
            branding: BTreeMap::new(),
        }
    }
}

/// Where a tenant's messages come from. A channel without its part here is switched off.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Senders {
    /// E-mail.
    pub email: Option<EmailSender>,
    /// Texts.
    pub text: Option<TextSender>,
}

impl Senders {
    /// Who takes the tenant's messages of a channel away; `None` for a channel that is switched off.
    pub fn provider(&self, channel: SendingChannel, transactional: bool) -> Option<ProviderName> {
        match channel {
            SendingChannel::Email => Some(self.email.as_ref()?.mailbox(transactional).provider),
            SendingChannel::Text => Some(self.text.as_ref()?.provider),
        }
    }
}

/// From and Reply-To of e-mail. 001: transactional mail may come from an address clearly marked as unmonitored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EmailSender {
    /// For messages sent by a system in response to an event.
    pub transactional: Mailbox,
    /// For messages people may answer: collections, servicing by agents, marketing.
    pub conversational: Mailbox,
    /// SES configuration set that publishes delivery events.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub configuration_set: Option<String>,
    /// SNS topics whose delivery events are this tenant's.
    #[serde(default)]
    pub event_topics: Vec<String>,
    /// Who may bring what borrowers write to the tenant's addresses.
    #[serde(default)]
    pub inbound: InboundEmail,
}

impl EmailSender {
    /// Where a message comes from.
    pub fn mailbox(&self, transactional: bool) -> &Mailbox {
        if transactional { &self.transactional } else { &self.conversational }
    }
}

/// What proves that mail is brought by the tenant's own account. Without either, no mail is taken in.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct InboundEmail {
    /// Public keys of SendGrid's security policy for Inbound Parse, base64 as SendGrid shows them; both the old and the
    /// new one while they are rotated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sendgrid_public_keys: Vec<String>,
    /// SNS topics to which SES publishes what the tenant's receipt rules take.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
}

/// A sender of e-mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mailbox {
    /// `Acme Lending <no-reply@acme.example>`
    pub from: String,
    /// Where answers go.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reply_to: Option<String>,
    /// Who takes its mail away.
    #[serde(default = "ses")]
    pub provider: ProviderName,
    /// Who takes it away while the account there is out of order.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fallback: Option<ProviderName>,
    /// How many messages a second the account there takes. Senders that share the account share the least of theirs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_per_second: Option<u16>,
}

fn ses() -> ProviderName {
    ProviderName::Ses
}

/// A number or messaging service, and its account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TextSender {
    /// Who takes its texts away.
    #[serde(default = "twilio")]
    pub provider: ProviderName,
    /// `AC…`
    pub account_sid: String,
    /// Name or ARN of the secret that holds the account's auth token.
    pub auth_token_secret: String,
    /// An E.164 number, or a messaging service `MG…`.
    pub from: String,
    /// How many texts a second they take from there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_per_second: Option<u16>,
}

fn twilio() -> ProviderName {
    ProviderName::Twilio
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

    fn senders() -> Senders {
        serde_json::from_value(json!({
            "email": {
                "transactional": { "from": "no-reply@acme.example" },
                "conversational": { "from": "care@acme.example" },
            },
            "text": { "accountSid": "AC1", "authTokenSecret": "acme/twilio", "from": "+13125550100" },
        }))
        .unwrap()
    }

    #[test]
    fn settings_that_are_not_named_stay_and_null_clears_what_may_be_absent() {
        let named = |json: Value| json.as_object().cloned().unwrap();
        let helpful = named(json!({ "helpText": "Call us", "currency": "EUR", "branding": { "a": "b" } }));
        let before = Settings::default().with(&helpful).unwrap();
        let after = before.with(&named(json!({ "helpText": null, "branding": {} }))).unwrap();
        assert_eq!(after, Settings { currency: "EUR".into(), ..Settings::default() });
        assert_eq!(before.with(&Map::new()).unwrap(), before);
    }

    #[test]
    fn a_sender_that_names_no_provider_has_the_first_of_its_channel() {
        for channel in SendingChannel::ALL {
            for transactional in [true, false] {
                let provider = senders().provider(*channel, transactional);
                assert_eq!(provider, ProviderName::of(*channel).next(), "{channel}");
            }
        }
    }

    #[test]
    fn each_stream_of_e_mail_names_a_provider_of_its_own() {
        let mut senders = senders();
        // Any other name shows which of the two is asked.
        senders.email.as_mut().unwrap().conversational.provider = ProviderName::Twilio;
        assert_eq!(senders.provider(SendingChannel::Email, true), Some(ProviderName::Ses));
        assert_eq!(senders.provider(SendingChannel::Email, false), Some(ProviderName::Twilio));
    }

    #[test]
    fn a_channel_without_a_sender_is_switched_off() {
        for channel in SendingChannel::ALL {
            assert_eq!(Senders::default().provider(*channel, true), None, "{channel}");
        }
    }
}
