//! The log of what happened at a lender's: written at its end by whoever has news, read by subscriptions.
//!
//! **Nothing is skipped.** A page's *end* is the number that follows its last. A page with entries is *fresh* for 29 days, and
//! stands for 30 at least; so is the *base*, the one item by which a log without a fresh page goes on.
//!
//! 1. A writer puts entries at a number only if no page stands, and only if it just saw that a fresh page ends there, or that it is
//!    the fresh base of a log without a fresh page. (A page that it put itself within an hour will do.) Who comes second sees the
//!    page that stands there, and goes by that.
//! 2. Before somebody moves the base, it closes, by pages without entries, the places where others may still put some by what they
//!    saw: the end of the last page, and the base before. Then the base moves up, on its revision.
//! 3. So entries are never put below entries. By a fresh last page or a base, there is one place to go; by it all but the first
//!    fail; and the place that was left for a higher one is closed. If the last page is gone already, so are, for a day, all
//!    who saw it fresh.
//! 4. A reader goes upwards by consistent reads. One query may miss a page that is put while it runs and show the next. Pages join,
//!    so the gap is seen, and asked for again: by (3) what was missing stood before what was seen, and is found now unless it
//!    expired, or there was nothing. What is put after is above what was read.
//!
//! What is put after a fresh base is fresh as long as the base is: if no page is fresh, nothing stands at it. A new base is the
//! microsecond it was chosen, above all there was before, unless a lender had a million entries a second.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use domain::{Error, error::Ours as _, event_subscription::Offset, tenant::TenantId, vocabulary::AnyEvent};
use jiff::{SignedDuration, Timestamp};

use crate::{
    app::App,
    needs::{Items, Need},
    race::Race,
    store::event_log::{Base, Entry, Page},
};

/// What reading it needs of AWS.
pub const READ: &[Need] = &[Need::Read(Items::EventLog)];
/// The same and writing.
pub const WRITE: &[Need] = &[Need::All(READ), Need::Write(Items::EventLog)];

/// How long pages and bases are gone by: a day less than they are kept, longer than clocks differ and a write takes.
const FRESH: SignedDuration = SignedDuration::from_hours(29 * 24);
/// How long a process goes by a page that it put itself.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);
/// Pages of others that a writer follows one by one, as they follow one another: who asked for the end each time would always come
/// too late.
const FOLLOWED: u32 = 10;
/// Logs whose ends a process remembers; beyond, it begins anew.
const ENDS: usize = 1_000;

/// A page has at most so many entries …
const MOST_ENTRIES: usize = 100;
/// … and bytes of them as JSON. An item has at most 400 KB.
const MOST_BYTES: usize = 256 * 1024;

/// Calls for one look into the log, of up to 1 MB each: what is not found by then is a cursor away.
const LOOKS: usize = 10;
/// Pages in one look: packed, 1 MB of them may hold more than a function should.
const PAGES: i32 = 100;
/// Bytes of entries in one answer. A Lambda answers at most 6 MB, in JSON that is JSON's text.
const ANSWER: usize = 2 * 1024 * 1024;

/// Where logs ended after the last page that this process put.
#[derive(Default)]
pub struct Ends(Mutex<HashMap<TenantId, (Timestamp, u64)>>);

impl Ends {
    fn get(&self, tenant: &TenantId, now: Timestamp) -> Option<u64> {
        let ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ends.get(tenant).filter(|(at, _)| now.duration_since(*at).abs() < REMEMBERED).map(|(_, end)| *end)
    }

    fn set(&self, tenant: &TenantId, page: &Page) {
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ends.len() >= ENDS && !ends.contains_key(tenant) {
            ends.clear();
        }
        ends.insert(tenant.clone(), (page.written_at, page.next()));
    }

    fn forget(&self, tenant: &TenantId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(tenant);
    }
}

/// Writes entries at the end of a log, in their order. Others' may come between pages of them.
///
/// # Errors
/// [`Error::Unavailable`]: then some of them may stand there already.
pub async fn append(app: &App, tenant: &TenantId, entries: Vec<Entry>) -> Result<(), Error> {
    for entries in pages(entries)? {
        let count = entries.len() as u64;
        let mut page = Page { first: 0, count, written_at: app.now(), has_entries: true, entries };
        let (mut race, mut end) = (Race::begin(), app.ends.get(tenant, app.now()));
        for round in 1_u32.. {
            page.first = match end {
                Some(end) => end,
                None => end_to_write_at(app, tenant).await?,
            };
            let Err(stands) = app.store.put_event_page(tenant, &page).await? else {
                app.ends.set(tenant, &page);
                break;
            };
            app.ends.forget(tenant);
            end = Some(stands).filter(|page| page.is_gone_by(app.now())).map(|page| page.next());
            if round % FOLLOWED == 0 {
                end = None;
                race.lost(format!("the log of {tenant}")).await?;
            }
        }
    }
    Ok(())
}

