//! Every storage key there is.
//!
//! | item | `pk` | `sk` | found also by |
//! |---|---|---|---|
//! | tenant | `T#acme` | `TENANT` | |
//! | subjects | `T#acme` | `SUBJECTS` | |
//! | auto-response rules | `T#acme` | `AUTO-RESPONSES` | |
//! | notification rules | `T#acme#NOTIFICATION-RULES` | `NOTIFICATION-RULES` | |
//! | event that was taken | `T#acme#EVENT#<sha256>` | `EVENT` | |
//! | webhook endpoints | `T#acme#ENDPOINTS` | `ENDPOINTS` | |
//! | subscriptions to events | `T#acme#SUBSCRIPTIONS` | `SUBSCRIPTIONS` | |
//! | how far a subscription was read | `T#acme#ES-…` | `CURSOR` | |
//! | page of what happened | `T#acme#STREAM` | number of its first entry | |
//! | where what happened goes on | `T#acme#STREAM` | `BASE` | |
//! | change of outreach rules | `T#acme#RULES` | time and trace | tenant by time |
//! | sign-off of outreach rules | `T#acme#RULES` | `SIGNED#`, time and trace | tenant by time |
//! | person | `T#acme#BO-…` | `PERSON` | tenant by last change |
//! | that a person was erased | `T#acme#BO-…` | `PERSON` | due |
//! | record of an erasure | `T#acme#ERASURES` | time and person | tenant by time |
//! | contact ledger | `T#acme#BO-…` | `LEDGER` | |
//! | contacts that are not among the latest | `T#acme#BO-…` | `LEDGER#EARLIER` | |
//! | who is at an address | `T#acme#ADDR#email#<sha256>` | the person's id | |
//! | what was said at an address, for whoever gets it | `T#acme#ADDR#email#<sha256>` | `STRANGER` | |
//! | statement | `T#acme#SM-…` | `STATEMENT` | person by date |
//! | document | `T#acme#DC-…` | `DOCUMENT` | person by time |
//! | interaction | `T#acme#IN-…` | `INTERACTION` | person (or those without one) by time, tenant's day, provider reference (or person's notices, unread and read, by time), due |
//! | what a message says | `T#acme#IN-…` | `CONTENT#` and half of its sha256 | |
//! | report of a provider about a message, as it came | `T#acme#IN-…` | `REPORT#` and half of its sha256 | |
//! | template | `T#acme#TD-…` | `DESCRIPTOR` | tenant, subject + channel |
//! | template version | `T#acme#TV-…` | `VERSION` | template, tenant |
//! | shared templates | `T#acme#SHARED` | `TEMPLATES` | |
//! | batch | `T#acme#BU-…` | `BATCH` | tenant, due |
//! | results of a chunk | `T#acme#BU-…` | `CHUNK#00000` | |
//! | work on many messages | `T#acme#OP-…` | `OPERATION` | due |
//! | messages that it was given | `T#acme#OP-…` | `KEYS` | |
//! | task | `T#acme#TK-…` | `TASK` | tenant, tenant + status, due |
//! | confirmation code | `T#acme#CODE#<sha256>` | `CODE` | |
//! | how often something was done | `T#acme#LIMIT#<sha256>`, `T##LIMIT#<sha256>` | `USAGE` | |
//! | record of a dead letter that was sent back | `T#acme#DEAD-LETTERS` | its id | tenant by time |
//! | what was counted in an hour | `T#acme#COUNTS` | the hour | due |
//! | some of what is counted in an hour | `T#acme#COUNTS#<hour>` | half of its sha256 | |
//! | answers given by themselves to a sender | `T#acme#REPLIES#<sha256>` | `REPLIES` | |
//! | circuit of an account at a provider | `T#acme#CIRCUIT#<sha256>` | `CIRCUIT` | tenant |
//! | places in line under an account's rate | `T#acme#RATE#<sha256>`, `T##RATE#<sha256>` | `RATE` | |
//! | idempotent answer | `T#acme#KEY#<sha256>` | `ANSWER` | |
//! | API key | `APIKEY#<sha256>` | `APIKEY` | tenant |
//! | session of somebody who signed in | `SESSION#<sha256>` | `SESSION` | |
//! | token issuer | `ISSUER#<issuer>` | `ISSUER` | |
//! | that a tenant lists an origin | `ORIGIN#<origin>` | `acme` | |
//!
//! Everything of a tenant starts with its name, and tenant names hold no `#`: no request can reach another's items. An account of the
//! installation's, by which all tenants send, has its line under no name.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    account::Account,
    id::{self, Id},
    interaction::Notice,
    person::BookAddress,
    task::TaskStatus,
    tenant::TenantId,
    vocabulary::{Channel, Subject},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::digest::digest;

