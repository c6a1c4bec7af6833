//! The channels this installation sends by, and their providers.
//!
//! Everything a channel that is sent has one of (queue, dispatcher, alarm, sender settings, page of the outbox) is keyed
//! by [`SendingChannel`]; everything a provider has one of (adapter, endpoint, stand-in) by [`ProviderName`].
//! `docs/adding-a-channel.md` says where each of them stands.

use jiff::SignedDuration;

use super::{Channel, FailureReason, channel::channels};

channels! {
    /// A channel that messages leave by.
    SendingChannel {
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

/// Seconds between attempts to call a webhook: the schedule that Standard Webhooks gives as its example, three days in all. A
/// server of the lender's may be away for as long; nobody else takes the message.
const WEBHOOK_WAITS: [i64; 9] =
    [5, 5 * 60, 30 * 60, 2 * 60 * 60, 5 * 60 * 60, 10 * 60 * 60, 14 * 60 * 60, 20 * 60 * 60, 24 * 60 * 60];

impl SendingChannel {
    /// Attempts before a provider that is busy or away becomes a failure.
    pub const fn attempts(self) -> u32 {
        match self {
            Self::Email | Self::Text | Self::Mail | Self::Gui | Self::Push => 8,
            // The first, and one after each wait.
            Self::Webhook => 1 + WEBHOOK_WAITS.len() as u32,
        }
    }

    /// How long to wait after attempt number `attempt` (from 1), at least and at most: in between it is up to chance, so that
    /// messages refused together do not come back together. 30 s, doubling, up to 30 min, and half as much again; webhooks have
    /// a schedule of their own, and a tenth.
    pub fn backoff(self, attempt: u32) -> (SignedDuration, SignedDuration) {
        let before = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        let (seconds, part) = match self {
            Self::Email | Self::Text | Self::Mail | Self::Gui | Self::Push => {
                ((30_i64 << before.min(6)).min(30 * 60), 2)
            }
            Self::Webhook => (WEBHOOK_WAITS[before.min(WEBHOOK_WAITS.len() - 1)], 10),
        };
        let least = SignedDuration::from_secs(seconds);
        (least, least + least / part)
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
    ProviderName {
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
    fn waits_grow_up_to_a_limit_and_differ() {
        for (channel, attempt, least, most) in [
            (SendingChannel::Text, 1, 30, 45),
            (SendingChannel::Text, 2, 60, 90),
            (SendingChannel::Text, 6, 960, 1_440),
            (SendingChannel::Text, 7, 1_800, 2_700),
            (SendingChannel::Text, 50, 1_800, 2_700),
            (SendingChannel::Webhook, 1, 5, 5),
            (SendingChannel::Webhook, 2, 300, 330),
            (SendingChannel::Webhook, 3, 1_800, 1_980),
            (SendingChannel::Webhook, 9, 86_400, 95_040),
            (SendingChannel::Webhook, u32::MAX, 86_400, 95_040),
        ] {
            let (shortest, longest) = channel.backoff(attempt);
            assert_eq!((shortest.as_secs(), longest.as_secs()), (least, most), "{channel} {attempt}");
        }
    }

    /// As the table in the specification has it: 75 hours, 35 minutes and 5 seconds.
    #[test]
    fn a_webhook_is_tried_for_three_days() {
        let waits =
            (1..SendingChannel::Webhook.attempts()).map(|attempt| SendingChannel::Webhook.backoff(attempt).0);
        assert_eq!(waits.map(|wait| wait.as_secs()).sum::<i64>(), (75 * 60 + 35) * 60 + 5);
    }

    #[test]
    fn every_channel_that_is_sent_has_a_provider() {
        for sending in SendingChannel::ALL {
            assert!(ProviderName::of(*sending).next().is_some(), "{sending}");
        }
    }
}
