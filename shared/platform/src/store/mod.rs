//! The table. One module builds every key ([`keys`]); this one reads and writes entities under them.
//!
//! An item is its keys, a `type`, and the entity under `data`: exactly as serde shows it, or [packed], if it is written with
//! each message. Writes that depend on what was read are conditional; nothing is ever found by scanning. Indexes hold keys
//! alone, and what they lead to is read from the table: an index that held the entities would double what each write costs.

pub mod address_book;
pub mod auto_responses;
pub mod batches;
pub mod changes;
pub mod circuits;
pub mod codes;
pub mod counts;
pub mod credentials;
pub mod documents;
pub mod due;
pub mod erasures;
pub mod event_log;
pub mod event_subscriptions;
pub mod idempotency;
pub mod interactions;
pub mod keys;
mod ledgers;
pub mod limits;
pub mod notices;
pub mod notification_rules;
pub mod occurrences;
pub mod operations;
pub mod origins;
pub mod packed;
pub mod partitions;
pub mod people;
pub mod rates;
pub mod redrives;
pub mod replies;
pub mod sessions;
pub mod statements;
pub mod strangers;
pub mod subjects;
pub mod tasks;
pub mod templates;
pub mod tenants;
mod together;
pub mod webhook_endpoints;

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::query::builders::QueryFluentBuilder,
    primitives::Blob,
    types::{AttributeValue, Put, TransactWriteItem, builders::PutBuilder},
};
use domain::{
    Error,
    error::{Cause, Conflict, Ours as _},
};
use serde::{Serialize, de::DeserializeOwned};

use keys::{Index, Key, key_of};

use crate::{aws::OnDemand, race::Race};

/// The layout of what is stored. It moves when what was stored before can no longer be read, or not be found.
pub const LAYOUT: u32 = 6;

/// A write that met a transaction under way on the same item. The SDK does not repeat it.
const CONFLICT: &str = "TransactionConflictException";

/// An item as DynamoDB has it.
pub type Item = HashMap<String, AttributeValue>;

/// See the module documentation.
pub struct Store {
    pub(crate) client: OnDemand<Client>,
    pub(crate) table: String,
}

/// Below and above all places of a list.
const LEAST: &str = " ";
const MOST: &str = "~";

/// A page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// In the order of the list.
    pub entries: Vec<T>,
    /// Where the next page starts; absent on the last one.
    pub next: Option<Position>,
}

/// A place in a list: where the last entry seen stands in it. No two entries of a list stand at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Position {
    place: String,
    /// Tells a place of this list from one of another, or one that somebody made up or cut.
    list: String,
}

impl Position {
    /// A place in a partition of an index.
    fn of(partition: &str, place: String) -> Self {
        let list = crate::digest::digest(&[partition, &place]);
        Self { list: list.get(..16).unwrap_or(&list).to_owned(), place }
    }

    /// The place, if it is one of this partition.
    fn in_list(self, partition: &str) -> Result<String, Error> {
        match Self::of(partition, self.place.clone()) == self {
            true => Ok(self.place),
            false => Err(Error::invalid(
                "?cursor",
                "must be a cursor of this list as it was answered; start without one",
            )),
        }
    }
}

/// Which side of a place in a list a page is on.
#[derive(Debug, Clone)]
pub enum Edge<P = Position> {
    /// What follows it.
    After(P),
    /// What comes just before it, in the order of the list.
    Before(P),
}

impl Store {
    /// Over one table.
    pub fn new(client: impl Into<OnDemand<Client>>, table: String) -> Self {
        Self { client: client.into(), table }
    }

