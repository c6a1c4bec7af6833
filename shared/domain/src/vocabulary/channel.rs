//! Where a message travels, in the words of each document.
//!
//! [`Channel`] is the one the core uses and stores. It is spelled as in 001 if 001 has the channel. Each other type
//! here is one document's list, so that a request is held to the channels its own document knows:
//! deserialize the document's type, then convert. What belongs to no document takes the words of all ([`AnyChannel`]).

use std::{borrow::Cow, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::UnknownValue;

vocabulary! {
    /// A way to reach a person, or a system of the lender's.
    Channel {
        Voice "voice",
        Email "email",
        Fax "fax",
        /// A text message to a phone.
        Text "text",
        Chat "chat",
        /// A letter on paper.
        Mail "mail",
        /// A notice inside the lender's own application.
        Gui "gui",
        /// A document filed for the person, not sent anywhere.
        Document "document",
        /// A notification on a device (004).
        Push "push",
        /// A signed request to a URL of the lender's (003, 004).
        Webhook "webhook",
        /// An entry in an ordered stream the lender reads (003).
        EventStream "eventStream",
        /// Work for a person at the lender (003).
        Task "task",
    }
}

impl Channel {
    /// Channels a template can be rendered to a file for (001, `POST /communicator/render`).
    pub const RENDERED: &'static [Self] = &[Self::Email, Self::Text, Self::Mail, Self::Gui, Self::Document];

    /// Whether what travels there reaches the person, rather than a file or a system of the lender's.
    pub const fn reaches_person(self) -> bool {
        match self {
            Self::Voice
            | Self::Email
            | Self::Fax
            | Self::Text
            | Self::Chat
            | Self::Mail
            | Self::Gui
            | Self::Push => true,
            Self::Document | Self::Webhook | Self::EventStream | Self::Task => false,
        }
    }
}

/// Declares a list of channels, such as one document's: its name for each, and the core's.
macro_rules! channels {
    ($(#[$meta:meta])* $name:ident { $($variant:ident $text:literal = $core:ident),* $(,)? }) => {
        vocabulary! { $(#[$meta])* $name { $($variant $text),* } }

        impl From<$name> for Channel {
            fn from(channel: $name) -> Self {
                match channel { $($name::$variant => Self::$core),* }
            }
        }

        /// Fails for a channel that is not in this list.
        impl TryFrom<Channel> for $name {
            type Error = $crate::vocabulary::UnknownValue;

            fn try_from(channel: Channel) -> Result<Self, Self::Error> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|known| Channel::from(*known) == channel)
                    .ok_or_else(|| $crate::vocabulary::UnknownValue::new(channel.as_str(), &[$($text),*]))
            }
        }
    };
}

pub(super) use channels;

channels! {
    /// Channels of the Communications API (000).
    CommunicationsApiChannel {
        Email "email" = Email,
        Sms "sms" = Text,
        Letter "letter" = Mail,
        InApp "in_app" = Gui,
    }
}

channels! {
    /// Channels by which messages come in, as the Communications API spells them (000).
    InboundChannel {
        Sms "sms" = Text,
        Email "email" = Email,
    }
}

channels! {
    /// Channels of Communicator (001, `InteractionChannel`).
    CommunicatorChannel {
        Voice "voice" = Voice,
        Email "email" = Email,
        Fax "fax" = Fax,
        Text "text" = Text,
        Chat "chat" = Chat,
        Mail "mail" = Mail,
        Gui "gui" = Gui,
        Document "document" = Document,
    }
}

channels! {
    /// Channels of Communicator (001), and push, which only Dispatch (004) has: templates can be made for all of them, and
    /// messages sent by them if the tenant has a sender.
    MessageChannel {
        Voice "voice" = Voice,
        Email "email" = Email,
        Fax "fax" = Fax,
        Text "text" = Text,
        Chat "chat" = Chat,
        Mail "mail" = Mail,
        Gui "gui" = Gui,
        Document "document" = Document,
        Push "push" = Push,
    }
}

channels! {
    /// Channels of templates: those of messages, and webhooks, for which notification rules have templates (003).
    TemplateChannel {
        Voice "voice" = Voice,
        Email "email" = Email,
        Fax "fax" = Fax,
        Text "text" = Text,
        Chat "chat" = Chat,
        Mail "mail" = Mail,
        Gui "gui" = Gui,
        Document "document" = Document,
        Push "push" = Push,
        Webhook "webhook" = Webhook,
    }
}

channels! {
    /// The `type` of a communication message (003).
    MessageType {
        Email "EMAIL" = Email,
        Sms "SMS" = Text,
        WebHook "WEB_HOOK" = Webhook,
        EventStream "EVENT_STREAM" = EventStream,
        Task "TASK" = Task,
    }
}

channels! {
    /// Channels of Dispatch (004).
    DispatchChannel {
        Email "Email" = Email,
        Sms "Sms" = Text,
        Push "Push" = Push,
        InApp "InApp" = Gui,
        Webhook "Webhook" = Webhook,
    }
}

/// A channel in any document's words: `sms` of 000, `Sms` of 004, `SMS` of 003 and `text` of 001 are one. What is stored and
/// shown is a [`Channel`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnyChannel(pub Channel);

impl AnyChannel {
    /// Every word there is, ours first, with what it means.
    pub(crate) fn words() -> Vec<(&'static str, Channel)> {
        fn of<C: Copy + Into<Channel>>(
            all: &[C],
            word: fn(C) -> &'static str,
        ) -> Vec<(&'static str, Channel)> {
            all.iter().map(|channel| (word(*channel), (*channel).into())).collect()
        }
        let mut words = of(Channel::ALL, Channel::as_str);
        let others = of(CommunicationsApiChannel::ALL, CommunicationsApiChannel::as_str)
            .into_iter()
            .chain(of(CommunicatorChannel::ALL, CommunicatorChannel::as_str))
            .chain(of(MessageType::ALL, MessageType::as_str))
            .chain(of(DispatchChannel::ALL, DispatchChannel::as_str));
        for other in others {
            if !words.contains(&other) {
                words.push(other);
            }
        }
        words
    }
}

impl From<AnyChannel> for Channel {
    fn from(AnyChannel(channel): AnyChannel) -> Self {
        channel
    }
}

impl FromStr for AnyChannel {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        let words = Self::words();
        let known = words.iter().find(|(word, _)| *word == text);
        known.map(|(_, channel)| Self(*channel)).ok_or_else(|| {
            let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            UnknownValue::new(text, &all)
        })
    }
}

impl<'de> Deserialize<'de> for AnyChannel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for AnyChannel {
    fn schema_name() -> Cow<'static, str> {
        "AnyChannel".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Self::words().iter().map(|(word, _)| *word).collect();
        json_schema!({ "type": "string", "description": "A channel, in any document's words.", "enum": words })
    }
}
