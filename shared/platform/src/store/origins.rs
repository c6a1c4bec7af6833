//! Origins that tenants list. Each has an item for each tenant that lists it, written together with the tenant's settings.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{Delete, Select, TransactWriteItem};
use domain::{Error, error::Ours as _, tenant::TenantId};
use serde_json::json;

use super::{Store, item, keys, put_action, text, unavailable};

impl Store {
    /// Whether a tenant lists an origin; `None` asks for any tenant.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn lists_origin(&self, origin: &str, tenant: Option<&TenantId>) -> Result<bool, Error> {
        let of_all = self
            .client
            .query()
            .table_name(&self.table)
            .select(Select::Count)
            .limit(1)
            .expression_attribute_values(":pk", text(&keys::listings(origin)));
        let request = match tenant {
            None => of_all.key_condition_expression("pk = :pk"),
            Some(tenant) => of_all
                .key_condition_expression("pk = :pk AND sk = :sk")
                .expression_attribute_values(":sk", text(tenant.as_str())),
        };
        Ok(request.send().await.map_err(unavailable)?.count > 0)
    }

    /// What has to be written if a tenant's list changes: nothing of origins that stay.
    pub(super) fn origin_writes(
        &self,
        tenant: &TenantId,
        before: &BTreeSet<String>,
        now: &BTreeSet<String>,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let appeared = now.difference(before).map(|origin| {
            let item = item(keys::origin(origin, tenant), "origin", &[], &json!({}))?;
            put_action(self.put_of(item))
        });
        let vanished = before.difference(now).map(|origin| {
            let delete = Delete::builder()
                .table_name(&self.table)
                .set_key(Some(keys::origin(origin, tenant).into_item()))
                .build();
            let delete = delete.internal()?;
            Ok(TransactWriteItem::builder().delete(delete).build())
        });
        appeared.chain(vanished).collect()
    }
}
