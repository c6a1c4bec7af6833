//! Keeping what others did, and what came in: stored with its place in the person's ledger, and moved on as the lender says.
//! Nothing is judged and nothing is sent.

use domain::{
    Error,
    compliance::Circumstances,
    id::{self, Id, Ref},
    interaction::{Content, ExternalIds, Interaction, InteractionUpdate, NewInteraction, Origin, Outline},
    person::{BookAddress, Person},
    task::{Task, TaskType},
    tenant::TenantId,
    update::Change,
};
use jiff::Timestamp;
use serde_json::Map;

use super::{
    receive::{Brought, Came},
    resolve::{self, About, Matter},
    writer::{self, New},
};
use crate::{
    app::{App, Lender},
    needs::{Bodies, Items, Need},
    race::Race,
    store::{
        interactions::{Beside, Taken},
        people::Known,
    },
};

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Tenants), Need::Keep(Bodies::Contents), Need::All(writer::NEW)];

/// The same for what is said later.
pub const AMEND: &[Need] =
    &[Need::Read(Items::Tasks), Need::Write(Items::Tasks), Need::All(NEEDS), Need::All(writer::NEEDS)];

/// An interaction that is kept, with the person it is with.
pub struct Kept {
    /// As it is kept.
    pub interaction: Interaction,
    /// With whom, if that is known.
    pub known: Option<Known>,
}

impl Kept {
    /// With whom, if that is known.
    pub fn person(&self) -> Option<&Person> {
        self.known.as_ref().map(|known| &known.person)
    }
}

/// Records an interaction under this id, with this person or nobody we know. The same request again is answered as before.
pub async fn record(
    app: &App,
    lender: &Lender,
    person: Option<&Ref<id::Person>>,
    id: &Id<id::Interaction>,
    new: NewInteraction,
    trace_id: &str,
) -> Result<Kept, Error> {
    new.check(app.now())?;
    let known = match person {
        Some(named) => Some(app.store.person(&lender.tenant.id, named).await?),
        None => None,
    };
    let keeping = Keeping { lender, id, new: &new, arrival: None, trace_id };
    let (kept, is_new) = keeping.keep(app, known).await?;
    if is_new {
        tracing::info!(interaction = %kept.interaction.id, trace = trace_id, "recorded");
        return Ok(kept);
    }
    let interaction = writer::repeated(new.external_id.as_ref(), kept.interaction)?;
    Ok(Kept { interaction, ..kept })
}

/// An interaction that others had, or that came in, about to be kept.
pub(super) struct Keeping<'a> {
    /// Whose.
    pub lender: &'a Lender,
    /// Under which id.
    pub id: &'a Id<id::Interaction>,
    /// What is said of it.
    pub new: &'a NewInteraction,
    /// How it came in, if it did.
    pub arrival: Option<&'a Arrival<'a>>,
    /// Joins logs from request to webhook.
    pub trace_id: &'a str,
}

/// How something came in, and what follows from that.
pub(super) struct Arrival<'a> {
    /// From whom and to what.
    pub came: &'a Came,
    /// What it answers, if nobody said so.
    pub previous: Option<Id<id::Interaction>>,
    /// Whether somebody must handle it.
    pub is_to_handle: bool,
    /// What somebody must review because of it.
    pub reviews: Vec<TaskType>,
    /// When they refused to have more messages, if they did.
    pub opted_out_at: Option<Timestamp>,
    /// Until when it stays open at least.
    pub closes_at: Option<Timestamp>,
}

impl Arrival<'_> {
    fn tasks(&self, received: &Interaction, now: Timestamp) -> Vec<Task> {
        let handle = self.is_to_handle.then(|| Task::to_handle(received, now));
        let review = |kind: &TaskType| Task::about(received, *kind, now);
        handle.into_iter().chain(self.reviews.iter().map(review)).collect()
    }

    fn brought(&self) -> Option<&Brought> {
        self.came.brought.as_ref()
    }
}

