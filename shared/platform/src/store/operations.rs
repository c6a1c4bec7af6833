//! Work on many messages at once: what is to be done, how far it has come, and what became of it.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    Error,
    error::Ours as _,
    id::{self, Id, Kind, Names, Ref},
    interaction::Interaction,
    tenant::TenantId,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Item, Position, Refused, Store, item,
    keys::{self, BY_DUE},
    number,
};

/// How long an operation is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Where an operation goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Checkpoint {
    /// At this one of its keys.
    Key(usize),
    /// Within a day, after this place.
    Day {
        /// In UTC.
        day: Date,
        /// After what was looked at.
        after: Option<Position>,
    },
}

/// Messages being sent again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Ours.
    pub id: Id<id::Operation>,
    /// Whose.
    pub tenant: TenantId,
    /// How many messages were named, with what was refused at once as no key can be it; absent if all are meant that failed between the two instants. Their keys stand beside it
    /// ([`Store::operation_keys`]), so that a step does not write them anew.
    pub total: Option<usize>,
    /// From when on they were created.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// Where it goes on; absent once it is over.
    #[serde(rename = "place")]
    pub checkpoint: Option<Checkpoint>,
    /// How many steps were made.
    pub step: u64,
    /// How often the next one was tried and met trouble of ours.
    #[serde(default)]
    pub tries: u32,
    /// Messages that were sent again.
    pub resent: u64,
    /// Messages that were not.
    pub refused: u64,
    /// Which these are, and why: the first of them.
    #[serde(default)]
    pub refusals: Vec<Refusal>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
    /// When the sweep must see to it that it goes on; absent once it is over.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_at: Option<Timestamp>,
    /// Joins logs from request to webhook.
    pub trace_id: String,
    /// Moves with every change; 0 before the first.
    pub revision: u64,
}

/// A message that was not sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// The key as the request named it.
    pub encoded_key: String,
    /// Why it was not sent again.
    pub detail: String,
}

impl Operation {
    /// Refusals that are kept; all of them are counted.
    pub const MOST_REFUSALS: usize = 100;
    /// The longest key and reason that are kept, in characters.
    const LONGEST: usize = 500;

    /// One that begins now, here.
    pub fn begin(
        id: Id<id::Operation>,
        tenant: TenantId,
        (from, to): (Timestamp, Timestamp),
        checkpoint: Checkpoint,
        trace_id: String,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            tenant,
            total: None,
            from,
            to,
            checkpoint: Some(checkpoint),
            step: 0,
            tries: 0,
            resent: 0,
            refused: 0,
            refusals: Vec::new(),
            started_at: now,
            finished_at: None,
            due_at: Some(now + Interaction::GRACE),
            trace_id,
            revision: 0,
        }
    }

    /// Counts a message that is not sent again.
    pub fn refuse(&mut self, encoded_key: String, detail: &str) {
        self.refused += 1;
        if self.refusals.len() < Self::MOST_REFUSALS {
            let short = |text: &str| text.chars().take(Self::LONGEST).collect();
            let (encoded_key, detail) = (short(&encoded_key), short(detail));
            self.refusals.push(Refusal { encoded_key, detail });
        }
    }

    /// A step is done, and the next one begins here, or nowhere.
    pub fn step_on(&mut self, next: Option<Checkpoint>, now: Timestamp) {
        self.step += 1;
        self.tries = 0;
        self.finished_at = next.is_none().then_some(now);
        self.due_at = next.is_some().then_some(now + Interaction::GRACE);
        self.checkpoint = next;
    }
}

