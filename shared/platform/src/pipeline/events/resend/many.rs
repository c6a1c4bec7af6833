//! Sending many again, by an operation that works them off in steps.
//!
//! A step is safe to repeat: what it sent again says by which operation. One that is lost with its queue is begun anew by the sweep.

use std::{collections::HashSet, sync::Arc};

use domain::{
    Error,
    error::Conflict,
    id::{self, Id, Ref},
    interaction::Interaction,
    tenant::TenantId,
    vocabulary::SendingChannel,
};
use futures::future::join_all;
use jiff::Timestamp;

use super::{super::make::Outcome, Resending, find};
use crate::{
    app::{App, Lender},
    http::problem,
    needs::{Items, List, Need},
    pipeline::{
        accept,
        rate::{self, Way},
    },
    queues::{BatchWork, Queue},
    store::{
        interactions::Said,
        keys::day_of,
        operations::{Checkpoint, Operation},
    },
};

/// Messages sent again in one step.
const STEP: usize = 50;
/// Messages of a step sent again at the same time. If it has more, each leaves in its turn.
const AT_ONCE: usize = 10;
/// How often a step is tried that meets trouble of ours, before the messages that are in trouble are given up.
const TRIES: u32 = 3;

/// What working off an operation needs of AWS.
pub const WORK: &[Need] =
    &[Need::List(List::InteractionsOfDay), Need::All(BEGIN), Need::All(super::NEEDS), Need::All(rate::NEEDS)];

/// What beginning one needs.
pub const BEGIN: &[Need] =
    &[Need::Read(Items::Operations), Need::Write(Items::Operations), Need::Send(Queue::Batches)];

/// Begins an operation on these messages, or on those of its time; or finds it if its request is a repetition.
///
/// # Errors
/// Ours.
pub async fn begin(
    app: &App,
    operation: Operation,
    keys: Vec<Ref<id::Interaction>>,
) -> Result<Operation, Error> {
    let tenant = operation.tenant.clone();
    let mut seen = HashSet::new();
    let keys: Vec<_> = keys.into_iter().filter(|key| seen.insert(key.resolve(tenant.as_str()))).collect();
    let operation = app.store.create_operation(operation, &keys).await?;
    if let Err(error) = go_on(app, &operation).await {
        tracing::warn!(%error, operation = %operation.id, "left to the sweep");
    }
    Ok(operation)
}

/// Hands the next step of an operation to its queue.
pub(in crate::pipeline) async fn go_on(app: &App, operation: &Operation) -> Result<(), Error> {
    let (tenant, id) = (operation.tenant.clone(), operation.id.clone());
    app.queues.batch_work(&[BatchWork::Resend { tenant, operation: id, step: operation.step }]).await
}

/// Works off a step of an operation, unless it was worked off already or the operation is gone.
pub(in crate::pipeline) async fn work(
    app: &App,
    tenant: &TenantId,
    id: &Id<id::Operation>,
    step: u64,
) -> Result<(), Error> {
    let mut operation = match app.store.operation(tenant, id).await {
        Err(Error::NotFound { .. }) => return Ok(()),
        found => found?,
    };
    let Some(checkpoint) = operation.checkpoint.clone().filter(|_| operation.step == step) else {
        return Ok(());
    };
    let lender = app.lender(tenant).await?;
    let (keys, next) = some(app, &operation, checkpoint).await?;
    let before = operation.clone();
    let trouble = send_all(app, &lender, &mut operation, &keys).await?;
    if let Some(error) = trouble.filter(|_| operation.tries + 1 < TRIES) {
        // What went well is found done the next time, and counted then.
        let mut again = Operation { tries: before.tries + 1, ..before };
        app.store.save_operation(&mut again).await?;
        return Err(error);
    }
    operation.step_on(next, app.now());
    if app.store.save_operation(&mut operation).await? && operation.checkpoint.is_some() {
        go_on(app, &operation).await?;
    }
    Ok(())
}