impl Keeping<'_> {
    /// Keeps it, with its place in its person's ledger and what is to be done about it, all at once. Returns whether it is
    /// new: not if one with its id was there already.
    pub async fn keep(&self, app: &App, known: Option<Known>) -> Result<(Kept, bool), Error> {
        let (tenant, new) = (&self.lender.tenant.id, self.new);
        let theme = resolve::theme(app, tenant, new.subject.as_ref(), new.theme).await?;
        let theme =
            theme.ok_or_else(|| Error::invalid("/theme", "must be given if the subject implies none"))?;
        let outline = Outline {
            id: self.id.clone(),
            tenant: tenant.clone(),
            person_id: known.as_ref().map(|known| known.person.id.clone()),
            channel: new.channel,
            direction: new.direction(),
            theme,
            trace_id: self.trace_id.to_owned(),
        };
        match known {
            Some(known) => self.with_person(app, outline, known).await,
            None => self.unbound(app, outline).await,
        }
    }

    async fn with_person(
        &self,
        app: &App,
        outline: Outline,
        mut known: Known,
    ) -> Result<(Kept, bool), Error> {
        let (tenant, new) = (&self.lender.tenant.id, self.new);
        let about = About {
            contact: new.contact(),
            loans: new.loans(),
            previous: new.previous_interaction_id.clone(),
            ..About::default()
        };
        about.of(tenant, &known.person)?;
        let named = about.previous(app, tenant, &known.person).await?;
        let previous = named.or_else(|| self.answered());
        let content = self.content(app).await?;
        let mut race = Race::begin();
        loop {
            let Known { person, mut ledger, revision } = known;
            let (now, before) = (app.now(), ledger.version);
            let mut matter = about.of(tenant, &person)?;
            let from = self.arrival.and_then(|arrival| arrival.came.from.as_ref());
            matter.contact = matter.contact.or_else(|| person.contact_with(from?));
            let mut interaction = self.begun(outline.clone(), &matter, previous.clone(), now);
            interaction.external_ids = ExternalIds::of(&person, matter.contact, &matter.loans);
            interaction.content = content.clone();
            match interaction.entry(&self.lender.rules, &person, &ledger) {
                Some(entry) => ledger.enter(interaction.id.clone(), entry, now),
                // Every write of a ledger moves its version.
                None => ledger.version += 1,
            }
            interaction.ledger_version = ledger.version;
            let tasks = self.tasks(&interaction, now);
            let beside = Beside { tasks: &tasks, ..Beside::default() };
            let (interaction, is_new) =
                match writer::new(app, &interaction, beside, &mut ledger, before, &mut race).await? {
                    New::Stored => (interaction, true),
                    New::Existing(existing) => (*existing, false),
                    New::Again { known: changed, kept: _ } => {
                        known = *changed;
                        continue;
                    }
                };
            return Ok((Kept { interaction, known: Some(Known { person, ledger, revision }) }, is_new));
        }
    }

    async fn unbound(&self, app: &App, outline: Outline) -> Result<(Kept, bool), Error> {
        let (tenant, new) = (&self.lender.tenant.id, self.new);
        new.check_unbound()?;
        let previous = match &new.previous_interaction_id {
            Some(named) => Some(app.store.interaction(tenant, named).await?.id),
            None => self.answered(),
        };
        let now = app.now();
        let mut interaction = self.begun(outline, &Matter::default(), previous, now);
        interaction.content = self.content(app).await?;
        let tasks = self.tasks(&interaction, now);
        let beside = Beside { tasks: &tasks, ..Beside::default() };
        let existing = writer::unbound(app, &interaction, beside).await?;
        let (interaction, is_new) = existing.map_or((interaction, true), |existing| (existing, false));
        Ok((Kept { interaction, known: None }, is_new))
    }

    async fn content(&self, app: &App) -> Result<Content, Error> {
        let content = self.new.content.clone().unwrap_or_default();
        app.objects.keep(&self.lender.tenant.id, self.id, content).await
    }

    fn tasks(&self, interaction: &Interaction, now: Timestamp) -> Vec<Task> {
        self.arrival.map(|arrival| arrival.tasks(interaction, now)).unwrap_or_default()
    }

    /// What it answers, as far as that shows.
    fn answered(&self) -> Option<Id<id::Interaction>> {
        self.arrival.and_then(|arrival| arrival.previous.clone())
    }

    /// The interaction as it is told of.
    fn begun(
        &self,
        outline: Outline,
        matter: &Matter<'_>,
        previous: Option<Id<id::Interaction>>,
        now: Timestamp,
    ) -> Interaction {
        let new = self.new;
        let record = new.record(now);
        let origin = match self.arrival {
            Some(_) => Origin::Received(record),
            None => Origin::Recorded(record),
        };
        let came = self.arrival.map(|arrival| arrival.came);
        let brought = self.arrival.and_then(Arrival::brought);
        let from = came.and_then(|came| came.from.as_ref()).map(BookAddress::as_str);
        let address = matter.contact.map(|contact| contact.value.as_str()).filter(|value| !value.is_empty());
        Interaction {
            external_id: new.external_id.clone(),
            contact_id: matter.contact.map(|contact| contact.id.clone()),
            to: address.or(from).unwrap_or_default().to_owned(),
            ours: came.and_then(|came| came.to.clone()),
            enclosures: brought.map(|brought| brought.enclosures.clone()).unwrap_or_default(),
            unproven: brought.is_some_and(|brought| !brought.is_proven),
            provider: brought.map(|brought| brought.provider.to_string()),
            reference: brought.map(|brought| brought.reference.clone()),
            opted_out_at: self.arrival.and_then(|arrival| arrival.opted_out_at),
            due_at: self.arrival.and_then(|arrival| arrival.closes_at),
            subject: new.subject.clone(),
            circumstances: Circumstances {
                purpose: new.purpose,
                prior_consent: new.prior_consent.unwrap_or(false),
                reply_to: previous,
                automatic: brought.is_some_and(|brought| brought.is_automatic),
                ..Circumstances::default()
            },
            transactional: new.is_transactional.unwrap_or(false),
            loan_ids: matter.loans.iter().map(|loan| loan.id.clone()).collect(),
            sensitive: new.sensitive.unwrap_or(false),
            state: new.state(),
            failure: new.failure(),
            ..Interaction::begin(outline, origin, now)
        }
    }
}