/// A primary key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Partition.
    pub pk: String,
    /// Sort.
    pub sk: String,
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    /// As DynamoDB wants it.
    pub fn into_item(self) -> HashMap<String, AttributeValue> {
        HashMap::from([("pk".into(), AttributeValue::S(self.pk)), ("sk".into(), AttributeValue::S(self.sk))])
    }
}

/// The primary key of an item.
pub fn key_of(item: &HashMap<String, AttributeValue>) -> Option<Key> {
    let attribute = |name| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    Some(Key { pk: attribute("pk")?, sk: attribute("sk")? })
}

/// A secondary index: its name and its two attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// As in `infra/storage.yaml`.
    pub name: &'static str,
    /// Partition attribute.
    pub partition: &'static str,
    /// Sort attribute.
    pub sort: &'static str,
}

/// What belongs to somebody, by time: a person's messages, a tenant's templates, a template's versions.
pub const BY_OWNER: Index = Index { name: "by_owner", partition: "owner_pk", sort: "owner_sk" };
/// A tenant's messages of one day.
pub const BY_DAY: Index = Index { name: "by_day", partition: "day_pk", sort: "day_sk" };
/// Another name for a thing: a provider's message id, a template's subject and channel.
pub const BY_ALIAS: Index = Index { name: "by_alias", partition: "alias_pk", sort: "alias_sk" };
/// What must be looked at, by when. Sparse: finished things are not in it.
pub const BY_DUE: Index = Index { name: "by_due", partition: "due_pk", sort: "due_sk" };

/// Every index.
pub const INDEXES: [Index; 4] = [BY_OWNER, BY_DAY, BY_ALIAS, BY_DUE];

/// The due index is spread over this many partitions, so that a large scheduled batch meets no write limit.
pub const DUE_SHARDS: u8 = 16;

/// A tenant's day is spread over this many, so that one lender's messages meet no write limit. A list of a day asks all of them, so
/// they are few.
pub const DAY_SHARDS: u8 = 4;

/// A tenant.
pub fn tenant(tenant: &TenantId) -> Key {
    Key::new(format!("T#{tenant}"), "TENANT")
}

/// What a tenant's messages are about.
pub fn subjects(tenant: &TenantId) -> Key {
    Key::new(format!("T#{tenant}"), "SUBJECTS")
}

/// A tenant's auto-response rules, all of them.
pub fn auto_responses(tenant: &TenantId) -> Key {
    Key::new(format!("T#{tenant}"), "AUTO-RESPONSES")
}

/// A tenant's webhook endpoints, all of them.
pub fn webhook_endpoints(tenant: &TenantId) -> Key {
    Key::new(format!("T#{tenant}#ENDPOINTS"), "ENDPOINTS")
}

/// A tenant's notification rules, all of them.
pub fn notification_rules(tenant: &TenantId) -> Key {
    Key::new(format!("T#{tenant}#NOTIFICATION-RULES"), "NOTIFICATION-RULES")
}

/// An event that was taken, by the lender's id of it.
pub fn occurrence(tenant: &TenantId, event_id: &str) -> Key {
    Key::new(format!("T#{tenant}#EVENT#{}", digest(&[event_id])), "EVENT")
}

/// A change of a tenant's outreach rules.
pub fn rule_change(tenant: &TenantId, at: Timestamp, trace_id: &str) -> Key {
    Key::new(format!("T#{tenant}#RULES"), moment(at, trace_id))
}

/// A sign-off of a tenant's outreach rules.
pub fn sign_off(tenant: &TenantId, at: Timestamp, trace_id: &str) -> Key {
    Key::new(format!("T#{tenant}#RULES"), format!("SIGNED#{}", moment(at, trace_id)))
}

