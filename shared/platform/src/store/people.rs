//! People: the facts about a person, and the ledger that guards them.

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, TransactWriteItem};
use domain::{
    Error,
    id::{self, Id, Kind, Names},
    ledger::Ledger,
    person::Person,
    tenant::TenantId,
};

use super::{Item, Store, entity, item, keys, number, text, unavailable};

/// A person with the ledger, read together.
#[derive(Debug, Clone)]
pub struct Known {
    /// The facts.
    pub person: Person,
    /// Recent contacts, and the version that guards both.
    pub ledger: Ledger,
}

impl Store {
    /// A person with the ledger, in one call.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn person(&self, tenant: &TenantId, named: &impl Names<id::Person>) -> Result<Known, Error> {
        let known = self.find_person(tenant, &named.id_within(tenant.as_str())).await?;
        known.ok_or_else(|| Error::not_found(id::Person::NAME, named))
    }

    /// The same, where absence is no error.
    pub async fn find_person(&self, tenant: &TenantId, id: &Id<id::Person>) -> Result<Option<Known>, Error> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(&keys::person(tenant, id).pk))
            .send()
            .await
            .map_err(unavailable)?;
        known(answer.items.unwrap_or_default())
    }

    /// Many people with their ledgers, 50 a call, in the order asked for. Unknown ones are `None`.
    pub async fn people(
        &self,
        tenant: &TenantId,
        ids: &[Id<id::Person>],
    ) -> Result<Vec<Option<Known>>, Error> {
        let mut items = std::collections::HashMap::<String, Vec<Item>>::new();
        // A key must not be asked for twice in one call.
        let mut distinct = ids.to_vec();
        distinct.sort();
        distinct.dedup();
        for some in distinct.chunks(50) {
            let keys = some.iter().flat_map(|id| [keys::person(tenant, id), keys::ledger(tenant, id)]);
            let mut wanted = Some(
                KeysAndAttributes::builder()
                    .consistent_read(true)
                    .set_keys(Some(keys.map(keys::Key::into_item).collect()))
                    .build()
                    .map_err(|e| Error::Internal(e.to_string()))?,
            );
            while let Some(keys) = wanted.take() {
                let answer = self.client.batch_get_item().request_items(&self.table, keys).send().await;
                let answer = answer.map_err(unavailable)?;
                for item in answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default() {
                    if let Some(AttributeValue::S(pk)) = item.get("pk") {
                        items.entry(pk.clone()).or_default().push(item);
                    }
                }
                wanted = answer.unprocessed_keys.unwrap_or_default().remove(&self.table);
            }
        }
        ids.iter()
            .map(|id| known(items.get(&keys::person(tenant, id).pk).cloned().unwrap_or_default()))
            .collect()
    }

    /// A person's recent contacts; none where there were none.
    pub async fn ledger(&self, tenant: &TenantId, person: &Id<id::Person>) -> Result<Ledger, Error> {
        Ok(self.get(keys::ledger(tenant, person)).await?.unwrap_or_default())
    }

    /// Writes a person's facts, on the condition that nobody changed what the guard reads since `ledger` was read.
    /// The ledger's version moves, so that every decision made on the old facts is made again.
    ///
    /// # Errors
    /// [`EditConflict`](domain::error::Conflict::EditConflict) when somebody did.
    pub async fn save_person(
        &self,
        tenant: &TenantId,
        person: &Person,
        ledger: &mut Ledger,
    ) -> Result<(), Error> {
        let before = ledger.version;
        ledger.version += 1;
        let facts = item(keys::person(tenant, &person.id), "person", &[], person)?;
        let facts = self.put_of(facts).build().map_err(|e| Error::Internal(e.to_string()))?;
        let actions = vec![
            TransactWriteItem::builder().put(facts).build(),
            self.ledger_write(tenant, &person.id, ledger, before)?,
        ];
        self.transact(actions).await.map_err(|refused| refused.changed("person"))
    }

    /// The write of a ledger whose version was `before` when it was read; 0 for one that does not exist yet.
    pub(super) fn ledger_write(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        ledger: &Ledger,
        before: u64,
    ) -> Result<TransactWriteItem, Error> {
        let item = item(keys::ledger(tenant, person), "ledger", &[], ledger)?;
        let put = self.put_of(item).expression_attribute_names("#d", "data");
        let put = if before == 0 {
            put.condition_expression("attribute_not_exists(#d)")
        } else {
            put.condition_expression("#d.version = :before")
                .expression_attribute_values(":before", number(before))
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(|e| Error::Internal(e.to_string()))?).build())
    }
}

/// A person from the items of its partition.
fn known(items: Vec<Item>) -> Result<Option<Known>, Error> {
    let (mut person, mut ledger) = (None, Ledger::default());
    for item in items {
        match item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str) {
            Some("PERSON") => person = Some(entity(item)?),
            Some("LEDGER") => ledger = entity(item)?,
            _ => {}
        }
    }
    Ok(person.map(|person| Known { person, ledger }))
}
