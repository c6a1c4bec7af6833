//! Who reads what happened at a lender's, and how far each has read.

use domain::{
    Error,
    error::Ours as _,
    event_subscription::{EventSubscriptions, Offset},
    id::{self, Id},
    tenant::TenantId,
};
use jiff::Timestamp;

use super::{Refused, Store, event_log::KEPT, item, keys, number};

impl Store {
    /// A tenant's subscriptions; none if it never made any.
    pub async fn event_subscriptions(&self, tenant: &TenantId) -> Result<EventSubscriptions, Error> {
        Ok(self.get(keys::event_subscriptions(tenant)).await?.unwrap_or_default())
    }

    /// Writes a tenant's subscriptions. `all.revision` is the one the change was made on; it moves here.
    ///
    /// # Errors
    /// [`EditConflict`](domain::error::Conflict::EditConflict) when somebody else wrote meanwhile.
    pub async fn save_event_subscriptions(
        &self,
        tenant: &TenantId,
        all: &mut EventSubscriptions,
    ) -> Result<(), Error> {
        let before = all.revision;
        all.revision += 1;
        let item = item(keys::event_subscriptions(tenant), "event-subscriptions", &[], all)?;
        self.put(self.put_after(before, item)?).await.map_err(|refused| refused.changed("subscriptions"))
    }

    /// How far a subscription has been read; `None` if its reader never said so, or long ago.
    pub async fn committed(
        &self,
        tenant: &TenantId,
        subscription: &Id<id::EventSubscription>,
    ) -> Result<Option<Offset>, Error> {
        self.get(keys::event_cursor(tenant, subscription)).await
    }

    /// Keeps how far a subscription has been read. It is forgotten when all that was there to read is.
    pub async fn commit(
        &self,
        tenant: &TenantId,
        subscription: &Id<id::EventSubscription>,
        offset: Offset,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut item = item(keys::event_cursor(tenant, subscription), "event-cursor", &[], &offset)?;
        item.insert("expires_at".into(), number((now + KEPT).as_second().max(0).unsigned_abs()));
        let put = self.put_of(item).build().internal()?;
        self.put(put).await.map_err(Refused::unexpected)
    }

    /// Forgets how far a subscription has been read.
    pub async fn forget_committed(
        &self,
        tenant: &TenantId,
        subscription: &Id<id::EventSubscription>,
    ) -> Result<(), Error> {
        self.remove(keys::event_cursor(tenant, subscription)).await
    }
}
