//! Dispatching a message: from the queue to the provider, once.
//!
//! Each step below [`dispatch`] either hands the message on to the next or has written why it goes no further.

mod attempt;
mod claim;
mod outcome;
mod way;

use std::ops::ControlFlow::{self, Break, Continue};

use domain::{
    Error,
    batch::BatchStatus,
    delivery::{About, Refusal, Retry},
    interaction::Interaction,
    vocabulary::{FailureReason, SendingChannel},
};
use jiff::SignedDuration;

use self::{
    attempt::hand_out,
    claim::{claim_in_turn, lease, unless_already_sent},
    outcome::{refused, tell},
    way::way,
};
use crate::{
    app::{App, Lender},
    needs::{Bodies, Items, List, Need},
    pipeline::{accept, circuit, fan_out::Fate, holders, rate, writer},
    telemetry::Metric,
};

/// A step's result: the message as it goes on, or nothing if it does not go further.
pub(super) type Step<T> = Result<ControlFlow<(), T>, Error>;

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::Batches),
    Need::Read(Items::AddressBook),
    Need::Fetch(Bodies::Contents),
    Need::List(List::InteractionByReference),
    Need::All(writer::LEARN),
];

/// What it needs besides if the provider is outside: the account there may be out of order, or have a rate, and then messages
/// go back to their queue.
pub const OUTSIDE: &[Need] = &[Need::Dispatch, Need::All(circuit::NEEDS), Need::All(rate::NEEDS)];

/// Dispatches one message as it came from the queue.
///
/// Safe to repeat: a message that moved since it was queued is left alone. An error means nothing is known to have
/// happened; the queue brings the message back.
pub async fn dispatch(app: &App, queued: Interaction) -> Result<(), Error> {
    let lender = app.lender(&queued.tenant).await?;
    let Continue(current) = unless_stale(app, &lender, queued).await? else { return Ok(()) };
    let Continue(waiting) = unless_batch_called_off(app, current).await? else { return Ok(()) };
    let Continue(waiting) = unless_forbidden(app, &lender, waiting).await? else { return Ok(()) };
    let Continue(way) = way(app, &lender, &waiting).await? else { return Ok(()) };
    let Continue((mut claimed, place)) = claim_in_turn(app, &lender, way.as_ref(), waiting.clone()).await?
    else {
        return match way.filter(|way| way.probes) {
            Some(way) => way.give_back(app, &waiting).await,
            None => Ok(()),
        };
    };
    let Some(way) = way else { return unserved(app, &lender, claimed).await };
    let outcome = hand_out(app, &lender, way.carrier, &mut claimed, place).await?;
    tell(app, &lender, &way, claimed, outcome).await
}

/// The same for a sender who waits to hear what becomes of the message.
///
/// # Errors
/// As there: then nobody knows yet, and the message must go by its queue.
pub async fn answer(app: &App, awaited: Interaction) -> Result<Fate, Error> {
    let (tenant, id) = (awaited.tenant.clone(), awaited.id.clone());
    dispatch(app, awaited).await?;
    let mut message = app.store.interaction(&tenant, &id).await?;
    if message.is_ready(app.now()) {
        // The account at its first provider is out of order; there is a second.
        dispatch(app, message).await?;
        message = app.store.interaction(&tenant, &id).await?;
    }
    Ok(Fate::of(&message))
}

/// Ends a message that says what no longer counts.
async fn unless_stale(app: &App, lender: &Lender, mut queued: Interaction) -> Step<Interaction> {
    let now = app.now();
    if queued.due_at.is_none() || !queued.is_stale(now) {
        return Ok(Continue(queued));
    }
    if queued.leased_until.is_some() {
        // Whoever took it last may have sent it.
        let Continue(leased) = lease(app, None, &queued, now).await? else { return Ok(Break(())) };
        let Continue(()) = unless_already_sent(app, lender, &leased).await? else { return Ok(Break(())) };
    }
    queued.call_off_for_good(Some("its code ended"), now);
    writer::ended(app, &mut queued, None).await?;
    Ok(Break(()))
}

/// Messages younger than this leave without asking whether their batch goes on: calling a batch off is not that fast.
const FRESH: SignedDuration = SignedDuration::from_secs(10);

/// Ends a message whose batch was called off before anybody took the message.
async fn unless_batch_called_off(app: &App, mut queued: Interaction) -> Step<Interaction> {
    let Some(batch) = &queued.batch_id else { return Ok(Continue(queued)) };
    let is_fresh = app.now().duration_since(queued.created_at) <= FRESH;
    if queued.attempts > 0
        || is_fresh
        || app.batch_status(&queued.tenant, batch).await? != BatchStatus::Canceled
    {
        return Ok(Continue(queued));
    }
    if queued.cancel("batch canceled", None, app.now()) {
        writer::ended(app, &mut queued, None).await?;
    }
    Ok(Break(()))
}

/// Ends a message to nobody we know, or with copies, that is forbidden by anybody who has one of its addresses.
async fn unless_forbidden(app: &App, lender: &Lender, mut waiting: Interaction) -> Step<Interaction> {
    let is_waiting = waiting.due_at.is_some() && waiting.leased_until.is_none();
    let Some(decision) = (if is_waiting { holders::forbid(app, lender, &waiting).await? } else { None })
    else {
        return Ok(Continue(waiting));
    };
    waiting.blocked(&decision, app.now());
    app.metrics.count(Metric::Blocked, &waiting.tenant, waiting.channel);
    writer::ended(app, &mut waiting, None).await?;
    Ok(Break(()))
}

/// Keeps a message that is held back, and hands it to the queue again if its turn is near; or the end it came to by waiting.
async fn held(app: &App, interaction: &mut Interaction, over: bool) -> Result<(), Error> {
    if over {
        app.metrics.count(Metric::Failed, &interaction.tenant, interaction.channel);
        return writer::ended(app, interaction, None).await;
    }
    hold(app, interaction).await
}

/// Keeps a message that is held back, and hands it to the queue again if its turn is near.
pub(super) async fn hold(app: &App, interaction: &mut Interaction) -> Result<(), Error> {
    if writer::noted(app, interaction).await? {
        tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, turn = ?interaction.turn, "held back");
        accept::hand_over(app, std::slice::from_ref(interaction)).await;
    }
    Ok(())
}

/// The end of a message whose tenant's sender was taken away after it was accepted.
async fn unserved(app: &App, lender: &Lender, mut claimed: Interaction) -> Result<(), Error> {
    match app.providers.serving(&lender.tenant, claimed.channel, claimed.transactional) {
        // It came back just now; the message is tried again when its lease ends.
        Ok(_) => Ok(()),
        Err(error) => {
            let refusal = no_sender(&claimed, crate::http::problem::detail(&error));
            refused(app, &mut claimed, &refusal).await
        }
    }
}

fn no_sender(interaction: &Interaction, description: String) -> Refusal {
    let sending = interaction.channel.sending();
    let reason = sending.map_or(FailureReason::Other, SendingChannel::not_enabled);
    Refusal::new(About::Us, reason, Retry::Never, description)
}
