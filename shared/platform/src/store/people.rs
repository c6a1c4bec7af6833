//! People: the facts about a person, and the ledger that guards them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{
    Error,
    error::{Conflict, Ours as _},
    id::{self, Id, Kind, Names},
    ledger::Ledger,
    person::Person,
    tenant::TenantId,
};
use jiff::Timestamp;

use super::{
    Edge, Item, Page, Position, Store, entity,
    erasures::Tombstone,
    keys::{self, BY_OWNER},
    ledgers, packed_item, put_action, revision_of, text,
};
use crate::race::Race;

/// What a tenant's people stand under.
const KIND: &str = "PEOPLE";
/// Items in one transaction (DynamoDB).
const MOST_ACTIONS: usize = 100;

/// A person with the ledger, read together.
#[derive(Debug, Clone)]
pub struct Known {
    /// The facts.
    pub person: Person,
    /// Recent contacts, and the version that guards both.
    pub ledger: Ledger,
    /// Moves with every change of the facts, and with nothing else; the `ETag`.
    pub revision: u64,
}

/// Whether somebody is known.
#[derive(Debug, Clone)]
pub enum Presence {
    /// Yes.
    Known(Box<Known>),
    /// No longer: the person was erased. Of the ledger only the version is left.
    Erased(Box<Tombstone>, Ledger),
    /// No, and never was.
    Unknown,
}

impl Presence {
    /// The person, if there is one.
    fn known(self) -> Option<Known> {
        match self {
            Self::Known(known) => Some(*known),
            Self::Unknown | Self::Erased(..) => None,
        }
    }
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

    /// The same, if absence is no error.
    pub async fn find_person(&self, tenant: &TenantId, id: &Id<id::Person>) -> Result<Option<Known>, Error> {
        Ok(self.look_up(tenant, id).await?.known())
    }

