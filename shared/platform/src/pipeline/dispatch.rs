//! Dispatching a message: from the queue to the provider, once.

use domain::{
    Error,
    batch::BatchStatus,
    compliance::{self, Decision, Facts},
    delivery::{ContactEffect, Refusal, Retry, SendOutcome},
    interaction::{Claim, Interaction},
    ledger::Ledger,
    template::Source,
    tenant::Tenant,
    vocabulary::{Channel, FailureReason},
};
use jiff::{SignedDuration, Timestamp};

use super::{backoff, pause};
use crate::{
    app::{App, Lender},
    providers::{Outgoing, Provider},
    store::{interactions::Taken, people::Known},
    telemetry::Metric,
};

/// Dispatches one message as it came from the queue.
///
/// Safe to repeat: a message that moved since it was queued is left alone. An error means nothing is known to have
/// happened; the queue brings the message back.
pub async fn dispatch(app: &App, queued: Interaction) -> Result<(), Error> {
    let lender = app.lender(&queued.tenant).await?;
    let tenant = &*lender.tenant;
    let Some(mut interaction) = claim(app, &lender, queued).await? else { return Ok(()) };
    let provider = match app.provider(tenant, interaction.channel) {
        Ok(provider) => provider,
        Err(error) => {
            let refusal = no_sender(&interaction, crate::problem::detail(&error));
            let over = interaction.refused(&refusal, backoff(interaction.attempts), app.now());
            return close(app, &mut interaction, over, None).await;
        }
    };
    let outcome = hand_out(app, tenant, provider, &interaction).await?;
    answered(app, provider.name(), interaction, outcome).await
}

/// Records what became of an attempt.
async fn answered(
    app: &App,
    provider: &str,
    mut interaction: Interaction,
    outcome: SendOutcome,
) -> Result<(), Error> {
    match outcome {
        SendOutcome::Sent(receipt) => {
            interaction.sent(provider, receipt, app.now());
            app.metrics.count(Metric::Sent, &interaction.tenant, interaction.channel);
            tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, "sent");
            record(app, &mut interaction).await
        }
        SendOutcome::Refused(refusal) => {
            tracing::warn!(interaction = %interaction.id, trace = interaction.trace_id, code = refusal.code, "refused");
            let over = interaction.refused(&refusal, backoff(interaction.attempts), app.now());
            close(app, &mut interaction, over, refusal.effect).await
        }
        SendOutcome::Unknown { description } => {
            tracing::warn!(interaction = %interaction.id, trace = interaction.trace_id, description, "unanswered");
            let over = interaction.unanswered(&description, app.now());
            close(app, &mut interaction, over, None).await
        }
    }
}

/// The tenant's sender was taken away after the message was accepted.
fn no_sender(interaction: &Interaction, description: String) -> Refusal {
    let reason = match interaction.channel {
        Channel::Email => FailureReason::EmailServiceNotEnabled,
        Channel::Text => FailureReason::SmsServiceNotEnabled,
        _ => FailureReason::Other,
    };
    Refusal { details: None, reason, code: None, description, retry: Retry::Never, effect: None }
}

