//! Erased people: a tombstone where the facts were, how far the rest has been erased, and a record permanently.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    Error,
    ledger::{Apart, Ledger},
    person::{Erasure, Person},
    tenant::TenantId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Edge, Item, Page, Position, Refused, Store, item,
    keys::{self, BY_DUE, BY_OWNER},
    people::Known,
    put_action,
};

/// What the records of a tenant's erasures stand under.
const KIND: &str = "ERASED-PEOPLE";
/// Addresses that vanish in one transaction, which takes 100 items and has four more.
const ADDRESSES: usize = 90;

/// That a person was here and was erased. It stands at the key of the person's facts, so that nobody makes the person again
/// without knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tombstone {
    /// Whose the person was.
    pub tenant: TenantId,
    /// Who was erased, by whom, when and why.
    pub erasure: Erasure,
    /// Interactions looked at so far.
    pub interactions: u64,
    /// Where the next look at interactions begins.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<Position>,
    /// When somebody must go on erasing; absent once nothing is left.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_at: Option<Timestamp>,
    /// Since when nothing is left.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub completed_at: Option<Timestamp>,
    /// Moves with every change.
    pub revision: u64,
}

impl Tombstone {
    /// Of a person whose facts are about to go; the rest is due once whoever began before has ended.
    pub fn new(tenant: TenantId, erasure: Erasure) -> Self {
        let due_at = Some(erasure.at + Erasure::REST);
        Self { tenant, erasure, interactions: 0, next: None, due_at, completed_at: None, revision: 1 }
    }
}

impl Store {
    /// Puts a tombstone in the place of a person, all at once: the facts, the ledger's entries and the addresses are gone, and
    /// the record is made. From here on nothing is sent to the person, since every send is on the condition that the ledger
    /// did not move.
    ///
    /// # Errors
    /// [`EditConflict`](domain::error::Conflict::EditConflict) if the person changed since it was read.
    pub async fn bury(&self, known: &Known, tombstone: &Tombstone) -> Result<(), Error> {
        let Tombstone { tenant, erasure, .. } = tombstone;
        let Known { person, ledger, .. } = known;
        // What stood apart goes too.
        let apart = Apart { version: ledger.apart.version, ..Apart::default() };
        let mut after = Ledger { version: ledger.version + 1, apart, ..Ledger::default() };
        let record = keys::erasure(tenant, erasure.at, &person.id);
        let by_time = (BY_OWNER, keys::of_tenant(tenant, KIND), record.sk.clone());
        let nobody = Person { contacts: Vec::new(), ..person.clone() };
        let mut actions = vec![
            put_action(self.put_of(tombstone_item(tombstone)?))?,
            put_action(self.put_of(item(record, "erasure", &[by_time], erasure)?))?,
        ];
        actions.extend(self.ledger_write(tenant, &person.id, &mut after, ledger.version)?.actions());
        let addresses: Vec<TransactWriteItem> = self.book_writes(tenant, &nobody, Some(person))?;
        actions.extend(addresses);
        self.transact(actions).await.map_err(|refused| refused.changed("person"))
    }

    /// Takes some contacts off a person who has more addresses than vanish at once. Returns whether there were too many: then
    /// the person has changed.
    ///
    /// # Errors
    /// As [`Self::bury`].
    pub async fn thin_out(&self, tenant: &TenantId, known: &Known) -> Result<bool, Error> {
        if known.person.book_addresses().len() <= ADDRESSES {
            return Ok(false);
        }
        let mut fewer = known.person.clone();
        fewer.contacts.drain(..ADDRESSES.min(known.person.contacts.len()));
        self.save_person(tenant, &fewer, Some(known)).await.map(|_| true)
    }

    /// Writes how far an erasure has come, on the condition that nobody else took it further. Returns whether it was written.
    pub async fn save_tombstone(&self, tombstone: &mut Tombstone) -> Result<bool, Error> {
        let before = tombstone.revision;
        tombstone.revision += 1;
        match self.put(self.put_after(before, tombstone_item(tombstone)?)?).await {
            Ok(()) => Ok(true),
            Err(Refused::Condition(_)) => Ok(false),
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// The records of a tenant's erasures, newest first.
    pub async fn erasures(
        &self,
        tenant: &TenantId,
        limit: i32,
        after: Option<Position>,
    ) -> Result<Page<Erasure>, Error> {
        self.list(BY_OWNER, &keys::of_tenant(tenant, KIND), None, limit, after.map(Edge::After)).await
    }
}

fn tombstone_item(tombstone: &Tombstone) -> Result<Item, Error> {
    let (tenant, person) = (&tombstone.tenant, &tombstone.erasure.person_id);
    let due = tombstone
        .due_at
        .map(|at| (BY_DUE, keys::due_shard(person.as_str()), keys::moment(at, person.as_str())));
    item(keys::person(tenant, person), "tombstone", due.as_slice(), tombstone)
}
