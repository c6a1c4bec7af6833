//! Answers that Postrider gives by itself to what came in.
//!
//! No answer may begin a conversation of machines: nobody is answered who is a machine, or is one of the lender's own
//! addresses, and an answer says of itself that it is automatic (RFC 3834).

use std::collections::BTreeSet;

use domain::{
    Error,
    compliance::Circumstances,
    id::{Id, Ref},
    interaction::{Interaction, Origin, Outline},
    person::{BookAddress, Person},
    tenant::Tenant,
    vocabulary::{Channel, Direction, KnownSubject, Subject, Theme},
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Map;

use super::{
    accept::{self, Outcome},
    best, compose,
    context::Occasion,
    receive::Came,
    record::Kept,
    resolve::{self, About, Chosen, Wording},
};
use crate::{
    app::{App, Lender},
    digest::digest,
    mailbox::Address,
    needs::{Items, Need},
};

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::AddressBook), Need::All(best::NEEDS), Need::All(accept::STORE)];

/// Mailboxes that machines write from.
const MACHINES: [&str; 9] = [
    "mailer-daemon",
    "postmaster",
    "no-reply",
    "noreply",
    "do-not-reply",
    "donotreply",
    "bounce",
    "bounces",
    "daemon",
];

/// Tells whoever wrote to an address that nobody reads that nobody did (001, "Receive message"): once a sender and day, by
/// the lender's calendar. What the guard refuses, or the lender cannot send, is left out; what came in is kept anyway.
///
/// # Errors
/// Our own trouble: the answer may be given later.
pub(super) async fn unmonitored(
    app: &App,
    lender: &Lender,
    Kept { interaction: received, person }: &Kept,
    came: &Came,
) -> Result<(), Error> {
    let tenant = &lender.tenant;
    let (Some(BookAddress::Email(from)), Some(to)) = (&came.from, &came.to) else { return Ok(()) };
    if received.channel != Channel::Email
        || !unread(tenant).contains(&to.to_lowercase())
        || own(tenant).contains(from)
        || is_machine(from)
    {
        return Ok(());
    }
    let answered = answer_to(app, lender, received, person.as_ref(), from).await;
    match answered {
        Ok(Outcome::Accepted(answer)) => {
            accept::hand_over(app, std::slice::from_ref(&answer)).await;
            Ok(())
        }
        Ok(Outcome::Repeated(_) | Outcome::Blocked(_)) => Ok(()),
        Err(error) if error.is_ours() => Err(error),
        Err(error) => {
            tracing::warn!(%error, interaction = %received.id, "not answered");
            Ok(())
        }
    }
}

async fn answer_to(
    app: &App,
    lender: &Lender,
    received: &Interaction,
    person: Option<&Person>,
    from: &str,
) -> Result<Outcome, Error> {
    let (tenant, now) = (&lender.tenant, app.now());
    let subject = Subject::from(KnownSubject::UnmonitoredEmailAddress);
    let zone = TimeZone::get(&tenant.settings.time_zone).unwrap_or(TimeZone::UTC);
    let day = now.to_zoned(zone).date().to_string();
    let id = Id::keyed(tenant.id.as_str(), "unmonitored", &digest(&[from, &day]));
    let circumstances = Circumstances { automatic: true, ..Circumstances::default() };
    // Whoever wrote gets the answer, and not the borrower whom the lender takes the message for at another address.
    let contact = person.and_then(|person| person.contact_on(Channel::Email, from));
    let (Some(person), Some(contact)) = (person, contact) else {
        return to_stranger(app, lender, received, from, id, circumstances).await;
    };
    // Read anew: what came in has its place in the ledger by now.
    let known = app.store.person(&tenant.id, &person.id).await?;
    let about = About {
        person: Some(Ref::Id(person.id.clone())),
        contact: Some(Ref::Id(contact.id.clone())),
        previous: Some(Ref::Id(received.id.clone())),
        theme: Some(Theme::OpsServicing),
        ..About::default()
    };
    let wording = Wording::Best(subject, Some(Channel::Email));
    let resolved = resolve::resolve_known(app, app.lender(&tenant.id).await?, about, Some(known), &wording);
    let request = accept::Request {
        id,
        external_id: None,
        circumstances,
        context: Map::new(),
        transactional: true,
        strict_undefined: false,
        send_at: None,
        send_jitter: 0,
        batch: None,
        supercase_bulk_operation: None,
        attachments: Vec::new(),
        edited: None,
        trace_id: received.trace_id.clone(),
    };
    accept::store(app, resolved.await?, &request).await
}

