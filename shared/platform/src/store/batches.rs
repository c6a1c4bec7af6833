//! Batches with their counters, and the results of their chunks.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{
    Error,
    batch::{Batch, BatchReasons, BatchResult, BatchStatus, Counts},
    error::Ours as _,
    id::{self, Id, Kind, Names},
    tenant::TenantId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Edge, Item, Page, Refused, Store, entity, item,
    keys::{self, BY_DUE, BY_OWNER},
    number, packed_item, text, unavailable,
};

/// What a tenant's batches stand under.
const KIND: &str = "BATCHES";

/// What stands in the table for a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchEntry {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub batch: Batch,
}

/// The results of one chunk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChunkResults {
    /// In the order of the list.
    pub results: Vec<BatchResult>,
}

impl Store {
    /// Stores a new batch. Returns the existing one when the request is a repetition.
    pub async fn create_batch(&self, tenant: &TenantId, batch: Batch) -> Result<Batch, Error> {
        let put = self.put_of(batch_item(tenant, &batch)?).condition_expression("attribute_not_exists(pk)");
        match self.put(put.build().internal()?).await {
            Ok(()) => Ok(batch),
            Err(Refused::Condition(_)) => self.batch(tenant, &batch.id).await,
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// A batch.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn batch(&self, tenant: &TenantId, named: &impl Names<id::Batch>) -> Result<Batch, Error> {
        let entry: Option<BatchEntry> =
            self.get(keys::batch(tenant, &named.id_within(tenant.as_str()))).await?;
        entry.map(|entry| entry.batch).ok_or_else(|| Error::not_found(id::Batch::NAME, named))
    }

    /// A tenant's batches accepted between two instants, newest first.
    pub async fn batches(
        &self,
        tenant: &TenantId,
        (from, to): (Timestamp, Timestamp),
        limit: i32,
        edge: Option<Edge>,
    ) -> Result<Page<BatchEntry>, Error> {
        let (from, to) = (format!("{from:.3}"), format!("{to:.3}"));
        self.list(BY_OWNER, &keys::of_tenant(tenant, KIND), Some((&from, &to)), limit, edge).await
    }

    /// Learns how many borrowers the list names, and how many of its ids name one again.
    pub async fn set_batch_total(
        &self,
        tenant: &TenantId,
        id: &Id<id::Batch>,
        total: u32,
        repeated: u32,
    ) -> Result<(), Error> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::batch(tenant, id).into_item()))
            .update_expression("SET #d.#b.#t = :total, #d.#b.repeated = :repeated")
            .expression_attribute_names("#d", "data")
            .expression_attribute_names("#b", "batch")
            .expression_attribute_names("#t", "total")
            .expression_attribute_values(":total", number(total.into()))
            .expression_attribute_values(":repeated", number(repeated.into()));
        update.send().await.map(drop).unavailable("DynamoDB")
    }

    /// Records a chunk's results and counts them, once: a repetition changes nothing. Returns false when other chunks
    /// were being counted at the same instant; nothing is recorded then.
    pub async fn save_chunk(
        &self,
        tenant: &TenantId,
        batch: &Batch,
        chunk: u32,
        results: Vec<BatchResult>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let counts = Counts::of(&results);
        let reasons = batch.reasons.as_ref().map(|_| BatchReasons::of(&results)).unwrap_or_default();
        let put = self.put_of(packed_item(
            keys::chunk(tenant, &batch.id, chunk),
            "chunk",
            &[],
            1,
            &ChunkResults { results },
        )?);
        let put = put.condition_expression("attribute_not_exists(pk)").build();
        let mut count = Update::builder().expression_attribute_names("#d", "data");
        let mut changes = "SET #d.#b.updatedAt = :now, \
                           #d.#b.#c.accepted = #d.#b.#c.accepted + :accepted, \
                           #d.#b.#c.blocked = #d.#b.#c.blocked + :blocked, \
                           #d.#b.#c.failed = #d.#b.#c.failed + :failed, \
                           #d.#b.#c.canceled = #d.#b.#c.canceled + :canceled"
            .to_owned();
        let blocked = reasons.blocked.into_iter().map(|(reason, times)| ("blocked", reason, times));
        let failed = reasons.failed.into_iter().map(|(reason, times)| ("failed", reason, times));
        for (at, (outcome, reason, times)) in blocked.chain(failed).enumerate() {
            let place = format!("#d.#b.reasons.{outcome}.#r{at}");
            changes.push_str(&format!(", {place} = if_not_exists({place}, :none) + :r{at}"));
            count = count
                .expression_attribute_names(format!("#r{at}"), reason)
                .expression_attribute_values(format!(":r{at}"), number(times.into()))
                .expression_attribute_values(":none", number(0));
        }
        let count = count
            .table_name(&self.table)
            .set_key(Some(keys::batch(tenant, &batch.id).into_item()))
            .update_expression(changes)
            .expression_attribute_names("#b", "batch")
            .expression_attribute_names("#c", "counts")
            .expression_attribute_values(":now", text(&now.to_string()))
            .expression_attribute_values(":accepted", number(counts.accepted.into()))
            .expression_attribute_values(":blocked", number(counts.blocked.into()))
            .expression_attribute_values(":failed", number(counts.failed.into()))
            .expression_attribute_values(":canceled", number(counts.canceled.into()))
            .build();
        let actions = vec![
            TransactWriteItem::builder().put(put.internal()?).build(),
            TransactWriteItem::builder().update(count.internal()?).build(),
        ];
        match self.transact(actions).await {
            Ok(()) => Ok(true),
            Err(Refused::Condition(places)) => Ok(places.contains(&0)),
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// Ends a batch, which takes it off the due index: completed only from processing, canceled from both, by somebody or because
    /// it cannot go on. Returns whether it moved.
    pub async fn finish_batch(
        &self,
        tenant: &TenantId,
        id: &Id<id::Batch>,
        status: BatchStatus,
        by: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let (status, condition) = match status {
            BatchStatus::Completed => ("completed", "#d.#b.#s = :processing"),
            BatchStatus::Canceled => ("canceled", "#d.#b.#s IN (:processing, :completed)"),
            BatchStatus::Processing => return Err(Error::Internal("processing is no end".into())),
        };
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(keys::batch(tenant, id).into_item()))
            .update_expression(format!(
                "SET #d.#b.#s = :status, #d.#b.updatedAt = :now{} REMOVE #d.#b.dueAt, due_pk, due_sk",
                if by.is_some() { ", #d.#b.canceledBy = :by" } else { "" }
            ))
            .set_expression_attribute_values(by.map(|by| [(":by".to_owned(), text(by))].into()))
            .condition_expression(condition)
            .expression_attribute_names("#d", "data")
            .expression_attribute_names("#b", "batch")
            .expression_attribute_names("#s", "status")
            .expression_attribute_values(":status", text(status))
            .expression_attribute_values(":processing", text("processing"))
            .expression_attribute_values(":now", text(&now.to_string()));
        // A value that no expression names is an error.
        let update = if condition.contains(":completed") {
            update.expression_attribute_values(":completed", text("completed"))
        } else {
            update
        };
        match update.send().await {
            Ok(_) => Ok(true),
            Err(e) if e.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(e) => Err(unavailable(e)),
        }
    }

    /// The results of some chunks, in order, from chunk `first` on. Chunks without results yet are left out.
    pub async fn chunks(
        &self,
        tenant: &TenantId,
        id: &Id<id::Batch>,
        first: u32,
        limit: i32,
    ) -> Result<Vec<(u32, ChunkResults)>, Error> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(&keys::batch(tenant, id).pk))
            .expression_attribute_values(":from", text(&keys::chunk(tenant, id, first).sk))
            .expression_attribute_values(":to", text("CHUNK#99999"))
            .limit(limit)
            .send()
            .await
            .unavailable("DynamoDB")?;
        let chunk = |item: Item| {
            let number = item.get("sk").and_then(|sk| sk.as_s().ok()?.strip_prefix("CHUNK#")?.parse().ok());
            Ok((number.unwrap_or_default(), entity(item)?))
        };
        answer.items.unwrap_or_default().into_iter().map(chunk).collect()
    }
}

pub(super) fn batch_item(tenant: &TenantId, batch: &Batch) -> Result<Item, Error> {
    let id = batch.id.as_str();
    let mut indexes = vec![(BY_OWNER, keys::of_tenant(tenant, KIND), keys::moment(batch.created_at, id))];
    if let Some(due_at) = batch.due_at {
        indexes.push((BY_DUE, keys::due_shard(id), keys::moment(due_at, id)));
    }
    item(
        keys::batch(tenant, &batch.id),
        "batch",
        &indexes,
        &BatchEntry { tenant: tenant.clone(), batch: batch.clone() },
    )
}