impl Page {
    /// Whether entries may be put at its end.
    fn is_gone_by(&self, now: Timestamp) -> bool {
        self.has_entries && is_fresh(self.written_at, now)
    }
}

fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) < FRESH
}

/// Entries as pages hold them.
fn pages(entries: Vec<Entry>) -> Result<Vec<Vec<Entry>>, Error> {
    let (mut pages, mut bytes) = (Vec::<Vec<Entry>>::new(), 0);
    for entry in entries {
        let size = size(&entry)?;
        match pages.last_mut() {
            Some(page) if page.len() < MOST_ENTRIES && bytes + size <= MOST_BYTES => page.push(entry),
            Some(_) | None => {
                bytes = 0;
                pages.push(vec![entry]);
            }
        }
        bytes += size;
    }
    Ok(pages)
}

fn size(entry: &Entry) -> Result<usize, Error> {
    serde_json::to_vec(entry).map(|json| json.len()).internal()
}

/// Where the next page goes.
async fn end_to_write_at(app: &App, tenant: &TenantId) -> Result<u64, Error> {
    let mut race = Race::begin();
    loop {
        let now = app.now();
        let last = app.store.last_event_page(tenant).await?;
        if let Some(page) = last.as_ref().filter(|page| page.is_gone_by(now)) {
            return Ok(page.next());
        }
        let base = app.store.event_base(tenant).await?;
        if let Some(base) = base.as_ref().filter(|base| is_fresh(base.opened_at, now)) {
            return Ok(base.base);
        }
        if close(app, tenant, last.as_ref(), base.as_ref(), now).await? {
            let above = [last.map(|page| page.next() + 1), base.as_ref().map(|base| base.base + 1)];
            let base = Base {
                base: above.into_iter().flatten().fold(micros(now), u64::max),
                opened_at: now,
                revision: base.map_or(0, |base| base.revision) + 1,
            };
            if app.store.put_event_base(tenant, &base).await? {
                return Ok(base.base);
            }
        }
        race.lost(format!("the base of the log of {tenant}")).await?;
    }
}

