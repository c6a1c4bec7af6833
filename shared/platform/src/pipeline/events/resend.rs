//! Sending again what failed (003): a message as it was, or, where it failed before it said anything, what its event makes now.
//!
//! Many are sent again by an operation, which works them off in steps. A step is safe to repeat: a message that it sent again
//! did not fail any more, and says by which operation.

use std::sync::Arc;

use domain::{
    Error,
    error::Conflict,
    id::{self, Id, Ref},
    interaction::Interaction,
    tenant::TenantId,
    vocabulary::SendingChannel,
};
use jiff::Timestamp;

use super::{
    make::{Again, Wanted},
    recipient,
};
use crate::{
    app::{App, Lender},
    needs::{Items, List, Need},
    pipeline::{accept, holders, writer},
    queues::{BatchWork, Queue},
    store::{
        keys::day_of,
        operations::{Operation, Place},
    },
};

/// Messages sent again in one step.
const STEP: usize = 50;

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Operations),
    Need::Write(Items::Operations),
    Need::Read(Items::AddressBook),
    Need::List(List::InteractionsOfDay),
    Need::Send(Queue::Batches),
    Need::All(super::NEEDS),
];

/// The same for beginning an operation.
pub const BEGIN: &[Need] =
    &[Need::Read(Items::Operations), Need::Write(Items::Operations), Need::Send(Queue::Batches)];

/// Sends one again. `by` names what asks for it. Returns it as it stands then.
///
/// # Errors
/// [`Error::NotFound`]; as [`Interaction::may_be_resent`]; [`Conflict::CannotBeRepeated`]; [`Conflict::StatusCannotChange`] where it
/// changed meanwhile; ours.
pub async fn resend(
    app: &App,
    lender: &Arc<Lender>,
    named: &Ref<id::Interaction>,
    by: &str,
    trace_id: &str,
) -> Result<Interaction, Error> {
    let tenant = &lender.tenant.id;
    let found = app.store.interaction(tenant, named).await?;
    if found.message_type().is_none() {
        return Err(named.not_found());
    }
    if found.was_let_go_by(by).is_some() {
        return Ok(found);
    }
    found.may_be_resent()?;
    let says_something = !app.objects.content(&found.content).await?.is_empty();
    let is_sent = SendingChannel::try_from(found.channel).is_ok();
    let has_recipient = found.person_id.is_some() || !found.to.is_empty();
    match says_something && is_sent && has_recipient {
        true => as_it_is(app, lender, found, by).await,
        false => anew(app, lender, found, by, trace_id).await,
    }
}

async fn as_it_is(
    app: &App,
    lender: &Lender,
    mut message: Interaction,
    by: &str,
) -> Result<Interaction, Error> {
    app.providers.serving(&lender.tenant, message.channel, message.transactional)?;
    // Of a person the guard is asked when it leaves; of an address that is nobody's, those who have it by now.
    if message.person_id.is_none()
        && let Some(decision) = holders::forbid(app, lender, &message).await?
    {
        return Err(Error::conflict(Conflict::CannotBeRepeated, decision.detail()));
    }
    message.send_again(by, app.now())?;
    if !writer::noted(app, &mut message).await? {
        let detail = "The message changed meanwhile; look at it again.";
        return Err(Error::conflict(Conflict::StatusCannotChange, detail));
    }
    accept::hand_over(app, std::slice::from_ref(&message)).await;
    Ok(message)
}

