//! Finding communication messages: where they are looked for, and what of them is shown.

use std::collections::BTreeSet;

use domain::{
    Error,
    error::Ours as _,
    id::{self, Id, Ref},
    interaction::Interaction,
    message_search::{FilterCriterion, MessageField, MessageSearch},
    tenant::TenantId,
    update::Faults,
};
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use lambda_http::http::{HeaderValue, StatusCode};
use platform::{
    app::App,
    http::{Request, json_within},
    needs::{Bodies, Items, List, Need},
    pipeline::events,
    store::{Edge, interactions::Said, keys::day_of},
};
use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::MessageView;
use crate::{catalog::Answer, interactions::page::TOO_LONG, openapi::Operation};

/// Days looked back over if nothing else says where to look.
const DAYS: i64 = 31;
/// Messages looked at for one search.
const MOST: usize = 20_000;
/// Messages of one read.
const READ: i32 = 200;
/// Messages whose words are read at the same time, if those are asked about.
const AT_ONCE: usize = 20;

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::Interactions),
    Need::Read(Items::NotificationRules),
    Need::Read(Items::WebhookEndpoints),
    Need::List(List::InteractionsOfDay),
    Need::List(List::Interactions),
    Need::Fetch(Bodies::Contents),
];

/// Whether all that are found are counted.
#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "it is only described: the window reads it")]
enum Counting {
    /// They are.
    On,
    /// They are not.
    Off,
}

/// What part of what is found is shown.
struct Window {
    offset: usize,
    limit: usize,
    is_counted: bool,
}

impl Window {
    fn read(request: &Request) -> Result<Self, Error> {
        let offset = request.query::<usize>("offset")?.unwrap_or(0);
        let limit = request.query::<usize>("limit")?.unwrap_or(50);
        let details = request.query::<String>("paginationDetails")?;
        let mut faults = Faults::default();
        faults.expect(offset <= 10_000, "?offset", "must be at most 10000");
        faults.expect((1..=1_000).contains(&limit), "?limit", "must be from 1 to 1000");
        let is_word = details.as_deref().is_none_or(|word| matches!(word, "ON" | "OFF"));
        faults.expect(is_word, "?paginationDetails", "must be ON or OFF");
        faults.none()?;
        Ok(Self { offset, limit, is_counted: details.as_deref() == Some("ON") })
    }
}

/// What was found.
struct Found {
    /// The newest first.
    messages: Vec<Interaction>,
    /// Back to when was looked, if not everything was.
    since: Option<Timestamp>,
}

impl Found {
    /// Takes in what was found elsewhere.
    fn add(&mut self, other: Self) {
        self.messages.extend(other.messages);
        self.since = self.since.max(other.since);
    }
}

/// Shows what a search finds.
pub(super) async fn show(app: &App, request: &Request, search: &MessageSearch) -> Answer {
    let window = Window::read(request)?;
    let tenant = app.tenant(request.tenant()?).await?;
    let now = events::at_home(app, &tenant);
    let is_whole = window.is_counted || search.sorting_criteria.is_some();
    let enough = if is_whole { MOST } else { window.offset + window.limit };
    let looking = Looking { app, request, search, now, enough };
    let Found { messages, since } = looking.find().await?;
    let total = messages.len();
    let caller = request.caller()?;
    let shown: Vec<Map<String, Value>> = match search.sorting_criteria {
        None => looking.worded(messages.iter().skip(window.offset).take(window.limit)).await?,
        Some(sorting) => {
            let mut all = match is_content(sorting.field) {
                true => looking.worded(messages.iter()).await?,
                false => messages.iter().filter_map(MessageView::bare).map(|view| view.members()).collect(),
            };
            search.sort(&mut all);
            let shown = all.into_iter().skip(window.offset).take(window.limit);
            let keys: Vec<Value> = shown.filter_map(|view| view.get("encodedKey").cloned()).collect();
            let find = |key: &Value| messages.iter().find(|one| Some(one.id.as_str()) == key.as_str());
            looking.worded(keys.iter().filter_map(find)).await?
        }
    };
    tracing::debug!(caller = caller.subject, total, "searched");
    let mut answer = json_within(StatusCode::OK, &shown, TOO_LONG)?;
    let headers = answer.headers_mut();
    if window.is_counted {
        for (name, count) in
            [("items-total", total), ("items-offset", window.offset), ("items-limit", window.limit)]
        {
            headers.insert(name, HeaderValue::from(count));
        }
    }
    if let Some(since) = since {
        let since = HeaderValue::from_str(&since.to_string()).internal()?;
        headers.insert("items-searched-since", since);
    }
    Ok(answer)
}

