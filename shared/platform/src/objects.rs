//! The bucket: contents too large for a storage item, what documents hold, and the borrower lists of batches.

use std::time::Duration;

use aws_sdk_s3::{Client, error::ProvideErrorMetadata, presigning::PresigningConfig, primitives::ByteStream};
use domain::{
    Error,
    error::{Cause, Ours as _},
    id::{self, Id},
    interaction::Content,
    tenant::TenantId,
    vocabulary::ProviderName,
};
use jiff::civil::Date;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::{aws::OnDemand, digest::digest};

/// What S3 says when an object of a certain version is to be removed and another is there, or was put there just now, or none
/// is there.
const REPLACED_OR_GONE: [&str; 3] = ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"];

/// What is written otherwise in the name of an object that is copied.
const IN_A_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_');

/// See the module documentation. Every key starts with its tenant.
#[derive(Debug, Clone)]
pub struct Objects {
    client: OnDemand<Client>,
    bucket: String,
}

/// An object as it is in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// What it holds, in a word: its ETag.
    pub version: String,
}

impl Objects {
    /// Content up to this many bytes of JSON stays in the interaction's storage item and travels in its queue message.
    const INLINE: usize = 8 * 1024;

    /// Over one bucket.
    pub fn new(client: OnDemand<Client>, bucket: String) -> Self {
        Self { client, bucket }
    }

    /// The key under which a tenant's batch keeps its borrowers.
    pub fn batch_key(tenant: &TenantId, batch: &Id<id::Batch>) -> String {
        format!("{tenant}/batches/{batch}.jsonl")
    }

    /// What the keys of all that an interaction said begin with.
    pub fn interaction_prefix(tenant: &TenantId, interaction: &Id<id::Interaction>) -> String {
        format!("{tenant}/interactions/{interaction}/")
    }

    /// What the keys of all that a document held begin with.
    pub fn document_prefix(tenant: &TenantId, document: &Id<id::Document>) -> String {
        format!("{tenant}/documents/{document}/")
    }

    /// The key under which a document keeps content of this digest.
    pub fn document_key(tenant: &TenantId, document: &Id<id::Document>, sha256: &str) -> String {
        format!("{}{sha256}", Self::document_prefix(tenant, document))
    }

    /// What the keys of all pages of an interaction's letter begin with.
    pub fn letter_prefix(tenant: &TenantId, interaction: &Id<id::Interaction>) -> String {
        format!("{tenant}/letters/{interaction}/")
    }

    /// The key under which an interaction keeps the pages of its letter, of this digest.
    pub fn letter_key(tenant: &TenantId, interaction: &Id<id::Interaction>, sha256: &str) -> String {
        format!("{}{sha256}.pdf", Self::letter_prefix(tenant, interaction))
    }

    /// What the keys begin with of a letter that is laid out for a print house on a day.
    pub fn dropped_prefix(tenant: &TenantId, day: Date, interaction: &Id<id::Interaction>) -> String {
        format!("{tenant}/letters/out/{day}/{interaction}.")
    }

    /// What the keys begin with of all that a print house says of a tenant's letters.
    pub fn drop_reports_prefix(tenant: &TenantId) -> String {
        format!("{tenant}/letters/status/")
    }

    /// The key under which a call that brought something is kept as it came.
    pub fn inbound_key(tenant: &TenantId, provider: ProviderName, digest: &str) -> String {
        format!("{tenant}/inbound/{provider}/{digest}.json")
    }

    /// What the keys of all mail begin with that SES puts there for a tenant.
    pub fn mail_prefix(tenant: &TenantId) -> String {
        format!("{tenant}/mail/")
    }

    /// Whether a key a lender names is one of its own lists: what Postrider keeps for it stands elsewhere.
    pub fn belongs_to(key: &str, tenant: &TenantId) -> bool {
        key.strip_prefix(tenant.as_str()).is_some_and(|rest| rest.starts_with("/lists/"))
    }

    /// Puts what an interaction says where it belongs by size.
    pub async fn keep(
        &self,
        tenant: &TenantId,
        interaction: &Id<id::Interaction>,
        content: Map<String, Value>,
    ) -> Result<Content, Error> {
        let body = serde_json::to_string(&content).internal()?;
        if body.len() <= Self::INLINE {
            return Ok(Content::Inline(content));
        }
        // Named by what it says: a request that is refused after this, because the message exists, overwrites nothing.
        let key = format!("{}{}.json", Self::interaction_prefix(tenant, interaction), digest(&[&body]));
        self.put(&key, body.into_bytes()).await?;
        Ok(Content::Stored(key))
    }

