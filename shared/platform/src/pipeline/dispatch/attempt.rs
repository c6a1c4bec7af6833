//! One attempt: a message is given to its provider, unless an earlier dispatcher already did.

use std::time::Duration;

use domain::{
    Error,
    delivery::SendOutcome,
    interaction::{Interaction, Unmasked},
    template::Source,
    vocabulary::{Channel, Direction},
    webhook_endpoint::Telling,
};
use tokio::time::{Instant, timeout_at};

use crate::{
    app::{App, Lender},
    pipeline::{attach, endpoints, rate::Slot},
    providers::{Carrier, Outgoing},
    telemetry::Metric,
};

/// How long providers are waited for in one attempt. Its function has 60 s, and still has to write what became of the message:
/// one that is cut off leaves all it has at once in doubt.
const LONGEST: Duration = Duration::from_secs(40);

/// Gives the message to its provider, or finds that an earlier dispatcher already did.
pub(super) async fn hand_out(
    app: &App,
    lender: &Lender,
    provider: &dyn Carrier,
    claimed: &mut Interaction,
    place: Option<Slot>,
) -> Result<SendOutcome, Error> {
    let until = Instant::now() + LONGEST;
    let (content, telling) = words(app, claimed).await?;
    let (files, media) = match claimed.channel {
        Channel::Text => (Vec::new(), attach::addresses(app, claimed).await?),
        _ => (attach::files(app, claimed).await?, Vec::new()),
    };
    let thread = thread(app, claimed).await?;
    let unsubscribe = match claimed.channel {
        Channel::Email => app.links.unsubscribe(claimed).await?,
        // It stands in the words, if anywhere.
        _ => None,
    };
    let destination = match claimed.channel {
        Channel::Webhook => match endpoints::destination(app, claimed).await? {
            Ok(destination) => {
                claimed.goes_to(&destination.url);
                Some(destination)
            }
            Err(refusal) => return Ok(SendOutcome::Refused(refusal)),
        },
        _ => None,
    };
    let message = Outgoing {
        tenant: &lender.tenant,
        interaction: claimed,
        content: &content,
        attachments: &files,
        media: &media,
        unsubscribe: unsubscribe.as_deref(),
        answers: thread.as_deref(),
        destination: destination.as_ref(),
        telling: telling.as_ref(),
    };
    if claimed.may_have_left() {
        match timeout_at(until, found(app, provider, &message)).await {
            Err(_) => return Ok(unfinished()),
            Ok(found) => {
                if let Some(outcome) = found? {
                    return Ok(outcome);
                }
            }
        }
        if !provider.can_be_asked() && !provider.knows_repeats() {
            app.metrics.count(Metric::PossiblySentTwice, &claimed.tenant, claimed.channel);
        }
        tracing::warn!(interaction = %claimed.id, trace = claimed.trace_id, "sent again: its first dispatcher vanished");
    }
    if let Some(place) = place {
        place.comes(app).await;
    }
    let outcome = in_time(until, provider.send(&message)).await;
    if let Some(destination) = &destination {
        endpoints::called(app, claimed, destination, &outcome).await;
    }
    Ok(outcome)
}

/// What becomes of an attempt by then. One that goes on longer may have sent the message or may not.
async fn in_time(until: Instant, attempt: impl Future<Output = SendOutcome>) -> SendOutcome {
    timeout_at(until, attempt).await.unwrap_or_else(|_| unfinished())
}

fn unfinished() -> SendOutcome {
    SendOutcome::Unknown { description: format!("not finished within {} s", LONGEST.as_secs()) }
}

/// The Message-ID of the mail that a mail answers, so that it stands in its thread.
async fn thread(app: &App, message: &Interaction) -> Result<Option<String>, Error> {
    let Some(theirs) = message.circumstances.reply_to.as_ref().filter(|_| message.channel == Channel::Email)
    else {
        return Ok(None);
    };
    let theirs = app.store.find_interaction(&message.tenant, theirs).await?;
    Ok(theirs.filter(|theirs| theirs.direction == Direction::Inbound).and_then(|theirs| theirs.reference))
}

/// What the message says, with its secret if it has one; and what it tells of instead.
pub(super) async fn words(app: &App, message: &Interaction) -> Result<(Source, Option<Telling>), Error> {
    if let Some(Unmasked(words)) = &message.unmasked {
        return Ok((words.clone(), None));
    }
    let content = app.objects.content(&message.content).await?;
    let telling = Telling::read(&content).filter(|_| message.channel == Channel::Webhook);
    Ok((Source::from(content), telling))
}

/// What the provider knows of an earlier attempt: `Sent` if it has the message, `Unknown` if it does not answer,
/// `None` if it has none that is not another's. Two messages may say the same to the same number.
pub(super) async fn found(
    app: &App,
    provider: &dyn Carrier,
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

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use domain::delivery::Receipt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_does_not_end_leaves_its_message_in_doubt_while_its_function_runs() {
        let begun = Instant::now();
        let outcome = in_time(begun + LONGEST, pending()).await;
        assert_eq!(outcome, SendOutcome::Unknown { description: "not finished within 40 s".into() });
        assert!(begun.elapsed() < Duration::from_secs(45), "a dispatcher has 60 s");
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_ends_in_time_says_what_became_of_it() {
        let sent = SendOutcome::Sent(Receipt { reference: "SM1".into(), segments: None });
        assert_eq!(in_time(Instant::now() + LONGEST, ready(sent.clone())).await, sent);
    }
}
