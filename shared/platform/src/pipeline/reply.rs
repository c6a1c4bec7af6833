//! Replying by ourselves: to the address something came from and to no other, whatever else its headers name; as to the
//! person it is kept with, if that is known.

use std::sync::Arc;

use domain::{
    Error,
    compliance::Circumstances,
    id::{self, Id, Ref},
    interaction::{Interaction, Origin, Outline},
    person::BookAddress,
    tenant::Tenant,
    vocabulary::{Channel, Direction, Theme},
};
use serde_json::{Map, Value};

use super::{
    accept::{self, Outcome},
    answer::Received,
    best, compose,
    context::Occasion,
    resolve::{self, About, Chosen, Wording},
};
use crate::{
    app::{App, Lender},
    mailbox::Address,
    needs::{Items, Need},
    store::interactions::Beside,
};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::AddressBook),
    Need::Read(Items::Tenants),
    Need::All(best::NEEDS),
    Need::All(accept::LINKED),
    Need::Dispatch,
];

/// A reply in the making.
pub(super) struct Reply<'a> {
    /// Derived from what it answers, so that it is given once.
    pub id: Id<id::Interaction>,
    /// In which words.
    pub wording: Wording,
    /// What it is to the guard. That it is automatic, and what it answers, is known.
    pub circumstances: Circumstances,
    /// Variables besides those of every message.
    pub context: Map<String, Value>,
    /// What is written with it.
    pub beside: Beside<'a>,
}

/// Sends a reply. What the guard refuses, or the lender cannot send, is left out: what came in is kept anyway.
///
/// # Errors
/// Our own trouble: the reply may be given later.
pub(super) async fn reply(
    app: &App,
    lender: &Lender,
    received: &Received<'_>,
    reply: Reply<'_>,
) -> Result<(), Error> {
    let Some(from) = &received.came.from else { return Ok(()) };
    let outcome = match received.kept.person().and_then(|person| person.contact_with(from)) {
        Some(contact) => {
            let contact = contact.id.clone();
            to_person(app, lender, received, contact, reply).await
        }
        // Whoever wrote is answered, and not the person whom the lender takes the message for at another address.
        None => to_stranger(app, lender, received, from, reply).await,
    };
    match outcome {
        Ok(Outcome::Accepted(answer)) => {
            accept::hand_over(app, std::slice::from_ref(&answer)).await;
            Ok(())
        }
        Ok(Outcome::Repeated(_) | Outcome::Blocked(_)) => Ok(()),
        Err(error) if error.is_ours() => Err(error),
        Err(error) => {
            tracing::warn!(%error, interaction = %received.kept.interaction.id, "not answered");
            Ok(())
        }
    }
}

async fn to_person(
    app: &App,
    lender: &Lender,
    received: &Received<'_>,
    contact: Id<id::Contact>,
    reply: Reply<'_>,
) -> Result<Outcome, Error> {
    let tenant = &lender.tenant.id;
    let known = received.kept.known.clone();
    let about = About {
        person: known.as_ref().map(|known| Ref::Id(known.person.id.clone())),
        contact: Some(Ref::Id(contact)),
        theme: Some(Theme::OpsServicing),
        ..About::default()
    };
    let lender = app.lender(tenant).await?;
    let mut resolved = resolve::resolve_known(app, lender, about, known, &reply.wording).await?;
    // It is the person's own, kept a moment ago.
    resolved.previous = Some(received.kept.interaction.id.clone());
    let request = accept::Request {
        id: reply.id,
        external_id: None,
        circumstances: Circumstances { automatic: true, ..reply.circumstances },
        context: reply.context,
        transactional: is_transactional(&resolved.lender.tenant, received),
        strict_undefined: false,
        send_at: None,
        send_jitter: 0,
        batch: None,
        supercase_bulk_operation: None,
        trigger: None,
        delay: jiff::SignedDuration::ZERO,
        instead_of: None,
        attachments: Vec::new(),
        edited: None,
        trace_id: received.kept.interaction.trace_id.clone(),
    };
    accept::store(app, resolved, &request, None, reply.beside).await
}

