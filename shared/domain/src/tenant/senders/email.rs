//! Who sends a tenant's e-mail.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::ProviderName;

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
    /// The account at SendGrid, for mailboxes whose provider that is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sendgrid: Option<SendgridAccount>,
    /// The mail server, for mailboxes whose provider is `smtp`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub smtp: Option<SmtpAccount>,
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
    /// How many messages a second the account at `provider` takes. Senders that share the account share the least of theirs.
    /// That of another account, which takes over, stands with that account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_per_second: Option<u16>,
}

fn ses() -> ProviderName {
    ProviderName::Ses
}

/// An account at SendGrid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendgridAccount {
    /// Name or ARN of the secret that holds an API key with the permission to send mail.
    pub api_key_secret: String,
    /// Whether the account is in SendGrid's European region, whose API has a host of its own.
    #[serde(default)]
    pub eu: bool,
    /// Public keys of the signed event webhook, base64 as SendGrid shows them; both the old and the new one while they are
    /// rotated.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub event_public_keys: Vec<String>,
    /// How many messages a second it takes, whichever mailbox they are from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_per_second: Option<u16>,
}

/// A mail server that takes mail over SMTP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SmtpAccount {
    /// Its name, which its certificate must have.
    pub host: String,
    /// 587 for STARTTLS, 465 for TLS from the first byte.
    pub port: u16,
    /// When TLS begins. Mail never leaves without.
    #[serde(default)]
    pub security: SmtpSecurity,
    /// Name or ARN of the secret that holds `{"username": …, "password": …}`, or an `accessToken` in place of the password;
    /// none for a server that asks for none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credentials_secret: Option<String>,
    /// Where mail comes back to that cannot be delivered, such as `bounces@acme.example`: each message adds `+` and its name
    /// before the `@`. If this is left out, it comes back to whom the message is from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bounce_address: Option<String>,
    /// How many messages a second it takes, whichever mailbox they are from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_per_second: Option<u16>,
}

/// When TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum SmtpSecurity {
    /// After STARTTLS (RFC 3207).
    #[default]
    Starttls,
    /// At once (RFC 8314).
    Tls,
}