/// A person's facts.
pub fn person(tenant: &TenantId, person: &Id<id::Person>) -> Key {
    Key::new(format!("T#{tenant}#{person}"), "PERSON")
}

/// The record that a person was erased.
pub fn erasure(tenant: &TenantId, at: Timestamp, person: &Id<id::Person>) -> Key {
    Key::new(format!("T#{tenant}#ERASURES"), moment(at, person.as_str()))
}

/// A person's recent contacts.
pub fn ledger(tenant: &TenantId, person: &Id<id::Person>) -> Key {
    Key::new(format!("T#{tenant}#{person}"), LEDGER)
}

/// Those of a person's contacts that are not among the latest.
pub fn earlier_contacts(tenant: &TenantId, person: &Id<id::Person>) -> Key {
    Key::new(format!("T#{tenant}#{person}"), EARLIER)
}

/// The sort key of [`ledger`].
pub const LEDGER: &str = "LEDGER";
/// The sort key of [`earlier_contacts`].
pub const EARLIER: &str = "LEDGER#EARLIER";

/// That a person is at an address.
pub fn listing(tenant: &TenantId, address: &BookAddress, person: &Id<id::Person>) -> Key {
    Key::new(at_address(tenant, address), person.as_str())
}

/// What was said at an address, for whoever gets it.
pub fn stranger(tenant: &TenantId, address: &BookAddress) -> Key {
    Key::new(at_address(tenant, address), STRANGER)
}

/// The sort key of [`stranger`]: no person's id.
pub const STRANGER: &str = "STRANGER";

/// Who is at an address. Keys are written to logs and metrics of AWS's, so the address stands in them as its digest.
pub fn at_address(tenant: &TenantId, address: &BookAddress) -> String {
    match address {
        BookAddress::Email(value) => format!("T#{tenant}#ADDR#email#{}", digest(&[value])),
        BookAddress::Phone(value) => format!("T#{tenant}#ADDR#phone#{}", digest(&[value])),
        BookAddress::Device(value) => format!("T#{tenant}#ADDR#device#{}", digest(&[value])),
    }
}

/// The confirmation code that waits for a person at an address.
pub fn code(tenant: &TenantId, person: &Id<id::Person>, address: &BookAddress) -> Key {
    Key::new(format!("T#{tenant}#CODE#{}", digest(&[person.as_str(), address.as_str()])), "CODE")
}

/// How often something was done to something; by nobody known, if there is no tenant.
pub fn usage(tenant: Option<&TenantId>, what: &str, to: &str) -> Key {
    let tenant = tenant.map_or("", TenantId::as_str);
    Key::new(format!("T#{tenant}#LIMIT#{}", digest(&[what, to])), "USAGE")
}

/// The answers given by themselves to a sender.
pub fn replies(tenant: &TenantId, sender: &BookAddress) -> Key {
    Key::new(format!("T#{tenant}#REPLIES#{}", digest(&[sender.as_str()])), "REPLIES")
}

/// What is known of an account at a provider.
pub fn circuit(tenant: &TenantId, account: &Account) -> Key {
    Key::new(format!("T#{tenant}#CIRCUIT#{}", digest(&[account.as_str()])), "CIRCUIT")
}

/// Who hears of what happened.
pub fn event_subscriptions(tenant: &TenantId) -> Key {
    Key::new(format!("T#{tenant}#SUBSCRIPTIONS"), "SUBSCRIPTIONS")
}

/// How far a subscription was read.
pub fn event_cursor(tenant: &TenantId, subscription: &Id<id::EventSubscription>) -> Key {
    Key::new(format!("T#{tenant}#{subscription}"), "CURSOR")
}

/// A page of what happened, by the number of its first entry. Fixed width, so that text order is the order of numbers.
pub fn event_page(tenant: &TenantId, first: u64) -> Key {
    Key::new(format!("T#{tenant}#STREAM"), format!("{first:020}"))
}

/// From which number what happens goes on if there is no page. Digits sort before it.
pub fn event_base(tenant: &TenantId) -> Key {
    Key::new(format!("T#{tenant}#STREAM"), "BASE")
}