/// Sends messages again, a few at a time, and counts what becomes of each. Returns trouble of ours that some are in: these are
/// counted as refused.
async fn send_all(
    app: &App,
    lender: &Arc<Lender>,
    operation: &mut Operation,
    keys: &[Ref<id::Interaction>],
) -> Result<Option<Error>, Error> {
    let (by, trace_id) = (operation.id.clone(), operation.trace_id.clone());
    let resending = Resending { app, lender, by: by.as_str(), trace_id: &trace_id };
    let are_many = keys.len() > AT_ONCE;
    let (mut trouble, mut before) = (None, 0);
    for some in keys.chunks(AT_ONCE) {
        let found = join_all(some.iter().map(|key| find(app, lender, key))).await;
        let ways = found.iter().map(|found| way(lender, found.as_ref().ok()?).filter(|_| are_many)).collect();
        let paced = rate::pace(app, &lender.tenant, None, before, ways).await?;
        before = before.saturating_add(u32::try_from(some.len()).unwrap_or(u32::MAX));
        let sending = found.into_iter().zip(paced).map(|(found, paced)| async move {
            match found {
                Ok(found) => resending.send(found, paced).await,
                Err(error) => Err(error),
            }
        });
        let sent = join_all(sending).await;
        let new = sent.iter().flatten().filter(|sent| sent.to_hand_over);
        accept::hand_over(app, &new.map(|sent| sent.message.clone()).collect::<Vec<_>>()).await;
        for (key, sent) in some.iter().zip(sent) {
            let Err(error) = sent.and_then(|sent| let_go(sent, by.as_str())) else {
                operation.resent += 1;
                continue;
            };
            tracing::info!(operation = %by, message = %key, %error, "not sent again");
            if error.is_ours() {
                operation.refuse(
                    key.to_string(),
                    "Postrider could not send it again just now. Ask for it once more.",
                );
                trouble = Some(error);
            } else {
                operation.refuse(key.to_string(), &problem::detail(&error));
            }
        }
    }
    Ok(trouble)
}

/// Whether a message is under way now: it may have failed again while it was made, or somebody else may have sent it.
fn let_go(sent: Outcome, by: &str) -> Result<(), Error> {
    let detail = match sent.message.was_let_go_by(by) {
        Some(true) => return Ok(()),
        Some(false) => {
            let failure = sent.message.failure.map(|failure| failure.description);
            format!("It failed again. {}", failure.unwrap_or_default())
        }
        None => "Somebody else sent it again meanwhile.".to_owned(),
    };
    Err(Error::conflict(Conflict::CannotBeRepeated, detail.trim_end()))
}

/// By which provider a message leaves, where it goes again and to a person.
fn way(lender: &Lender, found: &Interaction) -> Option<Way> {
    let channel = SendingChannel::try_from(found.channel).ok().filter(|_| found.may_be_resent().is_ok())?;
    Some((channel, lender.tenant.senders.provider(channel, found.transactional)?))
}

/// What a step is about, and where the next one begins.
async fn some(
    app: &App,
    operation: &Operation,
    checkpoint: Checkpoint,
) -> Result<(Vec<Ref<id::Interaction>>, Option<Checkpoint>), Error> {
    match checkpoint {
        Checkpoint::Key(from) => {
            let all = app.store.operation_keys(operation).await?;
            let next = from + STEP;
            let keys = all.iter().skip(from).take(STEP).cloned().collect();
            Ok((keys, (next < all.len()).then_some(Checkpoint::Key(next))))
        }
        Checkpoint::Day { day, after } => {
            let limit = i32::try_from(STEP).unwrap_or(i32::MAX);
            let between = (operation.from, operation.to);
            let page = app
                .store
                .interactions_of_day(&operation.tenant, day, between, limit, after, Said::Read)
                .await?;
            let is_meant = |one: &&Interaction| {
                one.is_resent_with_others() || one.was_let_go_by(operation.id.as_str()).is_some()
            };
            let keys = page.entries.iter().filter(is_meant).map(|one| Ref::Id(one.id.clone())).collect();
            let next = match page.next {
                Some(after) => Some(Checkpoint::Day { day, after: Some(after) }),
                None => day
                    .tomorrow()
                    .ok()
                    .filter(|day| *day <= day_of(operation.to))
                    .map(|day| Checkpoint::Day { day, after: None }),
            };
            Ok((keys, next))
        }
    }
}

/// Where an operation about these instants begins.
pub fn from_day(from: Timestamp) -> Checkpoint {
    Checkpoint::Day { day: day_of(from), after: None }
}
