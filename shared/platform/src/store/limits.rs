//! How often things were done, counted so that of many at once exactly as many get through as may.

use domain::{
    Error,
    limit::{Limit, Usage},
    tenant::TenantId,
};
use jiff::Timestamp;

use super::{Refused, Store, item, keys, number};
use crate::race::Race;

impl Store {
    /// Whether the limit has room for one more of what is done to something. Counts nothing.
    ///
    /// # Errors
    /// [`Error::RateLimited`] with when there is room.
    pub async fn expect_room(
        &self,
        tenant: Option<&TenantId>,
        what: &str,
        to: &str,
        limit: Limit,
        now: Timestamp,
    ) -> Result<(), Error> {
        let usage: Option<Usage> = self.get(keys::usage(tenant, what, to)).await?;
        let mut usage = usage.unwrap_or_default();
        usage.take(limit, 1, now).map_err(|at| limited(at, now))
    }

    /// Counts `times` more of what is done to something, if the limit has room for them; none otherwise.
    ///
    /// # Errors
    /// [`Error::RateLimited`] with when there is room.
    pub async fn count(
        &self,
        tenant: impl Into<Option<&TenantId>>,
        what: &str,
        to: &str,
        limit: Limit,
        times: u32,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (tenant, mut race) = (tenant.into(), Race::begin());
        loop {
            let key = || keys::usage(tenant, what, to);
            let mut usage: Usage = self.get(key()).await?.unwrap_or_default();
            if let Err(at) = usage.take(limit, times, now) {
                return Err(limited(at, now));
            }
            let before = usage.revision;
            usage.revision += 1;
            let mut item = item(key(), "usage", &[], &usage)?;
            let ends = now.checked_add(limit.within).unwrap_or(now);
            item.insert("expires_at".into(), number(ends.as_second().max(0).unsigned_abs()));
            match self.put(self.put_after(before, item)?).await {
                Ok(()) => return Ok(()),
                Err(Refused::Condition(_)) => race.lost(format!("the count of {what}")).await?,
                Err(Refused::Other(error)) => return Err(error),
            }
        }
    }
}

/// What is answered until there is room.
fn limited(at: Timestamp, now: Timestamp) -> Error {
    let wait = at.duration_since(now).as_secs().saturating_add(1);
    Error::RateLimited { retry_after_seconds: u32::try_from(wait).unwrap_or(u32::MAX) }
}
