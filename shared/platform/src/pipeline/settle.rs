//! Settling a message: from a provider's report to the message's final state.

use domain::{
    Error,
    delivery::{ContactEffect, DeliveryEvent},
    error::Conflict,
    interaction::Interaction,
    ledger::Outcome,
    tenant::TenantId,
    vocabulary::InteractionStatus,
};
use jiff::Timestamp;

use super::{backoff, pause};
use crate::{app::App, telemetry::Metric};

/// How often a message is read again because somebody else moved it.
const RACES: u32 = 10;

/// Takes one event of a provider in. Safe to repeat and in any order: late and repeated events change nothing.
///
/// # Errors
/// [`Error::Unavailable`] where the queue should bring the event back.
pub async fn settle(app: &App, tenant: &TenantId, event: &DeliveryEvent) -> Result<(), Error> {
    for race in 0..RACES {
        let Some(mut interaction) = find(app, tenant, event).await? else {
            // An account may send mail that is not ours; the report is kept with the raw ones.
            tracing::warn!(provider = event.provider, reference = event.reference, "no such message");
            return Ok(());
        };
        let before = interaction.place();
        let settled = interaction.settle(event, backoff(interaction.attempts));
        // Before the message is written: a crash in between repeats these, and they are safe to repeat.
        learn(app, &interaction, settled.effect, event.occurred_at).await?;
        if !settled.moved {
            return Ok(());
        }
        if write(app, &mut interaction, before).await? {
            count(app, &interaction, settled.failed);
            return Ok(());
        }
        pause(race).await;
    }
    Err(Error::Unavailable(format!("message {} keeps moving", event.reference)))
}

/// Writes an interaction that moved on, and its place in the ledger where that is no longer as `before`. Returns whether
/// it was written: not where somebody else moved it meanwhile.
pub(super) async fn write(
    app: &App,
    interaction: &mut Interaction,
    before: Option<(Timestamp, Outcome)>,
) -> Result<bool, Error> {
    if interaction.place() == before {
        app.store.save_interaction(interaction).await
    } else {
        app.store.settle_interaction(interaction).await
    }
}

async fn find(app: &App, tenant: &TenantId, event: &DeliveryEvent) -> Result<Option<Interaction>, Error> {
    match &event.interaction_id {
        Some(id) => app.store.find_interaction(tenant, id).await,
        None => app.store.interaction_by_reference(tenant, &event.provider, &event.reference).await,
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

/// Keeps what a delivery taught us about the contact it went to.
pub(super) async fn learn(
    app: &App,
    interaction: &Interaction,
    effect: Option<ContactEffect>,
    at: Timestamp,
) -> Result<(), Error> {
    let Some(effect) = effect else { return Ok(()) };
    for race in 0..RACES {
        let Some(mut known) = app.store.find_person(&interaction.tenant, &interaction.person_id).await?
        else {
            return Ok(());
        };
        let contact = known.person.contact_at(interaction.contact_id.as_ref(), &interaction.to);
        let Some(contact) = contact.map(|contact| contact.id.clone()) else { return Ok(()) };
        let source = interaction.provider.as_deref().unwrap_or("provider");
        if !known.person.learn(&contact, interaction.channel, effect, source, at) {
            return Ok(());
        }
        match app.store.save_person(&interaction.tenant, &known.person, &mut known.ledger).await {
            Err(Error::Conflict { conflict: Conflict::EditConflict, .. }) => {}
            done => return done,
        }
        pause(race).await;
    }
    Err(Error::Unavailable(format!("person {} keeps changing", interaction.person_id)))
}
