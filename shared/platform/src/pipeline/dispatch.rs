//! Dispatching a message: from the queue to the provider, once.

use domain::{
    Error,
    batch::BatchStatus,
    compliance::{self, Facts},
    delivery::{ContactEffect, Refusal, Retry, SendOutcome},
    interaction::{Claim, Interaction},
    tenant::Tenant,
    vocabulary::{Channel, FailureReason},
};
use jiff::{SignedDuration, Timestamp};

use super::backoff;
use crate::{
    app::App,
    providers::{Outgoing, Provider},
    store::interactions::Taken,
    telemetry::Metric,
};

/// Dispatches one message as it came from the queue.
///
/// Safe to repeat: a message that moved since it was queued is left alone. An error means nothing is known to have
/// happened; the queue brings the message back.
pub async fn dispatch(app: &App, queued: Interaction) -> Result<(), Error> {
    let tenant = app.tenant(&queued.tenant).await?;
    let Some(mut interaction) = claim(app, &tenant, queued).await? else { return Ok(()) };
    let provider = match app.provider(&tenant, interaction.channel) {
        Ok(provider) => provider,
        Err(error) => {
            let refusal = no_sender(&interaction, crate::problem::detail(&error));
            let over = interaction.refused(&refusal, backoff(interaction.attempts), app.now());
            return close(app, &mut interaction, over, None).await;
        }
    };
    match hand_out(app, &tenant, provider, &interaction).await? {
        SendOutcome::Sent(receipt) => {
            interaction.sent(provider.name(), receipt, app.now());
            app.metrics.count(Metric::Sent, &tenant.id, interaction.channel);
            tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, "sent");
            record(app, &mut interaction).await.map(drop)
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

/// Takes the message, after the guard's second look where anything changed since its first. `None` when the message is
/// not to be sent now, or not by us, or not at all.
async fn claim(
    app: &App,
    tenant: &Tenant,
    mut interaction: Interaction,
) -> Result<Option<Interaction>, Error> {
    if called_off(app, &interaction).await? {
        if interaction.cancel("batch canceled", app.now()) {
            end(app, &mut interaction, None).await?;
        }
        return Ok(None);
    }
    // The person may change again while the guard looks again, but not for ever.
    for _ in 0..3 {
        let mut claimed = interaction.clone();
        match claimed.claim(app.now()) {
            Claim::Done | Claim::NotBefore(_) => return Ok(None),
            Claim::Spent => {
                app.metrics.count(Metric::Failed, &tenant.id, interaction.channel);
                return end(app, &mut claimed, None).await.map(|()| None);
            }
            Claim::Taken => {}
        }
        match app.store.take(&mut claimed).await? {
            Taken::Ours => return Ok(Some(claimed)),
            Taken::Moved => return Ok(None),
            Taken::PersonChanged => {
                if !still_allowed(app, tenant, &mut interaction, app.now()).await? {
                    return Ok(None);
                }
            }
        }
    }
    Err(Error::Unavailable(format!("person {} keeps changing", interaction.person_id)))
}

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

/// The guard's second look, on the person as it is now. What became forbidden is ended here.
async fn still_allowed(
    app: &App,
    tenant: &Tenant,
    interaction: &mut Interaction,
    now: Timestamp,
) -> Result<bool, Error> {
    let known = app.store.person(&tenant.id, &interaction.person_id).await?;
    let contact = known.person.contact_at(interaction.contact_id.as_ref(), &interaction.to);
    let facts = Facts {
        settings: &tenant.settings,
        person: &known.person,
        contact,
        channel: interaction.channel,
        subject: Some(&interaction.subject),
        theme: Some(interaction.theme),
        ledger: &known.ledger,
        interaction: Some(&interaction.id),
    };
    let decision = compliance::decide(&facts, now);
    interaction.ledger_version = known.ledger.version;
    let Some(first) = decision.reasons.first() else { return Ok(true) };
    let detail = decision.reasons.iter().map(|reason| reason.detail.as_str()).collect::<Vec<_>>().join(" ");
    interaction.blocked(Some(first.rule_id.clone()), detail, now);
    app.metrics.count(Metric::Blocked, &tenant.id, interaction.channel);
    end(app, interaction, None).await?;
    Ok(false)
}

/// Gives the message to its provider, or finds that an earlier dispatcher already did.
async fn hand_out(
    app: &App,
    tenant: &Tenant,
    provider: &dyn Provider,
    interaction: &Interaction,
) -> Result<SendOutcome, Error> {
    let content = app.objects.content(&interaction.content).await?;
    let message = Outgoing { tenant, interaction, content: &content };
    if interaction.may_have_left() {
        if let Some(outcome) =
            provider.find(&message, interaction.first_claimed_at().unwrap_or(interaction.created_at)).await
        {
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
        record(app, interaction).await.map(drop)
    }
}

/// Records the end of a message that was not sent: gives its place in the ledger back and keeps what was learned.
///
/// The place is given back before the message leaves the due index, so that a crash in between repeats it.
pub(super) async fn end(
    app: &App,
    interaction: &mut Interaction,
    effect: Option<ContactEffect>,
) -> Result<(), Error> {
    super::settle::learn(app, interaction, effect, app.now()).await?;
    app.store.give_back(&interaction.tenant, &interaction.person_id, &interaction.id).await?;
    record(app, interaction).await.map(drop)
}

/// Writes the message. When an event from the provider overtook us, what it recorded is kept.
async fn record(app: &App, interaction: &mut Interaction) -> Result<bool, Error> {
    let written = app.store.save_interaction(interaction).await?;
    if !written {
        tracing::info!(interaction = %interaction.id, "overtaken by a delivery event");
    }
    Ok(written)
}