/// Takes the message, after the guard's second look where its first no longer holds. `None` when the message is not to be
/// sent now, or not by us, or not at all.
async fn claim(
    app: &App,
    lender: &Lender,
    mut interaction: Interaction,
) -> Result<Option<Interaction>, Error> {
    if called_off(app, &interaction).await? {
        if interaction.cancel("batch canceled", app.now()) {
            end(app, &mut interaction, None).await?;
        }
        return Ok(None);
    }
    let mut person_changed = false;
    for look in 0..LOOKS {
        let now = app.now();
        let mut claimed = interaction.clone();
        match claimed.claim(now) {
            Claim::Done | Claim::NotBefore(_) => return Ok(None),
            Claim::Spent => {
                app.metrics.count(Metric::Failed, &interaction.tenant, interaction.channel);
                return end(app, &mut claimed, None).await.map(|()| None);
            }
            Claim::Taken => {}
        }
        let holds = |decision: &Decision| !person_changed && decision.holds(&lender.rules, now);
        let taken = if interaction.decision.as_ref().is_some_and(holds) {
            app.store.take(&mut claimed).await?
        } else {
            match look_again(app, lender, &interaction, &claimed, now).await? {
                Verdict::Go(mut going, ledger, before) => {
                    let taken = app.store.save_with_ledger(&mut going, &ledger, before).await?;
                    claimed = *going;
                    taken
                }
                Verdict::Wait(..) | Verdict::Stop(_) if was_sent(app, lender, &claimed).await? => {
                    return Ok(None);
                }
                Verdict::Wait(mut waiting, ledger, before) => {
                    let taken = app.store.save_with_ledger(&mut waiting, &ledger, before).await?;
                    if taken == Taken::Ours {
                        tracing::info!(interaction = %waiting.id, trace = waiting.trace_id, "postponed");
                        return Ok(None);
                    }
                    taken
                }
                Verdict::Stop(mut stopped) => {
                    app.metrics.count(Metric::Blocked, &stopped.tenant, stopped.channel);
                    return end(app, &mut stopped, None).await.map(|()| None);
                }
            }
        };
        match taken {
            Taken::Ours => return Ok(Some(claimed)),
            Taken::Moved => return Ok(None),
            Taken::PersonChanged => person_changed = true,
        }
        pause(look).await;
    }
    Err(Error::Unavailable(format!("person {} keeps changing", interaction.person_id)))
}

/// How often the guard looks again at a person who changes while it looks: many messages to one person leave at once.
const LOOKS: u32 = 20;

/// Messages younger than this leave without asking whether their batch goes on: calling a batch off is not that fast.
const FRESH: SignedDuration = SignedDuration::from_secs(10);

/// Whether the message is part of a batch that was called off before anybody took the message.
async fn called_off(app: &App, interaction: &Interaction) -> Result<bool, Error> {
    match &interaction.batch_id {
        Some(batch)
            if interaction.attempts == 0 && app.now().duration_since(interaction.created_at) > FRESH =>
        {
            Ok(app.batch_status(&interaction.tenant, batch).await? == BatchStatus::Canceled)
        }
        _ => Ok(false),
    }
}

/// What the guard's second look comes to.
enum Verdict {
    /// Send it: the message as taken and the ledger with its new time, and the version the ledger had before.
    Go(Box<Interaction>, Ledger, u64),
    /// Send it later: the same with the message put off.
    Wait(Box<Interaction>, Ledger, u64),
    /// Do not send it: the message, called off.
    Stop(Box<Interaction>),
}

/// The guard's second look, on the person as it is now, at the instant the message would leave: the `interaction`, or
/// once taken the `claimed`.
async fn look_again(
    app: &App,
    lender: &Lender,
    interaction: &Interaction,
    claimed: &Interaction,
    now: Timestamp,
) -> Result<Verdict, Error> {
    let Known { person, mut ledger } = app.store.person(&interaction.tenant, &interaction.person_id).await?;
    let before = ledger.version;
    let facts = Facts {
        contact: person.contact_at(interaction.contact_id.as_ref(), &interaction.to),
        subject: interaction.subject.as_ref(),
        theme: Some(interaction.theme),
        loans: &interaction.loan_ids,
        said: &interaction.circumstances,
        interaction: Some(&interaction.id),
        ..Facts::new(&lender.rules, &person, interaction.channel, &ledger)
    };
    let entry = |at| facts.entry(interaction.theme, at);
    let decision = compliance::decide_on_record(&facts, now);
    let Some(ruling) = decision.ruling() else {
        let mut going = Box::new(claimed.clone());
        let entry = entry(now);
        ledger.record(going.id.clone(), entry, now);
        going.judged(decision, ledger.version);
        return Ok(Verdict::Go(going, ledger, before));
    };
    let rule_id = Some(ruling.rule_id.clone());
    let mut interaction = Box::new(interaction.clone());
    match decision.next_right_time() {
        Some(later) => {
            interaction.postponed(later, rule_id, now);
            let (entry, then) = (entry(later), compliance::decide_on_record(&facts, later));
            ledger.record(interaction.id.clone(), entry, now);
            interaction.judged(decision, before);
            interaction.judged(then, ledger.version);
            Ok(Verdict::Wait(interaction, ledger, before))
        }
        None => {
            interaction.blocked(rule_id, decision.detail(), now);
            interaction.judged(decision, before);
            Ok(Verdict::Stop(interaction))
        }
    }
}

