//! A message in the words of a template.

use domain::{
    Error,
    compliance::Circumstances,
    error::Conflict,
    id::{self, Ref},
    interaction::{ExternalIds, Interaction, Origin, Outline},
    person::Person,
    vocabulary::{Channel, Direction},
};
use jiff::Timestamp;

use super::{Composition, Request, Timing, Words};
use crate::{
    app::App,
    pipeline::{
        compose, letters,
        rate::Paced,
        resolve::{Matter, Resolved},
    },
    store::interactions::Beside,
};

/// A message in a template's words: everything resolved, nothing stored.
pub(super) struct FromTemplate<'a> {
    pub resolved: Resolved,
    pub request: &'a Request,
    pub paced: Option<Paced>,
    pub beside: Beside<'a>,
}

/// What of the person's a message is about. Of a loan that is named, more than the name must be known.
fn matter<'p>(resolved: &Resolved, person: &'p Person) -> Result<Matter<'p>, Error> {
    let matter = resolved.matter(Some(person))?;
    let is_named = !resolved.about.loans.is_empty();
    match matter.loans.iter().find(|loan| is_named && loan.is_a_name_only()) {
        None => Ok(matter),
        Some(bare) => {
            let tenant = resolved.lender.tenant.id.as_str();
            let is_it = |named: &&Ref<id::Loan>| named.resolve(tenant) == bare.id;
            let named =
                resolved.about.loans.iter().find(is_it).map_or_else(String::new, |named| format!(" {named}"));
            let detail = format!(
                "Of the loan{named} nothing but its id is known; push its details before writing about it."
            );
            Err(Error::conflict(Conflict::LoanIncomplete, detail))
        }
    }
}

/// The message to a person, neither worded nor judged.
pub(super) fn message(
    resolved: &Resolved,
    request: &Request,
    person: &Person,
    now: Timestamp,
) -> Result<Interaction, Error> {
    let matter = matter(resolved, person)?;
    let descriptor = &resolved.chosen.template.descriptor;
    let contact = match &resolved.about.contact {
        Some(_) => matter.contact,
        None => person.select_contact(descriptor.channel),
    };
    let outline = Outline {
        id: request.id.clone(),
        tenant: resolved.lender.tenant.id.clone(),
        person_id: Some(person.id.clone()),
        channel: descriptor.channel,
        direction: Direction::Outbound,
        theme: resolved.theme.unwrap_or_default(),
        trace_id: request.trace_id.clone(),
    };
    let message = Interaction {
        external_id: request.external_id.clone(),
        contact_id: contact.map(|contact| contact.id.clone()),
        to: contact.map(|contact| contact.destination().into_owned()).unwrap_or_default(),
        external_ids: ExternalIds::of(person, contact, &matter.loans),
        subject: Some(descriptor.subject.clone()),
        circumstances: Circumstances { reply_to: resolved.previous.clone(), ..request.circumstances.clone() },
        transactional: request.transactional,
        loan_ids: matter.loans.iter().map(|loan| loan.id.clone()).collect(),
        case_id: matter.case.map(|case| case.id.clone()),
        statement_id: resolved.statement.as_ref().map(|statement| statement.id.clone()),
        descriptor_id: resolved.chosen.descriptor_id(),
        version_id: resolved.chosen.version_id(),
        batch_id: request.batch.clone(),
        supercase_bulk_operation_id: request.supercase_bulk_operation.clone(),
        attachments: request.attachments.clone(),
        sensitive: descriptor.sensitive,
        trigger: request.trigger.clone(),
        ..Interaction::begin(outline, Origin::Sent, now)
    };
    Ok(match &request.instead_of {
        Some((failed, by)) => message.instead_of(failed, by, now),
        None => message,
    })
}

impl Composition for FromTemplate<'_> {
    fn message(&self, person: &Person, now: Timestamp) -> Result<Interaction, Error> {
        message(&self.resolved, self.request, person, now)
    }

    async fn words(&self, app: &App, person: &Person, now: Timestamp) -> Result<Words, Error> {
        let (Self { resolved, request, paced: _, beside: _ }, matter) =
            (self, matter(&self.resolved, person)?);
        let message = self.message(person, now)?;
        let unsubscribe = app.links.unsubscribe(&message).await?;
        let occasion = resolved.occasion(Some(person), &matter, unsubscribe.as_deref(), now);
        let (own, strict) = (&request.context, request.strict_undefined);
        let mut composed = compose::compose(app, &resolved.chosen, &occasion, own, strict).await?;
        if let Some(edited) = &request.edited {
            let settings = &occasion.tenant.settings;
            composed.rendered = compose::edited(composed.rendered, edited, occasion.channel, settings)?;
        }
        let letter = match occasion.channel {
            Channel::Mail => Some(letters::print(app, occasion.tenant, &message, person, &composed).await?),
            _ => None,
        };
        compose::fits(&composed.rendered, occasion.channel, !request.attachments.is_empty())?;
        let content = app.objects.keep(&occasion.tenant.id, &request.id, composed.rendered.into()).await?;
        Ok(Words { letter, ..Words::plain(content) })
    }

    fn timing(&self) -> Timing {
        let Request { send_at, delay, send_jitter, .. } = *self.request;
        Timing { send_at, delay, jitter: send_jitter, paced: self.paced }
    }

    fn beside(&self) -> Beside<'_> {
        self.beside
    }
}
