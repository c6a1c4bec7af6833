//! 000 · List the communication log, newest first.
//!
//! One borrower's entries come from the borrower's list; all others from the tenant's days, walked backwards.

use std::iter;

use domain::{
    Error,
    id::{self, Id, Ref},
    interaction::Interaction,
    shape,
    tenant::TenantId,
    vocabulary::{AnyChannel, Channel, Direction, StatusDetails, Subject},
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, encode_cursor, json},
    needs::{Bodies, List, Need},
    store::{Edge, Page, Position, interactions::Said, keys::day_of},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{LogEntry, LogStatus, example};
use crate::{catalog::Answer, openapi::Operation};

/// Reads of storage for one page; what is not found by then is a cursor away.
const MOST_READS: usize = 31;
/// Days without a message that are passed over for one page.
const MOST_QUIET_DAYS: usize = 128;
/// Days that are looked at together, where nothing was in the one before.
const DAYS_AT_ONCE: usize = 16;

/// A page of entries, newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Logs {
    data: Vec<LogEntry>,
    /// Where to go on. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A place in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Cursor {
    /// The day being read; absent in a borrower's list.
    day: Option<Date>,
    after: Option<Position>,
}

/// What to leave out.
struct Filter {
    borrower: Option<Id<id::Person>>,
    loan: Option<Id<id::Loan>>,
    template: Option<Id<id::Descriptor>>,
    subject: Option<Subject>,
    batch: Option<Id<id::Batch>>,
    channel: Option<Channel>,
    direction: Option<Direction>,
    status: Option<LogStatus>,
    details: Option<StatusDetails>,
    from: Timestamp,
    to: Timestamp,
    said: Said,
}

impl Filter {
    fn read(request: &Request, now: Timestamp) -> Result<Self, Error> {
        let tenant = request.tenant()?.as_str();
        // A message stands at the instant it was accepted, which may be this one: the end is left out.
        let to = request.query("to")?.unwrap_or(now + SignedDuration::from_secs(1));
        let from = request.query("from")?.unwrap_or(Timestamp::UNIX_EPOCH);
        if from > to {
            return Err(Error::invalid("?from", "must not be later than ?to"));
        }
        Ok(Self {
            borrower: id(request, "borrower_id", tenant)?,
            loan: id(request, "loan_id", tenant)?,
            template: id(request, "template_id", tenant)?,
            subject: request.query("template_type")?,
            batch: id(request, "batch_id", tenant)?,
            channel: request.query::<AnyChannel>("channel")?.map(Channel::from),
            direction: request.query("direction")?,
            status: request.query("status")?,
            details: request.query("status_details")?,
            from,
            to,
            said: match request.query("content")?.unwrap_or(true) {
                true => Said::Read,
                false => Said::LeftOut,
            },
        })
    }

    fn takes(&self, entry: &Interaction) -> bool {
        self.loan.as_ref().is_none_or(|loan| entry.loan_ids.contains(loan))
            && self.template.as_ref().is_none_or(|template| entry.descriptor_id.as_ref() == Some(template))
            && self.subject.as_ref().is_none_or(|subject| entry.subject.as_ref() == Some(subject))
            && self.batch.as_ref().is_none_or(|batch| entry.batch_id.as_ref() == Some(batch))
            && self.channel.is_none_or(|channel| channel == entry.channel)
            && self.direction.is_none_or(|direction| direction == entry.direction)
            && self.status.is_none_or(|status| status == LogStatus::of(entry))
            && self.details.is_none_or(|details| entry.state.details == Some(details))
    }
}

/// An id in the query, ours or the lender's.
fn id<K: id::Kind>(request: &Request, name: &str, tenant: &str) -> Result<Option<Id<K>>, Error> {
    Ok(request.query::<Ref<K>>(name)?.map(|reference| reference.resolve(tenant)))
}

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let now = app.now();
    let filter = Filter::read(request, now)?;
    let limit = request.limit()?;
    let tenant = request.tenant()?;
    let first = Cursor { day: filter.borrower.is_none().then(|| day_of(filter.to.min(now))), after: None };
    let mut place = Some(request.cursor()?.unwrap_or(first));
    let (mut found, mut quiet_days) = (Vec::new(), MOST_QUIET_DAYS);
    for _ in 0..MOST_READS {
        let Some(cursor) = place.take() else { break };
        let missing = limit - i32::try_from(found.len()).unwrap_or(limit);
        if missing <= 0 {
            place = Some(cursor);
            break;
        }
        let page = read(app, tenant, &filter, &cursor, missing).await?;
        place = next(cursor, page.next, &filter);
        if page.entries.is_empty() {
            place = past_quiet_days(app, tenant, &filter, place, &mut quiet_days).await?;
        }
        found.extend(page.entries.into_iter().filter(|entry| filter.takes(entry)));
    }
    // Nobody is led to a page on which nothing can be.
    place = past_quiet_days(app, tenant, &filter, place, &mut quiet_days).await?;
    let caller = request.caller()?;
    let entries = found.into_iter().map(|entry| LogEntry::of(app, caller, entry, filter.said));
    let logs = Logs {
        data: futures::future::try_join_all(entries).await?,
        next_cursor: place.as_ref().map(encode_cursor).transpose()?,
    };
    json(StatusCode::OK, &logs)
}

