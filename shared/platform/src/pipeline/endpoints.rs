//! Where a webhook goes and what signs it, and what its answer tells of the endpoint.
//!
//! A message goes to one of the lender's [endpoints](domain::webhook_endpoint) where its `to` is the endpoint's id, else to the
//! URL that it names itself.

use domain::{
    Error,
    delivery::{ContactEffect, Refusal, Retry, SendOutcome},
    id::{self, Id},
    interaction::Interaction,
    vocabulary::FailureReason,
    webhook_endpoint::{Called, Destination, DisabledReason, Signer},
};

use crate::{
    app::App,
    needs::{Items, Need},
    race::Race,
};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::WebhookEndpoints), Need::Write(Items::WebhookEndpoints)];

/// Where a message goes now, or why it goes nowhere.
///
/// # Errors
/// When that cannot be read.
pub(super) async fn destination(
    app: &App,
    message: &Interaction,
) -> Result<Result<Destination, Refusal>, Error> {
    let (all, now) = (app.webhook_endpoints(&message.tenant).await?, app.now());
    let Ok(id) = message.to.parse::<Id<id::WebhookEndpoint>>() else {
        return Ok(Ok(Destination {
            url: message.to.clone(),
            signer: Signer::Lender,
            generations: all.default_secrets.valid(now),
        }));
    };
    let Some(endpoint) = all.find(&id) else {
        return Ok(Err(refusal(
            FailureReason::UndefinedDestination,
            "The webhook endpoint was deleted.".into(),
        )));
    };
    if let Some(disabled) = &endpoint.disabled {
        let why = match disabled.reason {
            DisabledReason::Requested => "the lender disabled it",
            DisabledReason::Gone => "it answered 410 Gone",
            DisabledReason::Failing => "all attempts of five days failed",
        };
        let description = format!("The webhook endpoint is disabled: {why}. Enable it with PUT.");
        return Ok(Err(refusal(FailureReason::WebhookNotificationsDisabled, description)));
    }
    Ok(Ok(Destination {
        url: endpoint.url.clone(),
        signer: Signer::Endpoint(id),
        generations: endpoint.secrets.valid(now),
    }))
}

fn refusal(reason: FailureReason, description: String) -> Refusal {
    Refusal { details: None, reason, code: None, description, retry: Retry::Never, effect: None }
}

/// Notes how a call to an endpoint ended, where that is news: each first failure and each first success after failures. What
/// cannot be noted now is noted by the next call.
pub(super) async fn called(app: &App, message: &Interaction, to: &Destination, outcome: &SendOutcome) {
    let (Signer::Endpoint(id), Some(how)) = (&to.signer, how(outcome)) else { return };
    if let Err(error) = note(app, message, id, how).await {
        tracing::warn!(interaction = %message.id, endpoint = %id, %error, "what its endpoint answered is not noted");
    }
}

/// What an outcome tells of the endpoint. What we refuse ourselves, such as a message that is too long, tells nothing.
fn how(outcome: &SendOutcome) -> Option<Called> {
    match outcome {
        SendOutcome::Sent(_) | SendOutcome::Delivered(_) => Some(Called::Taken),
        SendOutcome::Unknown { .. } => Some(Called::Failed),
        SendOutcome::Refused(refusal) if refusal.effect == Some(ContactEffect::Invalid) => Some(Called::Gone),
        SendOutcome::Refused(refusal) => match refusal.reason {
            FailureReason::InvalidHttpResponse
            | FailureReason::HttpErrorWhileSending
            | FailureReason::BlacklistedUrl => Some(Called::Failed),
            _ => None,
        },
    }
}

async fn note(
    app: &App,
    message: &Interaction,
    id: &Id<id::WebhookEndpoint>,
    how: Called,
) -> Result<(), Error> {
    let (tenant, now) = (&message.tenant, app.now());
    let mut remembered = app.webhook_endpoints(tenant).await?.find(id).cloned();
    if !remembered.as_mut().is_some_and(|endpoint| endpoint.called(how, &message.id, now)) {
        return Ok(());
    }
    let mut race = Race::begin();
    loop {
        let mut all = app.store.webhook_endpoints(tenant).await?;
        let is_news = all.find_mut(id).is_some_and(|endpoint| endpoint.called(how, &message.id, now));
        let saved = match is_news {
            true => app.store.save_webhook_endpoints(tenant, &mut all).await,
            false => Ok(()),
        };
        match saved {
            Ok(()) => {
                app.forget_webhook_endpoints(tenant);
                return Ok(());
            }
            Err(error) if error.is_edit_conflict() => race.lost(format!("the endpoints of {tenant}")).await?,
            Err(error) => return Err(error),
        }
    }
}
