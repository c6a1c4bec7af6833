//! What this installation sends, and who takes it away.
//!
//! Everything a channel that is sent has one of (queue, dispatcher, alarm, sender settings, page of the outbox) is keyed
//! by [`SendingChannel`]; everything a provider has one of (adapter, endpoint, stand-in) by [`ProviderName`].
//! `docs/adding-a-channel.md` says where each of them stands.

use super::{Channel, FailureReason, channel::channels};

channels! {
    /// A channel that messages leave by.
    SendingChannel "channel that is sent" {
        Email "email" = Email,
        Text "text" = Text,
        Mail "mail" = Mail,
        Gui "gui" = Gui,
        Push "push" = Push,
        Webhook "webhook" = Webhook,
    }
}

impl SendingChannel {
    /// Why a message failed for which the tenant has no sender any more (003).
    pub const fn not_enabled(self) -> FailureReason {
        match self {
            Self::Email => FailureReason::EmailServiceNotEnabled,
            Self::Text => FailureReason::SmsServiceNotEnabled,
            Self::Webhook => FailureReason::WebhookNotificationsDisabled,
            // 003 knows neither letters nor notices inside an application.
            Self::Mail | Self::Gui | Self::Push => FailureReason::Other,
        }
    }
}

impl Channel {
    /// The same channel, if messages leave by it.
    pub fn sending(self) -> Option<SendingChannel> {
        SendingChannel::try_from(self).ok()
    }
}

vocabulary! {
    /// Who takes messages away, and brings what borrowers write.
    ProviderName "provider" {
        /// Amazon Simple Email Service.
        Ses "ses",
        /// SendGrid, whose Inbound Parse also brings mail.
        Sendgrid "sendgrid",
        /// A mail server of the lender's own.
        Smtp "smtp",
        /// Twilio's Programmable Messaging.
        Twilio "twilio",
        /// Lob, which prints and mails letters.
        Lob "lob",
        /// A folder of the bucket, from which a print house fetches letters.
        Drop "drop",
        /// Postrider itself, which keeps notices until the lender's application shows them.
        Inbox "inbox",
        /// Firebase Cloud Messaging.
        Fcm "fcm",
        /// The server that a URL of the lender's leads to, called as Standard Webhooks has it.
        Endpoint "endpoint",
    }
}

impl ProviderName {
    /// What it takes away.
    pub const fn channel(self) -> SendingChannel {
        match self {
            Self::Ses | Self::Sendgrid | Self::Smtp => SendingChannel::Email,
            Self::Twilio => SendingChannel::Text,
            Self::Lob | Self::Drop => SendingChannel::Mail,
            Self::Inbox => SendingChannel::Gui,
            Self::Fcm => SendingChannel::Push,
            Self::Endpoint => SendingChannel::Webhook,
        }
    }

    /// Every provider that takes messages of a channel away.
    pub fn of(channel: SendingChannel) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |provider| provider.channel() == channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_that_is_sent_is_spelled_as_the_core_spells_it() {
        for sending in SendingChannel::ALL {
            assert_eq!(Channel::from(*sending).as_str(), sending.as_str());
            assert_eq!(Channel::from(*sending).sending(), Some(*sending));
        }
        assert_eq!(Channel::Voice.sending(), None);
    }

    #[test]
    fn every_channel_that_is_sent_has_a_provider() {
        for sending in SendingChannel::ALL {
            assert!(ProviderName::of(*sending).next().is_some(), "{sending}");
        }
    }
}
