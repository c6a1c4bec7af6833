//! Batches: one accepted request becomes chunks of borrowers, each accepted as its own messages.

use std::sync::Arc;

use domain::{
    Error,
    batch::{Batch, BatchOutcome, BatchResult, BatchStatus, Words},
    compliance::Circumstances,
    error::Ours as _,
    id::{self, Id, InvalidId, Ref},
    person::Person,
    subjects::Subjects,
    tenant::TenantId,
    vocabulary::{Channel, SendingChannel},
};
use futures::{StreamExt, TryStreamExt, stream};

use super::{
    accept::{self, Outcome, Request},
    best, events,
    rate::{self, Paced},
    resolve::{self, About, Resolved, Wording, resolve_known},
    writer,
};
use crate::{
    app::{App, Lender},
    http::problem,
    needs::{Bodies, Items, Need},
    queues::{BatchWork, Queue},
    race::Race,
    store::{batches::BatchEntry, interactions::Beside, people::Known},
};

/// Messages of a chunk accepted at the same time.
const AT_ONCE: usize = 10;

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Batches),
    Need::Write(Items::Batches),
    Need::Amend(Items::Batches),
    Need::Fetch(Bodies::Lists),
    Need::Fetch(Bodies::Batches),
    Need::Send(Queue::Batches),
    Need::All(best::NEEDS),
    Need::All(accept::FOUND),
    Need::All(rate::NEEDS),
    Need::All(writer::NEEDS),
    Need::All(events::resend::WORK),
];

/// Does one piece of work on a batch. Safe to repeat.
pub async fn work(app: &App, work: BatchWork) -> Result<(), Error> {
    match work {
        BatchWork::Expand { tenant, batch } => expand(app, &tenant, &batch).await,
        BatchWork::Chunk { tenant, batch, number, borrowers } => {
            chunk(app, &tenant, &batch, number, &borrowers).await
        }
        BatchWork::Resend { tenant, operation, step } => {
            events::resend::work(app, &tenant, &operation, step).await
        }
        BatchWork::CallOff { tenant, batch, number } => call_off(app, &tenant, &batch, number).await,
    }
}

/// Cuts the list of borrowers into chunks and hands out those that have no result yet.
async fn expand(app: &App, tenant: &TenantId, id: &Id<id::Batch>) -> Result<(), Error> {
    let batch = app.store.batch(tenant, id).await?;
    if batch.status == BatchStatus::Completed {
        return Ok(());
    }
    let list = match app.objects.get(&batch.borrowers_key).await {
        Ok(list) => list,
        Err(Error::NotFound { .. }) => {
            tracing::warn!(batch = %id, "canceled: there is no such list of borrowers");
            return app
                .store
                .finish_batch(tenant, id, BatchStatus::Canceled, None, app.now())
                .await
                .map(drop);
        }
        Err(error) => return Err(error),
    };
    let named = borrowers(&list);
    let ids = named.len();
    let borrowers = Batch::each_once(tenant, named);
    let total = u32::try_from(borrowers.len()).internal()?;
    if batch.total != Some(total) {
        let repeated = u32::try_from(ids - borrowers.len()).internal()?;
        app.store.set_batch_total(tenant, id, total, repeated).await?;
    }
    let done: std::collections::HashSet<u32> = done_chunks(app, tenant, id).await?;
    let chunks = borrowers.chunks(Batch::CHUNK).zip(0u32..).filter(|(_, number)| !done.contains(number));
    let work: Vec<BatchWork> = chunks
        .map(|(some, number)| BatchWork::Chunk {
            tenant: tenant.clone(),
            batch: id.clone(),
            number,
            borrowers: some.to_vec(),
        })
        .collect();
    app.queues.batch_work(&work).await
}

/// The longest borrower id, in characters: `ext-` and an external id, and some.
pub const MAX_BORROWER_ID: usize = 300;

