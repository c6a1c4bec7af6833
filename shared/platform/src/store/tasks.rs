//! Tasks: written with what they are about, listed by time and by how far they have come.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    Error,
    id::{self, Id, Kind, Names},
    task::{Task, TaskStatus},
    tenant::TenantId,
};

use super::{
    Edge, Item, Page, Position, Refused, Store, item,
    keys::{self, BY_ALIAS, BY_DUE, BY_OWNER, Index},
    put_action,
};

/// What a tenant's tasks stand under.
const KIND: &str = "TASKS";

impl Store {
    /// A task by id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn task(&self, tenant: &TenantId, named: &impl Names<id::Task>) -> Result<Task, Error> {
        let task = self.get(keys::task(tenant, &named.id_within(tenant.as_str()))).await?;
        task.ok_or_else(|| Error::not_found(id::Task::NAME, named))
    }

    /// The same, if absence is no error.
    pub async fn find_task(&self, tenant: &TenantId, id: &Id<id::Task>) -> Result<Option<Task>, Error> {
        self.get(keys::task(tenant, id)).await
    }

    /// A tenant's tasks, newest first; those that have come this far if that is said.
    pub async fn tasks(
        &self,
        tenant: &TenantId,
        status: Option<TaskStatus>,
        limit: i32,
        edge: Option<Edge>,
    ) -> Result<Page<Task>, Error> {
        let (index, partition) = list(tenant, status);
        self.list(index, &partition, None, limit, edge).await
    }

    /// Keeps a new task, unless it is kept already.
    pub async fn keep_task(&self, task: &Task) -> Result<(), Error> {
        match self.put(self.put_after(0, task_item(task)?)?).await {
            Ok(()) | Err(Refused::Condition(_)) => Ok(()),
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// Writes a task that changed, on the condition that nobody else changed it meanwhile.
    ///
    /// # Errors
    /// [`EditConflict`](domain::error::Conflict::EditConflict) if somebody did.
    pub async fn save_task(&self, task: &mut Task) -> Result<(), Error> {
        let before = task.revision;
        task.revision += 1;
        let mut put = self.put_after(before, task_item(task)?)?;
        // Telling of it does not move the revision: what has been told must not be due once more.
        if task.announce_at.is_some() {
            let still_due = format!("attribute_exists({})", BY_DUE.partition);
            put.condition_expression = put.condition_expression.map(|same| format!("{same} AND {still_due}"));
        }
        self.put(put).await.map_err(|refused| refused.changed("task"))
    }

    /// Takes a task out of what is due, once the bus was told of it. If it changed meanwhile it stays, and is told again. Nobody
    /// sees that it was told, so its revision stays: a form that was opened before is still of what it says.
    pub async fn announced(&self, task: &Task) -> Result<(), Error> {
        let told = Task { announce_at: None, ..task.clone() };
        match self.put(self.put_after(task.revision, task_item(&told)?)?).await {
            Ok(()) | Err(Refused::Condition(_)) => Ok(()),
            Err(Refused::Other(error)) => Err(error),
        }
    }

    /// The write of a new task, as part of a transaction.
    pub(super) fn task_write(&self, task: &Task) -> Result<TransactWriteItem, Error> {
        put_action(self.put_of(task_item(task)?))
    }
}

/// Where a task stands in a list of [`Store::tasks`].
pub fn position_of_task(task: &Task, status: Option<TaskStatus>) -> Position {
    let (_, partition) = list(&task.tenant, status);
    Position::of(&partition, place(task))
}

fn list(tenant: &TenantId, status: Option<TaskStatus>) -> (Index, String) {
    match status {
        None => (BY_OWNER, keys::of_tenant(tenant, KIND)),
        Some(status) => (BY_ALIAS, keys::tasks(tenant, status)),
    }
}

fn place(task: &Task) -> String {
    keys::moment(task.created_at, task.id.as_str())
}

fn task_item(task: &Task) -> Result<Item, Error> {
    let Task { tenant, id, status, .. } = task;
    let mut indexes = vec![
        (BY_OWNER, keys::of_tenant(tenant, KIND), place(task)),
        (BY_ALIAS, keys::tasks(tenant, *status), place(task)),
    ];
    if let Some(at) = task.announce_at {
        indexes.push((BY_DUE, keys::due_shard(id.as_str()), keys::moment(at, id.as_str())));
    }
    item(keys::task(tenant, id), "task", &indexes, task)
}