    /// Reads one entity, as it is at this instant.
    async fn get<T: DeserializeOwned>(&self, key: Key) -> Result<Option<T>, Error> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(key.into_item()));
        let answer = request.consistent_read(true).send().await.unavailable("DynamoDB")?;
        answer.item.map(entity).transpose()
    }

    /// One page of an index, in descending order of its sort key. [`Page::next`] leads away from the edge. A page is full
    /// while there is more, although DynamoDB reads no more than 1 MB at a time.
    async fn list<T: DeserializeOwned>(
        &self,
        index: Index,
        partition: &str,
        range: Option<(&str, &str)>,
        limit: i32,
        edge: Option<Edge>,
    ) -> Result<Page<T>, Error> {
        self.list_spread(index, partition, &[partition.to_owned()], range, limit, edge).await
    }

    /// The same of a list that is spread over several partitions. All are asked at once, each for as much as the page may have; so a
    /// place in the list is the same whichever partition its entry is in.
    async fn list_spread<T: DeserializeOwned>(
        &self,
        index: Index,
        list: &str,
        partitions: &[String],
        range: Option<(&str, &str)>,
        limit: i32,
        edge: Option<Edge>,
    ) -> Result<Page<T>, Error> {
        let backwards = matches!(edge, Some(Edge::Before(_)));
        let edge_place = match edge {
            None => None,
            Some(Edge::After(position) | Edge::Before(position)) => Some(position.in_list(list)?),
        };
        let mut condition = "#p = :p".to_owned();
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(index.name)
            .scan_index_forward(backwards)
            .expression_attribute_names("#p", index.partition);
        // The entry at the edge was seen. It is asked for all the same, for DynamoDB takes one condition on the sort key, and BETWEEN
        // holds both its ends.
        let (from, to) = range.unwrap_or(("", MOST));
        let (from, to) = match &edge_place {
            Some(place) if backwards => (from.max(place), to),
            Some(place) => (from, to.min(place)),
            None => (from, to),
        };
        if from > to {
            return Ok(Page { entries: Vec::new(), next: None });
        }
        if range.is_some() || edge_place.is_some() {
            condition.push_str(" AND #s BETWEEN :from AND :to");
            query = query
                .expression_attribute_names("#s", index.sort)
                .expression_attribute_values(":from", text(if from.is_empty() { LEAST } else { from }))
                .expression_attribute_values(":to", text(to));
        }
        let query = query.key_condition_expression(condition);
        let most = usize::try_from(limit).unwrap_or(0);
        let places = partitions.iter().map(|partition| {
            let query = query.clone().expression_attribute_values(":p", text(partition));
            places(query, index, limit, edge_place.as_deref())
        });
        let places = futures::future::try_join_all(places).await?;
        let mut is_more = places.iter().any(|(_, is_more)| *is_more);
        let mut found: Vec<(String, Key)> = places.into_iter().flat_map(|(found, _)| found).collect();
        found.sort_by(|(one, _), (other, _)| if backwards { one.cmp(other) } else { other.cmp(one) });
        is_more |= found.len() > most;
        found.truncate(most);
        let next = found.last().filter(|_| is_more).map(|(place, _)| Position::of(list, place.clone()));
        if backwards {
            found.reverse();
        }
        let keys = found.into_iter().map(|(_, key)| key).collect();
        let items = self.read_in_order(keys).await?;
        Ok(Page { entries: items.into_iter().map(entity).collect::<Result<_, _>>()?, next })
    }

    /// The keys of an index's first entries, in descending order of its sort key.
    async fn listed(&self, index: Index, partition: &str, most: usize) -> Result<Vec<Key>, Error> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(index.name)
            .scan_index_forward(false)
            .key_condition_expression("#p = :p")
            .expression_attribute_names("#p", index.partition)
            .expression_attribute_values(":p", text(partition));
        let (mut start, mut found) = (None, Vec::new());
        loop {
            let missing = i32::try_from(most - found.len()).unwrap_or(i32::MAX);
            let answer = query.clone().limit(missing).set_exclusive_start_key(start).send().await;
            let answer = answer.unavailable("DynamoDB")?;
            found.extend(answer.items.unwrap_or_default().iter().filter_map(key_of));
            start = answer.last_evaluated_key;
            if start.is_none() || found.len() >= most {
                return Ok(found);
            }
        }
    }

    /// Writes one item.
    ///
    /// # Errors
    /// [`Refused::Condition`] when `condition` does not hold.
    async fn put(&self, put: Put) -> Result<(), Refused> {
        let mut race = Race::begin();
        loop {
            let request = self
                .client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(put.item.clone()))
                .set_condition_expression(put.condition_expression.clone())
                .set_expression_attribute_names(put.expression_attribute_names.clone())
                .set_expression_attribute_values(put.expression_attribute_values.clone());
            match request.send().await {
                Ok(_) => return Ok(()),
                Err(e) if e.code() == Some("ConditionalCheckFailedException") => {
                    return Err(Refused::Condition(vec![0]));
                }
                Err(e) if e.code() == Some(CONFLICT) => race.lost("an item").await.map_err(Refused::Other)?,
                Err(e) => return Err(Refused::Other(unavailable(e))),
            }
        }
    }

    /// Removes one item; if there is none, nothing happens.
    async fn remove(&self, key: Key) -> Result<(), Error> {
        let request = self.client.delete_item().table_name(&self.table).set_key(Some(key.into_item()));
        request.send().await.map(drop).unavailable("DynamoDB")
    }

    /// Writes several items, all or none.
    ///
    /// # Errors
    /// [`Refused::Condition`] with the places of the actions whose conditions do not hold.
    async fn transact(&self, actions: Vec<TransactWriteItem>) -> Result<(), Refused> {
        let request = self.client.transact_write_items().set_transact_items(Some(actions));
        let Err(error) = request.send().await else { return Ok(()) };
        let places: Vec<usize> = match error.as_service_error() {
            Some(e) if e.is_transaction_canceled_exception() => {
                let reasons = match e {
                    aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(e) => e.cancellation_reasons(),
                    _ => &[],
                };
                // A concurrent transaction on the same item is a lost race too: read again and retry.
                reasons
                    .iter()
                    .enumerate()
                    .filter(|(_, r)| {
                        matches!(r.code(), Some("ConditionalCheckFailed" | "TransactionConflict"))
                    })
                    .map(|(place, _)| place)
                    .collect()
            }
            _ => Vec::new(),
        };
        Err(if places.is_empty() { Refused::Other(unavailable(error)) } else { Refused::Condition(places) })
    }

    /// A write of one item to this table, to be made conditional or part of a transaction.
    fn put_of(&self, item: Item) -> PutBuilder {
        Put::builder().table_name(&self.table).set_item(Some(item))
    }

    /// The same on the condition that the entity's revision still is `before`; 0 for one that does not exist yet.
    fn put_after(&self, before: u64, item: Item) -> Result<Put, Error> {
        let put = self.put_of(item);
        let put = match before {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            before => put
                .condition_expression("revision = :before")
                .expression_attribute_values(":before", number(before)),
        };
        put.build().internal()
    }
}