/// Whether an earlier dispatcher sent the message before it vanished, as far as the provider can tell. Records that it
/// did: what has left is not called off.
async fn was_sent(app: &App, lender: &Lender, claimed: &Interaction) -> Result<bool, Error> {
    if !claimed.may_have_left() {
        return Ok(false);
    }
    let Ok(provider) = app.provider(&lender.tenant, claimed.channel) else { return Ok(false) };
    let content = Source::from(app.objects.content(&claimed.content).await?);
    let message = Outgoing { tenant: &lender.tenant, interaction: claimed, content: &content };
    match found(provider, &message).await {
        None => Ok(false),
        Some(outcome) => answered(app, provider.name(), claimed.clone(), outcome).await.map(|()| true),
    }
}

/// What the provider knows of an earlier attempt.
async fn found(provider: &dyn Provider, message: &Outgoing<'_>) -> Option<SendOutcome> {
    let interaction = message.interaction;
    provider.find(message, interaction.first_claimed_at().unwrap_or(interaction.created_at)).await
}

/// Gives the message to its provider, or finds that an earlier dispatcher already did.
async fn hand_out(
    app: &App,
    tenant: &Tenant,
    provider: &dyn Provider,
    interaction: &Interaction,
) -> Result<SendOutcome, Error> {
    let content = Source::from(app.objects.content(&interaction.content).await?);
    let message = Outgoing { tenant, interaction, content: &content };
    if interaction.may_have_left() {
        if let Some(outcome) = found(provider, &message).await {
            return Ok(outcome);
        }
        if !provider.can_be_asked() {
            app.metrics.count(Metric::PossiblySentTwice, &tenant.id, interaction.channel);
        }
        tracing::warn!(interaction = %interaction.id, trace = interaction.trace_id, "sent again: its first dispatcher vanished");
    }
    Ok(provider.send(&message).await)
}

/// Records a refusal, or the end it came to.
async fn close(
    app: &App,
    interaction: &mut Interaction,
    over: bool,
    effect: Option<ContactEffect>,
) -> Result<(), Error> {
    if over {
        app.metrics.count(Metric::Failed, &interaction.tenant, interaction.channel);
        end(app, interaction, effect).await
    } else {
        app.metrics.count(Metric::Retried, &interaction.tenant, interaction.channel);
        record(app, interaction).await
    }
}

/// Records the end of a message that was not sent, with what that means to its place in the ledger, and keeps what was
/// learned.
pub(super) async fn end(
    app: &App,
    interaction: &mut Interaction,
    effect: Option<ContactEffect>,
) -> Result<(), Error> {
    super::settle::learn(app, interaction, effect, app.now()).await?;
    let written = app.store.settle_interaction(interaction).await?;
    overtaken(interaction, written);
    Ok(())
}

/// Writes the message.
async fn record(app: &App, interaction: &mut Interaction) -> Result<(), Error> {
    let written = app.store.save_interaction(interaction).await?;
    overtaken(interaction, written);
    Ok(())
}

/// When an event from the provider overtook us, what it recorded is kept.
fn overtaken(interaction: &Interaction, written: bool) {
    if !written {
        tracing::info!(interaction = %interaction.id, "overtaken by a delivery event");
    }
}
