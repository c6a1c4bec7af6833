//! The bucket: rendered bodies too large for a storage item, what documents hold, and the borrower lists of batches.

use std::time::Duration;

use aws_sdk_s3::{Client, error::DisplayErrorContext, presigning::PresigningConfig, primitives::ByteStream};
use domain::{
    Error,
    id::{self, Id},
    interaction::Content,
    template::Source,
    tenant::TenantId,
};

use crate::idempotency::digest;

/// See the module documentation. Every key starts with its tenant.
pub struct Objects {
    client: Client,
    bucket: String,
}

impl Objects {
    /// Rendered parts up to this many bytes stay in the interaction's storage item and travel in its queue message.
    const INLINE: usize = 8 * 1024;

    /// Over one bucket.
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }

    /// The key under which a tenant's batch keeps its borrowers.
    pub fn batch_key(tenant: &TenantId, batch: &Id<id::Batch>) -> String {
        format!("{tenant}/batches/{batch}.jsonl")
    }

    /// The key under which a document keeps content of this digest.
    pub fn document_key(tenant: &TenantId, document: &Id<id::Document>, sha256: &str) -> String {
        format!("{tenant}/documents/{document}/{sha256}")
    }

    /// Whether a key a lender names is one of its own lists: what Postrider keeps for it stands elsewhere.
    pub fn belongs_to(key: &str, tenant: &TenantId) -> bool {
        key.strip_prefix(tenant.as_str()).is_some_and(|rest| rest.starts_with("/lists/"))
    }

    /// Puts rendered parts where they belong by size.
    pub async fn keep(
        &self,
        tenant: &TenantId,
        interaction: &Id<id::Interaction>,
        rendered: Source,
    ) -> Result<Content, Error> {
        if rendered.bytes() <= Self::INLINE {
            return Ok(Content::Inline(rendered));
        }
        let body = serde_json::to_string(&rendered).map_err(|e| Error::Internal(e.to_string()))?;
        // Named by what it says: a request that is refused after this, because the message exists, overwrites nothing.
        let key = format!("{tenant}/interactions/{interaction}/{}.json", digest(&[&body]));
        self.put(&key, body.into_bytes()).await?;
        Ok(Content::Stored(key))
    }

    /// The rendered parts of a message.
    pub async fn content(&self, content: &Content) -> Result<Source, Error> {
        match content {
            Content::Inline(parts) => Ok(parts.clone()),
            Content::Stored(key) => serde_json::from_slice(&self.get(key).await?)
                .map_err(|e| Error::Internal(format!("{key}: {e}"))),
        }
    }

    /// Writes an object, replacing one of the same key.
    pub async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), Error> {
        let request = self.client.put_object().bucket(&self.bucket).key(key).body(ByteStream::from(body));
        request
            .send()
            .await
            .map(drop)
            .map_err(|e| Error::Unavailable(format!("S3: {}", DisplayErrorContext(e))))
    }

    /// An address where anybody who has it can download an object for a while, with these headers.
    pub async fn address(
        &self,
        key: &str,
        content_type: &str,
        disposition: &str,
        good_for: Duration,
    ) -> Result<String, Error> {
        let presigning =
            PresigningConfig::expires_in(good_for).map_err(|e| Error::Internal(e.to_string()))?;
        let request = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .response_content_type(content_type)
            .response_content_disposition(disposition)
            .response_cache_control("no-store");
        let presigned = request.presigned(presigning).await;
        presigned
            .map(|request| request.uri().to_owned())
            .map_err(|e| Error::Unavailable(format!("S3: {}", DisplayErrorContext(e))))
    }

    /// Reads an object.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn get(&self, key: &str) -> Result<Vec<u8>, Error> {
        let answer = self.client.get_object().bucket(&self.bucket).key(key).send().await.map_err(|e| {
            if e.as_service_error().is_some_and(|e| e.is_no_such_key()) {
                Error::not_found("object", key)
            } else {
                Error::Unavailable(format!("S3: {}", DisplayErrorContext(e)))
            }
        })?;
        let bytes = answer.body.collect().await.map_err(|e| Error::Unavailable(format!("S3: {e}")))?;
        Ok(bytes.to_vec())
    }
}
