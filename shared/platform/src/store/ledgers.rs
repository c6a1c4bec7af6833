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
struct Latest {
    version: u64,
    /// The version that wrote the second item; 0 if there is nothing in it.
    #[serde(default, skip_serializing_if = "is_zero")]
    earlier: u64,
    contacts: BTreeMap<Id<id::Interaction>, LedgerEntry>,
}

fn is_zero(version: &u64) -> bool {
    *version == 0
}

/// What the second item holds.
#[derive(Serialize, Deserialize)]
struct Earlier {
    version: u64,
    contacts: BTreeMap<Id<id::Interaction>, LedgerEntry>,
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
        let Latest { version, earlier, contacts: latest } = entity(latest)?;
        if earlier == 0 {
            return Ok(Some(Ledger { version, contacts: latest, apart: Apart::default() }));
        }
        let Some(second) = self.earlier else { return Ok(None) };
        let Earlier { version: of, mut contacts } = entity(second)?;
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
    /// The write of a ledger whose version was `before` when it was read; 0 for one that does not exist yet.
    pub(super) fn ledger_write(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        ledger: &Ledger,
        before: u64,
    ) -> Result<LedgerWrite, Error> {
        let is_apart = |id: &&Id<id::Interaction>| ledger.apart.contacts.contains(*id);
        let version = ledger.version;
        let first = |contacts: BTreeMap<_, _>, earlier| Latest { version, earlier, contacts };
        let of = |ids: &BTreeSet<Id<id::Interaction>>| -> BTreeMap<_, _> {
            let entry = |id: &Id<id::Interaction>| Some((id.clone(), ledger.contacts.get(id)?.clone()));
            ids.iter().filter_map(entry).collect()
        };
        let latest: BTreeSet<_> = ledger.contacts.keys().filter(|id| !is_apart(id)).cloned().collect();
        let is_any_apart = ledger.contacts.keys().any(|id| is_apart(&id));
        let latest_with = first(of(&latest), if is_any_apart { ledger.apart.version } else { 0 });
        let (first, second) = if packed::pack(&latest_with)?.len() <= LATEST {
            // What stood apart and is no longer known must not outlive its ledger: it is personal.
            let emptied = ledger.apart.version != 0 && !is_any_apart;
            (latest_with, emptied.then(|| Earlier { version, contacts: BTreeMap::new() }))
        } else {
            let mut by_time: Vec<_> = latest.iter().collect();
            by_time.sort_by_key(|id| std::cmp::Reverse(ledger.contacts.get(*id).map(|entry| entry.at)));
            let stay: BTreeSet<_> = by_time.into_iter().take(STAY).cloned().collect();
            let rest: BTreeSet<_> = ledger.contacts.keys().filter(|id| !stay.contains(*id)).cloned().collect();
            (first(of(&stay), version), Some(Earlier { version, contacts: of(&rest) }))
        };
        let put = self.put_after(before, packed_item(keys::ledger(tenant, person), "ledger", &[], version, &first)?);
        let second = second.map(|earlier| {
            let item = packed_item(keys::earlier_contacts(tenant, person), "contacts", &[], version, &earlier)?;
            self.put_of(item).build().internal()
        });
        Ok(LedgerWrite { first: put?, second: second.transpose()? })
    }

    /// Writes a ledger.
    ///
    /// # Errors
    /// [`Refused::Condition`] if its version is no longer `before`.
    pub(super) async fn write_ledger(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        ledger: &Ledger,
        before: u64,
    ) -> Result<(), Refused> {
        match self.ledger_write(tenant, person, ledger, before).map_err(Refused::Other)? {
            LedgerWrite { first, second: None } => self.put(first).await,
            both => self.transact(both.actions().collect()).await,
        }
    }

    /// The version of a person's ledger and its latest contacts, in one small read.
    pub async fn latest_contacts(&self, tenant: &TenantId, person: &Id<id::Person>) -> Result<Ledger, Error> {
        let latest: Option<Latest> = self.get(keys::ledger(tenant, person)).await?;
        Ok(latest.map_or_else(Ledger::default, |Latest { version, contacts, .. }| Ledger {
            version,
            contacts,
            apart: Apart::default(),
        }))
    }
}

#[cfg(test)]
mod tests;
