//! Files a message carries: what documents held when it was accepted.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    document::Document,
    error::{Conflict, Error},
    formats,
    id::{self, Id},
    update::Faults,
    vocabulary::MediaType,
};

/// What a document held when the message was accepted. Bytes are stored under their digest, so that new content of the
/// document changes nothing about the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// The document that is attached.
    pub document_id: Id<id::Document>,
    /// The name of the attached file.
    pub file_name: String,
    /// What kind of file.
    pub media_type: MediaType,
    /// The size of the content in bytes.
    pub bytes: u64,
    /// Hex SHA-256 of the bytes.
    pub sha256: String,
}

impl Attachment {
    /// The most a message carries.
    pub const MOST: usize = 10;
    /// Bytes of all together: mail programs and providers take 10 MB, of which base 64 needs a quarter.
    pub const MOST_BYTES: u64 = 7 * 1024 * 1024;
    /// The same of a text: what Twilio takes, less its words.
    pub const MOST_BYTES_OF_TEXT: u64 = 5_000_000 - 10_000;

    /// What a document holds now, which was called by this name.
    ///
    /// # Errors
    /// [`Conflict::DocumentEmpty`], in the words of whoever named it.
    pub fn of(document: &Document, named: &impl fmt::Display) -> Result<Self, Error> {
        let content = document.content.as_ref().ok_or_else(|| {
            let detail = format!(
                "The document \u{201c}{}\u{201d} ({named}) holds nothing yet; upload its content first.",
                document.name
            );
            Error::conflict(Conflict::DocumentEmpty, detail)
        })?;
        Ok(Self {
            document_id: document.id.clone(),
            file_name: content.file_name.clone(),
            media_type: content.media_type,
            bytes: content.bytes,
            sha256: content.sha256.clone(),
        })
    }

    /// Whether a text to this number can carry them: as an MMS of pictures and PDF, which networks in the United States and
    /// Canada take.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it cannot, with every fault; [`Conflict::AttachmentsTooLarge`].
    pub fn fit_text(all: &[Self], to: &str) -> Result<(), Error> {
        if all.is_empty() {
            return Ok(());
        }
        let mut faults = Faults::default();
        let takes_files = matches!(formats::country_of(to).as_deref(), Some("US" | "CA"));
        faults.expect(
            takes_files,
            "/attachments",
            "must be left out: texts carry files to numbers in the United States and Canada only",
        );
        for (at, one) in all.iter().enumerate() {
            let is_media = match one.media_type {
                MediaType::Png | MediaType::Jpeg | MediaType::Pdf => true,
                MediaType::Text | MediaType::Html => false,
            };
            faults.expect(
                is_media,
                &format!("/attachments/{at}"),
                &format!("must be a JPEG, PNG or PDF file to go with a text; this is {}", one.media_type),
            );
        }
        faults.none()?;
        Self::within(all, Self::MOST_BYTES_OF_TEXT)
    }

    /// Whether one message can carry them all.
    ///
    /// # Errors
    /// [`Conflict::AttachmentsTooLarge`].
    pub fn fit(all: &[Self]) -> Result<(), Error> {
        Self::within(all, Self::MOST_BYTES)
    }

    fn within(all: &[Self], most: u64) -> Result<(), Error> {
        let bytes: u64 = all.iter().map(|one| one.bytes).sum();
        if bytes <= most {
            return Ok(());
        }
        let bytes = bytes.to_string();
        let detail = format!(
            "The attachments have {bytes} bytes together, and a message carries at most {most}; send fewer."
        );
        Err(Error::conflict(Conflict::AttachmentsTooLarge, detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(sizes: &[u64]) -> Vec<Attachment> {
        let file = |bytes: &u64| Attachment {
            document_id: Id::external("demo", "d"),
            file_name: "a.pdf".into(),
            media_type: MediaType::Pdf,
            bytes: *bytes,
            sha256: String::new(),
        };
        sizes.iter().map(file).collect()
    }

    #[test]
    fn seven_megabytes_together_are_carried_and_no_byte_more() {
        let half = Attachment::MOST_BYTES / 2;
        for (sizes, fit) in [(vec![], true), (vec![half, half], true), (vec![half, half, 1], false)] {
            assert_eq!(Attachment::fit(&files(&sizes)).is_ok(), fit, "{sizes:?}");
        }
    }
}