/// A search under way.
struct Looking<'a> {
    app: &'a App,
    request: &'a Request,
    search: &'a MessageSearch,
    now: Zoned,
    /// How many are enough.
    enough: usize,
}

impl Looking<'_> {
    async fn find(&self) -> Result<Found, Error> {
        let tenant = self.request.tenant()?;
        if let Some(keys) = self.search.keys() {
            return self.named(tenant, &keys).await;
        }
        let (from, to) = self.search.span(&self.now);
        let end = after(to.unwrap_or_else(|| self.now.timestamp()));
        match self.search.clients(tenant) {
            Some(clients) => self.of_clients(tenant, &clients, from, end).await,
            None => self.of_days(tenant, from, end).await,
        }
    }

    /// All that clients have, and what went to a group or a user and names one, if rules ever made such messages.
    async fn of_clients(
        &self,
        tenant: &TenantId,
        clients: &BTreeSet<Id<id::Person>>,
        from: Option<Timestamp>,
        end: Timestamp,
    ) -> Result<Found, Error> {
        let between = (from.unwrap_or(Timestamp::UNIX_EPOCH), end);
        let most = MOST / clients.len().max(1);
        let mut all = Found { messages: Vec::new(), since: None };
        for client in clients {
            all.add(self.of_person(tenant, client, between, most).await?);
        }
        if self.app.notification_rules(tenant).await?.wrote_to_others {
            all.add(self.of_days(tenant, from, end).await?);
        }
        Ok(Found { messages: newest_first(all.messages), since: all.since })
    }

    async fn named(&self, tenant: &TenantId, keys: &[String]) -> Result<Found, Error> {
        let mut messages = Vec::new();
        for key in keys {
            let Ok(named) = key.parse::<Ref<id::Interaction>>() else { continue };
            let found = self.app.store.find_interaction(tenant, &named.resolve(tenant.as_str())).await?;
            messages.extend(found);
        }
        Ok(Found { messages: self.those_meant(newest_first(messages)).await?, since: None })
    }

    async fn of_person(
        &self,
        tenant: &TenantId,
        person: &Id<id::Person>,
        between: (Timestamp, Timestamp),
        most: usize,
    ) -> Result<Found, Error> {
        let (mut messages, mut looked, mut edge) = (Vec::new(), 0, None);
        loop {
            let page = self
                .app
                .store
                .interactions_of_person(tenant, person, between, READ, edge.take(), Said::Read)
                .await?;
            looked += page.entries.len();
            let last = page.entries.last().map(|entry| entry.created_at);
            messages.extend(self.those_meant(page.entries).await?);
            match page.next {
                None => return Ok(Found { messages, since: None }),
                Some(_) if messages.len() >= self.enough || looked >= most => {
                    return Ok(Found { messages, since: last.filter(|_| looked >= most) });
                }
                Some(position) => edge = Some(Edge::After(position)),
            }
        }
    }

    async fn of_days(
        &self,
        tenant: &TenantId,
        from: Option<Timestamp>,
        end: Timestamp,
    ) -> Result<Found, Error> {
        let (from, last, is_cut) = looked_at(from, end, self.now.timestamp());
        let (mut messages, mut looked) = (Vec::new(), 0);
        let mut day = day_of(last);
        while day >= day_of(from) {
            let mut after = None;
            loop {
                let store = &self.app.store;
                let page = store
                    .interactions_of_day(tenant, day, (from, end), READ, after.take(), Said::Read)
                    .await?;
                looked += page.entries.len();
                let oldest = page.entries.last().map(|entry| entry.created_at);
                messages.extend(self.those_meant(page.entries).await?);
                if messages.len() >= self.enough {
                    return Ok(Found { messages, since: None });
                }
                if looked >= MOST {
                    return Ok(Found { messages, since: oldest.or(Some(from)) });
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            match day.checked_sub(1.day()) {
                Ok(before) => day = before,
                Err(_) => break,
            }
        }
        Ok(Found { messages, since: is_cut.then_some(from) })
    }

    /// Those of some that the search means.
    async fn those_meant(&self, some: Vec<Interaction>) -> Result<Vec<Interaction>, Error> {
        let asks_words = self.search.filter_criteria.iter().any(|one| is_content(one.field));
        let mut meant = Vec::new();
        for some in some.chunks(AT_ONCE) {
            let views = some.iter().map(|one| async {
                match asks_words {
                    true => MessageView::of(self.app, self.request.caller()?, one).await,
                    false => Ok::<_, Error>(MessageView::bare(one)),
                }
            });
            for (one, view) in some.iter().zip(futures::future::try_join_all(views).await?) {
                if view.is_some_and(|view| self.search.holds(&view.members(), &one.tenant, &self.now)) {
                    meant.push(one.clone());
                }
            }
        }
        Ok(meant)
    }

    /// Messages with what they say.
    async fn worded(
        &self,
        messages: impl Iterator<Item = &Interaction>,
    ) -> Result<Vec<Map<String, Value>>, Error> {
        let caller = self.request.caller()?;
        let mut all = Vec::new();
        for some in messages.collect::<Vec<_>>().chunks(AT_ONCE) {
            let views = some.iter().map(|one| MessageView::of(self.app, caller, one));
            let views = futures::future::try_join_all(views).await?;
            all.extend(views.into_iter().flatten().map(|view| view.members()));
        }
        Ok(all)
    }
}

/// The end of a time whose last instant this is.
fn after(last: Timestamp) -> Timestamp {
    last.checked_add(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MAX)
}

/// From when to when messages are looked at day by day, if they were created from `from` on and before `end`; and whether that
/// leaves any out.
fn looked_at(from: Option<Timestamp>, end: Timestamp, now: Timestamp) -> (Timestamp, Timestamp, bool) {
    let last = end.min(now + SignedDuration::from_secs(1));
    let first = last.checked_sub(SignedDuration::from_hours(24 * DAYS)).unwrap_or(Timestamp::MIN);
    match from {
        Some(from) if from >= first => (from, last, false),
        _ => (first, last, true),
    }
}

/// Messages in the order of a list, each once.
fn newest_first(mut messages: Vec<Interaction>) -> Vec<Interaction> {
    messages.sort_by(|one, other| (other.created_at, &other.id).cmp(&(one.created_at, &one.id)));
    messages.dedup_by(|one, other| one.id == other.id);
    messages
}

/// Whether a field is part of what a message says, which may be stored apart.
fn is_content(field: MessageField) -> bool {
    matches!(field, MessageField::Body | MessageField::Subject)
}

/// A search whose criteria stand at `within` of the body.
pub(super) fn checked(search: MessageSearch, within: &str) -> Result<MessageSearch, Error> {
    let mut faults = Faults::default();
    search.check(&mut faults, within);
    faults.none().map(|()| search)
}

/// A list of criteria as a search.
pub(super) fn listed(filter_criteria: Vec<FilterCriterion>) -> Result<MessageSearch, Error> {
    checked(MessageSearch { filter_criteria, sorting_criteria: None }, "")
}

/// What both searches say of their query and headers.
pub(super) fn describe(operation: Operation) -> Operation {
    operation
        .query_number("offset", "How many of those found are passed over.", 0..=10_000, 0)
        .query_number("limit", "How many are shown.", 1..=1_000, 50)
        .query_as::<Counting>(
            "paginationDetails",
            "ON counts all that are found, in the headers Items-Total, Items-Offset and Items-Limit.",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_days_are_looked_at_as_there_are_up_to_31_back_from_the_end_or_now() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-03-05T15:00:00Z");
        for (from, end, expected) in [
            (None, "2026-03-05T15:00:00Z", ("2026-02-02T15:00:00Z", "2026-03-05T15:00:00Z", true)),
            (
                Some("2026-03-01T00:00:00Z"),
                "2026-03-05T15:00:00Z",
                ("2026-03-01T00:00:00Z", "2026-03-05T15:00:00Z", false),
            ),
            (
                Some("2025-01-01T00:00:00Z"),
                "2026-02-01T00:00:00Z",
                ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", true),
            ),
            (
                Some("2026-03-06T00:00:00Z"),
                "2026-03-05T15:00:00Z",
                ("2026-03-06T00:00:00Z", "2026-03-05T15:00:00Z", false),
            ),
            (None, "9999-12-30T22:00:00.999999999Z", ("2026-02-02T15:00:01Z", "2026-03-05T15:00:01Z", true)),
            (None, "-009999-01-03T00:00:00Z", ("-009999-01-02T01:59:59Z", "-009999-01-03T00:00:00Z", true)),
        ] {
            let (first, last, is_cut) = expected;
            let looked_at = looked_at(from.map(at), at(end), now);
            assert_eq!(looked_at, (at(first), at(last), is_cut), "{from:?} to {end}");
        }
        assert_eq!(after(Timestamp::MAX), Timestamp::MAX);
        assert_eq!(after(at("2026-03-05T15:00:00Z")), at("2026-03-05T15:00:00.000000001Z"));
    }
}
