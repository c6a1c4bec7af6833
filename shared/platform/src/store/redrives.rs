//! Who had dead letters sent back to their queues, when and why. Kept permanently.

use domain::{Error, tenant::TenantId};

use super::{
    Refused, Store, item,
    keys::{self, BY_OWNER},
};
use crate::dead_letters::Redriven;

/// What the records of a tenant stand under.
const KIND: &str = "REDRIVES";

impl Store {
    /// Records that a dead letter is about to be sent back; a second time changes nothing.
    pub async fn record_redrive(&self, tenant: &TenantId, redriven: &Redriven) -> Result<(), Error> {
        let key = keys::redrive(tenant, &redriven.letter.id);
        let by_time =
            (BY_OWNER, keys::of_tenant(tenant, KIND), keys::moment(redriven.at, &redriven.letter.id));
        match self.put(self.put_after(0, item(key, "redrive", &[by_time], redriven)?)?).await {
            Ok(()) | Err(Refused::Condition(_)) => Ok(()),
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// The record of one.
    pub async fn redrive(&self, tenant: &TenantId, dead_letter: &str) -> Result<Option<Redriven>, Error> {
        self.get(keys::redrive(tenant, dead_letter)).await
    }

    /// So many records, the newest first.
    pub async fn redrives(&self, tenant: &TenantId, most: i32) -> Result<Vec<Redriven>, Error> {
        Ok(self.list(BY_OWNER, &keys::of_tenant(tenant, KIND), None, most, None).await?.entries)
    }
}
