//! What an account takes in a second, kept across all dispatchers.
//!
//! SES has one account, the installation's, by which all its tenants send: they stand in one line to leave, and each has a share
//! for its batches. Of other providers each tenant has an account of its own.
//!
//! Messages of batches get a turn when they are accepted, so that no queue holds more of a batch than its dispatchers send in
//! a few seconds. If the account has a rate, every message then takes a place in line to leave. A place that is far off is
//! kept for the message, which goes back to the queue until then; so each stands in line once.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    ops::ControlFlow::{Break, Continue},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use domain::{
    Error,
    account::Account,
    interaction::{Interaction, Turn},
    rate::{Lane, Pace},
    tenant::{Tenant, TenantId},
    vocabulary::{ProviderName, SendingChannel},
};
use jiff::{SignedDuration, Timestamp};

use super::dispatch::Step;
use crate::{
    app::App,
    needs::{Items, Need},
    store::rates::Wanted,
};

/// What standing in line needs of AWS.
pub const NEEDS: &[Need] = &[Need::Amend(Items::Rates)];

/// How late a place may be used.
const LATE: SignedDuration = SignedDuration::from_millis(250);
/// A message of a batch stands in line only if that is no longer than this …
const SHORT: SignedDuration = SignedDuration::from_secs(1);
/// … or, one of so many by lot, in any case: so a batch goes on whatever else is sent.
const LOT: u32 = 5;
/// Places taken in one call: as many messages as a dispatcher has at once.
const AT_ONCE: u32 = 10;
/// Places a message that missed its own takes after another while a dispatcher has it.
const TRIES: u32 = 3;
/// Lines a process remembers; beyond, it begins anew.
const LINES: usize = 1_000;

/// Which line: whose account's lane, the installation's if it is no tenant's, and whether only a short one will do.
type Key = (Option<TenantId>, Account, Lane, bool);

/// The lines a process stands in.
#[derive(Default)]
pub struct Rates(Mutex<HashMap<Key, Arc<Line>>>);

/// A line, and who of this process stands in it.
#[derive(Default)]
struct Line {
    waiting: AtomicU32,
    /// Places taken and not used yet.
    places: tokio::sync::Mutex<VecDeque<Timestamp>>,
}

/// One who stands in line, until it is dropped.
struct Waiting<'a>(&'a AtomicU32);

impl<'a> Waiting<'a> {
    fn in_line(line: &'a Line) -> Self {
        line.waiting.fetch_add(1, Ordering::Relaxed);
        Self(&line.waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Rates {
    fn line(&self, key: &Key) -> Arc<Line> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= LINES && !lines.contains_key(key) {
            lines.clear();
        }
        lines.entry(key.clone()).or_default().clone()
    }

    /// A place in line: of those this process has, or of as many new ones as it has messages that wait for one. `None` if
    /// only a short line will do, and it is long.
    async fn place(&self, app: &App, key: &Key, pace: Pace) -> Result<Option<Timestamp>, Error> {
        let (tenant, account, lane, only_short) = key;
        let line = self.line(key);
        let _waiting = Waiting::in_line(&line);
        let mut places = line.places.lock().await;
        let now = app.now();
        while let Some(place) = places.pop_front() {
            if now <= place + LATE {
                return Ok(Some(place));
            }
        }
        let many = line.waiting.load(Ordering::Relaxed).clamp(1, AT_ONCE);
        let wanted = if *only_short { Wanted::Before(now + SHORT) } else { Wanted::Any };
        let first = app.store.line_up(tenant.as_ref(), account, (*lane, pace), many, wanted, now).await?;
        places.extend(first.into_iter().flat_map(|first| pace.places(first, many)));
        Ok(places.pop_front())
    }
}

/// A place in line to leave by an account.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    line: Key,
    pace: Pace,
    at: Timestamp,
}

impl Slot {
    /// Waits until it comes. Where the process stood still meanwhile and missed it, takes another if that is near: the message
    /// is claimed, and goes in any case.
    pub async fn comes(mut self, app: &App) {
        for _ in 0..TRIES {
            // A span that is over is none.
            let wait = Duration::try_from(self.at.duration_since(app.now())).unwrap_or(Duration::ZERO);
            tokio::time::sleep(wait).await;
            if app.now() <= self.at + LATE {
                break;
            }
            match app.rates.place(app, &self.line, self.pace).await {
                Ok(Some(at)) if is_near(at, app.now()) => self.at = at,
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, account = %self.line.1, "leaves without a place in line");
                    break;
                }
            }
        }
    }
}

/// Whether a place is waited for, rather than kept for a message that goes back to the queue.
fn is_near(place: Timestamp, now: Timestamp) -> bool {
    place.duration_since(now) <= Turn::EARLY
}