    /// What an interaction says.
    pub async fn content(&self, content: &Content) -> Result<Map<String, Value>, Error> {
        match content {
            Content::Inline(content) => Ok(content.clone()),
            Content::Stored(key) => serde_json::from_slice(&self.get(key).await?)
                .map_err(|e| Error::Internal(Cause::of(e).about(key))),
        }
    }

    /// Writes an object, replacing one of the same key.
    pub async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), Error> {
        let request = self.client.put_object().bucket(&self.bucket).key(key).body(ByteStream::from(body));
        request.send().await.map(drop).unavailable("S3")
    }

    /// An address where anybody who has it can download an object for a while, with these headers.
    pub async fn address(
        &self,
        key: &str,
        content_type: &str,
        disposition: &str,
        good_for: Duration,
    ) -> Result<String, Error> {
        let presigning = PresigningConfig::expires_in(good_for).internal()?;
        let request = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .response_content_type(content_type)
            .response_content_disposition(disposition)
            .response_cache_control("no-store");
        let presigned = request.presigned(presigning).await;
        presigned.map(|request| request.uri().to_owned()).unavailable("S3")
    }

    /// The names of all tenants that have anything here, asked for so many at a time, at most 1,000.
    pub async fn tenants(&self, at_once: i32) -> Result<Vec<String>, Error> {
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let request = self.client.list_objects_v2().bucket(&self.bucket).delimiter("/").max_keys(at_once);
            let page = request.set_continuation_token(after).send().await;
            let page = page.unavailable("S3")?;
            let prefixes = page.common_prefixes().iter().filter_map(|common| common.prefix());
            names.extend(prefixes.map(|prefix| prefix.trim_end_matches('/').to_owned()));
            after = page.next_continuation_token;
            if after.is_none() {
                return Ok(names);
            }
        }
    }

    /// The first `most` objects whose keys begin so.
    pub async fn list(&self, prefix: &str, most: i32) -> Result<Vec<Listed>, Error> {
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix).max_keys(most);
        let page = request.send().await;
        let page = page.unavailable("S3")?;
        let size = |bytes: Option<i64>| bytes.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
        let objects = page.contents().iter().filter_map(|object| {
            let (key, version) = (object.key()?.to_owned(), object.e_tag()?.to_owned());
            Some(Listed { key, bytes: size(object.size()), version })
        });
        Ok(objects.collect())
    }

    /// Puts what an object holds under another key as well, however large it is.
    pub async fn copy(&self, key: &str, to: &str) -> Result<(), Error> {
        let from = utf8_percent_encode(&format!("{}/{key}", self.bucket), IN_A_PATH).to_string();
        let request = self.client.copy_object().bucket(&self.bucket).copy_source(from).key(to);
        let copied = request.send().await.map(drop);
        copied.unavailable("S3")
    }

    /// Removes an object, unless something else was put in its place: whoever read this version of it has not read that.
    /// Safe to repeat.
    pub async fn remove(&self, key: &str, version: &str) -> Result<(), Error> {
        let request = self.client.delete_object().bucket(&self.bucket).key(key).if_match(version);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(e) if e.code().is_some_and(|code| REPLACED_OR_GONE.contains(&code)) => Ok(()),
            Err(e) => Err(Error::Unavailable(Cause::of(e).about("S3"))),
        }
    }

    /// Removes every object whose key begins so. Safe to repeat.
    pub async fn remove_below(&self, prefix: &str) -> Result<(), Error> {
        let mut after = None;
        loop {
            let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
            let page = request.set_continuation_token(after).send().await;
            let page = page.unavailable("S3")?;
            for key in page.contents().iter().filter_map(|object| object.key()) {
                let removed = self.client.delete_object().bucket(&self.bucket).key(key).send().await;
                removed.unavailable("S3")?;
            }
            after = page.next_continuation_token;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Reads an object.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn get(&self, key: &str) -> Result<Vec<u8>, Error> {
        self.get_version(key).await.map(|(bytes, _)| bytes)
    }

    /// The same, with the version that was read.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn get_version(&self, key: &str) -> Result<(Vec<u8>, String), Error> {
        let answer = self.client.get_object().bucket(&self.bucket).key(key).send().await.map_err(|e| {
            if e.as_service_error().is_some_and(|e| e.is_no_such_key()) {
                Error::not_found("object", key)
            } else {
                Error::Unavailable(Cause::of(e).about("S3"))
            }
        })?;
        let version = answer.e_tag.unwrap_or_default();
        let bytes = answer.body.collect().await.unavailable("S3")?;
        Ok((bytes.to_vec(), version))
    }
}
