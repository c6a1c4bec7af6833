//! Messages: stored with their place in the person's ledger, moved on by conditional writes, found by time, by the
//! provider's name for them, and by when they are due.
//!
//! What a message says does not change once it is accepted. So it stands in an item of its own, written once; the item that
//! moves with each step stays below 1 KB, for which the table charges one unit.

mod reading;
mod words;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use domain::{
    Error,
    error::Ours as _,
    id::{self, Id},
    interaction::{Content, Interaction, Origin},
    ledger::Ledger,
    person::BookAddress,
    replies::Replies,
    task::Task,
    tenant::TenantId,
    vocabulary::ProviderName,
};

pub use self::words::Said;
use self::words::words_apart;
use super::{
    Item, Position, Refused, Store,
    event_log::KEPT,
    keys::{self, BY_ALIAS, BY_DAY, BY_DUE, BY_OWNER, key_of},
    notices, number, packed_item, text,
};
use crate::queues::RawReport;

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
