//! The sweep puts everything that is due into the queues, and publishes tasks to the bus. It is the scheduler and the retry clock, and it finds
//! what a crash left between a commit and a queue.

use domain::{
    Error,
    batch::BatchStatus,
    interaction::Interaction,
    task::{Task, TaskView},
};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};

use super::{batch, conversation, counts, drop_reports, erase, events::resend};
use crate::{
    app::App,
    needs::{Items, List, Need},
    queues::{BatchWork, Queue},
    store::{
        due::{Due, DueThing},
        keys::DUE_SHARDS,
    },
};

/// How often the sweep runs (EventBridge schedules start every minute).
pub const PERIOD: SignedDuration = SignedDuration::from_secs(60);
/// How long a thing handed to a queue is left alone before it is handed out again.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);
/// Items of one shard read in one query.
const LOOK: i32 = 100;
/// Queries of one shard in one sweep; the rest waits for the next, a minute later.
const LOOKS: usize = 50;

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::List(List::Due),
    Need::Amend(Items::Interactions),
    Need::Amend(Items::People),
    Need::Amend(Items::Batches),
    Need::Amend(Items::Operations),
    Need::Dispatch,
    Need::Send(Queue::Batches),
    Need::Write(Items::Tasks),
    Need::Amend(Items::Tasks),
    Need::Tell,
    Need::All(conversation::NEEDS),
    Need::All(erase::NEEDS),
    Need::All(drop_reports::NEEDS),
    Need::Amend(Items::Counts),
    Need::All(counts::SUM_UP),
];

/// Enqueues everything due before the next sweep, each with the delay that makes it arrive at its second. Returns
/// how many items were found.
pub async fn sweep(app: &App) -> Result<usize, Error> {
    let mut swept = vec![Swept::default(); DUE_SHARDS.into()];
    let shards = (0..DUE_SHARDS).zip(&mut swept).map(|(shard, swept)| sweep_shard(app, shard, swept));
    // Every shard to its end: trouble in one holds up no other.
    let outcome: Result<(), Error> = futures::future::join_all(shards).await.into_iter().collect();
    let found = swept.iter().map(|shard| shard.found).sum();
    app.metrics.swept(found, swept.iter().map(|shard| shard.overdue).max().unwrap_or_default());
    drop_reports::collect(app).await.and(outcome).map(|()| found)
}

/// What was found in a shard.
#[derive(Debug, Clone, Default)]
struct Swept {
    found: usize,
    /// How late the most overdue of it was.
    overdue: SignedDuration,
}

async fn sweep_shard(app: &App, shard: u8, swept: &mut Swept) -> Result<(), Error> {
    let (mut strays, mut erasures, mut hours) = (Ok(()), Vec::new(), Vec::new());
    let (until, mut after) = (app.now() + PERIOD, None);
    for _ in 0..LOOKS {
        let now = app.now();
        let (due, next) = app.store.due(shard, until, LOOK, after).await?;
        // The first is the most overdue.
        let late = due.first().and_then(Due::due_at).map(|at| now.duration_since(at));
        swept.overdue = swept.overdue.max(late.unwrap_or_default());
        swept.found += due.len();
        let later = now + PERIOD + PATIENCE;
        for some in due.chunks(10) {
            let (mut handed, mut messages, mut tasks) = (Vec::new(), Vec::new(), Vec::new());
            for thing in some {
                match &thing.thing {
                    DueThing::Task(task) => {
                        tasks.push((thing, &**task));
                        continue;
                    }
                    DueThing::Erasure(tombstone) => {
                        // What is left must not be touched before its time.
                        let is_due = tombstone.due_at.is_some_and(|due_at| due_at <= now);
                        app.store.postpone(thing, if is_due { later } else { now + PERIOD }).await?;
                        erasures.extend(is_due.then(|| (**tombstone).clone()));
                        continue;
                    }
                    DueThing::Hour(hour) => {
                        app.store.postpone(thing, later).await?;
                        hours.push((**hour).clone());
                        continue;
                    }
                    DueThing::Interaction(interaction) if interaction.is_open() => {
                        // Not yet due ones are left alone until the next sweep.
                        app.store.postpone(thing, now + PERIOD).await?;
                        strays = strays.and(conversation::close_if_quiet(app, interaction).await);
                        continue;
                    }
                    DueThing::Interaction(interaction) => {
                        let mut message = (**interaction).clone();
                        handed.push((thing, message.handed_out_early(now).unwrap_or(later)));
                        messages.push(message);
                        continue;
                    }
                    DueThing::Batch(entry) => {
                        // Of one that moved just now, its queue has what is left.
                        let moved = entry.batch.updated_at;
                        let is_under_way = moved > entry.batch.created_at && now < moved + Interaction::GRACE;
                        if entry.batch.status == BatchStatus::Processing
                            && !batch::finish_if_done(app, entry).await?
                            && !is_under_way
                        {
                            let (tenant, batch) = (entry.tenant.clone(), entry.batch.id.clone());
                            app.queues.batch_work(&[BatchWork::Expand { tenant, batch }]).await?;
                        }
                    }
                    // It comes here only where no step of it ended for a while: what its queue had of it may be lost.
                    DueThing::Operation(operation) => resend::go_on(app, operation).await?,
                }
                handed.push((thing, later));
            }
            // First the queue, then the index: a crash in between hands out twice, which claims make harmless.
            match app.queues.dispatch(&messages, now).await {
                // A message that cannot be sent at all holds up no other, and fails every sweep until somebody looks.
                Err(stray @ Error::Internal(_)) => strays = Err(stray),
                handed_over => handed_over?,
            }
            try_join_all(handed.into_iter().map(|(thing, later)| app.store.postpone(thing, later))).await?;
            strays = strays.and(announce(app, &tasks, now).await);
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    // Last, and put off before they are worked on: they take long, and hold up no message.
    for tombstone in &erasures {
        strays = strays.and(erase::go_on(app, tombstone).await);
    }
    for hour in hours {
        strays = strays.and(counts::sum_up(app, hour).await);
    }
    strays
}

/// Publishes tasks to the bus. First the bus, then the index: a crash in between publishes a task twice. If the bus fails,
/// messages go on, and the next sweep publishes the tasks again.
async fn announce(app: &App, tasks: &[(&Due, &Task)], now: Timestamp) -> Result<(), Error> {
    let views: Vec<TaskView> = tasks.iter().map(|(_, task)| task.view()).collect();
    match app.bus.tell(Task::EVENT, &views).await {
        Ok(()) => try_join_all(tasks.iter().map(|(_, task)| app.store.announced(task))).await.map(drop),
        Err(error) => {
            let later = now + PERIOD;
            try_join_all(tasks.iter().map(|(due, _)| app.store.postpone(due, later))).await?;
            Err(error)
        }
    }
}