    /// Whether there is such a person, or was one.
    pub async fn look_up(&self, tenant: &TenantId, id: &Id<id::Person>) -> Result<Presence, Error> {
        let mut race = Race::begin();
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(&keys::person(tenant, id).pk))
                .send()
                .await
                .unavailable("DynamoDB")?;
            if let Some(presence) = presence(answer.items.unwrap_or_default())? {
                return Ok(presence);
            }
            race.lost(format!("the ledger of {id}")).await?;
        }
    }

    /// Many people with their ledgers, 50 a call, in the order asked for. Unknown ones are `None`.
    pub async fn people(
        &self,
        tenant: &TenantId,
        ids: &[Id<id::Person>],
    ) -> Result<Vec<Option<Known>>, Error> {
        let mut items = HashMap::<String, Vec<Item>>::new();
        // A key must not be asked for twice in one call.
        let mut distinct = ids.to_vec();
        distinct.sort();
        distinct.dedup();
        let keys = distinct.iter().flat_map(|id| [keys::person(tenant, id), keys::ledger(tenant, id)]);
        for item in self.read_together(keys).await? {
            if let Some(AttributeValue::S(pk)) = item.get("pk") {
                items.entry(pk.clone()).or_default().push(item);
            }
        }
        let mut people = Vec::with_capacity(ids.len());
        for id in ids {
            let items = items.get(&keys::person(tenant, id).pk).cloned().unwrap_or_default();
            people.push(self.known_from(tenant, id, items).await?);
        }
        Ok(people)
    }

    /// Somebody, if known, from what stands under their key.
    pub(super) async fn known_from(
        &self,
        tenant: &TenantId,
        id: &Id<id::Person>,
        items: Vec<Item>,
    ) -> Result<Option<Known>, Error> {
        let presence = match presence(items)? {
            Some(presence) => presence,
            // Few have so many contacts that not all of them stand in the ledger's first item.
            None => self.look_up(tenant, id).await?,
        };
        Ok(presence.known())
    }

    /// A tenant's people changed at or after an instant, the one changed last first.
    pub async fn people_since(
        &self,
        tenant: &TenantId,
        since: Timestamp,
        limit: i32,
        edge: Option<Edge>,
    ) -> Result<Page<Person>, Error> {
        let (from, to) = (format!("{since:.3}"), format!("{:.3}", Timestamp::MAX));
        self.list(BY_OWNER, &keys::of_tenant(tenant, KIND), Some((&from, &to)), limit, edge).await
    }

    /// The ids of so many of a tenant's people, the one changed last first, in one call for some thousands.
    pub async fn latest_people(&self, tenant: &TenantId, most: usize) -> Result<Vec<Id<id::Person>>, Error> {
        let found = self.listed(BY_OWNER, &keys::of_tenant(tenant, KIND), most).await?;
        let ids = found.iter().filter_map(|key| key.pk.rsplit_once('#')?.1.parse().ok());
        Ok(ids.collect())
    }

    /// Writes what became of a person, on the condition that nobody changed what the guard reads since `before` was read;
    /// without one, that there is no such person. The ledger's version moves, so that every decision made on the old facts
    /// is made again; and the address book follows, if addresses appeared or vanished. Returns the person's revision.
    ///
    /// # Errors
    /// [`EditConflict`](Conflict::EditConflict) when somebody did; [`LimitReached`](Conflict::LimitReached) for more
    /// addresses at once than a transaction takes.
    pub async fn save_person(
        &self,
        tenant: &TenantId,
        person: &Person,
        before: Option<&Known>,
    ) -> Result<u64, Error> {
        self.save_person_and(tenant, person, before, Vec::new()).await
    }

    /// The same with more writes, in one transaction.
    ///
    /// # Errors
    /// As there, also if the condition of one of these does not hold.
    pub(super) async fn save_person_and(
        &self,
        tenant: &TenantId,
        person: &Person,
        before: Option<&Known>,
        more: Vec<TransactWriteItem>,
    ) -> Result<u64, Error> {
        let mut ledger = before.map(|known| known.ledger.clone()).unwrap_or_default();
        let version = ledger.version;
        ledger.version += 1;
        let indexes = [(BY_OWNER, keys::of_tenant(tenant, KIND), place(person))];
        let facts =
            packed_item(keys::person(tenant, &person.id), "person", &indexes, ledger.version, person)?;
        let mut actions = vec![put_action(self.put_of(facts))?];
        actions.extend(self.ledger_write(tenant, &person.id, &mut ledger, version)?.actions());
        actions.extend(self.book_writes(tenant, person, before.map(|known| &known.person))?);
        actions.extend(more);
        if actions.len() > MOST_ACTIONS {
            let detail =
                "Too many e-mail addresses and phone numbers change at once; change them in several steps.";
            return Err(Error::conflict(Conflict::LimitReached, detail));
        }
        self.transact(actions).await.map_err(|refused| refused.changed("person"))?;
        Ok(ledger.version)
    }
}

/// Where a person stands among the tenant's.
pub fn position_of_person(tenant: &TenantId, person: &Person) -> Position {
    Position::of(&keys::of_tenant(tenant, KIND), place(person))
}

/// By when it changed last. What is later is greater.
pub fn place(person: &Person) -> String {
    keys::moment(person.updated_at, person.id.as_str())
}

/// A person from the items of its partition; `None` if these are of different moments, or not all of the ledger.
fn presence(items: Vec<Item>) -> Result<Option<Presence>, Error> {
    let (mut person, mut tombstone, mut stored) = (None, None, ledgers::Stored::default());
    let mut revision = 0;
    for item in items {
        let attribute = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str);
        match attribute("sk") {
            Some("PERSON") if attribute("type") == Some("tombstone") => {
                tombstone = Some(entity(item)?);
            }
            Some("PERSON") => {
                revision = revision_of(&item);
                person = Some(entity(item)?);
            }
            Some(keys::LEDGER) => stored.latest = Some(item),
            Some(keys::EARLIER) => stored.earlier = Some(item),
            _ => {}
        }
    }
    let Some(ledger) = stored.ledger()? else { return Ok(None) };
    Ok(Some(match (person, tombstone) {
        (Some(person), _) => Presence::Known(Box::new(Known { person, ledger, revision })),
        (None, Some(tombstone)) => Presence::Erased(Box::new(tombstone), ledger),
        (None, None) => Presence::Unknown,
    }))
}
