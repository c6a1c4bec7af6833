//! Templates: a descriptor says what for, its versions hold the wording, exactly one of them is active (002).
//!
//! [`select`] finds the one for a message, [`shared`] is what templates include. How they are rendered is `rendering`'s.

pub mod counterparts;
mod selection;
pub mod shared;
mod size;
pub mod transfer;

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

pub use selection::{Fallback, Selected, locale, select};
pub use size::{PushSize, Size, TextSize};

use self::shared::SharedName;
use crate::{
    error::Violation,
    heading,
    id::{self, ExternalId, Id},
    tenant::Settings,
    typography::{self, Replacement},
    vocabulary::{Channel, Subject},
};

/// What a template is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// The id that Postrider gave it.
    pub id: Id<id::Descriptor>,
    /// The id that the lender gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<ExternalId>,
    /// A name for people to read.
    pub name: String,
    /// What the message is about; `template_type` of 000.
    pub subject: Subject,
    /// The channel that messages are sent by.
    pub channel: Channel,
    /// The language as an ISO 639-1 code, such as en.
    pub language: String,
    /// The loan product; all by default. `program_id` of 000.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub product_id: Option<String>,
    /// Whether its messages may only be read with special rights.
    #[serde(default)]
    pub sensitive: bool,
    /// Whether it may be used.
    pub status: DescriptorStatus,
    /// The version in use.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub active_version_id: Option<Id<id::Version>>,
    /// How many versions it has had.
    #[serde(default)]
    pub versions: u32,
    /// Moves with every change; the `ETag`.
    pub revision: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Whether a template may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DescriptorStatus {
    /// Yes.
    Enabled,
    /// Not for now.
    Disabled,
    /// No longer; kept because messages refer to it.
    Archived,
}

/// One wording of a template. A draft may still be edited; what was once active never changes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// The id that Postrider gave it.
    pub id: Id<id::Version>,
    /// The descriptor it belongs to.
    pub descriptor_id: Id<id::Descriptor>,
    /// 1 for the first.
    pub number: u32,
    /// Whether it is, was, or never was in use.
    #[serde(default)]
    pub status: VersionStatus,
    /// The parts in Jinja.
    pub source: Source,
    /// The shared templates it takes from, directly or through others, if their names are written out.
    #[serde(default)]
    pub shared: BTreeSet<SharedName>,
    /// The revision of the lender's shared templates it was compiled with.
    #[serde(default)]
    pub shared_revision: u64,
    /// Moves with every change; the `ETag`.
    #[serde(default)]
    pub revision: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who made it, or edited it last.
    pub created_by: String,
}

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum VersionStatus {
    /// Never in use so far; may be edited.
    #[default]
    Draft,
    /// In use: the one its descriptor names.
    Active,
    /// Was in use. Activating it again brings its wording back.
    Retired,
}

/// The parts of a template, or of a message rendered from it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Source {
    /// E-mail subject, letter reference, title of a notification. One line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_line: Option<String>,
    /// Plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_text: Option<String>,
    /// HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_html: Option<String>,
}

impl Source {
    /// What it lacks for a channel, by the fields of 002.
    pub fn lacks(&self, channel: Channel) -> Vec<Violation> {
        let given = |part: &Option<String>| part.as_deref().is_some_and(|text| !text.trim().is_empty());
        let mut lacking = Vec::new();
        if channel == Channel::Email && !given(&self.subject_line) {
            lacking.push(Violation::new("/subjectLineTemplate", "must be given for e-mail"));
        }
        if channel == Channel::Text && !given(&self.content_text) {
            lacking.push(Violation::new("/contentTextTemplate", "must be given for texts"));
        } else if channel == Channel::Push && !given(&self.content_text) {
            lacking.push(Violation::new("/contentTextTemplate", "must be given for push notifications"));
        } else if !given(&self.content_text) && !given(&self.content_html) {
            let message = "must be given if contentHtmlTemplate is not";
            lacking.push(Violation::new("/contentTextTemplate", message));
        }
        lacking
    }

    /// Whether no part says anything.
    pub fn is_empty(&self) -> bool {
        let parts = [&self.subject_line, &self.content_text, &self.content_html];
        parts.into_iter().flatten().all(|part| part.trim().is_empty())
    }

    /// The words as they go out by a channel, with what a text says otherwise than it was written: letters and their
    /// accents are put together (Unicode's NFC), as fonts and the alphabet of texts have them; the subject line is one line
    /// without what is hidden; a text is written in what GSM-7 has ([`typography`]).
    pub fn put_together(self, channel: Channel, settings: &Settings) -> (Self, Option<Replacement>) {
        let put_together = |part: Option<String>| part.map(|text| text.nfc().collect::<String>());
        let mut source = Self {
            subject_line: put_together(self.subject_line).map(|line| heading::one_line(&line)),
            content_text: put_together(self.content_text),
            content_html: put_together(self.content_html),
        };
        let Some(written) = source.content_text.as_deref().filter(|_| channel == Channel::Text) else {
            return (source, None);
        };
        let (text, replacement) = typography::texted(written, settings.sms_replace_typography);
        source.content_text = Some(text);
        (source, replacement)
    }

    /// The size of all parts together, in UTF-8.
    pub fn bytes(&self) -> usize {
        [&self.subject_line, &self.content_text, &self.content_html]
            .into_iter()
            .flatten()
            .map(String::len)
            .sum()
    }
}

/// As an interaction keeps them, by the names of 002.
impl From<Source> for Map<String, Value> {
    fn from(parts: Source) -> Self {
        let members = [
            ("subjectLine", parts.subject_line),
            ("contentText", parts.content_text),
            ("contentHtml", parts.content_html),
        ];
        members.into_iter().filter_map(|(name, part)| Some((name.to_owned(), part?.into()))).collect()
    }
}

/// The parts among what an interaction says; whatever else was recorded is none.
impl From<Map<String, Value>> for Source {
    fn from(mut content: Map<String, Value>) -> Self {
        let mut part = |name| match content.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        Self {
            subject_line: part("subjectLine"),
            content_text: part("contentText"),
            content_html: part("contentHtml"),
        }
    }
}
