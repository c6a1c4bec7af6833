//! Answers given by themselves, by sender: read to see whether one more may be given, and written with it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Error, person::BookAddress, replies::Replies, tenant::TenantId};
use jiff::Timestamp;

use super::{Store, item, keys, number};

impl Store {
    /// The answers that a sender got.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn replies(&self, tenant: &TenantId, sender: &BookAddress) -> Result<Replies, Error> {
        Ok(self.get(keys::replies(tenant, sender)).await?.unwrap_or_default())
    }

    /// The write of one more, as part of a transaction: on the condition that nobody gave another since these were read.
    pub(super) fn replies_write(
        &self,
        tenant: &TenantId,
        sender: &BookAddress,
        replies: &Replies,
        now: Timestamp,
    ) -> Result<TransactWriteItem, Error> {
        let before = replies.revision;
        let next = Replies { revision: before + 1, ..replies.clone() };
        let mut item = item(keys::replies(tenant, sender), "replies", &[], &next)?;
        let ends = now.checked_add(Replies::MEMORY).unwrap_or(now);
        item.insert("expires_at".into(), number(ends.as_second().max(0).unsigned_abs()));
        Ok(TransactWriteItem::builder().put(self.put_after(before, item)?).build())
    }
}