/// The ids in a list, one JSON string a line. A line that is none stands for itself and fails as an unknown borrower;
/// one too long to be an id is cut, so that a chunk always fits a queue message.
fn borrowers(list: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(list)
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| line.to_owned()))
        .map(|id| id.chars().take(MAX_BORROWER_ID).collect())
        .collect()
}

async fn done_chunks(
    app: &App,
    tenant: &TenantId,
    id: &Id<id::Batch>,
) -> Result<std::collections::HashSet<u32>, Error> {
    let mut done = std::collections::HashSet::new();
    let mut next = 0;
    loop {
        let page = app.store.chunks(tenant, id, next, 100).await?;
        let Some((last, _)) = page.last() else { return Ok(done) };
        next = last + 1;
        done.extend(page.iter().map(|(number, _)| *number));
    }
}

/// Accepts messages to the borrowers of one chunk and records what became of each.
async fn chunk(
    app: &App,
    tenant_id: &TenantId,
    id: &Id<id::Batch>,
    number: u32,
    borrowers: &[String],
) -> Result<(), Error> {
    let lender = app.lender(tenant_id).await?;
    let batch = app.store.batch(tenant_id, id).await?;
    let results = if batch.status == BatchStatus::Canceled {
        borrowers.iter().map(|borrower| result(borrower, BatchOutcome::Canceled)).collect()
    } else {
        accept_all(app, &lender, &batch, number, borrowers).await?
    };
    let mut race = Race::begin();
    while !app.store.save_chunk(tenant_id, &batch, number, results.clone(), app.now()).await? {
        race.lost(format!("batch {id}")).await?;
    }
    tracing::info!(batch = %id, number, borrowers = borrowers.len(), "chunk worked off");
    let batch = app.store.batch(tenant_id, id).await?;
    finish_if_done(app, &BatchEntry { tenant: tenant_id.clone(), batch }).await.map(drop)
}

/// Calls off what a canceled batch's chunk still has waiting, so that its places in the ledgers are free at once, and
/// hands on the chunk after it. A chunk that is being worked off meanwhile is left to dispatch, which asks.
async fn call_off(app: &App, tenant: &TenantId, id: &Id<id::Batch>, from: u32) -> Result<(), Error> {
    let page = app.store.chunks(tenant, id, from, 1).await?;
    let Some((number, chunk)) = page.first() else { return Ok(()) };
    let messages = chunk.results.iter().filter_map(|result| result.communication_id.clone());
    let waiting: Vec<_> = messages.map(|message| cancel(app, tenant, message)).collect();
    stream::iter(waiting).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    let next = BatchWork::CallOff { tenant: tenant.clone(), batch: id.clone(), number: number + 1 };
    app.queues.batch_work(&[next]).await
}

async fn cancel(app: &App, tenant: &TenantId, message: Id<id::Interaction>) -> Result<(), Error> {
    let Some(mut waiting) = app.store.find_interaction(tenant, &message).await? else { return Ok(()) };
    if waiting.cancel("batch canceled", None, app.now()) {
        writer::ended(app, &mut waiting, None).await?;
    }
    Ok(())
}

/// Ends a batch whose borrowers all have a result. Returns whether it is over.
pub(super) async fn finish_if_done(app: &App, entry: &BatchEntry) -> Result<bool, Error> {
    let over = entry.batch.is_worked_off();
    if over {
        app.store
            .finish_batch(&entry.tenant, &entry.batch.id, BatchStatus::Completed, None, app.now())
            .await?;
    }
    Ok(over)
}