/// That a dead letter was sent back to its queue.
pub fn redrive(tenant: &TenantId, dead_letter: &str) -> Key {
    Key::new(format!("T#{tenant}#DEAD-LETTERS"), dead_letter)
}

/// What was counted in an hour.
pub fn hour(tenant: &TenantId, hour: Timestamp) -> Key {
    Key::new(format!("T#{tenant}#COUNTS"), hour_name(hour))
}

/// Some of what is counted in an hour, by the digest of that.
pub fn counted(tenant: &TenantId, hour: Timestamp, digest: &str) -> Key {
    Key::new(format!("T#{tenant}#COUNTS#{}", hour_name(hour)), digest)
}

/// An hour in UTC. Fixed width, so that text order is time order.
fn hour_name(hour: Timestamp) -> String {
    hour.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H").to_string()
}

/// Who stands in line under the rate of a tenant's account, or of one of the installation's. No tenant's name is empty.
pub fn rate(tenant: Option<&TenantId>, account: &Account) -> Key {
    let tenant = tenant.map_or("", TenantId::as_str);
    Key::new(format!("T#{tenant}#RATE#{}", digest(&[account.as_str()])), "RATE")
}

/// A statement.
pub fn statement(tenant: &TenantId, statement: &Id<id::Statement>) -> Key {
    Key::new(format!("T#{tenant}#{statement}"), "STATEMENT")
}

/// A document.
pub fn document(tenant: &TenantId, document: &Id<id::Document>) -> Key {
    Key::new(format!("T#{tenant}#{document}"), "DOCUMENT")
}

/// A message.
pub fn interaction(tenant: &TenantId, interaction: &Id<id::Interaction>) -> Key {
    Key::new(format!("T#{tenant}#{interaction}"), INTERACTION)
}

/// What a message says, by the digest of that, if it stands apart from the message.
pub fn words(tenant: &TenantId, interaction: &Id<id::Interaction>, name: &str) -> Key {
    Key::new(format!("T#{tenant}#{interaction}"), name)
}

/// A report of a provider about a message, as it came. Reads of the message, which go up to its own item, do not meet it.
pub fn report(tenant: &TenantId, interaction: &Id<id::Interaction>, digest: &str) -> Key {
    Key::new(format!("T#{tenant}#{interaction}"), format!("REPORT#{digest}"))
}

/// The sort key of [`interaction`].
pub const INTERACTION: &str = "INTERACTION";
/// What the sort keys of [`words`] begin with: they stand before the message.
pub const WORDS: &str = "CONTENT#";

/// A template.
pub fn descriptor(tenant: &TenantId, descriptor: &Id<id::Descriptor>) -> Key {
    Key::new(format!("T#{tenant}#{descriptor}"), "DESCRIPTOR")
}

/// One wording of a template.
pub fn version(tenant: &TenantId, version: &Id<id::Version>) -> Key {
    Key::new(format!("T#{tenant}#{version}"), "VERSION")
}

/// A tenant's shared templates, all of them.
pub fn shared_templates(tenant: &TenantId) -> Key {
    Key::new(format!("T#{tenant}#SHARED"), "TEMPLATES")
}

/// A batch.
pub fn batch(tenant: &TenantId, batch: &Id<id::Batch>) -> Key {
    Key::new(format!("T#{tenant}#{batch}"), "BATCH")
}

/// The results of one chunk of a batch.
pub fn chunk(tenant: &TenantId, batch: &Id<id::Batch>, number: u32) -> Key {
    Key::new(format!("T#{tenant}#{batch}"), format!("CHUNK#{number:05}"))
}

/// Work on many messages.
pub fn operation(tenant: &TenantId, operation: &Id<id::Operation>) -> Key {
    Key::new(format!("T#{tenant}#{operation}"), "OPERATION")
}

/// The messages that work on many was given.
pub fn operation_keys(tenant: &TenantId, operation: &Id<id::Operation>) -> Key {
    Key::new(format!("T#{tenant}#{operation}"), "KEYS")
}

/// A task.
pub fn task(tenant: &TenantId, task: &Id<id::Task>) -> Key {
    Key::new(format!("T#{tenant}#{task}"), "TASK")
}

