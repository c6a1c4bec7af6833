//! Mail of ours that comes back (RFC 3464): what a mail system reports by mail of a message that left by SMTP settles that
//! message, as another provider's event does.
//!
//! Anybody may write such a mail. So it counts only if it names the message by a [name](crate::links::returns) that nobody
//! makes up: in the Message-ID of the mail that it encloses or answers, or in the address that it came to. Who has that name
//! got the message, or runs a system that it passed through. Whatever else looks like a report is received as any other mail.

use domain::{
    Error,
    delivery::{ContactEffect, DeliveryEvent, News, Refusal},
    interaction::Interaction,
    tenant::TenantId,
    vocabulary::ProviderName,
};
use jiff::Timestamp;
use mail::{Report, Returned};

use super::settle;
use crate::{
    app::App,
    links,
    needs::Need,
    providers::{inbound::Inbound, smtp::returned},
};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(links::NEEDS), Need::All(settle::NEEDS)];

/// Of a report that answers a long thread, the nearest mails are looked at.
const MOST: usize = 5;

/// Settles the message that came back. Answers whether it was that. Safe to repeat.
///
/// # Errors
/// [`Error::Unavailable`] if it must be brought again.
pub async fn take_in(
    app: &App,
    tenant: &TenantId,
    inbound: &Inbound,
    received_at: Timestamp,
) -> Result<bool, Error> {
    let Some(report) = &inbound.returned else { return Ok(false) };
    let Some(message) = message(app, tenant, inbound, report).await? else {
        tracing::info!(%tenant, "mail that reports a delivery names no message of ours and is received as mail");
        return Ok(false);
    };
    let Some(news) = news(report, &message) else {
        tracing::info!(interaction = %message.id, "mail came back that is about a copy only");
        return Ok(true);
    };
    let event = DeliveryEvent {
        interaction_id: Some(message.id.clone()),
        provider: ProviderName::Smtp,
        // The same at every attempt.
        reference: message.reference.clone().unwrap_or_default(),
        event_id: inbound.reference.clone(),
        occurred_at: received_at.min(app.now()),
        news,
    };
    settle::settle(app, tenant, &event).await.map(|()| true)
}

/// The message of ours that a report proves to know.
async fn message(
    app: &App,
    tenant: &TenantId,
    inbound: &Inbound,
    report: &Report,
) -> Result<Option<Interaction>, Error> {
    let tags = inbound.to.iter().filter_map(|address| Some(address.rsplit_once('@')?.0.split_once('+')?.1));
    let ids = report.message_id.iter().chain(inbound.answers.iter().take(MOST));
    let names = ids.map(|id| id.rsplit_once('@').map_or(id.as_str(), |(name, _)| name));
    for name in names.chain(tags.take(MOST)) {
        let Some(id) = app.links.returned(tenant, name).await? else { continue };
        let found = app.store.find_interaction(tenant, &id).await?;
        let is_by_smtp =
            |message: &Interaction| message.provider.as_deref() == Some(ProviderName::Smtp.as_str());
        if let Some(message) = found.filter(is_by_smtp) {
            return Ok(Some(message));
        }
    }
    Ok(None)
}

/// What a report means for the message; nothing if it is about its copies alone.
fn news(report: &Report, message: &Interaction) -> Option<News> {
    let is_borrower = |one: &&Returned| {
        let named = [&one.recipient, &one.original_recipient];
        named.into_iter().flatten().any(|address| address.eq_ignore_ascii_case(&message.to))
    };
    let has_copies = message.copies.all().next().is_some();
    let ours = report.recipients.iter().filter(|one| !has_copies || is_borrower(one));
    // Where one report says several things, the last of them in the life of a message.
    let told = ours.max_by_key(|one| one.action)?;
    let news = returned::news(told.action, told.status.as_deref())?;
    Some(match news {
        // Where the mail was passed on, what failed is the address that it was passed on to.
        News::Failed(refusal) if refusal.effect == Some(ContactEffect::Invalid) && !is_borrower(&told) => {
            News::Failed(Refusal { effect: None, ..refusal })
        }
        news => news,
    })
}

#[cfg(test)]
mod tests {
    use domain::{
        interaction::Recipient,
        vocabulary::{InteractionStatus, StatusDetails},
    };
    use mail::Action;

    use super::*;
    use crate::providers::fixtures::Message;

    fn returned(recipient: &str, action: Action, status: Option<&str>) -> Returned {
        Returned {
            recipient: Some(recipient.into()),
            original_recipient: None,
            action,
            status: status.map(str::to_owned),
        }
    }

    fn reads(recipients: Vec<Returned>, message: &Interaction) -> Option<News> {
        news(&Report { recipients, message_id: None }, message)
    }

    #[test]
    fn every_action_moves_a_message_as_far_as_it_says() {
        use InteractionStatus::{Attempted, Succeeded};
        use StatusDetails::{EmailDelivered, EmailSent};
        let message = Message::email("s", "t", "h").interaction;
        for (action, status, details) in [
            (Action::Delayed, Attempted, EmailSent),
            (Action::Relayed, Attempted, EmailSent),
            (Action::Expanded, Attempted, EmailSent),
            (Action::Delivered, Succeeded, EmailDelivered),
        ] {
            let told = returned("john@borrower.example", action, Some("2.0.0"));
            let expected = News::Progress { status, details: Some(details), effect: None };
            assert_eq!(reads(vec![told], &message), Some(expected), "{action:?}");
        }
    }

    #[test]
    fn a_contact_is_invalid_only_if_its_own_address_failed() {
        use StatusDetails::{EmailBlocked, EmailBounced};
        let message = Message::email("s", "t", "h").interaction;
        let moved = Returned {
            original_recipient: Some("John@Borrower.example".into()),
            ..returned("old@elsewhere.example", Action::Failed, Some("5.1.1"))
        };
        for (told, details, effect) in [
            (
                returned("JOHN@borrower.example", Action::Failed, Some("5.1.1")),
                EmailBounced,
                Some(ContactEffect::Invalid),
            ),
            (moved, EmailBounced, Some(ContactEffect::Invalid)),
            (returned("old@elsewhere.example", Action::Failed, Some("5.1.1")), EmailBounced, None),
            (returned("john@borrower.example", Action::Failed, Some("5.7.1")), EmailBlocked, None),
            (returned("john@borrower.example", Action::Failed, None), EmailBlocked, None),
        ] {
            let Some(News::Failed(refusal)) = reads(vec![told.clone()], &message) else { panic!("{told:?}") };
            assert_eq!((refusal.details, refusal.effect), (Some(details), effect), "{told:?}");
        }
    }

    #[test]
    fn what_became_of_a_copy_says_nothing_of_the_message() {
        let mut message = Message::email("s", "t", "h").interaction;
        message.copies.cc = vec![Recipient { email: "ann@borrower.example".into(), name: None }];
        let copy = || returned("ann@borrower.example", Action::Failed, Some("5.1.1"));
        assert_eq!(reads(vec![copy()], &message), None);
        let both = vec![copy(), returned("john@borrower.example", Action::Delivered, None)];
        assert!(matches!(reads(both, &message), Some(News::Progress { .. })));
    }
}