async fn accept_all(
    app: &App,
    lender: &Arc<Lender>,
    batch: &Batch,
    number: u32,
    borrowers: &[String],
) -> Result<Vec<BatchResult>, Error> {
    let tenant = &lender.tenant.id;
    let wording = wording(app, lender, batch).await?;
    let (subjects, _) = futures::future::try_join(app.subjects(tenant), app.shelf(tenant)).await?;
    let named: Vec<Result<Ref<id::Person>, Error>> = borrowers
        .iter()
        .map(|text| text.parse().map_err(|e: InvalidId| Error::invalid("/borrower_ids", e.0)))
        .collect();
    let ids: Vec<_> = named.iter().flatten().map(|named| named.resolve(tenant.as_str())).collect();
    let mut known = app.store.people(tenant, &ids).await?.into_iter();
    let mut find =
        |named: Ref<id::Person>| known.next().flatten().ok_or_else(|| Error::not_found("borrower", named));
    let people: Vec<Result<Known, Error>> =
        named.into_iter().map(|named| named.and_then(&mut find)).collect();

    let resolutions: Vec<_> = people
        .into_iter()
        .map(|known| {
            let (lender, wording, subjects) = (lender.clone(), &wording, &subjects);
            async move {
                let known = known?;
                let request = request_to(tenant, batch, &known.person.id);
                let about = about(batch, subjects, &known.person)?;
                Ok((resolve_known(app, lender, about, Some(known), wording).await?, request))
            }
        })
        .collect();
    let resolved: Vec<Result<(Resolved, Request), Error>> =
        stream::iter(resolutions).buffered(AT_ONCE).collect().await;
    let mut resolved = resolved.into_iter();
    let mut before = number.saturating_mul(u32::try_from(Batch::CHUNK).unwrap_or(u32::MAX));
    let mut results = Vec::with_capacity(borrowers.len());
    for some in borrowers.chunks(AT_ONCE) {
        let next: Vec<_> = resolved.by_ref().take(some.len()).collect();
        let stored = store_together(app, lender, batch, before, next).await?;
        before = before.saturating_add(u32::try_from(some.len()).unwrap_or(u32::MAX));
        for (borrower, stored) in some.iter().zip(stored) {
            results.push(outcome(borrower, stored)?);
        }
    }
    Ok(results)
}

/// Accepts a few messages of a batch, before which there are so many, and hands them on at once. Only now do they take their
/// turns: turns that are over when the messages come to their queue hold back nobody, and what is sent alone is behind them all.
async fn store_together(
    app: &App,
    lender: &Lender,
    batch: &Batch,
    before: u32,
    resolved: Vec<Result<(Resolved, Request), Error>>,
) -> Result<Vec<Result<Outcome, Error>>, Error> {
    let paced = paced(app, lender, batch, before, &resolved).await?;
    let acceptances = resolved.into_iter().zip(paced).map(|(resolved, paced)| async move {
        let (resolved, request) = resolved?;
        accept::store(app, resolved, &request, paced, Beside::default()).await
    });
    let stored = futures::future::join_all(acceptances).await;
    let new = stored.iter().filter_map(|stored| match stored {
        Ok(Outcome::Accepted(interaction)) => Some(interaction.clone()),
        Ok(Outcome::Repeated(_) | Outcome::Blocked(_)) | Err(_) => None,
    });
    accept::hand_over(app, &new.collect::<Vec<_>>()).await;
    Ok(stored)
}

/// What became of a borrower's message.
///
/// # Errors
/// As [`failed`] says.
fn outcome(borrower: &str, stored: Result<Outcome, Error>) -> Result<BatchResult, Error> {
    Ok(match stored {
        Ok(Outcome::Accepted(interaction) | Outcome::Repeated(interaction)) => {
            BatchResult { communication_id: Some(interaction.id), ..result(borrower, BatchOutcome::Accepted) }
        }
        Ok(Outcome::Blocked(blocked)) => {
            let reasons = blocked.decision.reasons.iter().map(|reason| reason.code.as_str().to_owned());
            BatchResult {
                communication_id: Some(blocked.record.id),
                problem: Some(problem::blocked_by(&blocked.decision).to_owned()),
                reasons: reasons.collect(),
                ..result(borrower, BatchOutcome::Blocked)
            }
        }
        Err(error) => failed(borrower, error)?,
    })
}