impl Store {
    /// Stores a new operation on these messages, or on those of its time. Returns the existing one when the request is a
    /// repetition.
    pub async fn create_operation(
        &self,
        mut operation: Operation,
        keys: &[Ref<id::Interaction>],
    ) -> Result<Operation, Error> {
        if !keys.is_empty() {
            operation.total = Some(operation.total.unwrap_or(0) + keys.len());
            let mut item = item(
                keys::operation_keys(&operation.tenant, &operation.id),
                "keys",
                &[],
                &Keys { keys: keys.to_vec() },
            )?;
            item.insert("expires_at".into(), expiry(&operation));
            // First the keys: where a crash leaves them alone, the same request puts them again.
            let put = self.put_of(item).build().internal()?;
            self.put(put).await.map_err(|refused| refused.changed(id::Operation::NAME))?;
        }
        match self.save_operation(&mut operation).await? {
            true => Ok(operation),
            false => self.operation(&operation.tenant.clone(), &operation.id.clone()).await,
        }
    }

    /// The messages that an operation was given, in its order.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn operation_keys(&self, operation: &Operation) -> Result<Vec<Ref<id::Interaction>>, Error> {
        let found: Option<Keys> = self.get(keys::operation_keys(&operation.tenant, &operation.id)).await?;
        found.map(|found| found.keys).ok_or_else(|| Error::not_found(id::Operation::NAME, &operation.id))
    }

    /// An operation.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn operation(
        &self,
        tenant: &TenantId,
        named: &impl Names<id::Operation>,
    ) -> Result<Operation, Error> {
        let found = self.get(keys::operation(tenant, &named.id_within(tenant.as_str()))).await?;
        found.ok_or_else(|| Error::not_found(id::Operation::NAME, named))
    }

    /// Writes an operation that went on, on the condition that nobody else moved it meanwhile. Returns whether it was written.
    pub async fn save_operation(&self, operation: &mut Operation) -> Result<bool, Error> {
        let before = operation.revision;
        operation.revision += 1;
        match self.put(self.put_after(before, operation_item(operation)?)?).await {
            Ok(()) => Ok(true),
            Err(Refused::Condition(_)) => {
                operation.revision = before;
                Ok(false)
            }
            Err(Refused::Other(error)) => Err(error),
        }
    }
}

/// What stands beside an operation.
#[derive(Serialize, Deserialize)]
struct Keys {
    keys: Vec<Ref<id::Interaction>>,
}

fn operation_item(operation: &Operation) -> Result<Item, Error> {
    let id = operation.id.as_str();
    let due = operation.due_at.map(|at| (BY_DUE, keys::due_shard(id), keys::moment(at, id)));
    let due: Vec<_> = due.into_iter().collect();
    let mut item = item(keys::operation(&operation.tenant, &operation.id), "operation", &due, operation)?;
    item.insert("expires_at".into(), expiry(operation));
    Ok(item)
}

fn expiry(operation: &Operation) -> AttributeValue {
    number((operation.started_at + KEPT).as_second().max(0).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation() -> Operation {
        let now = "2026-01-05T15:00:00Z".parse().unwrap();
        let (tenant, checkpoint) = ("demo".parse().unwrap(), Checkpoint::Key(0));
        Operation::begin(Id::new(1, [1; 10]), tenant, (now, now), checkpoint, "1-0-0".into(), now)
    }

    #[test]
    fn refusals_are_all_counted_and_the_first_of_them_kept() {
        let mut operation = operation();
        for n in 0..250 {
            operation.refuse(format!("ext-{n}"), &"because ".repeat(1_000));
        }
        assert_eq!((operation.refused, operation.refusals.len()), (250, 100));
        assert_eq!(operation.refusals[99].encoded_key, "ext-99");
        assert!(operation.refusals.iter().all(|one| one.detail.chars().count() == 500));
    }

    #[test]
    fn the_sweep_sees_to_it_until_it_is_over() {
        let (mut operation, now) = (operation(), "2026-01-05T16:00:00Z".parse().unwrap());
        let is_due = |operation: &Operation| operation_item(operation).unwrap().contains_key("due_pk");
        assert!(is_due(&operation));
        operation.tries = 2;
        operation.step_on(Some(Checkpoint::Key(50)), now);
        assert!(is_due(&operation));
        assert_eq!((operation.step, operation.tries, operation.finished_at), (1, 0, None));
        operation.step_on(None, now);
        assert!(!is_due(&operation));
        assert_eq!(operation.finished_at, Some(now));
    }
}
