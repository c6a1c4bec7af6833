//! Settling a message: from a provider's report to the message's final state.

use domain::{
    Error,
    account::Account,
    circuit::Trouble,
    delivery::{DeliveryEvent, News},
    error::Ours as _,
    interaction::Interaction,
    tenant::TenantId,
    vocabulary::InteractionStatus,
};

use super::{backoff, circuit, writer};
use crate::{
    app::App,
    needs::{List, Need},
    queues::RawReport,
    race::Race,
    telemetry::Metric,
};

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::List(List::InteractionByReference), Need::All(circuit::NEEDS), Need::All(writer::LEARN)];

/// Takes one event of a provider in. Safe to repeat and in any order: late and repeated events change nothing.
///
/// # Errors
/// [`Error::Unavailable`] if the queue should bring the event back.
pub async fn settle(app: &App, tenant: &TenantId, event: &DeliveryEvent) -> Result<(), Error> {
    settle_and_keep(app, tenant, event, None).await
}

/// The same, and keeps the report that the event stands in with its message.
pub async fn settle_and_keep(
    app: &App,
    tenant: &TenantId,
    event: &DeliveryEvent,
    mut report: Option<&RawReport>,
) -> Result<(), Error> {
    let mut race = Race::begin();
    loop {
        let Some(mut interaction) = find(app, tenant, event).await? else {
            // An account may send mail that is not ours.
            tracing::warn!(provider = %event.provider, reference = event.reference, "no such message");
            return keep_apart(app, report).await;
        };
        // Evidence first: whatever a provider claimed can be read as it came.
        if let Some(report) = report.take() {
            app.store.keep_report(&interaction, report).await?;
        }
        let (before, opted_out_at) = (interaction.place(), interaction.opted_out_at);
        let pause = backoff(interaction.channel, interaction.attempts);
        let Some(settled) = interaction.settle(event, pause, app.now()) else {
            let (id, provider, reference) = (&interaction.id, event.provider, &event.reference);
            tracing::warn!(interaction = %id, %provider, reference, "a report about a message that did not leave by it");
            return Ok(());
        };
        // Before the message is written: a crash in between repeats these, and they are safe to repeat.
        writer::learned(app, &interaction, settled.effect, settled.at, &mut race).await?;
        if let Some(account) = &settled.account {
            tell(app, account, &interaction, event).await?;
        }
        if !settled.moved && interaction.opted_out_at == opted_out_at {
            return Ok(());
        }
        if writer::moved(app, &mut interaction, before, &mut race).await? {
            if settled.moved {
                count(app, &interaction, settled.failed);
            }
            return Ok(());
        }
        race.lost(format!("message {}", event.reference)).await?;
    }
}

/// Keeps what a report tells of the account by which the message left.
async fn tell(
    app: &App,
    account: &Account,
    message: &Interaction,
    event: &DeliveryEvent,
) -> Result<(), Error> {
    match &event.news {
        News::Failed(refusal) if Trouble::of(refusal) == Some(Trouble::Lasting) => {
            circuit::reported(app, account, message, refusal).await
        }
        News::Progress { status: InteractionStatus::Succeeded, .. } => {
            circuit::arrived(app, account, message).await
        }
        News::Failed(_) | News::Progress { .. } => Ok(()),
    }
}

/// Keeps a report about no message of ours.
async fn keep_apart(app: &App, report: Option<&RawReport>) -> Result<(), Error> {
    match report {
        Some(report) => app.objects.put(&report.key(), serde_json::to_vec(report).internal()?).await,
        None => Ok(()),
    }
}

async fn find(app: &App, tenant: &TenantId, event: &DeliveryEvent) -> Result<Option<Interaction>, Error> {
    match &event.interaction_id {
        Some(id) => app.store.find_interaction(tenant, id).await,
        None => app.store.interaction_by_reference(tenant, event.provider, &event.reference).await,
    }
}

fn count(app: &App, interaction: &Interaction, failed: bool) {
    let metric = match interaction.state.status {
        _ if failed => Metric::Failed,
        Some(InteractionStatus::Succeeded) => Metric::Delivered,
        _ if interaction.due_at.is_some() => Metric::Retried,
        _ => return,
    };
    app.metrics.count(metric, &interaction.tenant, interaction.channel);
    tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, ?metric, "settled");
}
