//! Dispatching a message: from the queue to the provider, once.
//!
//! Each step below [`dispatch`] either hands the message on to the next or has written why it goes no further.

use std::ops::ControlFlow::{self, Break, Continue};

use domain::{
    Error,
    batch::BatchStatus,
    compliance::{self, Decision},
    delivery::{ContactEffect, Refusal, Retry, SendOutcome},
    interaction::{Claim, Interaction},
    ledger::Ledger,
    template::Source,
    vocabulary::{FailureReason, ProviderName, SendingChannel},
};
use jiff::{SignedDuration, Timestamp};

use super::{backoff, writer};
use crate::{
    app::{App, Lender},
    needs::{Bodies, Items, List, Need},
    providers::{Outgoing, Provider},
    race::Race,
    store::{interactions::Taken, people::Known},
    telemetry::Metric,
};

/// A step's result: the message as it goes on, or nothing where it does not go further.
type Step<T> = Result<ControlFlow<(), T>, Error>;

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::Batches),
    Need::Fetch(Bodies::Contents),
    Need::List(List::InteractionByReference),
    Need::All(writer::NEEDS),
];

/// Dispatches one message as it came from the queue.
///
/// Safe to repeat: a message that moved since it was queued is left alone. An error means nothing is known to have
/// happened; the queue brings the message back.
pub async fn dispatch(app: &App, queued: Interaction) -> Result<(), Error> {
    let lender = app.lender(&queued.tenant).await?;
    let Continue(waiting) = unless_batch_called_off(app, queued).await? else { return Ok(()) };
    let Continue(claimed) = claim(app, &lender, waiting).await? else { return Ok(()) };
    let Continue(provider) = provider_for(app, &lender, &claimed).await? else { return Ok(()) };
    let outcome = hand_out(app, &lender, provider, &claimed).await?;
    answered(app, provider.name(), claimed, outcome).await
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
    if queued.cancel("batch canceled", app.now()) {
        writer::ended(app, &mut queued, None).await?;
    }
    Ok(Break(()))
}

/// Takes the message, after the guard's second look where its first no longer holds.
async fn claim(app: &App, lender: &Lender, waiting: Interaction) -> Step<Interaction> {
    let mut race = Race::begin();
    let mut person_changed = false;
    loop {
        let now = app.now();
        let Continue(mut leased) = lease(app, &waiting, now).await? else { return Ok(Break(())) };
        let holds = |decision: &Decision| !person_changed && decision.holds(&lender.rules, now);
        let taken = if waiting.decision.as_ref().is_some_and(holds) {
            app.store.take(&mut leased).await?
        } else {
            let look = Look::again(app, lender, &waiting, &leased, now).await?;
            if !look.goes() && settled_as_sent(app, lender, &leased).await? {
                return Ok(Break(()));
            }
            let Continue((next, taken)) = look.written(app).await? else { return Ok(Break(())) };
            leased = next;
            taken
        };
        match taken {
            Taken::Ours => return Ok(Continue(leased)),
            Taken::Moved => return Ok(Break(())),
            Taken::PersonChanged => person_changed = true,
        }
        race.lost(format!("person {}", waiting.person_id)).await?;
    }
}

/// The message with our lease on it, not yet written; unless another has it, its time has not come, or it is over.
async fn lease(app: &App, waiting: &Interaction, now: Timestamp) -> Step<Interaction> {
    let mut leased = waiting.clone();
    match leased.claim(now) {
        Claim::Taken => return Ok(Continue(leased)),
        Claim::Done | Claim::NotBefore(_) => {}
        Claim::Spent => {
            app.metrics.count(Metric::Failed, &leased.tenant, leased.channel);
            writer::ended(app, &mut leased, None).await?;
        }
    }
    Ok(Break(()))
}

/// What the guard's second look comes to.
enum Look {
    /// Send it: the message as taken and the ledger with its new time, and the version the ledger had before.
    Go(Box<Interaction>, Ledger, u64),
    /// Send it later: the same with the message put off.
    Wait(Box<Interaction>, Ledger, u64),
    /// Do not send it: the message, called off.
    Stop(Box<Interaction>),
}