/// The first place from here on where there is a message, if a day begins here. A day that has none costs little.
async fn past_quiet_days(
    app: &App,
    tenant: &TenantId,
    filter: &Filter,
    mut place: Option<Cursor>,
    left: &mut usize,
) -> Result<Option<Cursor>, Error> {
    while let Some(Cursor { day: Some(_), after: None }) = place
        && *left > 0
    {
        let days: Vec<_> = iter::successors(place.take(), |cursor| next(cursor.clone(), None, filter))
            .take(DAYS_AT_ONCE.min(*left))
            .collect();
        let pages = days.iter().map(|cursor| read(app, tenant, filter, cursor, 1));
        let pages = futures::future::try_join_all(pages).await?;
        if let Some(busy) = pages.iter().position(|page| !page.entries.is_empty()) {
            return Ok(days.into_iter().nth(busy));
        }
        *left -= days.len();
        place = days.into_iter().next_back().and_then(|last| next(last, None, filter));
    }
    Ok(place)
}

async fn read(
    app: &App,
    tenant: &TenantId,
    filter: &Filter,
    cursor: &Cursor,
    limit: i32,
) -> Result<Page<Interaction>, Error> {
    let (between, after) = ((filter.from, filter.to), cursor.after.clone());
    match (&filter.borrower, cursor.day) {
        (Some(person), None) => {
            let edge = after.map(Edge::After);
            app.store.interactions_of_person(tenant, person, between, limit, edge, filter.said).await
        }
        (None, Some(day)) => {
            app.store.interactions_of_day(tenant, day, between, limit, after, filter.said).await
        }
        (Some(_), Some(_)) | (None, None) => Err(Error::invalid(
            "?cursor",
            "must be a cursor of a list with the same filters; start without a cursor",
        )),
    }
}

/// The place after a page: further in the same list, or the day before, back to `from` or the first day there can be.
fn next(cursor: Cursor, position: Option<Position>, filter: &Filter) -> Option<Cursor> {
    if position.is_some() {
        return Some(Cursor { after: position, ..cursor });
    }
    /// No message is older than Postrider.
    const FIRST_DAY: Date = jiff::civil::date(2026, 1, 1);
    let before = cursor.day?.checked_sub(1.day()).ok()?;
    (before >= day_of(filter.from).max(FIRST_DAY)).then_some(Cursor { day: Some(before), after: None })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::List(List::InteractionsOfDay), Need::List(List::Interactions), Need::Fetch(Bodies::Contents)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communication logs", "List the communication log")
        .about(
            "Newest first. A page may hold fewer entries than asked for, even none, and still have a next_cursor: \
             without borrower_id one page looks through at most 31 days that have messages, and passes over at most 128 \
             that have none.",
        )
        .query_as::<Ref<id::Person>>("borrower_id", "Only to this borrower.")
        .query_as::<Ref<id::Loan>>("loan_id", "Only about this loan.")
        .query_as::<Ref<id::Descriptor>>("template_id", "Only from this template.")
        .query_as::<Subject>("template_type", "Only about this.")
        .query_as::<Ref<id::Batch>>("batch_id", "Only of this batch.")
        .query_as::<AnyChannel>(
            "channel",
            "Only by this channel: email, sms, letter, in_app, or another in the word of 001, such as voice.",
        )
        .query_as::<Direction>("direction", "Only outbound or inbound.")
        .query_as::<LogStatus>(
            "status",
            "Only queued, scheduled, sending, sent, delivered, failed, canceled or received.",
        )
        .query_as::<StatusDetails>(
            "status_details",
            "Only with these details of their status, such as blockedByComplianceGuard.",
        )
        .query_as::<Timestamp>("from", "Accepted at or after this instant (RFC 3339).")
        .query_as::<Timestamp>("to", "Accepted before this instant (RFC 3339).")
        .query_as::<bool>(
            "content",
            "false leaves out what the messages say, with their subject lines: a list that is looked through comes sooner.",
        )
        .limit()
        .query_as::<shape::Cursor>("cursor", "Where to go on, as the page before said.")
        .answer::<Logs>(200, "A page, newest first", json!({ "data": [example()] }))
}