/// The answer given to an idempotency key.
pub fn answer(tenant: &TenantId, digest: &str) -> Key {
    Key::new(format!("T#{tenant}#KEY#{digest}"), "ANSWER")
}

/// A credential, by the digest of its secret.
pub fn api_key(digest: &str) -> Key {
    Key::new(format!("APIKEY#{digest}"), "APIKEY")
}

/// A session of somebody who signed in, by the digest of its token.
pub fn session(digest: &str) -> Key {
    Key::new(format!("SESSION#{digest}"), "SESSION")
}

/// Whose tokens speak for which tenant.
pub fn issuer(issuer: &str) -> Key {
    Key::new(format!("ISSUER#{issuer}"), "ISSUER")
}

/// That a tenant lists an origin.
pub fn origin(origin: &str, tenant: &TenantId) -> Key {
    Key::new(listings(origin), tenant.as_str())
}

/// The tenants that list an origin.
pub fn listings(origin: &str) -> String {
    format!("ORIGIN#{origin}")
}

/// Messages with nobody we know.
pub fn unbound(tenant: &TenantId) -> String {
    format!("T#{tenant}#UNBOUND")
}

/// A person's messages.
pub fn of_person(tenant: &TenantId, person: &Id<id::Person>) -> String {
    format!("T#{tenant}#{person}")
}

/// A person's things of one kind.
pub fn kept_for(tenant: &TenantId, person: &Id<id::Person>, kind: &str) -> String {
    format!("T#{tenant}#{person}#{kind}")
}

/// A person's notices that have come this far.
pub fn notices(tenant: &TenantId, person: &Id<id::Person>, notice: Notice) -> String {
    let state = match notice {
        Notice::Unread => "UNREAD",
        Notice::Read => "READ",
    };
    format!("T#{tenant}#{person}#NOTICES#{state}")
}

/// A tenant's things of one kind.
pub fn of_tenant(tenant: &TenantId, kind: &str) -> String {
    format!("T#{tenant}#{kind}")
}

/// A template's versions.
pub fn of_descriptor(tenant: &TenantId, descriptor: &Id<id::Descriptor>) -> String {
    format!("T#{tenant}#{descriptor}")
}

/// The day, in UTC, under which what began at an instant is listed.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// A tenant's messages of one UTC day: the list of all of them, which is spread over several partitions.
pub fn day(tenant: &TenantId, day: Date) -> String {
    format!("T#{tenant}#{day}")
}

/// The partitions of a tenant's day.
pub fn day_partitions(tenant: &TenantId, day: Date) -> Vec<String> {
    (0..DAY_SHARDS).map(|shard| day_partition(tenant, day, shard)).collect()
}

/// The partition of a tenant's day in which a message is listed.
pub fn day_shard(tenant: &TenantId, day: Date, id: &str) -> String {
    day_partition(tenant, day, shard(id, DAY_SHARDS))
}

fn day_partition(tenant: &TenantId, day: Date, shard: u8) -> String {
    format!("{}#{shard}", self::day(tenant, day))
}

/// The place of a thing in a list by time. Fixed width, so that text order is time order.
pub fn moment(at: Timestamp, id: &str) -> String {
    format!("{at:.3}#{id}")
}

/// A provider's name for a message.
pub fn reference(tenant: &TenantId, provider: &str, reference: &str) -> String {
    format!("T#{tenant}#REF#{provider}#{reference}")
}

/// Templates that fit a message.
pub fn selection(tenant: &TenantId, subject: &Subject, channel: Channel) -> String {
    format!("T#{tenant}#SUBJECT#{subject}#{channel}")
}

/// Tasks that have come this far.
pub fn tasks(tenant: &TenantId, status: TaskStatus) -> String {
    format!("T#{tenant}#TASKS#{status}")
}

/// The shard of the due index for a thing.
pub fn due_shard(id: &str) -> String {
    due_partition(shard(id, DUE_SHARDS))
}

/// Which of so many shards a thing is in, by the last characters of its id (random or a hash).
fn shard(id: &str, of: u8) -> u8 {
    id.bytes().rev().take(4).fold(0u8, u8::wrapping_add) % of
}

/// One partition of the due index.
pub fn due_partition(shard: u8) -> String {
    format!("DUE#{shard:02}")
}
