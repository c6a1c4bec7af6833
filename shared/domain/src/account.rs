//! The account at a provider that a message leaves by: what is out of order as a whole, and has one rate.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    tenant::{EmailSender, Senders},
    vocabulary::{ProviderName, SendingChannel},
};

/// The name of an account, within its tenant: `ses`, `twilio:AC…:+13125550100`. It is the smallest part that fails as a
/// whole: of Twilio's account, a number or a messaging service; of a suspended account each number shows that by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Account(String);

impl Account {
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
    /// The account by which a provider takes the tenant's messages of a channel away; `None` where the tenant has none there.
    pub fn account(
        &self,
        channel: SendingChannel,
        _transactional: bool,
        provider: ProviderName,
    ) -> Option<Account> {
        match (provider, channel) {
            (ProviderName::Ses, SendingChannel::Email) => {
                self.email.as_ref().map(|_| Account(provider.to_string()))
            }
            (ProviderName::Twilio, SendingChannel::Text) => {
                let text = self.text.as_ref()?;
                Some(Account(format!("{provider}:{}:{}", text.account_sid, text.from)))
            }
            (ProviderName::Ses, SendingChannel::Text)
            | (ProviderName::Twilio, SendingChannel::Email)
            | (ProviderName::Sendgrid, SendingChannel::Email | SendingChannel::Text) => None,
        }
    }

    /// Who takes the tenant's messages of a channel away while the account of the first provider is out of order.
    pub fn fallback(&self, channel: SendingChannel, transactional: bool) -> Option<ProviderName> {
        let first = self.provider(channel, transactional)?;
        let second = match channel {
            SendingChannel::Email => self.email.as_ref()?.mailbox(transactional).fallback,
            SendingChannel::Text => None,
        };
        second.filter(|second| *second != first)
    }

    /// How many messages a second an account takes, where that is set: the least of what is set for senders that share it.
    pub fn max_per_second(&self, account: &Account) -> Option<u16> {
        let Self { email, text } = self;
        let mailboxes = email.iter().flat_map(|email| {
            let EmailSender { transactional, conversational, .. } = email;
            [(transactional, true), (conversational, false)]
        });
        let mailboxes = mailboxes.map(|(mailbox, transactional)| {
            (SendingChannel::Email, transactional, mailbox.provider, mailbox.max_per_second)
        });
        let texts = text.iter().map(|text| (SendingChannel::Text, true, text.provider, text.max_per_second));
        mailboxes
            .chain(texts)
            .filter(|(channel, transactional, provider, _)| {
                self.account(*channel, *transactional, *provider).as_ref() == Some(account)
            })
            .filter_map(|(_, _, _, most)| most)
            .min()
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
            "text": { "accountSid": "AC1", "authTokenSecret": "acme/twilio", "from": "+13125550100" },
        }))
        .unwrap()
    }

    #[test]
    fn an_account_has_a_name_where_the_tenant_has_it() {
        use ProviderName::{Sendgrid, Ses, Twilio};
        use SendingChannel::{Email, Text};
        for (channel, provider, expected) in [
            (Email, Ses, Some("ses")),
            (Text, Twilio, Some("twilio:AC1:+13125550100")),
            (Text, Ses, None),
            (Email, Twilio, None),
            (Email, Sendgrid, None),
        ] {
            let account = senders().account(channel, true, provider);
            assert_eq!(account.as_ref().map(Account::as_str), expected, "{channel} by {provider}");
            assert_eq!(Senders::default().account(channel, true, provider), None);
        }
    }

    #[test]
    fn senders_that_share_an_account_share_its_rate() {
        let mut senders = senders();
        let account = |channel, provider| senders.account(channel, true, provider).unwrap();
        let ses = account(SendingChannel::Email, ProviderName::Ses);
        let twilio = account(SendingChannel::Text, ProviderName::Twilio);
        assert_eq!((senders.max_per_second(&ses), senders.max_per_second(&twilio)), (Some(10), None));
        senders.text.as_mut().unwrap().max_per_second = Some(3);
        assert_eq!(senders.max_per_second(&twilio), Some(3));
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
