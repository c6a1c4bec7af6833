//! The account at a provider that a message leaves by: what is out of order as a whole, and has one rate.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    id::{self, Id},
    tenant::{EmailSender, Senders},
    vocabulary::{ProviderName, SendingChannel},
};

/// The name of an account, within its tenant: `ses`, `twilio:AC…:+13125550100`. It is the smallest part that fails as a
/// whole: of Twilio's account, a number or a messaging service; of a suspended account each number shows that by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Account(String);

impl Account {
    /// Whether it is the installation's own, by which all its tenants send.
    pub fn is_installations(&self) -> bool {
        self.0 == ProviderName::Ses.as_str()
    }

    /// At which provider it is.
    pub fn provider(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// As in storage keys and logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Senders {
    /// The account by which a provider takes a message to this address away; `None` if the tenant has none there, and of
    /// what cannot be out of order by itself.
    pub fn account(&self, provider: ProviderName, to: &str) -> Option<Account> {
        let part = match provider {
            ProviderName::Ses => self.email.as_ref().map(|_| String::new()),
            ProviderName::Sendgrid => Some(self.email.as_ref()?.sendgrid.as_ref()?.api_key_secret.clone()),
            ProviderName::Smtp => {
                let server = self.email.as_ref()?.smtp.as_ref()?;
                Some(format!("{}:{}", server.host, server.port))
            }
            ProviderName::Twilio => {
                let text = self.text.as_ref()?;
                Some(format!("{}:{}", text.account_sid, text.sender_for(to)))
            }
            ProviderName::Lob => Some(self.letter.as_ref()?.lob.as_ref()?.api_key_secret.clone()),
            ProviderName::Fcm => Some(self.push.as_ref()?.service_account_secret.clone()),
            // An endpoint of the lender's is one path, and takes messages or does not. Of a URL that only a message names, the server
            // is there or not; its path may hold a password, and goes into no name.
            ProviderName::Endpoint => Some(match to.parse::<Id<id::WebhookEndpoint>>() {
                Ok(endpoint) => endpoint.as_str().to_owned(),
                Err(_) => Url::parse(to).ok()?.origin().ascii_serialization(),
            }),
            // The bucket, and the table.
            ProviderName::Drop | ProviderName::Inbox => None,
        }?;
        let parts: Vec<&str> =
            [provider.as_str(), &part].into_iter().filter(|part| !part.is_empty()).collect();
        Some(Account(parts.join(":")))
    }

    /// Who takes the tenant's messages of a channel away while the account of the first provider is out of order.
    pub fn fallback(&self, channel: SendingChannel, transactional: bool) -> Option<ProviderName> {
        let first = self.provider(channel, transactional)?;
        let second = match channel {
            SendingChannel::Email => self.email.as_ref()?.mailbox(transactional).fallback,
            SendingChannel::Text
            | SendingChannel::Mail
            | SendingChannel::Gui
            | SendingChannel::Push
            | SendingChannel::Webhook => None,
        };
        second.filter(|second| *second != first)
    }

    /// How many messages a second an account at a provider takes, if that is set: the least of what is set for the account
    /// and for senders whose first provider it is. If it takes over for another, that one's rate says nothing.
    pub fn max_per_second(&self, provider: ProviderName) -> Option<u16> {
        let email = |email: &EmailSender| {
            let mailboxes = [&email.transactional, &email.conversational].into_iter();
            let of_this = mailboxes.filter(|mailbox| mailbox.provider == provider);
            let own = match provider {
                ProviderName::Sendgrid => email.sendgrid.as_ref()?.max_per_second,
                ProviderName::Smtp => email.smtp.as_ref()?.max_per_second,
                // The installation's.
                ProviderName::Ses
                | ProviderName::Twilio
                | ProviderName::Lob
                | ProviderName::Drop
                | ProviderName::Inbox
                | ProviderName::Fcm
                | ProviderName::Endpoint => None,
            };
            of_this.filter_map(|mailbox| mailbox.max_per_second).chain(own).min()
        };
        match provider.channel() {
            SendingChannel::Email => self.email.as_ref().and_then(email),
            SendingChannel::Text => self.text.as_ref()?.max_per_second,
            SendingChannel::Mail => self.letter.as_ref()?.max_per_second,
            SendingChannel::Push => self.push.as_ref()?.max_per_second,
            SendingChannel::Gui | SendingChannel::Webhook => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn senders() -> Senders {
        serde_json::from_value(json!({
            "email": {
                "transactional": { "from": "no-reply@acme.example", "maxPerSecond": 14 },
                "conversational": { "from": "care@acme.example", "maxPerSecond": 10 },
            },
            "text": { "accountSid": "AC1", "authTokenSecret": "acme/twilio", "from": "+13125550100", "byCountry": { "GB": "ACME" } },
        }))
        .unwrap()
    }

    #[test]
    fn an_account_has_a_name_where_the_tenant_has_it() {
        use ProviderName::{Endpoint, Inbox, Lob, Sendgrid, Ses, Twilio};
        for (provider, to, expected) in [
            (Ses, "john@example.com", Some("ses")),
            (Twilio, "+13125550142", Some("twilio:AC1:+13125550100")),
            (Twilio, "+447400123456", Some("twilio:AC1:ACME")),
            (Endpoint, "https://hooks.example/a?token=b", Some("endpoint:https://hooks.example")),
            (Endpoint, "WE-01JD3V9K2M-8ZQ4T6WX1N3F5G7H", Some("endpoint:WE-01JD3V9K2M-8ZQ4T6WX1N3F5G7H")),
            (Endpoint, "", None),
            (Sendgrid, "john@example.com", None),
            (Lob, "", None),
            (Inbox, "", None),
        ] {
            let account = senders().account(provider, to);
            assert_eq!(account.as_ref().map(Account::as_str), expected, "{provider} to {to}");
            assert!(account.is_none_or(|account| account.provider() == provider.as_str()), "{provider}");
        }
        for provider in [Ses, Twilio] {
            let account = senders().account(provider, "").unwrap();
            assert_eq!(account.is_installations(), provider == Ses, "{provider}");
        }
        for provider in ProviderName::ALL {
            assert_eq!(Senders::default().account(*provider, ""), None);
        }
    }

    #[test]
    fn senders_that_share_an_account_share_its_rate() {
        let mut senders = senders();
        let rate = |senders: &Senders, provider| senders.max_per_second(provider);
        assert_eq!(rate(&senders, ProviderName::Ses), Some(10));
        assert_eq!(rate(&senders, ProviderName::Twilio), None);
        senders.text.as_mut().unwrap().max_per_second = Some(3);
        assert_eq!(rate(&senders, ProviderName::Twilio), Some(3));
        senders.email.as_mut().unwrap().conversational.provider = ProviderName::Sendgrid;
        assert_eq!(rate(&senders, ProviderName::Ses), Some(14));
    }

    #[test]
    fn an_account_that_takes_over_has_a_rate_of_its_own() {
        let mut senders = senders();
        let email = senders.email.as_mut().unwrap();
        email.sendgrid =
            serde_json::from_value(json!({ "apiKeySecret": "acme/sendgrid", "maxPerSecond": 40 })).unwrap();
        email.conversational.fallback = Some(ProviderName::Sendgrid);
        let rate = |senders: &Senders| senders.max_per_second(ProviderName::Sendgrid);
        assert_eq!(rate(&senders), Some(40));
        senders.email.as_mut().unwrap().conversational.provider = ProviderName::Sendgrid;
        assert_eq!(rate(&senders), Some(10), "the mailbox's, which is less");
    }

    #[test]
    fn a_second_provider_is_another_than_the_first() {
        let mut senders = senders();
        assert_eq!(senders.fallback(SendingChannel::Email, false), None);
        for (named, expected) in
            [(ProviderName::Ses, None), (ProviderName::Sendgrid, Some(ProviderName::Sendgrid))]
        {
            senders.email.as_mut().unwrap().conversational.fallback = Some(named);
            assert_eq!(senders.fallback(SendingChannel::Email, false), expected);
            assert_eq!(senders.fallback(SendingChannel::Email, true), None, "of the other mailbox");
        }
        assert_eq!(senders.fallback(SendingChannel::Text, true), None);
    }
}
