//! Recording what others did: stored with its place in the person's ledger, and moved on as the lender says. Nothing is
//! judged and nothing is sent.

use std::future::ready;

use domain::{
    Error,
    compliance::{Circumstances, Facts},
    id::{self, Id, Kind, Ref},
    interaction::{Content, Interaction, InteractionUpdate, Moment, NewInteraction, Step},
    ledger::LedgerEntry,
    person::{Contact, Person},
    tenant::TenantId,
    update::Change,
    vocabulary::{Direction, Theme},
};
use jiff::Timestamp;
use serde_json::Map;

use super::{accept, compose, settle};
use crate::{
    app::{App, Lender},
    store::people::Known,
};

/// Records an interaction under this id. The same request again is answered as before.
pub async fn record(
    app: &App,
    lender: &Lender,
    person: &Id<id::Person>,
    id: &Id<id::Interaction>,
    said: NewInteraction,
    trace_id: &str,
) -> Result<Interaction, Error> {
    let tenant = &*lender.tenant;
    said.check(app.now())?;
    let theme = theme(app, &tenant.id, &said).await?;
    let known = app.store.person(&tenant.id, person).await?;
    let named = said.contact();
    let contact = named.map(|named| compose::contact(tenant, &known.person, &named)).transpose()?.cloned();
    let loans = compose::loans(tenant, &known.person, &said.loans())?;
    let loan_ids = loans.into_iter().map(|loan| loan.id.clone()).collect();
    let previous = previous(app, &tenant.id, &known.person, said.previous_interaction_id.as_ref()).await?;
    let content = app.objects.keep(&tenant.id, id, said.content.clone().unwrap_or_default()).await?;
    let draft =
        Draft { tenant: &tenant.id, id, said: &said, theme, contact, loan_ids, previous, content, trace_id };
    let stored = accept::commit(app, &tenant.id, known, |Known { person, mut ledger }| {
        let now = app.now();
        let mut interaction = draft.interaction(&person.id, now);
        let facts = Facts::new(&lender.rules, &person, said.channel, &ledger);
        match draft.entry(&interaction, facts) {
            Some(entry) => ledger.record(id.clone(), entry, now),
            // Every write of a ledger moves its version.
            None => ledger.version += 1,
        }
        interaction.ledger_version = ledger.version;
        ready(Ok((interaction, ledger)))
    });
    let (interaction, is_new) = match stored.await? {
        (existing, false) => accept::repeated(said.external_id.as_ref(), existing)?,
        new => new,
    };
    if is_new {
        tracing::info!(interaction = %interaction.id, trace = interaction.trace_id, "recorded");
    }
    Ok(interaction)
}

/// Takes in what is said of an interaction later. Of changes at the same time none is lost.
///
/// # Errors
/// [`Error::Unavailable`] when it never rests; those of [`Interaction::amend`].
pub async fn amend(
    app: &App,
    tenant: &TenantId,
    id: &Id<id::Interaction>,
    said: &InteractionUpdate,
) -> Result<Interaction, Error> {
    for race in 0..accept::RACES {
        let before = app.store.interaction(tenant, id).await?;
        let mut after = before.clone();
        let now = app.now();
        after.amend(said, now)?;
        match &said.content {
            Change::Keep => {}
            Change::Clear => after.content = Content::Inline(Map::new()),
            Change::Set(content) => after.content = app.objects.keep(tenant, id, content.clone()).await?,
        }
        if after == before {
            return Ok(before);
        }
        after.updated_at = now;
        if settle::write(app, &mut after, before.place()).await? {
            tracing::info!(interaction = %after.id, trace = after.trace_id, "amended");
            return Ok(after);
        }
        super::pause(race).await;
    }
    Err(Error::Unavailable(format!("interaction {id} keeps moving")))
}

/// Why it took place: as the lender says, else as its subject does.
async fn theme(app: &App, tenant: &TenantId, said: &NewInteraction) -> Result<Theme, Error> {
    let implied = match &said.subject {
        Some(subject) if said.theme.is_none() => app.subjects(tenant).await?.descriptor(subject).theme,
        _ => None,
    };
    said.theme
        .or(implied)
        .ok_or_else(|| Error::invalid("/theme", "is required where the subject implies none"))
}

/// The interaction it follows, which must be the same person's.
async fn previous(
    app: &App,
    tenant: &TenantId,
    person: &Person,
    named: Option<&Ref<id::Interaction>>,
) -> Result<Option<Id<id::Interaction>>, Error> {
    let Some(named) = named else { return Ok(None) };
    let found = app.store.find_interaction(tenant, &named.resolve(tenant.as_str())).await?;
    let own = found.filter(|previous| previous.person_id == person.id);
    own.map(|previous| Some(previous.id)).ok_or_else(|| Error::not_found(id::Interaction::NAME, named))
}

/// An interaction to be recorded: everything resolved, nothing stored.
struct Draft<'a> {
    tenant: &'a TenantId,
    id: &'a Id<id::Interaction>,
    said: &'a NewInteraction,
    theme: Theme,
    contact: Option<Contact>,
    loan_ids: Vec<Id<id::Loan>>,
    previous: Option<Id<id::Interaction>>,
    content: Content,
    trace_id: &'a str,
}

impl Draft<'_> {
    fn interaction(&self, person: &Id<id::Person>, now: Timestamp) -> Interaction {
        let said = self.said;
        Interaction {
            id: self.id.clone(),
            tenant: self.tenant.clone(),
            external_id: said.external_id.clone(),
            person_id: person.clone(),
            contact_id: self.contact.as_ref().map(|contact| contact.id.clone()),
            to: self.contact.as_ref().map(|contact| contact.value.clone()).unwrap_or_default(),
            channel: said.channel,
            direction: said.direction(),
            subject: said.subject.clone(),
            theme: self.theme,
            circumstances: Circumstances {
                purpose: said.purpose,
                reply_to: self.previous.clone(),
                ..Circumstances::default()
            },
            transactional: said.is_transactional.unwrap_or(false),
            loan_ids: self.loan_ids.clone(),
            descriptor_id: None,
            version_id: None,
            batch_id: None,
            content: self.content.clone(),
            sensitive: said.sensitive.unwrap_or(false),
            recorded: Some(said.record(now)),
            state: said.state(),
            failure: said.failure(),
            provider: None,
            reference: None,
            segments: None,
            send_at: None,
            due_at: None,
            leased_until: None,
            attempts: 0,
            decision: None,
            earlier_decisions: Vec::new(),
            ledger_version: 0,
            trace_id: self.trace_id.to_owned(),
            timeline: vec![Moment { at: now, what: Step::Recorded, note: None }],
            created_at: now,
            updated_at: now,
            revision: 1,
        }
    }

    /// Its place in the ledger; none for what was called off. Only what we sent can be a reply.
    fn entry(&self, interaction: &Interaction, facts: Facts<'_>) -> Option<LedgerEntry> {
        let (at, outcome) = interaction.place()?;
        let answers = interaction.circumstances.reply_to.clone();
        let said = Circumstances {
            reply_to: answers.filter(|_| interaction.direction == Direction::Outbound),
            ..interaction.circumstances.clone()
        };
        let facts = Facts {
            contact: self.contact.as_ref(),
            subject: interaction.subject.as_ref(),
            theme: Some(self.theme),
            said: &said,
            loans: &self.loan_ids,
            ..facts
        };
        Some(LedgerEntry { direction: interaction.direction, outcome, ..facts.entry(self.theme, at) })
    }
}