async fn to_stranger(
    app: &App,
    lender: &Lender,
    received: &Received<'_>,
    from: &BookAddress,
    reply: Reply<'_>,
) -> Result<Outcome, Error> {
    let (tenant, now) = (&lender.tenant, app.now());
    let interaction = &received.kept.interaction;
    let channel = interaction.channel;
    app.providers.serving(tenant, channel, true)?;
    let composed = |chosen: Chosen| {
        let context = &reply.context;
        async move {
            let occasion = occasion(tenant, channel, &chosen.template.descriptor.language, now);
            let composed = compose::compose(app, &chosen, &occasion, context, false).await?;
            Ok::<_, Error>((chosen, composed))
        }
    };
    let own = words(app, tenant, channel, &reply.wording).await?;
    let (chosen, composed) = match (composed(own).await, &reply.wording) {
        // The lender's words may be for borrowers alone.
        (Err(error @ Error::Template(_)), Wording::Best(subject, _)) => {
            let language = tenant.settings.language.as_str();
            let ours = best::built_in(tenant, subject, channel, [language, language]);
            composed(ours.ok_or(error)?).await?
        }
        (composed, _) => composed?,
    };
    let descriptor = &chosen.template.descriptor;
    let outline = Outline {
        id: reply.id.clone(),
        tenant: tenant.id.clone(),
        person_id: None,
        channel,
        direction: Direction::Outbound,
        theme: Theme::OpsServicing,
        trace_id: interaction.trace_id.clone(),
    };
    let message = Interaction {
        to: from.as_str().to_owned(),
        subject: Some(descriptor.subject.clone()),
        circumstances: Circumstances {
            reply_to: Some(interaction.id.clone()),
            automatic: true,
            ..reply.circumstances.clone()
        },
        transactional: is_transactional(tenant, received),
        descriptor_id: chosen.descriptor_id(),
        version_id: chosen.version_id(),
        content: app.objects.keep(&tenant.id, &reply.id, composed.rendered.into()).await?,
        sensitive: descriptor.sensitive,
        ..Interaction::begin(outline, Origin::Sent, now)
    };
    accept::admit_unbound(app, lender, message, reply.beside).await
}

/// Whether it comes from the address of transactional messages: not if it answers what was written to one that people
/// answer, so that the conversation goes on there.
fn is_transactional(tenant: &Tenant, received: &Received<'_>) -> bool {
    let came_to = received.came.to.as_deref().unwrap_or_default();
    let mailbox = tenant.senders.email.as_ref().map(|email| &email.conversational);
    let theirs = mailbox.into_iter().flat_map(|mailbox| mailbox.reply_to.iter().chain([&mailbox.from]));
    let mut addresses = theirs.filter_map(|text| Address::parse(text));
    !addresses.any(|known| known.address.eq_ignore_ascii_case(came_to))
}

/// The words for somebody of whom no language is known.
pub(super) async fn words(
    app: &App,
    tenant: &Tenant,
    channel: Channel,
    wording: &Wording,
) -> Result<Chosen, Error> {
    match wording {
        Wording::Best(subject, _) => best::in_language(app, tenant, subject, channel, None, None).await,
        Wording::Template(named, _) => resolve::named_template(app, &tenant.id, named, Some(channel)).await,
        Wording::Given(chosen) => Ok(Arc::unwrap_or_clone(chosen.clone())),
        Wording::Version(named) => {
            Err(Error::Internal(format!("no reply is made of the version {named}").into()))
        }
    }
}

fn occasion<'a>(
    tenant: &'a Tenant,
    channel: Channel,
    language: &'a str,
    now: jiff::Timestamp,
) -> Occasion<'a> {
    Occasion {
        tenant,
        person: None,
        channel,
        language,
        loans: &[],
        case: None,
        statement: None,
        unsubscribe: None,
        now,
    }
}
