//! Notices inside the lender's application: kept by their dispatcher, and read there by their borrower.

use domain::{
    Error,
    id::{self, Id, Kind, Names},
    interaction::{Interaction, Notice},
    tenant::{Tenant, TenantId},
};
use jiff::{SignedDuration, Timestamp};

use super::writer;
use crate::{app::App, needs::Need, race::Race, store::interactions::Taken};

/// The most that are read in one go.
pub const MOST_AT_ONCE: usize = 500;

/// What taking note of it needs of AWS.
pub const READ: &[Need] = writer::NEW;

/// Since when notices appeared that a tenant's application still shows: as long as its sender says, as of now.
pub fn shown_since(tenant: &Tenant, now: Timestamp) -> Timestamp {
    lasts(tenant).map_or(Timestamp::UNIX_EPOCH, |lasts| now - lasts)
}

/// Until when a notice is shown; `None` if it has no end.
pub fn shown_until(tenant: &Tenant, notice: &Interaction) -> Option<Timestamp> {
    lasts(tenant).map(|lasts| notice.takes_place_at() + lasts)
}

fn lasts(tenant: &Tenant) -> Option<SignedDuration> {
    let days = tenant.senders.in_app.as_ref()?.expires_after_days?;
    Some(SignedDuration::from_hours(24 * i64::from(days)))
}

/// A person's notice, shown or expired.
///
/// # Errors
/// [`Error::NotFound`], also for a message that is none, and for another person's.
pub async fn find(
    app: &App,
    tenant: &TenantId,
    person: &Id<id::Person>,
    named: &impl Names<id::Interaction>,
) -> Result<Interaction, Error> {
    let found = app.store.find_interaction(tenant, &named.id_within(tenant.as_str())).await?;
    let own = found.filter(|found| found.person_id.as_ref() == Some(person) && found.notice().is_some());
    own.ok_or_else(|| Error::not_found(id::Interaction::NAME, named))
}

/// The borrower read a notice. Read again, it stays as it is.
pub async fn read(app: &App, notice: Interaction) -> Result<Interaction, Error> {
    let (tenant, id) = (notice.tenant.clone(), notice.id.clone());
    match read_together(app, vec![notice]).await?.pop() {
        Some(read) => Ok(read),
        None => app.store.interaction(&tenant, &id).await,
    }
}

/// The borrower read everything that is shown, at most [`MOST_AT_ONCE`]. Returns how many that were.
pub async fn read_all(app: &App, tenant: &Tenant, person: &Id<id::Person>) -> Result<usize, Error> {
    let since = shown_since(tenant, app.now());
    let found = app.store.notices(&tenant.id, person, true, since, MOST_AT_ONCE, None).await?;
    let mut read = 0;
    for some in found.entries.chunks(writer::TOGETHER) {
        read += read_together(app, some.to_vec()).await?.len();
    }
    Ok(read)
}

/// Moves notices of one person on, with their places in the ledger. Returns those that were unread.
async fn read_together(app: &App, mut notices: Vec<Interaction>) -> Result<Vec<Interaction>, Error> {
    let mut race = Race::begin();
    loop {
        let now = app.now();
        notices.retain(|notice| notice.notice() == Some(Notice::Unread));
        let Some(first) = notices.first() else { return Ok(notices) };
        let (tenant, person) = (first.tenant.clone(), first.person_id.clone());
        let person = person.ok_or_else(|| Error::Internal(format!("nobody has {}", first.id).into()))?;
        let known = app.store.person(&tenant, &person).await?;
        let (mut read, mut ledger) = (notices.clone(), known.ledger);
        let before = ledger.version;
        read.retain_mut(|notice| notice.read(now));
        ledger.settle(read.iter().filter_map(|notice| Some((&notice.id, notice.place()?))));
        match writer::placed_together(app, &mut read, &mut ledger, before).await? {
            Taken::Ours => return Ok(read),
            Taken::Moved | Taken::PersonChanged => race.lost(format!("notices of {person}")).await?,
        }
        for notice in &mut notices {
            *notice = app.store.interaction(&tenant, &notice.id).await?;
        }
    }
}
