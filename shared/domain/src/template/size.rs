//! How large a rendered message is.

use schemars::JsonSchema;
use serde::Serialize;

use super::Source;
use crate::{
    notification,
    segments::{self, Encoding},
    typography::{Replaced, Replacement, Unreplaced},
    vocabulary::Channel,
};

/// How large a rendered message is, in the units its channel counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Size {
    /// Of all parts together, in UTF-8.
    pub bytes: usize,
    /// How it travels as a text message; only for that channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<TextSize>,
    /// How much of a push notification it takes; only for that channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push: Option<PushSize>,
}

/// A text message as carriers count it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TextSize {
    /// `GSM-7`, or `UCS-2` as soon as one character needs it.
    pub encoding: &'static str,
    /// How many characters the text has.
    pub characters: usize,
    /// How many parts (segments) the text is billed as.
    pub segments: u16,
    /// The most segments that can be sent. A longer text is refused.
    pub most_segments: u16,
    /// What it says in other characters than it was written in, so that it can travel in GSM-7.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<Replaced>,
    /// How it would have traveled as it was written, if something was replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Unreplaced>,
}

/// A push notification as its provider counts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PushSize {
    /// Title and text, as JSON in UTF-8.
    pub bytes: usize,
    /// The most that can be sent.
    pub most_bytes: usize,
}

impl Size {
    /// Of rendered parts, with what their text says otherwise than it was written.
    pub fn of(rendered: &Source, channel: Channel, replacement: Option<Replacement>) -> Self {
        let text = rendered.content_text.as_deref().filter(|_| channel == Channel::Text);
        let (replaced, before) = replacement
            .map_or_else(Default::default, |Replacement { replaced, before }| (replaced, Some(before)));
        Self {
            bytes: rendered.bytes(),
            text: text.map(|text| TextSize {
                encoding: Encoding::of(text).as_str(),
                characters: text.chars().count(),
                segments: segments::count(text),
                most_segments: segments::MAX_SEGMENTS,
                replaced,
                before,
            }),
            push: (channel == Channel::Push).then(|| PushSize {
                bytes: notification::bytes(rendered),
                most_bytes: notification::MAX_BYTES,
            }),
        }
    }
}
