//! Ledgers of contacts. A message writes its person's ledger, so the item that it writes must stay small however many contacts
//! there are: it holds the latest, and when it is full, all but a few move to an item of their own.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::{
    Error,
    error::Ours as _,
    id::{self, Id},
    ledger::{Apart, Ledger, LedgerEntry},
    tenant::TenantId,
};
use serde::{Deserialize, Serialize};

use super::{Item, Refused, Store, entity, keys, packed, packed_item};

/// Bytes of packed contacts that stand in the first item, which costs one write unit up to 1 KB with its keys.
const LATEST: usize = 850;
/// Contacts that stay in the first item when it is full: what becomes of them is most likely to be entered next.
const STAY: usize = 2;

/// What the first item holds.
#[derive(Serialize, Deserialize)]
struct Latest<E> {
    version: u64,
    /// The version that wrote the second item; 0 if there is nothing in it.
    earlier: u64,
    contacts: BTreeMap<Id<id::Interaction>, E>,
}

/// What the second item holds.
#[derive(Serialize, Deserialize)]
struct Earlier<E> {
    version: u64,
    contacts: BTreeMap<Id<id::Interaction>, E>,
}

fn latest(ledger: &Ledger) -> Latest<&LedgerEntry> {
    let Ledger { version, contacts, apart } = ledger;
    let latest = contacts.iter().filter(|(id, _)| !apart.contacts.contains(*id));
    let earlier = if apart.contacts.is_empty() { 0 } else { apart.version };
    Latest { version: *version, earlier, contacts: latest.map(|(id, entry)| (id.clone(), entry)).collect() }
}

fn earlier(ledger: &Ledger) -> Earlier<&LedgerEntry> {
    let Ledger { version, contacts, apart } = ledger;
    let earlier = contacts.iter().filter(|(id, _)| apart.contacts.contains(*id));
    Earlier { version: *version, contacts: earlier.map(|(id, entry)| (id.clone(), entry)).collect() }
}

fn all_but_newest(contacts: &BTreeMap<Id<id::Interaction>, LedgerEntry>) -> BTreeSet<Id<id::Interaction>> {
    let mut by_time: Vec<_> = contacts.iter().collect();
    by_time.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.at));
    by_time.into_iter().skip(STAY).map(|(id, _)| id.clone()).collect()
}

/// The items of a ledger.
#[derive(Default)]
pub(super) struct Stored {
    pub(super) latest: Option<Item>,
    pub(super) earlier: Option<Item>,
}

impl Stored {
    /// The ledger; `None` if the items are of different versions, or one is missing.
    pub(super) fn ledger(self) -> Result<Option<Ledger>, Error> {
        let Some(latest) = self.latest else { return Ok(Some(Ledger::default())) };
        let Latest::<LedgerEntry> { version, earlier, contacts: latest } = entity(latest)?;
        if earlier == 0 {
            return Ok(Some(Ledger { version, contacts: latest, apart: Apart::default() }));
        }
        let Some(second) = self.earlier else { return Ok(None) };
        let Earlier::<LedgerEntry> { version: of, mut contacts } = entity(second)?;
        if of != earlier {
            return Ok(None);
        }
        let apart = contacts.keys().filter(|id| !latest.contains_key(id)).cloned().collect();
        contacts.extend(latest);
        Ok(Some(Ledger { version, contacts, apart: Apart { version: earlier, contacts: apart } }))
    }
}

/// The writes of a ledger: of its first item, on the condition that nobody moved it, and of its second, if that changes.
pub(super) struct LedgerWrite {
    first: Put,
    second: Option<Put>,
}

impl LedgerWrite {
    /// As parts of a transaction, the one with the condition first.
    pub(super) fn actions(self) -> impl Iterator<Item = TransactWriteItem> {
        let puts = [Some(self.first), self.second].into_iter().flatten();
        puts.map(|put| TransactWriteItem::builder().put(put).build())
    }
}

impl Store {
    /// The write of a ledger whose version was `before` when it was read; 0 for one that does not exist yet. What stands apart
    /// once this is written is noted in the ledger.
    pub(super) fn ledger_write(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        ledger: &mut Ledger,
        before: u64,
    ) -> Result<LedgerWrite, Error> {
        let stored_apart = ledger.apart.version;
        ledger.apart.contacts.retain(|id| ledger.contacts.contains_key(id));
        if packed::pack(&latest(ledger))?.len() > LATEST {
            ledger.apart = Apart { version: ledger.version, contacts: all_but_newest(&ledger.contacts) };
        } else if ledger.apart.contacts.is_empty() {
            ledger.apart.version = 0;
        }
        let first =
            packed_item(keys::ledger(tenant, person), "ledger", &[], ledger.version, &latest(ledger))?;
        // What stood apart and is no longer known does not outlive its ledger: it is personal.
        let second = (ledger.apart.version != stored_apart).then(|| {
            let key = keys::earlier_contacts(tenant, person);
            let item = packed_item(key, "contacts", &[], ledger.version, &earlier(ledger))?;
            self.put_of(item).build().internal()
        });
        Ok(LedgerWrite { first: self.put_after(before, first)?, second: second.transpose()? })
    }

    /// Writes a ledger.
    ///
    /// # Errors
    /// [`Refused::Condition`] if its version is no longer `before`.
    pub(super) async fn write_ledger(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        ledger: &mut Ledger,
        before: u64,
    ) -> Result<(), Refused> {
        match self.ledger_write(tenant, person, ledger, before).map_err(Refused::Other)? {
            LedgerWrite { first, second: None } => self.put(first).await,
            both => self.transact(both.actions().collect()).await,
        }
    }

    /// The version of a person's ledger and its latest contacts, in one small read.
    pub async fn latest_contacts(&self, tenant: &TenantId, person: &Id<id::Person>) -> Result<Ledger, Error> {
        let latest: Option<Latest<LedgerEntry>> = self.get(keys::ledger(tenant, person)).await?;
        Ok(latest.map_or_else(Ledger::default, |Latest { version, contacts, .. }| Ledger {
            version,
            contacts,
            apart: Apart::default(),
        }))
    }
}

#[cfg(test)]
mod tests;