/// What an account takes in a second of all tenants together, if it is the installation's and that is set.
fn common(app: &App, account: &Account) -> Option<u16> {
    app.config.ses_max_per_second.filter(|_| account.is_installations())
}

/// What batches of one tenant take of that: as much as is set for the tenant.
fn share(most: u16, max_per_second: Option<u16>) -> Option<u16> {
    Some(max_per_second.map_or(most, |own| own.min(most)))
}

/// Takes a message's place in line to leave by an account, if the account has a rate. One whose place is far off is held back
/// with it.
pub(super) async fn leave(
    app: &App,
    account: &Account,
    max_per_second: Option<u16>,
    mut message: Interaction,
) -> Step<(Interaction, Option<Slot>)> {
    let common = common(app, account);
    let Some(most) = common.or(max_per_second) else { return Ok(Continue((message, None))) };
    let (now, pace) = (app.now(), Pace::of_departures(most));
    let tenant = Some(message.tenant.clone());
    let whose = tenant.clone().filter(|_| common.is_none());
    let line = |only_short| (whose.clone(), account.clone(), Lane::Departures, only_short);
    let place = |at| Some(Slot { line: line(false), pace, at });
    if let Some(own) = message.turn.filter(|turn| turn.reserved && now <= turn.at + LATE) {
        return Ok(Continue((message, place(own.at))));
    }
    let only_short = message.batch_id.is_some() && !rand::random_ratio(1, LOT);
    let found = app.rates.place(app, &line(only_short), pace).await?;
    let turn = match (found, message.channel.sending()) {
        (Some(at), _) if is_near(at, now) => return Ok(Continue((message, place(at)))),
        (Some(at), _) => Turn { at, reserved: true },
        (None, None) => return Ok(Continue((message, None))),
        (None, Some(channel)) => {
            let bulk = Pace::of_bulk(channel, share(most, max_per_second));
            let at = app.rates.place(app, &(tenant, account.clone(), Lane::Bulk, false), bulk).await?;
            Turn { at: at.unwrap_or(now), reserved: false }
        }
    };
    message.take_turn(turn, now);
    super::dispatch::hold(app, &mut message).await?;
    Ok(Break(()))
}

/// When messages of a batch that were accepted together leave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paced {
    /// Not before this instant,
    at: Timestamp,
    /// and so long after those of the batch before it, if they all wait for an hour that is right.
    behind: SignedDuration,
}

impl Paced {
    /// Gives an accepted message its turn.
    pub fn apply(self, message: &mut Interaction, spread: bool, now: Timestamp) {
        let in_a_row = message.send_at.filter(|_| !spread).map(|at| at + self.behind);
        let at = in_a_row.map_or(self.at, |at| at.max(self.at));
        if at > now {
            message.take_turn(Turn { at, reserved: false }, now);
        }
    }
}

/// By which provider a message leaves.
pub(super) type Way = (SendingChannel, ProviderName);

/// When each of many messages leaves, by its way: one after the other by each account, so that what is sent one by one is not
/// behind all of them. Those for later begin then, behind all `before` them.
pub(super) async fn pace(
    app: &App,
    tenant: &Tenant,
    send_at: Option<Timestamp>,
    before: u32,
    ways: Vec<Option<Way>>,
) -> Result<Vec<Option<Paced>>, Error> {
    let mut counts = BTreeMap::<Way, u32>::new();
    ways.iter().flatten().for_each(|way| *counts.entry(*way).or_default() += 1);
    let mut turns = BTreeMap::new();
    for (way, many) in counts {
        turns.insert(way, self::turns(app, tenant, send_at, before, way, many).await?.into_iter());
    }
    Ok(ways.into_iter().map(|way| turns.get_mut(&way?)?.next()).collect())
}

/// Takes turns for as many messages as leave by a provider's account, in one call.
async fn turns(
    app: &App,
    tenant: &Tenant,
    send_at: Option<Timestamp>,
    before: u32,
    (channel, provider): Way,
    many: u32,
) -> Result<Vec<Paced>, Error> {
    let Some(account) = tenant.senders.account(provider, "") else {
        return Ok(Vec::new());
    };
    let own = tenant.senders.max_per_second(provider);
    let pace = Pace::of_bulk(channel, common(app, &account).map_or(own, |most| share(most, own)));
    let now = app.now();
    let first = match send_at.filter(|at| *at > now) {
        Some(at) => at.checked_add(pace.span(before)).unwrap_or(at),
        None => {
            let lane = (Lane::Bulk, pace);
            let first = app.store.line_up(Some(&tenant.id), &account, lane, many, Wanted::Any, now).await?;
            first.unwrap_or(now)
        }
    };
    let behind = (before..).map(|place| pace.span(place));
    Ok(pace.places(first, many).zip(behind).map(|(at, behind)| Paced { at, behind }).collect())
}
