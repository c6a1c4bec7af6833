//! Documents: files kept for a person, such as a printed statement or a signed agreement. Messages attach them, and
//! templates are rendered into them.
//!
//! A document is there before its content, and outlives any of it: new content takes the place of the old.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    formats::{self, Verdict},
    id::{self, ExternalId, Id},
    shape,
    update::Faults,
    vocabulary::MediaType,
};

/// A document without the bytes of its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The id that Postrider gave it.
    pub id: Id<id::Document>,
    /// The id that the lender gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub external_id: Option<ExternalId>,
    /// The person it belongs to.
    pub person_id: Id<id::Person>,
    /// A name for people to read.
    pub name: String,
    /// The lender's word for its kind.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none", default)]
    pub document_type: Option<String>,
    /// What it holds; nothing until something is uploaded or rendered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub content: Option<DocumentContent>,
    /// Moves with every change.
    pub revision: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a document holds. The bytes are stored under their digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentContent {
    /// What kind of file.
    pub media_type: MediaType,
    /// What the file is called if it is saved.
    pub file_name: String,
    /// The size of the content in bytes.
    pub bytes: u64,
    /// Hex SHA-256 of the bytes.
    pub sha256: String,
    /// When the content was last written.
    pub updated_at: Timestamp,
}

/// A document to be created.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDocument {
    /// Your own id for the document.
    #[serde(default)]
    pub external_id: Option<ExternalId>,
    /// For people: 1 to 200 characters.
    #[schemars(with = "shape::Line<200>")]
    pub name: String,
    /// Your word for its kind: 1 to 100 characters.
    #[serde(rename = "type", default)]
    #[schemars(with = "Option<shape::Line<100>>")]
    pub document_type: Option<String>,
}

impl NewDocument {
    /// The document, empty.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn of(self, person: Id<id::Person>, id: Id<id::Document>, now: Timestamp) -> Result<Document, Error> {
        let mut faults = Faults::default();
        faults.value("/name", Some(&self.name), |text| formats::heading(text, 200));
        faults.line("/type", self.document_type.as_ref(), 100);
        faults.none()?;
        Ok(Document {
            id,
            external_id: self.external_id,
            person_id: person,
            name: self.name,
            document_type: self.document_type,
            content: None,
            revision: 0,
            created_at: now,
            updated_at: now,
        })
    }
}

impl Document {
    /// What a file of its content is called if nobody says otherwise: its name, with what the kind's names end in.
    pub fn file_name(&self, media_type: MediaType) -> String {
        let name: String = self.name.chars().map(|c| if is_separator(c) { '-' } else { c }).collect();
        let end = format!(".{}", media_type.extension());
        if name.to_lowercase().ends_with(&end) { name } else { name + &end }
    }
}

/// The name of a file on any system: one line without a path, of at most 210 characters that are seen.
pub fn file_name(text: &str) -> Verdict {
    formats::heading(text, 210)?;
    let is_name = !text.contains(is_separator) && !text.trim_matches('.').is_empty();
    if is_name { Ok(()) } else { Err("must be the name of a file without a path".into()) }
}

fn is_separator(c: char) -> bool {
    matches!(c, '/' | '\\' | ':' | '"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn named(name: &str) -> Result<Document, Error> {
        let new = NewDocument { external_id: None, name: name.into(), document_type: None };
        new.of(Id::external("demo", "john"), Id::external("demo", "1"), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_file_is_called_as_its_document_with_the_ending_of_its_kind() {
        for (name, kind, expected) in [
            ("Statement of January 2026", MediaType::Pdf, "Statement of January 2026.pdf"),
            ("scan.PNG", MediaType::Png, "scan.PNG"),
            ("scan.png", MediaType::Pdf, "scan.png.pdf"),
            ("1/2026: \"final\"", MediaType::Text, "1-2026- -final-.txt"),
        ] {
            assert_eq!(named(name).unwrap().file_name(kind), expected);
        }
    }

    #[test]
    fn a_path_is_no_file_name() {
        for (text, is_name) in [
            ("Grüße 2026.pdf", true),
            ("../secret", false),
            ("C:\\x", false),
            ("..", false),
            ("a\"b", false),
            ("a\nb", false),
            ("", false),
        ] {
            assert_eq!(file_name(text).is_ok(), is_name, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_document_that_can_be_has_a_file_name(name in "\\PC{1,200}") {
            if let Ok(document) = named(&name) {
                for kind in MediaType::ALL {
                    prop_assert_eq!(file_name(&document.file_name(*kind)), Ok(()));
                }
            }
        }
    }
}