/// All items that a query finds, however many answers they take.
async fn all_found(query: QueryFluentBuilder) -> Result<Vec<Item>, Error> {
    let (mut start, mut found) = (None, Vec::new());
    loop {
        let answer = query.clone().set_exclusive_start_key(start).send().await.unavailable("DynamoDB")?;
        found.extend(answer.items.unwrap_or_default());
        start = answer.last_evaluated_key;
        if start.is_none() {
            return Ok(found);
        }
    }
}

/// Up to `limit` places that a query of one partition finds, or one more, and whether there are more. The entry at the edge, which
/// was seen, is left out.
async fn places(
    query: QueryFluentBuilder,
    index: Index,
    limit: i32,
    edge_place: Option<&str>,
) -> Result<(Vec<(String, Key)>, bool), Error> {
    let most = usize::try_from(limit).unwrap_or(0);
    let (mut start, mut found) = (None, Vec::<(String, Key)>::new());
    loop {
        let missing = limit - i32::try_from(found.len()).unwrap_or(limit);
        let missing = missing.saturating_add(i32::from(edge_place.is_some()));
        let answer = query.clone().limit(missing).set_exclusive_start_key(start).send().await;
        let answer = answer.unavailable("DynamoDB")?;
        for item in answer.items.unwrap_or_default() {
            let place = item.get(index.sort).and_then(|place| place.as_s().ok()).cloned();
            let place = place.unwrap_or_default();
            if let Some(key) = key_of(&item).filter(|_| edge_place != Some(place.as_str())) {
                found.push((place, key));
            }
        }
        start = answer.last_evaluated_key;
        if start.is_none() || found.len() >= most {
            return Ok((found, start.is_some()));
        }
    }
}

/// Why a write did not happen.
#[derive(Debug)]
pub enum Refused {
    /// Its condition did not hold; the places of the actions within the transaction.
    Condition(Vec<usize>),
    /// Anything else.
    Other(Error),
}

impl Refused {
    /// The error for whoever changed what they had read: somebody else changed it meanwhile.
    fn changed(self, what: &str) -> Error {
        match self {
            Self::Condition(_) => Error::conflict(
                Conflict::EditConflict,
                format!("The {what} changed meanwhile; read it again and repeat the change."),
            ),
            Self::Other(error) => error,
        }
    }

    /// The error, if a failed condition cannot be explained by what the caller did.
    fn unexpected(self) -> Error {
        match self {
            Self::Condition(places) => Error::Unavailable(format!("write conflict at {places:?}").into()),
            Self::Other(error) => error,
        }
    }
}