/// Takes in what is said of an interaction later, and whom it was with where that was not known. Of changes at the same time
/// none is lost.
///
/// # Errors
/// [`Error::Unavailable`] when it never rests; those of [`Interaction::bind`] and [`Interaction::amend`].
pub async fn amend(
    app: &App,
    lender: &Lender,
    named: &Ref<id::Interaction>,
    update: &InteractionUpdate,
    by: &str,
) -> Result<Interaction, Error> {
    let tenant = &lender.tenant.id;
    let mut race = Race::begin();
    loop {
        let before = app.store.interaction(tenant, named).await?;
        let (mut after, now) = (before.clone(), app.now());
        let known = match &update.person_id {
            Some(person) => Some(app.store.person(tenant, person).await?),
            None => None,
        };
        if let Some(Known { person, .. }) = &known {
            after.bind(person, now)?;
        }
        after.amend(update, by, now)?;
        match &update.content {
            Change::Keep => {}
            Change::Clear => after.content = Content::Inline(Map::new()),
            Change::Set(content) => {
                after.content = app.objects.keep(tenant, &before.id, content.clone()).await?;
            }
        }
        if after == before {
            return Ok(before);
        }
        after.updated_at = now;
        let is_written = match known.filter(|_| before.person_id.is_none()) {
            None => writer::moved(app, &mut after, before.place(), &mut race).await?,
            Some(known) => bound(app, lender, &mut after, known, now).await?,
        };
        if is_written {
            tracing::info!(interaction = %after.id, trace = after.trace_id, "amended");
            return Ok(after);
        }
        race.lost(format!("interaction {}", before.id)).await?;
    }
}

/// Writes an interaction that is its person's from now on, with its place in the ledger. Returns whether it was written: not
/// if it or the person changed meanwhile.
async fn bound(
    app: &App,
    lender: &Lender,
    interaction: &mut Interaction,
    Known { person, mut ledger, .. }: Known,
    now: Timestamp,
) -> Result<bool, Error> {
    // Before the interaction: where a crash comes between, the same request again does both.
    for id in Task::ids_about(&interaction.tenant, &interaction.id) {
        assign(app, &interaction.tenant, &id, &person).await?;
    }
    let before = ledger.version;
    match interaction.entry(&lender.rules, &person, &ledger) {
        Some(entry) => ledger.enter(interaction.id.clone(), entry, now),
        None => ledger.version += 1,
    }
    interaction.ledger_version = ledger.version;
    Ok(writer::placed(app, interaction, &mut ledger, before).await? == Taken::Ours)
}

/// Says of a task whom it is about.
async fn assign(app: &App, tenant: &TenantId, id: &Id<id::Task>, person: &Person) -> Result<(), Error> {
    let mut race = Race::begin();
    while let Some(mut task) = app.store.find_task(tenant, id).await? {
        task.person_id = Some(person.id.clone());
        task.person_external_id.clone_from(&person.external_id);
        match app.store.save_task(&mut task).await {
            Ok(()) => return Ok(()),
            Err(error) if error.is_edit_conflict() => race.lost(format!("task {id}")).await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
