//! Where a tenant's messages come from.

mod email;
mod in_app;
mod letter;
mod push;
mod text;
mod webhook;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::{ProviderName, SendingChannel};

pub use self::{
    email::{EmailSender, InboundEmail, Mailbox, SendgridAccount, SmtpAccount, SmtpSecurity},
    in_app::InAppSender,
    letter::{LetterSender, LobAccount},
    push::PushSender,
    text::TextSender,
    webhook::WebhookSender,
};

/// Where a tenant's messages come from. A channel without its part here is switched off.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Senders {
    /// E-mail.
    pub email: Option<EmailSender>,
    /// Texts.
    pub text: Option<TextSender>,
    /// Letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub letter: Option<LetterSender>,
    /// Notices inside the lender's own application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_app: Option<InAppSender>,
    /// Push notifications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push: Option<PushSender>,
    /// Webhooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookSender>,
}

impl Senders {
    /// Who takes the tenant's messages of a channel away; `None` for a channel that is switched off.
    pub fn provider(&self, channel: SendingChannel, transactional: bool) -> Option<ProviderName> {
        match channel {
            SendingChannel::Email => Some(self.email.as_ref()?.mailbox(transactional).provider),
            SendingChannel::Text => Some(self.text.as_ref()?.provider),
            SendingChannel::Mail => Some(self.letter.as_ref()?.provider),
            SendingChannel::Gui => self.in_app.as_ref().map(|_| ProviderName::Inbox),
            SendingChannel::Push => Some(self.push.as_ref()?.provider),
            SendingChannel::Webhook => self.webhook.as_ref().map(|_| ProviderName::Endpoint),
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
                "transactional": { "from": "no-reply@acme.example" },
                "conversational": { "from": "care@acme.example" },
            },
            "text": { "accountSid": "AC1", "authTokenSecret": "acme/twilio", "from": "+13125550100" },
            "letter": {
                "name": "Acme Lending",
                "returnAddress": { "addressLine1": "1 Main St", "city": "Austin", "state": "TX", "postalCode": "78701" },
                "lob": { "apiKeySecret": "acme/lob", "webhookSecret": "acme/lob-webhook" },
            },
            "inApp": {},
            "push": { "serviceAccountSecret": "acme/fcm" },
            "webhook": {},
        }))
        .unwrap()
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