/// Closes the places where somebody may still put entries who saw what is not fresh any more. Returns false if somebody did:
/// then the end is to be read again.
async fn close(
    app: &App,
    tenant: &TenantId,
    last: Option<&Page>,
    base: Option<&Base>,
    now: Timestamp,
) -> Result<bool, Error> {
    let after_last = last.filter(|page| page.has_entries).map(Page::next);
    // What stands above it was put there by it, or by a later one.
    let unused = base.map(|base| base.base).filter(|base| last.is_none_or(|page| page.first < *base));
    for first in [after_last, unused].into_iter().flatten() {
        let closed = Page { first, count: 1, written_at: now, has_entries: false, entries: Vec::new() };
        if app.store.put_event_page(tenant, &closed).await?.is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The end of a log, for who reads what comes after it: its beginning, if it is empty.
pub async fn end(app: &App, tenant: &TenantId) -> Result<Offset, Error> {
    let last = app.store.last_event_page(tenant).await?;
    Ok(Offset::before_page(last.map_or(0, |page| page.next())))
}

/// Whether a place is in a log, at its end, or was until what stood there expired.
pub async fn has(app: &App, tenant: &TenantId, offset: Offset) -> Result<bool, Error> {
    let last = app.store.last_event_page(tenant).await?;
    let end = last.map_or_else(|| micros(app.now()), |page| page.next());
    Ok(offset.page <= offset.sequence && offset.sequence <= end)
}

fn micros(at: Timestamp) -> u64 {
    at.as_microsecond().max(0).unsigned_abs()
}

/// Entries that somebody reads, with their numbers.
#[derive(Debug, Default)]
pub struct Read {
    /// In their order.
    pub entries: Vec<(u64, Entry)>,
    /// Where to go on.
    pub next: Offset,
    /// Whether the log was read to its end.
    pub is_all: bool,
}

/// Reads up to `limit` entries of these events, from a place on.
pub async fn read(
    app: &App,
    tenant: &TenantId,
    from: Offset,
    events: &[AnyEvent],
    limit: usize,
) -> Result<Read, Error> {
    let mut read = Read { next: from, ..Read::default() };
    let mut page = from.page.min(from.sequence);
    let mut bytes = 0;
    let mut gap = None;
    // Each has an entry at least.
    let most = i32::try_from(limit).unwrap_or(PAGES).min(PAGES);
    for _ in 0..LOOKS {
        let (pages, more) = app.store.event_pages(tenant, page, most).await?;
        let mut is_gap = false;
        for found in &pages {
            // A page that was put while what comes before it was passed by? Where there is nothing, it is not found again.
            if found.first > page && gap != Some(page) {
                gap = Some(page);
                is_gap = true;
                break;
            }
            for (number, entry) in (found.first..).zip(&found.entries) {
                if number < from.sequence {
                    continue;
                }
                if read.entries.len() >= limit || bytes >= ANSWER {
                    read.next = Offset { sequence: number, page: found.first };
                    return Ok(read);
                }
                if events.contains(&entry.event) {
                    bytes += size(entry)?;
                    read.entries.push((number, entry.clone()));
                }
            }
            page = found.next();
            read.next = Offset::before_page(page).max(from);
        }
        if !more && !is_gap {
            read.is_all = true;
            break;
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use domain::{id::Id, interaction::MessageNews, vocabulary::MessageEvent};
    use serde_json::json;

    use super::*;
    use crate::providers::fixtures::Message;

    fn entry(size: usize) -> Entry {
        Entry {
            event_id: "IN-1-2.1.message.sent".into(),
            event: AnyEvent::Message(MessageEvent::Sent),
            encoded_key: None,
            created_at: Timestamp::UNIX_EPOCH,
            data: json!({ "said": "x".repeat(size) }),
        }
    }

    #[test]
    fn a_page_has_a_hundred_entries_or_as_many_as_fit() {
        for (sizes, pages_of) in [
            (vec![10; 250], vec![100, 100, 50]),
            (vec![100 * 1024; 5], vec![2, 2, 1]),
            (vec![300 * 1024, 10, 10], vec![1, 2]),
            (vec![], vec![]),
        ] {
            let pages = pages(sizes.into_iter().map(entry).collect()).unwrap();
            assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), pages_of);
        }
    }

    /// What a partition's 1,000 write units a second, of a KB each, are divided by.
    #[test]
    fn a_page_about_messages_has_5_to_15_kb() {
        let message = Message::text("Hi").interaction;
        let entry = |at: u32| {
            let event = MessageEvent::Delivered;
            let news = MessageNews {
                interaction_id: Id::external("demo", &format!("message {at}")),
                external_id: Some(format!("reminder-2026-01-05-{at:06}").parse().unwrap()),
                person_id: Some(Id::external("demo", &format!("person {at}"))),
                person_external_id: Some(format!("borrower-{at:06}").parse().unwrap()),
                loan_ids: vec![Id::external("demo", &format!("loan {at}"))],
                loan_external_ids: vec![Some(format!("loan-{at:06}").parse().unwrap())],
                ..MessageNews::from(&message)
            };
            Entry {
                event_id: format!("{}.4.{event}", news.interaction_id),
                event: AnyEvent::Message(event),
                encoded_key: None,
                created_at: message.updated_at,
                data: json!(news),
            }
        };
        let page = Page {
            first: 7,
            count: 100,
            written_at: Timestamp::UNIX_EPOCH,
            has_entries: true,
            entries: (0..100).map(entry).collect(),
        };
        let item: HashMap<String, aws_sdk_dynamodb::types::AttributeValue> =
            serde_dynamo::to_item(&page).unwrap();
        let bytes = item["entries"].as_b().unwrap().as_ref().len();
        assert!((5_000..15_000).contains(&bytes), "{bytes}");
    }

    #[test]
    fn an_entry_is_kept_digit_for_digit() {
        let data: serde_json::Value =
            serde_json::from_str(r#"{"amount":12.50,"big":12345678901234567890123}"#).unwrap();
        let page = Page {
            first: 7,
            count: 1,
            written_at: Timestamp::UNIX_EPOCH,
            has_entries: true,
            entries: vec![Entry { data, ..entry(0) }],
        };
        let item: HashMap<String, aws_sdk_dynamodb::types::AttributeValue> =
            serde_dynamo::to_item(&page).unwrap();
        assert_eq!(serde_dynamo::from_item::<_, Page>(item).unwrap(), page);
    }
}
