//! Messages: stored with their place in the person's ledger, moved on by conditional writes, found by time, by the
//! provider's name for them, and by when they are due.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update, builders::UpdateBuilder};
use domain::{
    Error,
    error::Ours as _,
    id::{self, Id, Kind, Names},
    interaction::{Interaction, Origin},
    ledger::Ledger,
    person::BookAddress,
    replies::Replies,
    task::Task,
    tenant::TenantId,
    vocabulary::ProviderName,
};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit, civil::Date};
use serde::Serialize;

use super::{
    Edge, Item, Page, Position, Refused, Store,
    event_log::KEPT,
    item,
    keys::{self, BY_ALIAS, BY_DAY, BY_DUE, BY_OWNER},
    notices, number,
};

/// The type of an item that holds a message …
pub(super) const MESSAGE: &str = "interaction";
/// … and of one that tells the lender something: it stands in no list, is kept as long as what it tells of, and nothing is told
/// of it.
pub(super) const TOLD: &str = "told";

/// What is written with a new message, or not at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// What is to be done about it.
    pub tasks: &'a [Task],
    /// Where it answers by itself: whom, and the answers that one has got with it.
    pub reply: Option<(&'a BookAddress, &'a Replies)>,
}

/// How an attempt to store a new message ended.
#[derive(Debug)]
pub enum Stored {
    /// It is stored, and its place in the ledger taken.
    New,
    /// A message with this id exists already: the request is a repetition.
    Existing(Box<Interaction>),
    /// The person changed since it was read: decide again.
    PersonChanged,
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
    /// Stores a new message with a person, its place in the person's ledger, and what is written with it; all or nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if its sender got another answer meanwhile.
    pub async fn accept(
        &self,
        interaction: &Interaction,
        ledger: &Ledger,
        ledger_before: u64,
        beside: Beside<'_>,
    ) -> Result<Stored, Error> {
        let mut actions = vec![
            TransactWriteItem::builder().put(self.first_write(interaction)?).build(),
            self.ledger_write(&interaction.tenant, person_of(interaction)?, ledger, ledger_before)?,
        ];
        actions.extend(self.beside(interaction, beside)?);
        let reply = beside.reply.map(|_| actions.len() - 1);
        match self.transact(actions).await {
            Ok(()) => Ok(Stored::New),
            Err(Refused::Condition(places)) if places.contains(&0) => {
                match self.find_interaction(&interaction.tenant, &interaction.id).await? {
                    Some(existing) => Ok(Stored::Existing(Box::new(existing))),
                    // Two transactions met on this id and both were turned away.
                    None => Ok(Stored::PersonChanged),
                }
            }
            Err(Refused::Condition(places)) if reply.is_some_and(|at| places.contains(&at)) => Err(
                Error::Unavailable(format!("another answer was given while {} was", interaction.id).into()),
            ),
            Err(Refused::Condition(_)) => Ok(Stored::PersonChanged),
            Err(Refused::Other(error)) => Err(error),
        }
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
        match self.put(self.first_write(interaction)?).await {
            Ok(()) | Err(Refused::Condition(_)) => Ok(()),
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// Keeps a message that tells the lender something, unless it is kept already. Returns whether it is new.
    pub async fn keep_told(&self, interaction: &Interaction) -> Result<bool, Error> {
        match self.put(self.put_after(0, interaction_item(interaction)?)?).await {
            Ok(()) => Ok(true),
            Err(Refused::Condition(_)) => Ok(false),
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// Takes a message for sending, on the condition that it did not move since `interaction` was read, and that the person
    /// did not change since the guard decided. Its place in the ledger moves to now, for limits count from when a message
    /// leaves.
    pub async fn take(&self, interaction: &mut Interaction) -> Result<Taken, Error> {
        let seen = interaction.ledger_version;
        interaction.ledger_version += 1;
        let entry = self
            .entry_update(interaction)?
            .update_expression("SET #d.contacts.#id.#at = :at, #d.version = :next")
            .condition_expression("#d.version = :seen AND attribute_exists(#d.contacts.#id)")
            .expression_attribute_names("#at", "at")
            .expression_attribute_values(":at", attribute(interaction.takes_place_at())?)
            .expression_attribute_values(":seen", number(seen))
            .expression_attribute_values(":next", number(interaction.ledger_version));
        let actions = vec![
            TransactWriteItem::builder().put(self.next_revision(interaction)?).build(),
            TransactWriteItem::builder().update(built(entry)?).build(),
        ];
        self.moved_together(std::slice::from_mut(interaction), actions).await
    }

    /// Writes a message that moved on and its person's ledger, whose version was `before` when it was read; both or
    /// neither.
    pub async fn save_with_ledger(
        &self,
        interaction: &mut Interaction,
        ledger: &Ledger,
        before: u64,
    ) -> Result<Taken, Error> {
        self.save_all_with_ledger(std::slice::from_mut(interaction), ledger, before).await
    }

    /// The same for several messages of one person, all or nothing. A transaction has room for 99.
    pub async fn save_all_with_ledger(
        &self,
        interactions: &mut [Interaction],
        ledger: &Ledger,
        before: u64,
    ) -> Result<Taken, Error> {
        let Some(first) = interactions.first() else { return Ok(Taken::Ours) };
        let ledger = self.ledger_write(&first.tenant, person_of(first)?, ledger, before)?;
        let mut actions = Vec::new();
        for interaction in interactions.iter_mut() {
            actions.push(TransactWriteItem::builder().put(self.next_revision(interaction)?).build());
        }
        actions.push(ledger);
        self.moved_together(interactions, actions).await
    }

    /// Writes a message that moved on, and into its person's ledger how far the contact got; both or neither. The ledger
    /// is changed in place and not read: no other contact has a say in what became of this one. If it has no entry
    /// of it (any more), the answer is [`Taken::PersonChanged`].
    pub async fn save_with_outcome(&self, interaction: &mut Interaction) -> Result<Taken, Error> {
        let actions = vec![
            TransactWriteItem::builder().put(self.next_revision(interaction)?).build(),
            TransactWriteItem::builder().update(self.ledger_settled(interaction)?).build(),
        ];
        self.moved_together(std::slice::from_mut(interaction), actions).await
    }

    /// The change of a message's entry in the ledger to what became of the message: when it took place and its outcome, or
    /// no entry if it never left. The version moves. On the condition that there is an entry.
    fn ledger_settled(&self, interaction: &Interaction) -> Result<Update, Error> {
        let update = self
            .entry_update(interaction)?
            .condition_expression("attribute_exists(#d.contacts.#id)")
            .expression_attribute_values(":one", number(1));
        built(match interaction.place() {
            Some((at, outcome)) => update
                .update_expression(
                    "SET #d.contacts.#id.outcome = :outcome, #d.contacts.#id.#at = :at, #d.version = #d.version + :one",
                )
                .expression_attribute_names("#at", "at")
                .expression_attribute_values(":at", attribute(at)?)
                .expression_attribute_values(":outcome", attribute(outcome)?),
            None => update.update_expression("SET #d.version = #d.version + :one REMOVE #d.contacts.#id"),
        })
    }

    /// A change of a message's entry in its person's ledger, in place.
    fn entry_update(&self, interaction: &Interaction) -> Result<UpdateBuilder, Error> {
        let key = keys::ledger(&interaction.tenant, person_of(interaction)?).into_item();
        let update = Update::builder().table_name(&self.table).set_key(Some(key));
        let names = [("#d", "data"), ("#id", interaction.id.as_str())];
        Ok(names.into_iter().fold(update, |update, (name, of)| update.expression_attribute_names(name, of)))
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
        self.put_of(interaction_item(interaction)?)
            .condition_expression("#d.revision = :before")
            .expression_attribute_names("#d", "data")
            .expression_attribute_values(":before", number(before))
            .build()
            .internal()
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
        self.get(keys::interaction(tenant, id)).await
    }

    /// A message by the provider's id of it.
    pub async fn interaction_by_reference(
        &self,
        tenant: &TenantId,
        provider: ProviderName,
        reference: &str,
    ) -> Result<Option<Interaction>, Error> {
        let partition = keys::reference(tenant, provider.as_str(), reference);
        Ok(self.list(BY_ALIAS, &partition, None, 1, None).await?.entries.pop())
    }

    /// A person's messages, newest first.
    pub async fn interactions_of_person(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        between: (Timestamp, Timestamp),
        limit: i32,
        edge: Option<Edge>,
    ) -> Result<Page<Interaction>, Error> {
        let (from, to) = bounds(between);
        self.list(BY_OWNER, &keys::of_person(tenant, person), Some((&from, &to)), limit, edge).await
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
        self.list(BY_OWNER, &keys::unbound(tenant), Some((&from, &to)), limit, edge).await
    }

    /// A tenant's messages of one UTC day, newest first.
    pub async fn interactions_of_day(
        &self,
        tenant: &TenantId,
        day: Date,
        between: (Timestamp, Timestamp),
        limit: i32,
        after: Option<Position>,
    ) -> Result<Page<Interaction>, Error> {
        let (from, to) = bounds(between);
        self.list(BY_DAY, &keys::day(tenant, day), Some((&from, &to)), limit, after.map(Edge::After)).await
    }
}

fn attribute<T: Serialize>(value: T) -> Result<AttributeValue, Error> {
    serde_dynamo::to_attribute_value(value).internal()
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

fn built(update: UpdateBuilder) -> Result<Update, Error> {
    update.build().internal()
}

fn interaction_item(interaction: &Interaction) -> Result<Item, Error> {
    let (tenant, id) = (&interaction.tenant, interaction.id.as_str());
    let at = place(interaction);
    let day = keys::day_of(interaction.created_at);
    let due = interaction.due_at.map(|at| (BY_DUE, keys::due_shard(id), keys::moment(at, id)));
    let mut indexes: Vec<_> = due.into_iter().collect();
    if matches!(interaction.origin, Origin::Told) {
        let mut item = item(keys::interaction(tenant, &interaction.id), TOLD, &indexes, interaction)?;
        let expires = (interaction.created_at + KEPT).as_second();
        item.insert("expires_at".into(), number(expires.max(0).unsigned_abs()));
        return Ok(item);
    }
    indexes.extend([(BY_OWNER, owner(interaction), at.clone()), (BY_DAY, keys::day(tenant, day), at)]);
    if let Some(place) = notices::place(interaction) {
        indexes.push(place);
    } else if let (Some(provider), Some(reference)) = (&interaction.provider, &interaction.reference) {
        indexes.push((BY_ALIAS, keys::reference(tenant, provider, reference), id.to_owned()));
    }
    item(keys::interaction(tenant, &interaction.id), MESSAGE, &indexes, interaction)
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