async fn to_stranger(
    app: &App,
    lender: &Lender,
    received: &Interaction,
    from: &str,
    id: Id<domain::id::Interaction>,
    circumstances: Circumstances,
) -> Result<Outcome, Error> {
    let (tenant, now) = (&lender.tenant, app.now());
    let subject = Subject::from(KnownSubject::UnmonitoredEmailAddress);
    app.providers.serving(tenant, Channel::Email, true)?;
    let own = best::in_language(app, tenant, &subject, Channel::Email, None, None).await?;
    let language = tenant.settings.language.as_str();
    let composed = |chosen: Chosen| async move {
        let occasion = occasion(tenant, &chosen.template.descriptor.language, now);
        let composed = compose::compose(app, &chosen, &occasion, &Map::new(), false).await?;
        Ok::<_, Error>((chosen, composed))
    };
    let (chosen, composed) = match composed(own).await {
        // The lender's words may be for borrowers alone.
        Err(error @ Error::Template(_)) => {
            let ours = best::built_in(tenant, &subject, Channel::Email, [language, language]);
            composed(ours.ok_or(error)?).await?
        }
        composed => composed?,
    };
    let descriptor = &chosen.template.descriptor;
    let outline = Outline {
        id: id.clone(),
        tenant: tenant.id.clone(),
        person_id: None,
        channel: Channel::Email,
        direction: Direction::Outbound,
        theme: Theme::OpsServicing,
        trace_id: received.trace_id.clone(),
    };
    let message = Interaction {
        to: from.to_owned(),
        subject: Some(subject),
        circumstances: Circumstances { reply_to: Some(received.id.clone()), ..circumstances },
        transactional: true,
        descriptor_id: chosen.descriptor_id(),
        version_id: chosen.version_id(),
        content: app.objects.keep(&tenant.id, &id, composed.rendered.into()).await?,
        sensitive: descriptor.sensitive,
        ..Interaction::begin(outline, Origin::Sent, now)
    };
    accept::admit_unbound(app, lender, message).await
}

fn occasion<'a>(tenant: &'a Tenant, language: &'a str, now: Timestamp) -> Occasion<'a> {
    Occasion {
        tenant,
        person: None,
        channel: Channel::Email,
        language,
        loans: &[],
        case: None,
        statement: None,
        now,
    }
}

/// The addresses of the lender's that nobody reads, in small letters. Where the settings name none: the one that
/// transactional mail comes from, unless it takes answers too.
fn unread(tenant: &Tenant) -> BTreeSet<String> {
    if let Some(named) = &tenant.settings.unmonitored_addresses {
        return named.iter().map(|address| address.to_lowercase()).collect();
    }
    let Some(email) = &tenant.senders.email else { return BTreeSet::new() };
    let read = [
        Some(&email.conversational.from),
        email.conversational.reply_to.as_ref(),
        email.transactional.reply_to.as_ref(),
    ];
    let read: BTreeSet<String> = read.into_iter().flatten().filter_map(|text| bare(text)).collect();
    bare(&email.transactional.from).into_iter().filter(|address| !read.contains(address)).collect()
}

/// All addresses that the lender's mail comes from or is answered to.
fn own(tenant: &Tenant) -> BTreeSet<String> {
    let mailboxes =
        tenant.senders.email.iter().flat_map(|email| [&email.transactional, &email.conversational]);
    mailboxes
        .flat_map(|mailbox| mailbox.reply_to.iter().chain([&mailbox.from]))
        .filter_map(|text| bare(text))
        .collect()
}

fn bare(text: &str) -> Option<String> {
    Address::parse(text).map(|address| address.address.to_lowercase())
}

fn is_machine(address: &str) -> bool {
    let local = address.split(['@', '+']).next().unwrap_or_default();
    MACHINES.contains(&local)
}