/// When each of these messages leaves: one after the other by each account, so that what is sent one by one is not behind all of
/// them.
async fn paced(
    app: &App,
    lender: &Lender,
    batch: &Batch,
    before: u32,
    resolved: &[Result<(Resolved, Request), Error>],
) -> Result<Vec<Option<Paced>>, Error> {
    let senders = &lender.tenant.senders;
    let way = |resolved: &Result<(Resolved, Request), Error>| {
        let channel = resolved.as_ref().ok()?.0.chosen.template.descriptor.channel.sending()?;
        Some((channel, senders.provider(channel, batch.transactional)?))
    };
    rate::pace(app, &lender.tenant, batch.send_at, before, resolved.iter().map(way).collect()).await
}

/// In which words a batch's messages are; all that they have in common is read once for the chunk, so that its messages, which
/// begin together, find it remembered.
async fn wording(app: &App, lender: &Lender, batch: &Batch) -> Result<Wording, Error> {
    let tenant = &lender.tenant;
    let unless_ours = |found: Result<resolve::Chosen, Error>| match found {
        Err(error) if error.is_ours() => Err(error),
        _ => Ok(()),
    };
    match &batch.words {
        Words::Template { descriptor_id, channel } => {
            let template = Ref::Id(descriptor_id.clone());
            unless_ours(resolve::named_template(app, &tenant.id, &template, Some(*channel)).await)?;
            Ok(Wording::Template(template, Some(*channel)))
        }
        Words::Best { subject, channel } => {
            let all = SendingChannel::ALL.iter().copied().map(Channel::from);
            for channel in all.filter(|one| channel.is_none_or(|named| named == *one)) {
                unless_ours(best::in_language(app, tenant, subject, channel, None, None).await)?;
            }
            Ok(Wording::Best(subject.clone(), *channel))
        }
    }
}

/// What a batch's message to one person is about: the case that its subject asks for, if it does.
fn about(batch: &Batch, subjects: &Subjects, person: &Person) -> Result<About, Error> {
    let case = match &batch.words {
        Words::Best { subject, .. } => subjects.descriptor(subject).case(&person.cases, None)?,
        Words::Template { .. } => None,
    };
    Ok(About { case: case.map(|case| Ref::Id(case.id.clone())), theme: batch.theme, ..About::default() })
}

/// The message of a batch to one person. Its id is derived, so that a chunk worked off twice, or a borrower listed
/// twice, makes one message.
fn request_to(tenant: &TenantId, batch: &Batch, person: &Id<id::Person>) -> Request {
    Request {
        id: Id::keyed(tenant.as_str(), batch.id.as_str(), person.as_str()),
        external_id: None,
        circumstances: Circumstances { purpose: batch.purpose, ..Circumstances::default() },
        context: batch.context.clone(),
        transactional: batch.transactional,
        strict_undefined: batch.strict_undefined,
        send_at: batch.send_at,
        send_jitter: batch.send_jitter,
        batch: Some(batch.id.clone()),
        supercase_bulk_operation: batch.supercase_bulk_operation_id.clone(),
        trigger: None,
        delay: jiff::SignedDuration::ZERO,
        instead_of: None,
        attachments: Vec::new(),
        edited: None,
        trace_id: batch.trace_id.clone(),
    }
}

/// The result of a borrower nothing can be sent to.
///
/// # Errors
/// Our own trouble is no result: the queue brings the chunk back, and what was accepted meets itself.
fn failed(borrower: &str, error: Error) -> Result<BatchResult, Error> {
    if error.is_ours() {
        return Err(error);
    }
    Ok(BatchResult {
        problem: Some(problem::slug(&error).to_owned()),
        reasons: vec![problem::slug(&error).to_owned()],
        detail: Some(problem::detail(&error)),
        ..result(borrower, BatchOutcome::Failed)
    })
}

fn result(borrower: &str, outcome: BatchOutcome) -> BatchResult {
    BatchResult {
        borrower_id: borrower.to_owned(),
        outcome,
        communication_id: None,
        problem: None,
        reasons: Vec::new(),
        detail: None,
    }
}
