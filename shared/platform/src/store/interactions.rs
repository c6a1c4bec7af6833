//! Messages: stored with their place in the person's ledger, moved on by conditional writes, found by time, by the
//! provider's name for them, and by when they are due.
//!
//! What a message says does not change once it is accepted. So it stands in an item of its own, written once; the item that
//! moves with each step stays below 1 KB, for which the table charges one unit.

use std::collections::HashMap;

use super::{
    Edge, Item, MOST, Page, Position, Refused, Store, entity,
    event_log::KEPT,
    keys::{self, BY_ALIAS, BY_DAY, BY_DUE, BY_OWNER, Index, Key, key_of},
    notices, number, packed_item,
    people::Known,
    text,
};
use crate::{digest::digest, queues::RawReport};
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use domain::{
    Error,
    error::Ours as _,
    id::{self, Id, Kind, Names},
    interaction::{Content, Interaction, Origin},
    ledger::Ledger,
    person::BookAddress,
    replies::Replies,
    task::Task,
    tenant::TenantId,
    vocabulary::ProviderName,
};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit, civil::Date};

/// The type of an item that holds a message …
pub(super) const MESSAGE: &str = "interaction";
/// … and of one that tells the lender something: it stands in no list, is kept as long as what it tells of, and nothing is told
/// of it.
pub(super) const TOLD: &str = "told";

/// Whether what the messages of a list say is read where it stands apart from them, which costs a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It is.
    Read,
    /// It is left where it stands.
    LeftOut,
}

/// Bytes of JSON up to which what a message says stands in the item of the message.
const SHORT: usize = 400;

/// What is written with a new message, or not at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// What is to be done about it.
    pub tasks: &'a [Task],
    /// Where it answers by itself: whom, and the answers that one has got with it.
    pub reply: Option<(&'a BookAddress, &'a Replies)>,
}

impl Beside<'_> {
    fn is_nothing(&self) -> bool {
        self.tasks.is_empty() && self.reply.is_none()
    }
}

/// How an attempt to store a new message ended.
#[derive(Debug)]
pub enum Stored {
    /// It is stored, and its place in the ledger taken.
    New,
    /// A message with this id exists already: the request is a repetition.
    Existing(Box<Interaction>),
    /// The person changed since it was read: decide again.
    PersonChanged {
        /// Whether the message is stored all the same, without a place in the ledger.
        kept: bool,
    },
}

/// How an attempt to store a new message with nobody we know ended.
#[derive(Debug)]
pub enum Unbound {
    /// It is stored.
    Stored,
    /// A message with this id exists already: the request is a repetition.
    Existing(Box<Interaction>),
    /// Two met on this id and both were turned away: try again.
    Busy,
}

/// How an attempt to take a message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is ours.
    Ours,
    /// It moved since it was read; somebody else has it or had it.
    Moved,
    /// The person changed since the guard decided: decide again.
    PersonChanged,
}

