//! Work on many messages at once: what is to be done, how far it has come, and what became of it.

use domain::{
    Error,
    id::{self, Id, Kind, Names, Ref},
    tenant::TenantId,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Item, Position, Refused, Store, item, keys, number};

/// How long an operation is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Where an operation goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
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
    /// Which messages; all that failed between the two instants where empty.
    #[serde(default)]
    pub keys: Vec<Ref<id::Interaction>>,
    /// From when on they were created.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// Where it goes on; absent once it is over.
    pub place: Option<Place>,
    /// How many steps were made.
    pub step: u64,
    /// Messages that were sent again.
    pub resent: u64,
    /// Messages that were not.
    pub refused: u64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
    /// Joins logs from request to webhook.
    pub trace_id: String,
    /// Moves with every change; 0 before the first.
    pub revision: u64,
}

impl Store {
    /// Stores a new operation. Returns the existing one when the request is a repetition.
    pub async fn create_operation(&self, mut operation: Operation) -> Result<Operation, Error> {
        match self.save_operation(&mut operation).await? {
            true => Ok(operation),
            false => self.operation(&operation.tenant.clone(), &operation.id.clone()).await,
        }
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

fn operation_item(operation: &Operation) -> Result<Item, Error> {
    let mut item = item(keys::operation(&operation.tenant, &operation.id), "operation", &[], operation)?;
    let until = operation.started_at + KEPT;
    item.insert("expires_at".into(), number(until.as_second().max(0).unsigned_abs()));
    Ok(item)
}