async fn anew(
    app: &App,
    lender: &Arc<Lender>,
    failed: Interaction,
    by: &str,
    trace_id: &str,
) -> Result<Interaction, Error> {
    let tenant = &lender.tenant.id;
    let refuse = |detail: &str| Error::conflict(Conflict::CannotBeRepeated, detail);
    let trigger = failed.trigger.as_ref();
    let (Some(event), Some(rule)) = (
        trigger.and_then(|trigger| trigger.event_id.as_deref()),
        trigger.and_then(|trigger| trigger.rule_id.as_ref()),
    ) else {
        return Err(refuse("The message had no words or no recipient; send it anew."));
    };
    let mut kept = app.store.occurrences(tenant, &[event]).await?;
    let taken = kept
        .remove(event)
        .ok_or_else(|| refuse("Its event is older than 30 days; tell it again under another eventId."))?;
    let rules = app.notification_rules(tenant).await?;
    let rule = rules
        .find(rule)
        .ok_or_else(|| refuse("Its notification rule was deleted; send the message anew."))?;
    let known = match recipient(tenant, &taken.occurrence, rule) {
        Some(person) => app.store.find_person(tenant, &person).await?,
        None => None,
    };
    let again = Some(Again { failed: &failed, by });
    let wanted = Wanted { app, lender, occurrence: &taken.occurrence, rule, again, trace_id };
    let made = wanted.make(known, None).await?;
    if made.to_hand_over {
        accept::hand_over(app, std::slice::from_ref(&made.message)).await;
    }
    Ok(made.message)
}

/// Begins an operation, or finds it where its request is a repetition.
///
/// # Errors
/// Ours.
pub async fn begin(app: &App, operation: Operation) -> Result<Operation, Error> {
    let operation = app.store.create_operation(operation).await?;
    go_on(app, &operation).await?;
    Ok(operation)
}

async fn go_on(app: &App, operation: &Operation) -> Result<(), Error> {
    let (tenant, id) = (operation.tenant.clone(), operation.id.clone());
    app.queues.batch_work(&[BatchWork::Resend { tenant, operation: id, step: operation.step }]).await
}

/// Works off a step of an operation. One that was worked off already only sees to it that the next is under way.
pub(in crate::pipeline) async fn work(
    app: &App,
    tenant: &TenantId,
    id: &Id<id::Operation>,
    step: u64,
) -> Result<(), Error> {
    let mut operation = app.store.operation(tenant, id).await?;
    let Some(place) = operation.place.clone() else { return Ok(()) };
    if operation.step == step {
        let lender = app.lender(tenant).await?;
        let (keys, next) = some(app, &operation, place).await?;
        for key in &keys {
            match resend(app, &lender, key, operation.id.as_str(), &operation.trace_id).await {
                Ok(_) => operation.resent += 1,
                Err(error) if error.is_ours() => return Err(error),
                Err(error) => {
                    tracing::info!(operation = %id, message = %key, %error, "not sent again");
                    operation.refused += 1;
                }
            }
        }
        operation.step += 1;
        operation.finished_at = next.is_none().then(|| app.now());
        operation.place = next;
        if !app.store.save_operation(&mut operation).await? {
            return Ok(());
        }
    }
    match operation.place {
        Some(_) => go_on(app, &operation).await,
        None => Ok(()),
    }
}

/// What a step is about, and where the next one begins.
async fn some(
    app: &App,
    operation: &Operation,
    place: Place,
) -> Result<(Vec<Ref<id::Interaction>>, Option<Place>), Error> {
    match place {
        Place::Key(from) => {
            let keys = operation.keys.iter().skip(from).take(STEP).cloned().collect();
            let next = from + STEP;
            Ok((keys, (next < operation.keys.len()).then_some(Place::Key(next))))
        }
        Place::Day { day, after } => {
            let limit = i32::try_from(STEP).unwrap_or(i32::MAX);
            let between = (operation.from, operation.to);
            let page = app.store.interactions_of_day(&operation.tenant, day, between, limit, after).await?;
            let is_meant = |one: &&Interaction| {
                one.is_resent_with_others() || one.was_let_go_by(operation.id.as_str()).is_some()
            };
            let failed = page.entries.iter().filter(is_meant);
            let keys = failed.map(|one| Ref::Id(one.id.clone())).collect();
            let next = match page.next {
                Some(after) => Some(Place::Day { day, after: Some(after) }),
                None => day
                    .tomorrow()
                    .ok()
                    .filter(|day| *day <= day_of(operation.to))
                    .map(|day| Place::Day { day, after: None }),
            };
            Ok((keys, next))
        }
    }
}

/// Where an operation about these instants begins.
pub fn from_day(from: Timestamp) -> Place {
    Place::Day { day: day_of(from), after: None }
}
