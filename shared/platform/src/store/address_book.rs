//! The address book: from an address to the people who have it. It follows people in the transactions that write them,
//! so it says exactly what they have.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use domain::{
    Error,
    error::Ours as _,
    id::{self, Id},
    person::{BookAddress, Person},
    tenant::TenantId,
};
use serde_json::json;

use super::{Store, all_found, item, keys, put_action, text};

impl Store {
    /// The people who have an address, archived or bounced as it may be, by id.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn people_at(
        &self,
        tenant: &TenantId,
        address: &BookAddress,
    ) -> Result<Vec<Id<id::Person>>, Error> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(&keys::at_address(tenant, address)));
        let mut people = Vec::new();
        for item in all_found(query).await? {
            let sk = item.get("sk").and_then(|sk| sk.as_s().ok());
            if sk.is_some_and(|sk| sk == keys::STRANGER) {
                continue;
            }
            let id = sk.and_then(|id| id.parse().ok());
            people.push(id.ok_or_else(|| Error::Internal("a stored address names no person".into()))?);
        }
        Ok(people)
    }

    /// What the book has to learn of a change: nothing of addresses that stay.
    pub(super) fn book_writes(
        &self,
        tenant: &TenantId,
        person: &Person,
        before: Option<&Person>,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let (now, then) =
            (person.book_addresses(), before.map_or_else(BTreeSet::new, Person::book_addresses));
        let appeared = now.difference(&then).map(|address| {
            let item = item(keys::listing(tenant, address, &person.id), "listing", &[], &json!({}))?;
            put_action(self.put_of(item))
        });
        let vanished = then.difference(&now).map(|address| {
            let delete = Delete::builder()
                .table_name(&self.table)
                .set_key(Some(keys::listing(tenant, address, &person.id).into_item()))
                .build();
            let delete = delete.internal()?;
            Ok(TransactWriteItem::builder().delete(delete).build())
        });
        appeared.chain(vanished).collect()
    }
}