/// A write as part of a transaction.
fn put_action(put: PutBuilder) -> Result<TransactWriteItem, Error> {
    let put = put.build().internal()?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// An item from its keys and entity.
fn item<T: Serialize>(
    key: Key,
    kind: &str,
    indexes: &[(Index, String, String)],
    data: &T,
) -> Result<Item, Error> {
    let data: Item = serde_dynamo::to_item(data).map_err(|e| Error::Internal(Cause::of(e).about(kind)))?;
    let mut item = indexed(key, kind, indexes);
    if let Some(revision) = data.get("revision") {
        item.insert("revision".into(), revision.clone());
    }
    item.insert("data".into(), AttributeValue::M(data));
    Ok(item)
}

/// The same for an entity that is written with each message: it is packed, and its revision stands beside it.
fn packed_item<T: Serialize>(
    key: Key,
    kind: &str,
    indexes: &[(Index, String, String)],
    revision: u64,
    data: &T,
) -> Result<Item, Error> {
    let mut item = indexed(key, kind, indexes);
    item.insert("revision".into(), number(revision));
    item.insert("data".into(), AttributeValue::B(Blob::new(packed::pack(data)?)));
    Ok(item)
}

fn indexed(key: Key, kind: &str, indexes: &[(Index, String, String)]) -> Item {
    let mut item = key.into_item();
    item.insert("type".into(), text(kind));
    for (index, partition, sort) in indexes {
        item.insert(index.partition.into(), text(partition));
        item.insert(index.sort.into(), text(sort));
    }
    item
}

/// The entity in an item.
fn entity<T: DeserializeOwned>(mut item: Item) -> Result<T, Error> {
    let kind = item.get("type").and_then(|t| t.as_s().ok()).cloned().unwrap_or_default();
    let read = match item.remove("data") {
        Some(AttributeValue::B(data)) => packed::unpack(data.as_ref()),
        Some(AttributeValue::M(data)) => {
            serde_dynamo::from_item(data).map_err(|e| Error::Internal(Cause::of(e)))
        }
        _ => return Err(Error::Internal(format!("stored {kind} has no data").into())),
    };
    read.map_err(|error| match error {
        Error::Internal(cause) => Error::Internal(cause.about(format!("stored {kind} cannot be read"))),
        other => other,
    })
}

/// The revision that stands beside the entity of an item; 0 for one that was stored without.
fn revision_of(item: &Item) -> u64 {
    let revision = item.get("revision").and_then(|revision| revision.as_n().ok());
    revision.and_then(|revision| revision.parse().ok()).unwrap_or_default()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

#[track_caller]
fn unavailable<E: std::error::Error + Send + Sync + 'static>(error: SdkError<E>) -> Error {
    Error::Unavailable(Cause::of(error).about("DynamoDB"))
}

#[cfg(test)]
mod tests {
    use domain::{
        id::Id,
        person::{Loan, Person},
    };
    use serde_json::{Map, Value, json};

    use super::*;

    fn person(attributes: &str) -> Person {
        let mut person = Person::new(Id::external("demo", "john"), None, jiff::Timestamp::UNIX_EPOCH);
        let mut loan = Loan::new(Id::external("demo", "1"), None);
        loan.attributes = serde_json::from_str(attributes).unwrap();
        person.meta_data = loan.attributes.clone();
        person.loans = vec![loan];
        person
    }

    fn kept(person: &Person) -> Item {
        let key = keys::person(&"demo".parse().unwrap(), &person.id);
        item(key, "person", &[], person).unwrap()
    }

    #[test]
    fn json_of_the_lenders_own_keeps_its_order_and_digits() {
        let written = r#"{"Principal":200.00,"Interest":{"z":100.0,"a":[null,{"y":0.10,"b":""}]},"Late fee":12.5,"Total":0}"#;
        let read: Person = entity(kept(&person(written))).unwrap();
        assert_eq!(serde_json::to_string(&read.loans[0].attributes).unwrap(), written);
        assert_eq!(serde_json::to_string(&read.meta_data).unwrap(), written);
    }

    #[test]
    fn json_that_was_stored_as_a_map_is_read_too() {
        let attributes = json!({ "fees": [1.10, { "late": "2.20" }], "none": null, "empty": {} });
        let person = person(&attributes.to_string());
        let mut item = kept(&person);
        let Some(AttributeValue::M(data)) = item.get_mut("data") else { panic!("no data") };
        let map: Map<String, Value> = serde_json::from_value(attributes).unwrap();
        data.insert("metaData".into(), AttributeValue::M(serde_dynamo::to_item(map).unwrap()));
        assert_eq!(entity::<Person>(item).unwrap(), person);
    }
}
