//! The log of what happened at a lender's: entries numbered in their order, kept in pages.
//!
//! A page stands under the number of its first entry, and the next one under the number that follows its last. Who writes, and
//! why nothing is skipped: [`crate::pipeline::event_log`].

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{put_item::PutItemError, query::builders::QueryFluentBuilder},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    Error,
    error::{Cause, Ours as _},
    id::{self, Id},
    tenant::TenantId,
    vocabulary::AnyEvent,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Refused, Store, entity, item, keys, number, packed, text, unavailable};

/// How long entries are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Names it, also if it was told twice.
    pub event_id: String,
    /// What.
    pub event: AnyEvent,
    /// The message that is to show it, if it is one (003).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub encoded_key: Option<Id<id::Interaction>>,
    /// When it happened.
    pub created_at: Timestamp,
    /// What is known of it.
    pub data: Value,
}

/// Packed: entries have most of their bytes in common, and come back digit for digit.
mod as_packed {
    use std::fmt;

    use serde::{Deserializer, Serializer, de, ser};

    use super::{Entry, packed};

    pub fn serialize<S: Serializer>(entries: &[Entry], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&packed::pack(&entries).map_err(ser::Error::custom)?)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Entry>, D::Error> {
        deserializer.deserialize_bytes(Packed)
    }

    struct Packed;

    impl de::Visitor<'_> for Packed {
        type Value = Vec<Entry>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("packed entries")
        }

        fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
            packed::unpack(bytes).map_err(E::custom)
        }
    }
}

/// Entries kept together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// The number it stands under: that of its first entry.
    pub first: u64,
    /// How many numbers it takes.
    pub count: u64,
    /// When they were written.
    pub written_at: Timestamp,
    /// Whether it has entries; one that only closes a place has none.
    pub has_entries: bool,
    /// In their order.
    #[serde(with = "as_packed", default)]
    pub entries: Vec<Entry>,
}

impl Page {
    /// The number of the entry that follows its last.
    pub fn next(&self) -> u64 {
        self.first + self.count
    }
}

/// From which number a log without a page goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Base {
    /// The number.
    pub base: u64,
    /// When it was chosen.
    pub opened_at: Timestamp,
    /// Moves with every change.
    pub revision: u64,
}

impl Store {
    /// The last page, without its entries.
    pub async fn last_event_page(&self, tenant: &TenantId) -> Result<Option<Page>, Error> {
        let request = self
            .event_pages_from(tenant, 0)
            .scan_index_forward(false)
            .limit(1)
            .projection_expression("#t, #d.#f, #d.#c, #d.writtenAt, #d.hasEntries")
            .expression_attribute_names("#t", "type")
            .expression_attribute_names("#d", "data")
            .expression_attribute_names("#f", "first")
            .expression_attribute_names("#c", "count");
        let items = request.send().await.unavailable("DynamoDB")?.items.unwrap_or_default();
        items.into_iter().next().map(entity).transpose()
    }

    /// Pages from the one under `first` on, in their order, and whether there are more: as many as one call gives, 1 MB, and at
    /// most so many.
    pub async fn event_pages(
        &self,
        tenant: &TenantId,
        first: u64,
        most: i32,
    ) -> Result<(Vec<Page>, bool), Error> {
        let request = self.event_pages_from(tenant, first).limit(most);
        let answer = request.send().await.unavailable("DynamoDB")?;
        let pages = answer.items.unwrap_or_default().into_iter().map(entity).collect::<Result<_, _>>()?;
        Ok((pages, answer.last_evaluated_key.is_some()))
    }

    fn event_pages_from(&self, tenant: &TenantId, first: u64) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :log AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":log", text(&keys::event_page(tenant, first).pk))
            .expression_attribute_values(":from", text(&keys::event_page(tenant, first).sk))
            .expression_attribute_values(":to", text(&keys::event_page(tenant, u64::MAX).sk))
    }

    /// Puts a page where none stands, else answers with the one that does, without its entries.
    pub async fn put_event_page(&self, tenant: &TenantId, page: &Page) -> Result<Result<(), Page>, Error> {
        let mut item = item(keys::event_page(tenant, page.first), "event-page", &[], page)?;
        let expires = (page.written_at + KEPT).as_second();
        item.insert("expires_at".into(), number(expires.max(0).unsigned_abs()));
        let request = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(_) => Ok(Ok(())),
            Err(SdkError::ServiceError(refused)) => match refused.into_err() {
                PutItemError::ConditionalCheckFailedException(stands) => {
                    let shown = || Error::Internal("a page that is not shown".into());
                    let mut item = stands.item.ok_or_else(shown)?;
                    if let Some(AttributeValue::M(data)) = item.get_mut("data") {
                        data.remove("entries");
                    }
                    entity(item).map(Err)
                }
                other => Err(Error::Unavailable(Cause::of(other).about("DynamoDB"))),
            },
            Err(error) => Err(unavailable(error)),
        }
    }

    /// From where the log goes on without a page.
    pub async fn event_base(&self, tenant: &TenantId) -> Result<Option<Base>, Error> {
        self.get(keys::event_base(tenant)).await
    }

    /// Chooses from where the log goes on. Returns whether it was chosen: not if somebody else did meanwhile.
    pub async fn put_event_base(&self, tenant: &TenantId, base: &Base) -> Result<bool, Error> {
        let item = item(keys::event_base(tenant), "event-base", &[], base)?;
        match self.put(self.put_after(base.revision - 1, item)?).await {
            Ok(()) => Ok(true),
            Err(Refused::Condition(_)) => Ok(false),
            Err(Refused::Other(error)) => Err(error),
        }
    }
}
