//! The form SendGrid posts: `multipart/form-data`, whose fields of text may each be in a charset of its own.

use std::{collections::HashMap, convert::Infallible};

use encoding_rs::{Encoding, UTF_8};
use futures::stream;
use multer::Multipart;

use crate::providers::Malformed;

/// The most fields of a form, files among them. SendGrid itself has about twenty, and mail rarely more than ten files.
const MOST_FIELDS: usize = 1_000;

/// The field that names the charsets of the others.
const CHARSETS: &str = "charsets";

/// A form, read.
#[derive(Debug, Default)]
pub struct Form {
    fields: HashMap<String, Vec<u8>>,
    charsets: HashMap<String, String>,
    files: Vec<File>,
}

/// A file in a form.
#[derive(Debug)]
pub struct File {
    /// The field it stood in: `attachment1`.
    pub field: String,
    /// What it is called.
    pub name: String,
    /// What it is said to be.
    pub media_type: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Form {
    /// Reads the body of a call with this content type.
    pub async fn read(content_type: &str, body: &[u8]) -> Result<Self, Malformed> {
        let malformed = |error: multer::Error| Malformed(reason(&error).into());
        let boundary = multer::parse_boundary(content_type).map_err(malformed)?;
        let body = body.to_vec();
        let mut parts = Multipart::new(stream::once(async { Ok::<_, Infallible>(body) }), boundary);
        let (mut form, mut count) = (Self::default(), 0);
        while let Some(part) = parts.next_field().await.map_err(malformed)? {
            count += 1;
            if count > MOST_FIELDS {
                return Err(Malformed(format!("more than {MOST_FIELDS} fields")));
            }
            let field = part.name().unwrap_or_default().to_owned();
            let file = part.file_name().map(str::to_owned);
            let media_type = part.content_type().map(|media| media.essence_str().to_owned());
            let bytes = part.bytes().await.map_err(malformed)?.to_vec();
            match file {
                Some(name) => {
                    let media_type = media_type.unwrap_or_else(|| "application/octet-stream".into());
                    form.files.push(File { field, name, media_type, bytes });
                }
                // The first counts, as in forms of Twilio's.
                None => {
                    form.fields.entry(field).or_insert(bytes);
                }
            }
        }
        if let Some(charsets) = form.fields.remove(CHARSETS) {
            let charsets = serde_json::from_slice(&charsets);
            form.charsets = charsets.map_err(|_| Malformed("charsets is no list of charsets".into()))?;
        }
        Ok(form)
    }

    /// Takes a field out as text. A charset nobody knows is read as UTF-8; what is none of a charset's characters becomes
    /// U+FFFD.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let bytes = self.fields.remove(name)?;
        let named = self.charsets.get(name).and_then(|charset| Encoding::for_label(charset.as_bytes()));
        Some(named.unwrap_or(UTF_8).decode(&bytes).0.into_owned())
    }

    /// Takes a field out as it came.
    pub fn bytes(&mut self, name: &str) -> Option<Vec<u8>> {
        self.fields.remove(name)
    }

    /// Takes the files out.
    pub fn files(&mut self) -> Vec<File> {
        std::mem::take(&mut self.files)
    }
}

/// Why a form cannot be read. Its library's own words may repeat what stands there.
fn reason(error: &multer::Error) -> &'static str {
    match error {
        multer::Error::NoMultipart | multer::Error::DecodeContentType(_) => {
            "the body is no multipart/form-data"
        }
        multer::Error::NoBoundary => "the content type has no boundary",
        multer::Error::IncompleteStream
        | multer::Error::IncompleteHeaders
        | multer::Error::IncompleteFieldData { .. } => "the form breaks off",
        _ => "the form cannot be read",
    }
}
