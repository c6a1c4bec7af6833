//! The due index: what must be looked at, by when. Outbox, scheduler and retry queue in one.

use domain::{Error, error::Ours as _, interaction::Interaction, task::Task};
use jiff::Timestamp;

use super::{
    Item, Store,
    batches::BatchEntry,
    counts::{HOUR, Hour},
    entity,
    erasures::Tombstone,
    interactions::{MESSAGE, TOLD},
    keys::{self, BY_DUE, key_of},
    operations::Operation,
    text, unavailable,
};

/// Something due.
#[derive(Debug, Clone)]
pub struct Due {
    /// What.
    pub thing: DueThing,
    key: (String, String),
    due_sk: String,
}

/// What can be due.
#[derive(Debug, Clone)]
pub enum DueThing {
    /// A message to be dispatched.
    Interaction(Box<Interaction>),
    /// A batch to be worked off.
    Batch(Box<BatchEntry>),
    /// Work on many messages, to be gone on with.
    Operation(Box<Operation>),
    /// A task the bus is to be told about.
    Task(Box<Task>),
    /// What is left of an erased person.
    Erasure(Box<Tombstone>),
    /// An hour that is over, whose counts are to be summed up.
    Hour(Box<Hour>),
}

impl Due {
    /// When it was to be looked at.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.due_sk.split_once('#')?.0.parse().ok()
    }
}

impl Store {
    /// Things of one shard that are due before `until`, most overdue first: at most `limit`, `after` those of the page before; and
    /// where to go on, if there are more. One that cannot be read is left where it is and told about, so that it holds up nothing
    /// else.
    pub async fn due(
        &self,
        shard: u8,
        until: Timestamp,
        limit: i32,
        after: Option<Item>,
    ) -> Result<(Vec<Due>, Option<Item>), Error> {
        let until = format!("{until:.3}");
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_DUE.name)
            .key_condition_expression("due_pk = :shard AND due_sk < :until")
            .expression_attribute_values(":shard", text(&keys::due_partition(shard)))
            .expression_attribute_values(":until", text(&until))
            .limit(limit)
            .set_exclusive_start_key(after)
            .send()
            .await
            .unavailable("DynamoDB")?;
        let next = answer.last_evaluated_key;
        let found = answer.items.unwrap_or_default().iter().filter_map(key_of).collect();
        let mut due = Vec::new();
        // The index is a moment behind: what was finished or put off since then is no longer due.
        let is_due =
            |item: &Item| item.get(BY_DUE.sort).and_then(|at| at.as_s().ok()).is_some_and(|at| *at < until);
        for item in self.read_in_order(found).await?.into_iter().filter(is_due) {
            match read(item) {
                Ok(one) => due.push(one),
                Err(error) => tracing::error!(%error, "cannot be handed out"),
            }
        }
        let messages = due.iter_mut().filter_map(|due| match &mut due.thing {
            DueThing::Interaction(message) => Some(&mut **message),
            _ => None,
        });
        self.put_words_into(messages.collect()).await?;
        Ok((due, next))
    }

    /// Lets the sweep pass over a thing until `later`, on the condition that it has not moved since it was found.
    pub async fn postpone(&self, due: &Due, later: Timestamp) -> Result<(), Error> {
        let id = due.due_sk.split_once('#').map_or("", |(_, id)| id);
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(&due.key.0))
            .key("sk", text(&due.key.1))
            .update_expression("SET due_sk = :later")
            .condition_expression("due_sk = :before")
            .expression_attribute_values(":later", text(&keys::moment(later, id)))
            .expression_attribute_values(":before", text(&due.due_sk));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(e) if e.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(())
            }
            Err(e) => Err(unavailable(e)),
        }
    }
}

fn read(item: Item) -> Result<Due, Error> {
    let attribute = |name: &str| {
        item.get(name)
            .and_then(|value| value.as_s().ok())
            .cloned()
            .ok_or_else(|| Error::Internal(format!("no {name}").into()))
    };
    let (key, due_sk) = ((attribute("pk")?, attribute("sk")?), attribute("due_sk")?);
    let thing = match attribute("type")?.as_str() {
        MESSAGE | TOLD => DueThing::Interaction(Box::new(entity(item)?)),
        "task" => DueThing::Task(Box::new(entity(item)?)),
        "batch" => DueThing::Batch(Box::new(entity(item)?)),
        "operation" => DueThing::Operation(Box::new(entity(item)?)),
        "tombstone" => DueThing::Erasure(Box::new(entity(item)?)),
        HOUR => DueThing::Hour(Box::new(entity(item)?)),
        other => return Err(Error::Internal(format!("a {other} cannot be due").into())),
    };
    Ok(Due { thing, key, due_sk })
}