impl Look {
    /// Looks at the person as it is now, at the instant the message would leave: the one that is `waiting`, or `leased`
    /// once it is taken.
    async fn again(
        app: &App,
        lender: &Lender,
        waiting: &Interaction,
        leased: &Interaction,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let Known { person, mut ledger } = app.store.person(&waiting.tenant, &waiting.person_id).await?;
        let before = ledger.version;
        let facts = waiting.facts(&lender.rules, &person, &ledger);
        let entry = |at| facts.entry(waiting.theme, at);
        let decision = compliance::decide_on_record(&facts, now);
        let Some(ruling) = decision.ruling() else {
            let mut going = Box::new(leased.clone());
            let entry = entry(now);
            ledger.record(going.id.clone(), entry, now);
            going.judged(decision, ledger.version);
            return Ok(Self::Go(going, ledger, before));
        };
        let rule_id = Some(ruling.rule_id.clone());
        let mut message = Box::new(waiting.clone());
        match decision.next_right_time() {
            Some(later) => {
                message.postponed(later, rule_id, now);
                let (entry, then) = (entry(later), compliance::decide_on_record(&facts, later));
                ledger.record(message.id.clone(), entry, now);
                message.judged(decision, before);
                message.judged(then, ledger.version);
                Ok(Self::Wait(message, ledger, before))
            }
            None => {
                message.blocked(rule_id, decision.detail(), now);
                message.judged(decision, before);
                Ok(Self::Stop(message))
            }
        }
    }

    /// Whether the message leaves now.
    const fn goes(&self) -> bool {
        match self {
            Self::Go(..) => true,
            Self::Wait(..) | Self::Stop(_) => false,
        }
    }

    /// Writes it. Goes on with the message where it leaves now, or where the look was lost to another change.
    async fn written(self, app: &App) -> Step<(Interaction, Taken)> {
        match self {
            Self::Go(mut going, ledger, before) => {
                let taken = app.store.save_with_ledger(&mut going, &ledger, before).await?;
                Ok(Continue((*going, taken)))
            }
            Self::Wait(mut waiting, ledger, before) => {
                match app.store.save_with_ledger(&mut waiting, &ledger, before).await? {
                    Taken::Ours => {
                        tracing::info!(interaction = %waiting.id, trace = waiting.trace_id, "postponed");
                        Ok(Break(()))
                    }
                    lost @ (Taken::Moved | Taken::PersonChanged) => Ok(Continue((*waiting, lost))),
                }
            }
            Self::Stop(mut stopped) => {
                app.metrics.count(Metric::Blocked, &stopped.tenant, stopped.channel);
                writer::ended(app, &mut stopped, None).await?;
                Ok(Break(()))
            }
        }
    }
}

/// Records that an earlier dispatcher sent the message before it vanished, if it did, as far as the provider can tell:
/// what has left is not called off. Returns whether the attempt is over by that.
async fn settled_as_sent(app: &App, lender: &Lender, leased: &Interaction) -> Result<bool, Error> {
    if !leased.may_have_left() {
        return Ok(false);
    }
    let provider = app.providers.serving(&lender.tenant, leased.channel, leased.transactional);
    let Ok(provider) = provider else { return Ok(false) };
    let content = Source::from(app.objects.content(&leased.content).await?);
    let message = Outgoing { tenant: &lender.tenant, interaction: leased, content: &content };
    match found(app, provider, &message).await? {
        None => Ok(false),
        Some(outcome) => answered(app, provider.name(), leased.clone(), outcome).await.map(|()| true),
    }
}

/// Who takes the message away; where the tenant's sender was taken away after the message was accepted, its end.
async fn provider_for<'a>(app: &'a App, lender: &Lender, claimed: &Interaction) -> Step<&'a dyn Provider> {
    match app.providers.serving(&lender.tenant, claimed.channel, claimed.transactional) {
        Ok(provider) => Ok(Continue(provider)),
        Err(error) => {
            let mut claimed = claimed.clone();
            let refusal = no_sender(&claimed, crate::http::problem::detail(&error));
            refused(app, &mut claimed, &refusal).await?;
            Ok(Break(()))
        }
    }
}