impl Store {
    /// Stores a new message with a person, and its place in the person's ledger.
    ///
    /// A message that waits to be sent is stored first and entered in the ledger after that: two writes cost half of what a
    /// transaction does. If a crash comes between, the message waits without a place, so whoever takes it decides again and
    /// enters it. What nobody takes later, and what has something written beside it, is stored all or nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if its sender got another answer meanwhile.
    pub async fn accept(
        &self,
        interaction: &Interaction,
        ledger: &mut Ledger,
        ledger_before: u64,
        beside: Beside<'_>,
    ) -> Result<Stored, Error> {
        let (tenant, person) = (&interaction.tenant, person_of(interaction)?);
        self.keep_words(interaction).await?;
        if interaction.due_at.is_some() && beside.is_nothing() {
            match self.put(self.first_write(interaction)?).await {
                Ok(()) => {}
                Err(Refused::Condition(_)) => return self.existing(interaction).await,
                Err(Refused::Other(error)) => return Err(error),
            }
            return match self.write_ledger(tenant, person, ledger, ledger_before).await {
                Ok(()) => Ok(Stored::New),
                Err(Refused::Condition(_)) => Ok(Stored::PersonChanged { kept: true }),
                Err(Refused::Other(error)) => Err(error),
            };
        }
        let mut actions = vec![TransactWriteItem::builder().put(self.first_write(interaction)?).build()];
        actions.extend(self.ledger_write(tenant, person, ledger, ledger_before)?.actions());
        actions.extend(self.beside(interaction, beside)?);
        let reply = beside.reply.map(|_| actions.len() - 1);
        match self.transact(actions).await {
            Ok(()) => Ok(Stored::New),
            Err(Refused::Condition(places)) if places.contains(&0) => self.existing(interaction).await,
            Err(Refused::Condition(places)) if reply.is_some_and(|at| places.contains(&at)) => Err(
                Error::Unavailable(format!("another answer was given while {} was", interaction.id).into()),
            ),
            Err(Refused::Condition(_)) => Ok(Stored::PersonChanged { kept: false }),
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// What keeps a new message from being stored.
    async fn existing(&self, interaction: &Interaction) -> Result<Stored, Error> {
        Ok(match self.find_interaction(&interaction.tenant, &interaction.id).await? {
            Some(existing) => Stored::Existing(Box::new(existing)),
            // Two writes met on this id and both were turned away.
            None => Stored::PersonChanged { kept: false },
        })
    }

    /// Writes what a message says, if it does not stand in the message's own item. Named by its digest, so that whoever is
    /// refused after this, because there is such a message, overwrites nothing.
    async fn keep_words(&self, interaction: &Interaction) -> Result<(), Error> {
        let (Some(name), Content::Inline(words)) = (words_apart(interaction), &interaction.content) else {
            return Ok(());
        };
        let key = keys::words(&interaction.tenant, &interaction.id, &name);
        let mut item = packed_item(key, "words", &[], 1, words)?;
        if matches!(interaction.origin, Origin::Told) {
            item.insert("expires_at".into(), expiry(interaction));
        }
        self.put(self.put_of(item).build().internal()?).await.map_err(Refused::unexpected)
    }

    /// Stores a new message with nobody we know, and what is written with it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if its sender got another answer meanwhile.
    pub async fn accept_unbound(
        &self,
        interaction: &Interaction,
        beside: Beside<'_>,
    ) -> Result<Unbound, Error> {
        self.keep_words(interaction).await?;
        let put = self.first_write(interaction)?;
        let more = self.beside(interaction, beside)?;
        let written = match more.is_empty() {
            true => self.put(put).await,
            false => {
                let put = TransactWriteItem::builder().put(put).build();
                self.transact([vec![put], more].concat()).await
            }
        };
        match written {
            Ok(()) => Ok(Unbound::Stored),
            Err(Refused::Condition(_)) => {
                let existing = self.find_interaction(&interaction.tenant, &interaction.id).await?;
                match (existing, beside.reply) {
                    (Some(existing), _) => Ok(Unbound::Existing(Box::new(existing))),
                    (None, Some(_)) => Err(Error::Unavailable(
                        format!("another answer was given while {} was", interaction.id).into(),
                    )),
                    (None, None) => Ok(Unbound::Busy),
                }
            }
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// The write of a new message, or of one in the place of another that failed while it was made.
    fn first_write(&self, interaction: &Interaction) -> Result<Put, Error> {
        self.put_after(interaction.revision.saturating_sub(1), interaction_item(interaction)?)
    }

    fn beside(&self, interaction: &Interaction, beside: Beside<'_>) -> Result<Vec<TransactWriteItem>, Error> {
        let tasks = beside.tasks.iter().map(|task| self.task_write(task));
        let reply = beside.reply.map(|(sender, replies)| {
            self.replies_write(&interaction.tenant, sender, replies, interaction.created_at)
        });
        tasks.chain(reply).collect()
    }

    /// Keeps the record of a message the guard refused, which has no place in any ledger. Safe to repeat.
    pub async fn keep_refusal(&self, interaction: &Interaction) -> Result<(), Error> {
        self.keep_words(interaction).await?;
        match self.put(self.first_write(interaction)?).await {
            Ok(()) | Err(Refused::Condition(_)) => Ok(()),
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// Keeps a message that tells the lender something, unless it is kept already. Returns whether it is new.
    pub async fn keep_told(&self, interaction: &Interaction) -> Result<bool, Error> {
        self.keep_words(interaction).await?;
        match self.put(self.put_after(0, interaction_item(interaction)?)?).await {
            Ok(()) => Ok(true),
            Err(Refused::Condition(_)) => Ok(false),
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// Writes a message that moved on and its person's ledger, whose version was `before` when it was read; both or
    /// neither.
    pub async fn save_with_ledger(
        &self,
        interaction: &mut Interaction,
        ledger: &mut Ledger,
        before: u64,
    ) -> Result<Taken, Error> {
        self.save_all_with_ledger(std::slice::from_mut(interaction), ledger, before).await
    }

    /// The same for several messages of one person, all or nothing. A transaction has room for 99.
    pub async fn save_all_with_ledger(
        &self,
        interactions: &mut [Interaction],
        ledger: &mut Ledger,
        before: u64,
    ) -> Result<Taken, Error> {
        let Some(first) = interactions.first() else { return Ok(Taken::Ours) };
        let ledger = self.ledger_write(&first.tenant, person_of(first)?, ledger, before)?;
        let mut actions = Vec::new();
        for interaction in interactions.iter_mut() {
            actions.push(TransactWriteItem::builder().put(self.next_revision(interaction)?).build());
        }
        actions.extend(ledger.actions());
        self.moved_together(interactions, actions).await
    }

    /// Writes messages with something of their person's, on conditions for all in this order.
    async fn moved_together(
        &self,
        interactions: &mut [Interaction],
        actions: Vec<TransactWriteItem>,
    ) -> Result<Taken, Error> {
        match self.transact(actions).await {
            Ok(()) => Ok(Taken::Ours),
            Err(refused) => {
                let messages = interactions.len();
                interactions.iter_mut().for_each(|interaction| interaction.revision -= 1);
                match refused {
                    Refused::Condition(places) if places.iter().any(|place| *place < messages) => {
                        Ok(Taken::Moved)
                    }
                    Refused::Condition(_) => Ok(Taken::PersonChanged),
                    Refused::Other(error) => Err(error),
                }
            }
        }
    }

    /// Writes a message that moved on, on the condition that nobody else moved it meanwhile. Returns whether it was
    /// written.
    pub async fn save_interaction(&self, interaction: &mut Interaction) -> Result<bool, Error> {
        match self.put(self.next_revision(interaction)?).await {
            Ok(()) => Ok(true),
            Err(Refused::Condition(_)) => {
                interaction.revision -= 1;
                Ok(false)
            }
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// The conditional write of the next revision.
    fn next_revision(&self, interaction: &mut Interaction) -> Result<Put, Error> {
        let before = interaction.revision;
        interaction.revision += 1;
        self.put_after(before, interaction_item(interaction)?)
    }

    /// A message by id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn interaction(
        &self,
        tenant: &TenantId,
        named: &impl Names<id::Interaction>,
    ) -> Result<Interaction, Error> {
        let interaction = self.find_interaction(tenant, &named.id_within(tenant.as_str())).await?;
        interaction.ok_or_else(|| Error::not_found(id::Interaction::NAME, named))
    }

    /// The same, if absence is no error.
    pub async fn find_interaction(
        &self,
        tenant: &TenantId,
        id: &Id<id::Interaction>,
    ) -> Result<Option<Interaction>, Error> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk <= :message")
            .expression_attribute_values(":pk", text(&keys::interaction(tenant, id).pk))
            .expression_attribute_values(":message", text(keys::INTERACTION))
            .send()
            .await
            .unavailable("DynamoDB")?;
        let (words, mut message): (Vec<Item>, Vec<Item>) =
            answer.items.unwrap_or_default().into_iter().partition(is_words);
        let Some(message) = message.pop() else { return Ok(None) };
        let mut message = entity(message)?;
        Words::of(words).put_into(&mut message);
        Ok(Some(message))
    }

    /// Messages by id, without what they say if that stands apart from them, in no order.
    pub async fn interactions(
        &self,
        tenant: &TenantId,
        ids: &[Id<id::Interaction>],
    ) -> Result<Vec<Interaction>, Error> {
        let items = self.read_together(ids.iter().map(|id| keys::interaction(tenant, id))).await?;
        items.into_iter().map(entity).collect()
    }

    /// Reads what these messages say, if it stands apart from them.
    pub(super) async fn put_words_into(&self, mut messages: Vec<&mut Interaction>) -> Result<(), Error> {
        let apart = messages.iter().filter_map(|message| words_of(message));
        let mut words = Words::of(self.read_together(apart).await?);
        messages.iter_mut().for_each(|message| words.put_into(message));
        Ok(())
    }

    /// The same, together with a person: for whom a page of messages is shown.
    pub async fn person_and_words(
        &self,
        tenant: &TenantId,
        id: &Id<id::Person>,
        mut messages: Vec<&mut Interaction>,
    ) -> Result<Option<Known>, Error> {
        let person = [keys::person(tenant, id), keys::ledger(tenant, id)];
        let own = person[0].pk.clone();
        let apart = messages.iter().filter_map(|message| words_of(message));
        let items = self.read_together(person.into_iter().chain(apart)).await?;
        let (of_person, words): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| key_of(item).is_some_and(|key| key.pk == own));
        let mut words = Words::of(words);
        messages.iter_mut().for_each(|message| words.put_into(message));
        self.known_from(tenant, id, of_person).await
    }

    /// Keeps a report of a provider about a message as it came. Safe to repeat.
    pub async fn keep_report(&self, interaction: &Interaction, report: &RawReport) -> Result<(), Error> {
        let digest = report.digest();
        let key = keys::report(&interaction.tenant, &interaction.id, digest.get(..32).unwrap_or(&digest));
        let item = packed_item(key, "report", &[], 1, report)?;
        self.put(self.put_of(item).build().internal()?).await.map_err(Refused::unexpected)
    }

    /// Removes what stands beside a message: what it said, and what was reported of it. Safe to repeat.
    pub async fn remove_beside(&self, tenant: &TenantId, id: &Id<id::Interaction>) -> Result<(), Error> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(&keys::interaction(tenant, id).pk))
            .projection_expression("pk, sk")
            .send()
            .await
            .unavailable("DynamoDB")?;
        let keys = answer.items.unwrap_or_default();
        for beside in keys.iter().filter_map(key_of).filter(|key| key.sk != keys::INTERACTION) {
            self.remove(beside).await?;
        }
        Ok(())
    }

    /// A page of messages in an index, with what they say.
    pub(super) async fn list_interactions(
        &self,
        index: Index,
        partition: &str,
        range: (&str, &str),
        limit: i32,
        edge: Option<Edge>,
        said: Said,
    ) -> Result<Page<Interaction>, Error> {
        let page = self.list(index, partition, Some(range), limit, edge).await?;
        self.with_words(page, said).await
    }

    async fn with_words(&self, mut page: Page<Interaction>, said: Said) -> Result<Page<Interaction>, Error> {
        if said == Said::Read {
            self.put_words_into(page.entries.iter_mut().collect()).await?;
        }
        Ok(page)
    }

    /// A message by the provider's id of it. SES, whose reports bring our own id back, has none here.
    pub async fn interaction_by_reference(
        &self,
        tenant: &TenantId,
        provider: ProviderName,
        reference: &str,
    ) -> Result<Option<Interaction>, Error> {
        let partition = keys::reference(tenant, provider.as_str(), reference);
        Ok(self.list_interactions(BY_ALIAS, &partition, ("", MOST), 1, None, Said::Read).await?.entries.pop())
    }

    /// A person's messages, newest first.
    pub async fn interactions_of_person(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        between: (Timestamp, Timestamp),
        limit: i32,
        edge: Option<Edge>,
        said: Said,
    ) -> Result<Page<Interaction>, Error> {
        let (from, to) = bounds(between);
        self.list_interactions(BY_OWNER, &keys::of_person(tenant, person), (&from, &to), limit, edge, said)
            .await
    }

    /// Messages with nobody we know, newest first.
    pub async fn unbound_interactions(
        &self,
        tenant: &TenantId,
        between: (Timestamp, Timestamp),
        limit: i32,
        edge: Option<Edge>,
    ) -> Result<Page<Interaction>, Error> {
        let (from, to) = bounds(between);
        self.list_interactions(BY_OWNER, &keys::unbound(tenant), (&from, &to), limit, edge, Said::Read).await
    }

    /// A tenant's messages of one UTC day, newest first.
    pub async fn interactions_of_day(
        &self,
        tenant: &TenantId,
        day: Date,
        between: (Timestamp, Timestamp),
        limit: i32,
        after: Option<Position>,
        said: Said,
    ) -> Result<Page<Interaction>, Error> {
        let (from, to) = bounds(between);
        let (list, partitions) = (keys::day(tenant, day), keys::day_partitions(tenant, day));
        let (range, edge) = (Some((from.as_str(), to.as_str())), after.map(Edge::After));
        let page = self.list_spread(BY_DAY, &list, &partitions, range, limit, edge).await?;
        self.with_words(page, said).await
    }
}

/// What messages say, by the keys it stands under.
struct Words(HashMap<Key, Item>);

impl Words {
    fn of(items: Vec<Item>) -> Self {
        Self(items.into_iter().filter_map(|item| Some((key_of(&item)?, item))).collect())
    }

    /// Puts what a message says into it. If that is missing, the message goes on to say where it was, so that nobody takes it
    /// for one without words.
    fn put_into(&mut self, message: &mut Interaction) {
        let Content::Stored(name) = &message.content else { return };
        let key = keys::words(&message.tenant, &message.id, name);
        if let Some(words) = self.0.remove(&key).and_then(|item| entity(item).ok()) {
            message.content = Content::Inline(words);
        }
    }
}

/// Where what a message says stands, if apart from it.
fn words_of(message: &Interaction) -> Option<Key> {
    match &message.content {
        Content::Stored(name) if name.starts_with(keys::WORDS) => {
            Some(keys::words(&message.tenant, &message.id, name))
        }
        Content::Stored(_) | Content::Inline(_) => None,
    }
}

fn is_words(item: &Item) -> bool {
    key_of(item).is_some_and(|key| key.sk.starts_with(keys::WORDS))
}

/// Under which name what a message says stands in an item of its own; `None` if it stands in the message's. What others recorded
/// may be corrected, so it is kept and changed in one place.
fn words_apart(interaction: &Interaction) -> Option<String> {
    let Content::Inline(words) = &interaction.content else { return None };
    if !matches!(interaction.origin, Origin::Sent | Origin::Told) {
        return None;
    }
    let json = serde_json::to_string(words).ok()?;
    let digest = digest(&[&json]);
    // 128 bits tell apart whatever one message may be given to say.
    (json.len() > SHORT).then(|| format!("{}{}", keys::WORDS, digest.get(..32).unwrap_or(&digest)))
}

/// Where an interaction stands among its person's, or among those of nobody we know.
pub fn position_of_interaction(interaction: &Interaction) -> Position {
    Position::of(&owner(interaction), place(interaction))
}

/// Whom it is with or about, or nobody.
fn owner(interaction: &Interaction) -> String {
    match interaction.owner() {
        Some(person) => keys::of_person(&interaction.tenant, &person),
        None => keys::unbound(&interaction.tenant),
    }
}

/// Whose ledger it has a place in.
fn person_of(interaction: &Interaction) -> Result<&Id<id::Person>, Error> {
    let person = interaction.person_id.as_ref();
    person.ok_or_else(|| Error::Internal(format!("{} is in no ledger", interaction.id).into()))
}

/// By when it was accepted or recorded.
fn place(interaction: &Interaction) -> String {
    keys::moment(interaction.created_at, interaction.id.as_str())
}

/// Sort keys between two instants, the second left out (`#` and all that follows it sort after nothing at all). They tell the
/// milliseconds apart: what began within one, but before `to`, is not left out.
fn bounds((from, to): (Timestamp, Timestamp)) -> (String, String) {
    let whole = TimestampRound::new().smallest(Unit::Millisecond).mode(RoundMode::Ceil);
    // The last instant there can be has no next millisecond.
    let to = to.round(whole).unwrap_or(to);
    (format!("{from:.3}"), format!("{to:.3}"))
}

/// When an item about what happened is no longer kept.
fn expiry(interaction: &Interaction) -> AttributeValue {
    number((interaction.created_at + KEPT).as_second().max(0).unsigned_abs())
}

fn interaction_item(interaction: &Interaction) -> Result<Item, Error> {
    let (tenant, id) = (&interaction.tenant, interaction.id.as_str());
    let at = place(interaction);
    let day = keys::day_of(interaction.created_at);
    let due = interaction.due_at.map(|at| (BY_DUE, keys::due_shard(id), keys::moment(at, id)));
    let mut indexes: Vec<_> = due.into_iter().collect();
    let is_told = matches!(interaction.origin, Origin::Told);
    if !is_told {
        let day = keys::day_shard(tenant, day, id);
        indexes.extend([(BY_OWNER, owner(interaction), at.clone()), (BY_DAY, day, at)]);
        if let Some(place) = notices::place(interaction) {
            indexes.push(place);
        } else if let (Some(provider), Some(reference)) = (&interaction.provider, &interaction.reference)
            // Its reports name the message by our id.
            && provider != ProviderName::Ses.as_str()
        {
            indexes.push((BY_ALIAS, keys::reference(tenant, provider, reference), id.to_owned()));
        }
    }
    let (key, revision) = (keys::interaction(tenant, &interaction.id), interaction.revision);
    let kind = if is_told { TOLD } else { MESSAGE };
    let mut item = match words_apart(interaction) {
        None => packed_item(key, kind, &indexes, revision, interaction)?,
        Some(name) => {
            let moving = Interaction { content: Content::Stored(name), ..interaction.clone() };
            packed_item(key, kind, &indexes, revision, &moving)?
        }
    };
    if is_told {
        item.insert("expires_at".into(), expiry(interaction));
    }
    Ok(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_instants_lies_what_began_at_the_first_or_before_the_second() {
        for (at, from, to, lies) in [
            ("15:00:00Z", "15:00:00Z", "15:00:00.000000001Z", true),
            ("15:00:00.123Z", "15:00:00.123Z", "15:00:00.123000001Z", true),
            ("15:00:00.123456789Z", "15:00:00.123456789Z", "15:00:00.12345679Z", true),
            ("15:00:00.999999998Z", "15:00:00Z", "15:00:00.999999999Z", true),
            ("15:00:00.123Z", "15:00:00Z", "15:00:00.123Z", false),
            ("15:00:00.122Z", "15:00:00.123Z", "16:00:00Z", false),
            ("15:00:00.124Z", "15:00:00Z", "15:00:00.123456Z", false),
        ] {
            let [at, from, to] = [at, from, to].map(|time| format!("2026-01-05T{time}").parse().unwrap());
            let (first, last) = bounds((from, to));
            let place = keys::moment(at, "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H");
            assert_eq!((first..=last).contains(&place), lies, "{at} from {from} to {to}");
        }
        let (first, last) = bounds((Timestamp::UNIX_EPOCH, Timestamp::MAX));
        assert!((first..=last).contains(&keys::moment(Timestamp::UNIX_EPOCH, "IN-1-1")));
    }
}
