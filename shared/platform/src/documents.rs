//! What documents hold: bytes in the bucket, named by the document that is in the table.
//!
//! The bytes go first, under their digest, and the document points at them after. A crash between the two leaves the
//! document as it was, with bytes nobody points at.

use std::{fmt, time::Duration};

use domain::{
    Error,
    document::{Document, DocumentContent},
    tenant::TenantId,
    vocabulary::MediaType,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::{
    app::App,
    needs::{Bodies, Items, Need},
    objects::Objects,
    race::Race,
};

/// The largest content that is uploaded, in bytes: API Gateway hands it to the function in base 64, and a Lambda's
/// payload has at most 6 MB.
pub const MAX_UPLOAD: usize = 4 * 1024 * 1024;

/// The largest content that a Lambda answers itself, in bytes; 6 MB in base 64, for the same reason.
pub const MAX_ANSWER: u64 = 4_400_000;

/// How long the address of larger content is good for: long enough to follow a redirect.
pub const ADDRESS: Duration = Duration::from_secs(60);

/// What writing content needs of AWS.
pub const WRITE: &[Need] =
    &[Need::Read(Items::Documents), Need::Write(Items::Documents), Need::Keep(Bodies::Documents)];

/// Puts content in the place of what a document holds; of several at the same time, one stays.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Unavailable`] when the document never rests.
pub async fn write(
    app: &App,
    tenant: &TenantId,
    document: &Document,
    bytes: Vec<u8>,
    media_type: MediaType,
    file_name: String,
) -> Result<Document, Error> {
    let content = DocumentContent {
        media_type,
        file_name,
        bytes: bytes.len() as u64,
        sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)),
        updated_at: app.now(),
    };
    app.objects.put(&Objects::document_key(tenant, &document.id, &content.sha256), bytes).await?;
    let mut document = document.clone();
    let mut race = Race::begin();
    loop {
        document.content = Some(content.clone());
        document.updated_at = content.updated_at;
        match app.store.save_document(tenant, &mut document).await {
            Ok(()) => return Ok(document),
            Err(error) if error.is_edit_conflict() => {
                race.lost(format!("document {}", document.id)).await?;
            }
            Err(error) => return Err(error),
        }
        document = app.store.document(tenant, &document.id).await?;
    }
}

/// The bytes a document holds.
///
/// # Errors
/// [`Error::NotFound`] if it holds none.
pub async fn read(app: &App, tenant: &TenantId, document: &Document) -> Result<Vec<u8>, Error> {
    let content = content(document, &document.id)?;
    app.objects.get(&Objects::document_key(tenant, &document.id, &content.sha256)).await
}

/// What a document holds, which was called by this name.
///
/// # Errors
/// [`Error::NotFound`] if that is nothing, in the words of whoever named it.
pub fn content<'d>(document: &'d Document, named: &impl fmt::Display) -> Result<&'d DocumentContent, Error> {
    document.content.as_ref().ok_or_else(|| Error::not_found("content of document", named))
}

/// An address at S3 where anybody who has it can download what a document holds, for a minute.
///
/// # Errors
/// [`Error::NotFound`] if it holds nothing.
pub async fn address(app: &App, tenant: &TenantId, document: &Document) -> Result<String, Error> {
    let content = content(document, &document.id)?;
    let key = Objects::document_key(tenant, &document.id, &content.sha256);
    let disposition = disposition(&content.file_name);
    app.objects.address(&key, content.media_type.content_type(), &disposition, ADDRESS).await
}

/// `Content-Disposition` for a download: the name as it is, and in ASCII for those who read no better (RFC 6266,
/// section 4.3).
pub fn disposition(file_name: &str) -> String {
    let is_plain = |c: char| (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '%');
    let plain: String = file_name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let exact = utf8_percent_encode(file_name, NON_ALPHANUMERIC);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_name_is_told_exactly_and_in_ascii() {
        assert_eq!(
            disposition("Grüße 100%.pdf"),
            "attachment; filename=\"Gr__e 100_.pdf\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20100%25%2Epdf"
        );
    }

    proptest! {
        #[test]
        fn no_file_name_breaks_out_of_its_header(name in ".{0,60}") {
            let header = disposition(&name);
            prop_assert!(lambda_http::http::HeaderValue::from_str(&header).is_ok());
            prop_assert_eq!(header.matches('"').count(), 2);
        }
    }
}
