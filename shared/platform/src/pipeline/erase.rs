//! Erasing a person: the facts at once, so that nothing is sent any more, and the rest by the sweep, in steps that may be
//! done again. It begins when whoever began before has ended, so that nobody writes behind its back.

use domain::{
    Error,
    document::Document,
    id::{self, Id, Kind, Names},
    interaction::Interaction,
    person::Erasure,
    task::Task,
    tenant::TenantId,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use crate::{
    app::App,
    needs::{Bodies, Items, List, Need},
    objects::Objects,
    race::Race,
    store::{erasures::Tombstone, interactions::Said, people::Presence},
};

/// What erasing the facts needs of AWS.
pub const BEGIN: &[Need] = &[
    Need::Read(Items::People),
    Need::Write(Items::People),
    Need::Delete(Items::AddressBook),
    Need::Write(Items::Erasures),
];

/// What erasing the rest needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Write(Items::People),
    Need::List(List::Interactions),
    Need::Read(Items::Interactions),
    Need::Write(Items::Interactions),
    Need::Delete(Items::Interactions),
    Need::Remove(Bodies::Contents),
    Need::Remove(Bodies::Letters),
    Need::Remove(Bodies::Dropped),
    Need::Read(Items::Tasks),
    Need::Write(Items::Tasks),
    Need::List(List::Documents),
    Need::Delete(Items::Documents),
    Need::Remove(Bodies::Documents),
    Need::List(List::Statements),
    Need::Delete(Items::Statements),
];

/// Things on one page of a list.
const PAGE: i32 = 50;
/// Pages of interactions in one sweep; the next goes on a minute later.
const PAGES: usize = 20;
/// Things worked on at the same time.
const AT_ONCE: usize = 10;

/// Puts a tombstone in the place of a person's facts. Of one who was erased before, it tells how far that has come.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Unavailable`] when the person never rests.
pub async fn begin(
    app: &App,
    tenant: &TenantId,
    named: &impl Names<id::Person>,
    by: &str,
    reason: Option<String>,
    trace_id: &str,
) -> Result<Tombstone, Error> {
    let id = named.id_within(tenant.as_str());
    let mut race = Race::begin();
    loop {
        let known = match app.store.look_up(tenant, &id).await? {
            Presence::Known(known) => known,
            Presence::Erased(tombstone, _) => return Ok(*tombstone),
            Presence::Unknown => return Err(Error::not_found(id::Person::NAME, named)),
        };
        let erasure = Erasure {
            person_id: id.clone(),
            at: app.now(),
            by: by.to_owned(),
            reason: reason.clone(),
            trace_id: trace_id.to_owned(),
        };
        let tombstone = Tombstone::new(tenant.clone(), erasure);
        let buried = match app.store.thin_out(tenant, &known).await {
            Ok(true) => continue,
            Ok(false) => app.store.bury(&known, &tombstone).await,
            Err(error) => Err(error),
        };
        match buried {
            Ok(()) => {
                tracing::info!(person = %id, trace = trace_id, "erased; the rest follows");
                return Ok(tombstone);
            }
            Err(error) if error.is_edit_conflict() => race.lost(format!("person {id}")).await?,
            Err(error) => return Err(error),
        }
    }
}

/// Erases what is left of a person, as far as one sweep goes. If it breaks off, the next goes on from the last page that
/// was done; a page done twice is as good as done once.
pub async fn go_on(app: &App, tombstone: &Tombstone) -> Result<(), Error> {
    // The sweep looks ahead, and what is left must not be touched before its time.
    if tombstone.due_at.is_none_or(|due_at| app.now() < due_at) {
        return Ok(());
    }
    let mut tombstone = tombstone.clone();
    let (tenant, person) = (tombstone.tenant.clone(), tombstone.erasure.person_id.clone());
    for _ in 0..PAGES {
        let since_ever = (Timestamp::MIN, Timestamp::MAX);
        let after = tombstone.next.take().map(crate::store::Edge::After);
        let page =
            app.store.interactions_of_person(&tenant, &person, since_ever, PAGE, after, Said::Read).await?;
        tombstone.interactions += page.entries.len() as u64;
        at_once(page.entries.into_iter().map(|interaction| erase_interaction(app, interaction))).await?;
        tombstone.next = page.next;
        if tombstone.next.is_none() {
            erase_files(app, &tenant, &person).await?;
            tombstone.due_at = None;
            tombstone.completed_at = Some(app.now());
        }
        if !app.store.save_tombstone(&mut tombstone).await? {
            // Another sweep is at it.
            return Ok(());
        }
        if tombstone.completed_at.is_some() {
            tracing::info!(%person, trace = tombstone.erasure.trace_id, "erased for good");
            return Ok(());
        }
    }
    Ok(())
}

/// Contents first: once the interaction says that it was erased, nothing of it is left.
async fn erase_interaction(app: &App, mut interaction: Interaction) -> Result<(), Error> {
    let (tenant, id) = (interaction.tenant.clone(), interaction.id.clone());
    app.store.remove_beside(&tenant, &id).await?;
    app.objects.remove_below(&Objects::interaction_prefix(&tenant, &id)).await?;
    if interaction.letter.is_some() {
        app.objects.remove_below(&Objects::letter_prefix(&tenant, &id)).await?;
        app.objects
            .remove_below(&Objects::dropped_prefix(&tenant, interaction.first_taken_on(), &id))
            .await?;
    }
    for task in Task::ids_about(&tenant, &id) {
        erase_task(app, &tenant, &task).await?;
    }
    let mut race = Race::begin();
    while interaction.erased_at.is_none() {
        interaction.erase(app.now());
        if app.store.save_interaction(&mut interaction).await? {
            return Ok(());
        }
        race.lost(format!("interaction {id}")).await?;
        interaction = app.store.interaction(&tenant, &id).await?;
    }
    Ok(())
}

async fn erase_task(app: &App, tenant: &TenantId, id: &Id<id::Task>) -> Result<(), Error> {
    let mut race = Race::begin();
    while let Some(mut task) = app.store.find_task(tenant, id).await? {
        task.erase(app.now());
        match app.store.save_task(&mut task).await {
            Ok(()) => return Ok(()),
            Err(error) if error.is_edit_conflict() => race.lost(format!("task {id}")).await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Documents with every content they ever held, and statements.
async fn erase_files(app: &App, tenant: &TenantId, person: &Id<id::Person>) -> Result<(), Error> {
    let mut after = None;
    loop {
        let page = app.store.documents(tenant, person, PAGE, after).await?;
        at_once(page.entries.iter().map(|document| erase_document(app, tenant, document))).await?;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    loop {
        let page = app.store.statements(tenant, person, PAGE, after).await?;
        at_once(page.entries.iter().map(|one| app.store.remove_statement(tenant, &one.id))).await?;
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// The bytes first: the document leads to them.
async fn erase_document(app: &App, tenant: &TenantId, document: &Document) -> Result<(), Error> {
    app.objects.remove_below(&Objects::document_prefix(tenant, &document.id)).await?;
    app.store.remove_document(tenant, &document.id).await
}

async fn at_once(work: impl Iterator<Item = impl Future<Output = Result<(), Error>>>) -> Result<(), Error> {
    let work: Vec<_> = work.collect();
    stream::iter(work).buffer_unordered(AT_ONCE).try_collect().await
}
