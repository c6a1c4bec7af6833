//! What became of an attempt, written down.

use domain::{
    Error,
    delivery::{ContactEffect, Refusal, SendOutcome},
    interaction::Interaction,
    vocabulary::ProviderName,
};

use super::{
    held, hold,
    way::{Way, second},
};
use crate::{
    app::{App, Lender},
    pipeline::{
        backoff,
        circuit::{self, Passage},
        writer,
    },
    telemetry::Metric,
};

/// Records what became of an attempt, and what that tells of the account. A refusal that is trouble with the account is no
/// attempt spent: the message waits, or the second provider takes it.
pub(super) async fn tell(
    app: &App,
    lender: &Lender,
    way: &Way<'_>,
    mut interaction: Interaction,
    outcome: SendOutcome,
) -> Result<(), Error> {
    let provider = way.carrier.name();
    let Some(account) = &way.account else { return answered(app, provider, interaction, outcome).await };
    // The message first: what became of it is known to nobody else.
    if let SendOutcome::Sent(_) | SendOutcome::Delivered(_) = outcome {
        answered(app, provider, interaction.clone(), outcome).await?;
        return circuit::taken(app, account, &interaction).await.or_else(|error| {
            tracing::warn!(%error, %account, "not told that it works");
            Ok(())
        });
    }
    let told = circuit::not_taken(app, account, &interaction, &outcome).await;
    let told = told.inspect_err(|error| tracing::warn!(%error, %account, "not told of a failure"));
    match (outcome, told) {
        (SendOutcome::Refused(refusal), Ok(Passage::Blocked(at, _))) => {
            let (now, id) = (app.now(), &interaction.id);
            tracing::warn!(interaction = %id, trace = interaction.trace_id, code = refusal.code, "account out of order");
            if way.takes_over || second(app, lender, &interaction)?.is_none() {
                let over = interaction.wait_again(at, &refusal, now);
                return held(app, &mut interaction, over).await;
            }
            interaction.give_way(&refusal, now);
            match interaction.is_awaited(now) {
                // Whoever waits has it sent.
                true => writer::noted(app, &mut interaction).await.map(drop),
                false => hold(app, &mut interaction).await,
            }
        }
        (outcome, _) => answered(app, provider, interaction, outcome).await,
    }
}

/// Records what became of an attempt.
pub(super) async fn answered(
    app: &App,
    provider: ProviderName,
    mut interaction: Interaction,
    outcome: SendOutcome,
) -> Result<(), Error> {
    match outcome {
        SendOutcome::Sent(receipt) => {
            interaction.sent(provider, receipt, app.now());
            count_sent(app, &interaction);
            tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, "sent");
            writer::noted(app, &mut interaction).await.map(drop)
        }
        SendOutcome::Delivered(receipt) => {
            interaction.delivered(provider, receipt, app.now());
            count_sent(app, &interaction);
            tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, "delivered");
            writer::noted(app, &mut interaction).await.map(drop)
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

/// Counts a message that was taken, with how long after its time that was: after it was accepted, or later where it was to wait.
fn count_sent(app: &App, interaction: &Interaction) {
    let due = interaction.send_at.map_or(interaction.created_at, |at| at.max(interaction.created_at));
    app.metrics.sent(&interaction.tenant, interaction.channel, app.now().duration_since(due));
}

pub(super) async fn refused(
    app: &App,
    interaction: &mut Interaction,
    refusal: &Refusal,
) -> Result<(), Error> {
    let over = interaction.refused(refusal, backoff(interaction.channel, interaction.attempts), app.now());
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
        writer::noted(app, interaction).await.map(drop)
    }
}
