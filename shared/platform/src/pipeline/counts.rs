//! Counts how far messages came, hour by hour, from the changes of the table: each change once, however often it is told.
//!
//! 1. What a delivery of the stream brings is kept as a *page* in the hour in which it happened, by names that follow from the
//!    changes. Pages with the same names are one, and names that stand in several pages are counted once. So it does not matter
//!    whether a delivery comes again, whole or in halves, or was cut off anywhere.
//! 2. Before the first page of an hour, the hour's own item is put into the due index. Some minutes after the hour is over, the
//!    sweep sums its pages up into that item. Whoever asks for counts reads sums, and pages of hours that have none yet.
//! 3. A page that comes late, when the hour may be summed up, is kept first; then the hour is put into the due index again, and its
//!    revision moves. A sum that was made without the page is refused by that, or made again after it.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Mutex, PoisonError},
};

use domain::{
    Error,
    tenant::TenantId,
    vocabulary::{Channel, Milestone},
};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};

use crate::{
    app::App,
    digest::digest,
    needs::{Items, Need},
    store::{
        changes::Changed,
        counts::{Counts, Hour, Names},
    },
};

/// What counting needs of AWS.
pub const COUNT: &[Need] = &[Need::Write(Items::Counts)];
/// What summing up needs of AWS.
pub const SUM_UP: &[Need] = &[Need::Read(Items::Counts), Need::Write(Items::Counts)];
/// What asking for counts needs of AWS.
pub const READ: &[Need] = &[Need::Read(Items::Counts)];

const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);
/// How long after an hour pages come in time: for as long nobody sums it up, whatever clocks differ and a write takes.
const IN_TIME: SignedDuration = SignedDuration::from_mins(5);
/// How long after an hour it is summed up.
const SUMMED_UP: SignedDuration = SignedDuration::from_mins(15);
/// What is older is not counted: pages of its hour may be gone. The stream itself goes back a day.
const OLDEST: SignedDuration = SignedDuration::from_hours(24 * 7);
/// Hours a process remembers to have begun; beyond, it begins anew.
const MOST: usize = 1_000;
/// Hours that are read at the same time.
const AT_ONCE: usize = 10;

/// Hours whose items this process has put.
#[derive(Default)]
pub struct Hours(Mutex<HashSet<(TenantId, Timestamp)>>);

impl Hours {
    fn has(&self, hour: &(TenantId, Timestamp)) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(hour)
    }

    fn note(&self, hour: (TenantId, Timestamp)) {
        let mut hours = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hours.len() >= MOST {
            hours.clear();
        }
        hours.insert(hour);
    }
}

/// Something that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    at: Timestamp,
    channel: Channel,
    milestone: Milestone,
    /// Tells it from every other of its hour.
    name: u64,
}

/// What is counted of a change.
pub fn of(what: &Changed) -> Vec<Counted> {
    let Changed::Message(before, after) = what else { return Vec::new() };
    let milestones = Milestone::between(before.as_deref(), after).into_iter();
    milestones
        .map(|milestone| Counted {
            at: after.updated_at,
            channel: after.channel,
            milestone,
            name: name(after.id.as_str(), after.revision),
        })
        .collect()
}

fn name(id: &str, revision: u64) -> u64 {
    let digest = digest(&[id, &revision.to_string()]);
    digest.get(..16).and_then(|start| u64::from_str_radix(start, 16).ok()).unwrap_or_default()
}

/// Counts. Safe to repeat.
///
/// # Errors
/// [`Error::Unavailable`]: then repeat it.
pub async fn count(app: &App, tenant: &TenantId, all: Vec<Counted>) -> Result<(), Error> {
    let mut hours = BTreeMap::<Timestamp, Names>::new();
    for one in all {
        let hour = hour_of(one.at);
        hours.entry(hour).or_default().entry((one.channel, one.milestone)).or_default().insert(one.name);
    }
    for (hour, names) in hours {
        let now = app.now();
        if now.duration_since(hour) > OLDEST {
            tracing::error!(%tenant, %hour, "too old to be counted");
            continue;
        }
        let over = hour + AN_HOUR;
        let key = (tenant.clone(), hour);
        if now < over + IN_TIME {
            if !app.hours.has(&key) {
                app.store.begin_hour(tenant, hour, over + SUMMED_UP, false).await?;
                app.hours.note(key);
            }
            app.store.keep_counted(tenant, hour, &names).await?;
        } else {
            app.store.keep_counted(tenant, hour, &names).await?;
            app.store.begin_hour(tenant, hour, now + SUMMED_UP, true).await?;
        }
    }
    Ok(())
}

/// The hour, in UTC, of an instant.
fn hour_of(at: Timestamp) -> Timestamp {
    let seconds = at.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(AN_HOUR.as_secs())).unwrap_or(at)
}

/// Sums an hour up. If more came meanwhile, it stays due.
pub async fn sum_up(app: &App, mut hour: Hour) -> Result<(), Error> {
    hour.counts = Some(sums(&app.store.counted(&hour.tenant, hour.hour).await?));
    hour.due_at = None;
    app.store.save_hour(&mut hour).await.map(drop)
}

fn sums(names: &Names) -> Counts {
    let mut counts = Counts::new();
    for ((channel, milestone), names) in names {
        counts.entry(*channel).or_default().insert(*milestone, names.len() as u64);
    }
    counts
}

/// What was counted from one instant until before another, hour by hour.
pub async fn between(
    app: &App,
    tenant: &TenantId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(Timestamp, Counts)>, Error> {
    let hours = app.store.hours(tenant, from, to).await?;
    let mut counted = Vec::with_capacity(hours.len());
    for some in hours.chunks(AT_ONCE) {
        let read = some.iter().map(|hour| async move {
            let counts = match (&hour.counts, hour.due_at) {
                (Some(counts), None) => counts.clone(),
                (None, _) | (Some(_), Some(_)) => sums(&app.store.counted(tenant, hour.hour).await?),
            };
            Ok::<_, Error>((hour.hour, counts))
        });
        counted.extend(try_join_all(read).await?);
    }
    Ok(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_that_of_utc() {
        for (at, hour) in [
            ("2026-01-05T15:59:59.999Z", "2026-01-05T15:00:00Z"),
            ("2026-01-05T15:00:00Z", "2026-01-05T15:00:00Z"),
        ] {
            assert_eq!(hour_of(at.parse().unwrap()), hour.parse().unwrap());
        }
    }

    #[test]
    fn what_happened_at_another_revision_has_another_name() {
        assert_ne!(name("IN-1", 1), name("IN-1", 2));
        assert_ne!(name("IN-1", 1), name("IN-2", 1));
        assert_eq!(name("IN-1", 1), name("IN-1", 1));
    }
}
