//! Where a webhook goes and what signs it, and what its answer says about the endpoint.
//!
//! A message goes to one of the lender's [endpoints](domain::webhook_endpoint) if its `to` is the endpoint's id, else to the
//! URL that it names itself.

use domain::{
    Error,
    delivery::{About, ContactEffect, Refusal, Retry, SendOutcome},
    id::{self, Id},
    interaction::Interaction,
    tenant::TenantId,
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
    named(app, &message.tenant, &message.to).await
}

/// Where a webhook goes now that names this endpoint, or this URL; or why it goes nowhere.
///
/// # Errors
/// When that cannot be read.
pub(super) async fn named(
    app: &App,
    tenant: &TenantId,
    to: &str,
) -> Result<Result<Destination, Refusal>, Error> {
    let (all, now) = (app.webhook_endpoints(tenant).await?, app.now());
    let Ok(id) = to.parse::<Id<id::WebhookEndpoint>>() else {
        return Ok(Ok(Destination {
            url: to.to_owned(),
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

/// Nobody is called.
fn refusal(reason: FailureReason, description: String) -> Refusal {
    Refusal::new(About::Us, reason, Retry::Never, description)
}

/// Notes how a call to an endpoint ended, if that is news: each first failure and each first success after failures. What
/// cannot be noted now is noted by the next call.
pub(super) async fn called(app: &App, message: &Interaction, to: &Destination, outcome: &SendOutcome) {
    let (Signer::Endpoint(id), Some(how)) = (&to.signer, how(outcome)) else { return };
    if let Err(error) = note(app, message, id, how).await {
        tracing::warn!(interaction = %message.id, endpoint = %id, %error, "what its endpoint answered is not noted");
    }
}

/// What an outcome says about the endpoint. A failure about the message, such as its length, or about us says nothing.
fn how(outcome: &SendOutcome) -> Option<Called> {
    match outcome {
        SendOutcome::Sent(_) | SendOutcome::Delivered(_) => Some(Called::Taken),
        SendOutcome::Unknown { .. } => Some(Called::Failed),
        SendOutcome::Refused(refusal) if refusal.effect == Some(ContactEffect::Invalid) => Some(Called::Gone),
        SendOutcome::Refused(refusal) => match refusal.about {
            About::Server | About::Recipient => Some(Called::Failed),
            About::Account | About::Message | About::Us => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_about_the_endpoint_counts_against_it() {
        let refused = |about, effect| {
            let reason = FailureReason::HttpErrorWhileSending;
            let refusal = Refusal::new(about, reason, Retry::WhileAllowed, "It was not taken.");
            SendOutcome::Refused(Refusal { effect, ..refusal })
        };
        for (outcome, expected) in [
            (refused(About::Server, None), Some(Called::Failed)),
            (refused(About::Recipient, None), Some(Called::Failed)),
            (refused(About::Recipient, Some(ContactEffect::Invalid)), Some(Called::Gone)),
            (refused(About::Message, None), None),
            // Our key could not be read: nobody was called.
            (refused(About::Us, None), None),
            (SendOutcome::Unknown { description: "lost".into() }, Some(Called::Failed)),
        ] {
            assert_eq!(how(&outcome), expected, "{outcome:?}");
        }
    }
}