fn no_sender(interaction: &Interaction, description: String) -> Refusal {
    let sending = interaction.channel.sending();
    let reason = sending.map_or(FailureReason::Other, SendingChannel::not_enabled);
    Refusal { details: None, reason, code: None, description, retry: Retry::Never, effect: None }
}

/// Gives the message to its provider, or finds that an earlier dispatcher already did.
async fn hand_out(
    app: &App,
    lender: &Lender,
    provider: &dyn Provider,
    claimed: &Interaction,
) -> Result<SendOutcome, Error> {
    let content = Source::from(app.objects.content(&claimed.content).await?);
    let message = Outgoing { tenant: &lender.tenant, interaction: claimed, content: &content };
    if claimed.may_have_left() {
        if let Some(outcome) = found(app, provider, &message).await? {
            return Ok(outcome);
        }
        if !provider.can_be_asked() {
            app.metrics.count(Metric::PossiblySentTwice, &claimed.tenant, claimed.channel);
        }
        tracing::warn!(interaction = %claimed.id, trace = claimed.trace_id, "sent again: its first dispatcher vanished");
    }
    Ok(provider.send(&message).await)
}

/// What the provider knows of an earlier attempt: `Sent` where it has the message, `Unknown` where it does not answer,
/// `None` where it has none that is not another's. Two messages may say the same to the same number.
async fn found(
    app: &App,
    provider: &dyn Provider,
    message: &Outgoing<'_>,
) -> Result<Option<SendOutcome>, Error> {
    let interaction = message.interaction;
    let since = interaction.first_claimed_at().unwrap_or(interaction.created_at);
    let candidates = match provider.find(message, since).await {
        Ok(candidates) => candidates,
        Err(description) => return Ok(Some(SendOutcome::Unknown { description })),
    };
    for receipt in candidates {
        let owner =
            app.store.interaction_by_reference(&interaction.tenant, provider.name(), &receipt.reference);
        if owner.await?.is_none_or(|owner| owner.id == interaction.id) {
            return Ok(Some(SendOutcome::Sent(receipt)));
        }
    }
    Ok(None)
}

/// Records what became of an attempt.
async fn answered(
    app: &App,
    provider: ProviderName,
    mut interaction: Interaction,
    outcome: SendOutcome,
) -> Result<(), Error> {
    match outcome {
        SendOutcome::Sent(receipt) => {
            interaction.sent(provider, receipt, app.now());
            app.metrics.count(Metric::Sent, &interaction.tenant, interaction.channel);
            tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, "sent");
            writer::noted(app, &mut interaction).await
        }
        SendOutcome::Refused(refusal) => {
            tracing::warn!(interaction = %interaction.id, trace = interaction.trace_id, code = refusal.code, "refused");
            refused(app, &mut interaction, &refusal).await
        }
        SendOutcome::Unknown { description } => {
            tracing::warn!(interaction = %interaction.id, trace = interaction.trace_id, description, "unanswered");
            let over = interaction.unanswered(&description, app.now());
            close(app, &mut interaction, over, None).await
        }
    }
}

async fn refused(app: &App, interaction: &mut Interaction, refusal: &Refusal) -> Result<(), Error> {
    let over = interaction.refused(refusal, backoff(interaction.attempts), app.now());
    close(app, interaction, over, refusal.effect).await
}

/// Records an attempt that did not succeed, or the end the message came to by it.
async fn close(
    app: &App,
    interaction: &mut Interaction,
    over: bool,
    effect: Option<ContactEffect>,
) -> Result<(), Error> {
    if over {
        app.metrics.count(Metric::Failed, &interaction.tenant, interaction.channel);
        writer::ended(app, interaction, effect).await
    } else {
        app.metrics.count(Metric::Retried, &interaction.tenant, interaction.channel);
        writer::noted(app, interaction).await
    }
}
