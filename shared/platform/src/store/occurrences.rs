//! Events that were taken, each with the messages it made: an event that is told again makes no more.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use domain::{
    Error,
    error::Ours as _,
    id::{self, Id},
    occurrence::Occurrence,
    tenant::TenantId,
    vocabulary::{MessageState, MessageType},
};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Item, Store, entity, item, keys, number};
use crate::race::Race;

/// How long an event is kept. One told again later meets its messages, whose ids follow from its own.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);
/// What DynamoDB writes in one call.
const WRITTEN_TOGETHER: usize = 25;

/// A message that an event made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Made {
    /// The key of the message.
    pub encoded_key: Id<id::Interaction>,
    /// What kind of message it is.
    #[serde(rename = "type")]
    pub message_type: MessageType,
    /// How far it had come when the event was taken.
    pub state: MessageState,
}

/// An event with what it made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TakenOccurrence {
    /// The event.
    pub occurrence: Occurrence,
    /// Its messages, in the order of their rules.
    pub messages: Vec<Made>,
}

impl Store {
    /// Those of these events that were taken before, by their ids.
    pub async fn occurrences(
        &self,
        tenant: &TenantId,
        ids: &[&str],
    ) -> Result<HashMap<String, TakenOccurrence>, Error> {
        let mut distinct = ids.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let keys = distinct.iter().map(|id| keys::occurrence(tenant, id));
        let taken = self.read_together(keys).await?.into_iter().map(entity::<TakenOccurrence>);
        taken.map(|taken| taken.map(|taken| (taken.occurrence.event_id.clone(), taken))).collect()
    }

    /// Keeps events that were taken, each once.
    pub async fn keep_occurrences(&self, tenant: &TenantId, all: &[TakenOccurrence]) -> Result<(), Error> {
        for some in all.chunks(WRITTEN_TOGETHER) {
            let writes = some.iter().map(|taken| occurrence_item(tenant, taken).and_then(write));
            let mut wanted = writes.collect::<Result<Vec<_>, _>>()?;
            let mut race = Race::begin();
            while !wanted.is_empty() {
                let request = self.client.batch_write_item().request_items(&self.table, wanted);
                let answer = request.send().await.unavailable("DynamoDB")?;
                wanted = answer.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
                if !wanted.is_empty() {
                    race.lost("room for events in the table").await?;
                }
            }
        }
        Ok(())
    }
}

fn occurrence_item(tenant: &TenantId, taken: &TakenOccurrence) -> Result<Item, Error> {
    let mut item = item(keys::occurrence(tenant, &taken.occurrence.event_id), "event", &[], taken)?;
    let until = taken.occurrence.taken_at + KEPT;
    item.insert("expires_at".into(), number(until.as_second().max(0).unsigned_abs()));
    Ok(item)
}

fn write(item: HashMap<String, AttributeValue>) -> Result<WriteRequest, Error> {
    let put = PutRequest::builder().set_item(Some(item)).build().internal()?;
    Ok(WriteRequest::builder().put_request(put).build())
}
