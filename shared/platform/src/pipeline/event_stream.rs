//! What a subscription's reader hears: its events from where it is, waited for where there is none.

use std::time::Duration;

use domain::{
    Error,
    event_subscription::{Cursor, EventSubscription, Offset},
    id::{self, Id},
    tenant::TenantId,
};
use futures::future::try_join_all;
use tokio::time::Instant;

use super::event_log::{self, Read};
use crate::{
    app::App,
    needs::{Items, Need},
    race::Race,
    store::event_log::Entry,
};

/// What reading needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::EventCursors),
    Need::All(event_log::READ),
    Need::Read(Items::Interactions),
    Need::Write(Items::Interactions),
];

/// How long until a log without news is looked at again, the first time …
const SOON: Duration = Duration::from_millis(200);
/// … and after some times.
const LATER: Duration = Duration::from_secs(1);
/// Messages of the stream that are moved at the same time.
const AT_ONCE: usize = 10;

/// Where a subscription's reader is, by what it committed.
pub async fn committed(app: &App, tenant: &TenantId, of: &EventSubscription) -> Result<Offset, Error> {
    Ok(app.store.committed(tenant, &of.id).await?.unwrap_or(of.begins))
}

/// A place that a reader names: of its own subscription, not before that began, and no further than the log is.
///
/// # Errors
/// [`Error::Invalid`] at `pointer`.
pub async fn checked(
    app: &App,
    tenant: &TenantId,
    of: &EventSubscription,
    cursor: &Cursor,
    pointer: &str,
) -> Result<Offset, Error> {
    if cursor.subscription != of.id {
        return Err(Error::invalid(pointer, "must be a cursor of this subscription; start without one"));
    }
    let has_begun = cursor.offset.sequence >= of.begins.sequence;
    match has_begun && event_log::has(app, tenant, cursor.offset).await? {
        true => Ok(cursor.offset),
        false => Err(Error::invalid(pointer, "must be a cursor as it was answered; start without one")),
    }
}

/// Reads up to `limit` events from a place on, and waits for the first for so long. Messages that show events are sent with that
/// (003).
pub async fn read(
    app: &App,
    tenant: &TenantId,
    of: &EventSubscription,
    from: Offset,
    limit: usize,
    wait: Duration,
) -> Result<Read, Error> {
    let until = Instant::now() + wait;
    let (mut offset, mut pause) = (from, SOON);
    loop {
        let read = event_log::read(app, tenant, offset, &of.events, limit).await?;
        let is_late = Instant::now() + pause > until;
        if !read.entries.is_empty() || !read.is_all || is_late {
            hand_out(app, tenant, &read.entries).await?;
            return Ok(read);
        }
        offset = read.next;
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LATER);
    }
}

/// Moves messages of the stream that are handed out for the first time.
async fn hand_out(app: &App, tenant: &TenantId, entries: &[(u64, Entry)]) -> Result<(), Error> {
    let messages: Vec<_> = entries.iter().filter_map(|(_, entry)| entry.encoded_key.as_ref()).collect();
    for some in messages.chunks(AT_ONCE) {
        try_join_all(some.iter().map(|id| sent(app, tenant, id))).await?;
    }
    Ok(())
}

async fn sent(app: &App, tenant: &TenantId, id: &Id<id::Interaction>) -> Result<(), Error> {
    let mut race = Race::begin();
    while let Some(mut message) = app.store.find_interaction(tenant, id).await? {
        if !message.handed_out(app.now()) || app.store.save_interaction(&mut message).await? {
            break;
        }
        race.lost(format!("message {id}")).await?;
    }
    Ok(())
}
