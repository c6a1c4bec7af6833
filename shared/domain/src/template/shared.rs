//! Shared templates: branding shells, footers and macros that a lender's templates include, import and extend by name.
//!
//! A lender's shared templates are one thing, kept, changed and checked as a whole, because one refers to another. They
//! have no versions: messages are frozen when they are accepted, so a change never reaches back.

use std::{borrow::Cow, collections::BTreeMap, fmt, str::FromStr};

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// All shared templates of a lender.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedTemplates {
    /// Moves with every change; 0 before the first.
    pub revision: u64,
    /// By name.
    pub templates: BTreeMap<SharedName, SharedTemplate>,
}

impl SharedTemplates {
    /// How many a lender may have.
    pub const MAX_TEMPLATES: usize = 100;
    /// Bytes that all of them may have together: they are one storage item of at most 400 KB.
    pub const MAX_BYTES: usize = 300_000;

    /// Bytes of all together.
    pub fn size(&self) -> usize {
        self.templates.values().map(|template| template.content.len()).sum()
    }
}

/// One shared template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedTemplate {
    /// In Jinja. Escaped in the HTML part of a message, not in the others.
    pub content: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: String,
}

/// How templates name a shared one: 1 to 100 of `a-z 0-9 . _ -`, beginning with a letter or digit.
///
/// Names with a slash are Postrider's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SharedName(String);

/// Why a text is not the name of a shared template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 1 to 100 of a-z, 0-9, dot, underscore and hyphen, beginning with a letter or digit, such as footer.html"
)]
pub struct InvalidSharedName;

impl SharedName {
    /// As templates write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SharedName {
    type Err = InvalidSharedName;

    fn from_str(text: &str) -> Result<Self, InvalidSharedName> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let fits = (1..=100).contains(&text.len())
            && text.bytes().next().is_some_and(plain)
            && text.bytes().all(|b| plain(b) || b".-_".contains(&b));
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidSharedName) }
    }
}

impl fmt::Display for SharedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SharedName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for SharedName {
    fn schema_name() -> Cow<'static, str> {
        "SharedName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "How templates name a shared one.",
            "pattern": "^[a-z0-9][a-z0-9._-]{0,99}$",
            "examples": ["footer.html", "macros"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_leave_no_room_for_paths_or_for_postriders_own() {
        for name in ["macros", "footer.html", "2026_shell-v2"] {
            assert!(name.parse::<SharedName>().is_ok(), "{name}");
        }
        let long = "a".repeat(101);
        for name in
            ["", ".hidden", "../x", "postrider/email.html", "Macros", "contentHtml", "a b", "ä", &long]
        {
            assert!(name.parse::<SharedName>().is_err(), "{name}");
        }
    }
}
