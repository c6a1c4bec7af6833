//! Answers remembered by idempotency key.

use domain::{Error, error::Ours as _, tenant::TenantId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Refused, Store, item, keys, text};

/// What is known of an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remembered {
    /// Digest of the first request: method, path, query, body and conditions.
    pub request: String,
    /// Until when the first request may be running.
    pub running_until: Timestamp,
    /// The answer, once there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub answer: Option<RememberedAnswer>,
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RememberedAnswer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: String,
    /// `ETag`; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub etag: String,
    /// The body.
    pub body: String,
}

impl Store {
    /// How long an answer is replayed.
    pub const REPLAY: SignedDuration = SignedDuration::from_hours(24);

    /// Registers a key's first request. Returns what is known of the key when it is not the first.
    pub async fn begin(
        &self,
        tenant: &TenantId,
        digest: &str,
        request: &Remembered,
        now: Timestamp,
    ) -> Result<Option<Remembered>, Error> {
        let mut item = item(keys::answer(tenant, digest), "answer", &[], request)?;
        item.insert("expires_at".into(), expiry(now));
        // TTL deletion lags by up to days, so age is checked here too; a request that vanished may be repeated.
        let put = self
            .put_of(item)
            .condition_expression(
                "attribute_not_exists(pk) OR expires_at < :now \
                 OR (attribute_not_exists(#d.answer) AND #d.#r = :request AND #d.runningUntil < :instant)",
            )
            .expression_attribute_names("#d", "data")
            .expression_attribute_names("#r", "request")
            .expression_attribute_values(":now", super::number(now.as_second().max(0).unsigned_abs()))
            .expression_attribute_values(":request", text(&request.request))
            .expression_attribute_values(":instant", text(&now.to_string()));
        match self.put(put.build().internal()?).await {
            Ok(()) => Ok(None),
            Err(Refused::Condition(_)) => self.get(keys::answer(tenant, digest)).await,
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// What is known of a key, if a request under it has begun.
    pub async fn begun(&self, tenant: &TenantId, digest: &str) -> Result<Option<Remembered>, Error> {
        self.get(keys::answer(tenant, digest)).await
    }

    /// Remembers the answer to a key's first request.
    pub async fn remember(
        &self,
        tenant: &TenantId,
        digest: &str,
        request: &Remembered,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut item = item(keys::answer(tenant, digest), "answer", &[], request)?;
        item.insert("expires_at".into(), expiry(now));
        let put = self.put_of(item).build().internal()?;
        self.put(put).await.map_err(Refused::unexpected)
    }

    /// Forgets a key whose request did not get through, so that it may be sent again.
    pub async fn forget(&self, tenant: &TenantId, digest: &str) -> Result<(), Error> {
        let key = keys::answer(tenant, digest).into_item();
        let request = self.client.delete_item().table_name(&self.table).set_key(Some(key));
        request.send().await.map(drop).unavailable("DynamoDB")
    }
}

fn expiry(now: Timestamp) -> aws_sdk_dynamodb::types::AttributeValue {
    super::number((now + Store::REPLAY).as_second().max(0).unsigned_abs())
}
