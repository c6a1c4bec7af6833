//! Twilio's Message resource, one and listed: what a client reads to find out what became of a send.

use std::ops::RangeInclusive;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Uri};
use domain::vocabulary::ProviderName;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Twilio;
use super::reports::{Status, error_message};
use super::request::Refusal;
use super::segments::segments;
use super::tags::{ACCOUNT, SERVICE};
use crate::outbox::Message;

/// Messages to a page, unless the client says otherwise.
const PAGE_SIZE: usize = 50;

/// The most messages to a page.
const LARGEST_PAGE: usize = 1000;

/// The resource as Twilio shows it. A price is never known.
pub fn message(message: &Message) -> Value {
    let account = message.tags.get(ACCOUNT).map_or("", String::as_str);
    let service = message.tags.get(SERVICE);
    let sid = &message.provider_message_id;
    let uri = format!("/2010-04-01/Accounts/{account}/Messages/{sid}");
    let latest = message.reports.iter().max_by_key(|report| Status::of(report).map(Status::rank));
    let status = latest.and_then(Status::of).unwrap_or(Status::initial(service.is_some()));
    let error = latest.and_then(|report| report.detail.as_deref()).and_then(|code| code.parse::<u32>().ok());
    json!({
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": rfc2822(message.at),
        "date_sent": sent_at(message).map(rfc2822),
        "date_updated": rfc2822(message.reports.last().map_or(message.at, |report| report.at)),
        "direction": "outbound-api",
        "error_code": error,
        "error_message": error.map(error_message),
        // A messaging service picks its sender, and so the segments, later.
        "from": service.is_none().then_some(&message.from),
        "messaging_service_sid": service,
        "num_media": message.attachments.len().to_string(),
        "num_segments": if service.is_some() { "0".to_owned() } else { segments(&message.body).to_string() },
        "price": null,
        "price_unit": "USD",
        "sid": sid,
        "status": status.as_str(),
        "subresource_uris": { "media": format!("{uri}/Media.json") },
        "to": message.to,
        "uri": format!("{uri}.json"),
    })
}

/// `GET /2010-04-01/Accounts/{sid}/Messages/{sid}.json`.
pub async fn fetch(
    State(twilio): State<Arc<Twilio>>,
    Path((account, file)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    twilio.authenticate(&account, &headers)?;
    let sid = file.strip_suffix(".json").unwrap_or(&file);
    let found = twilio.messages_of(&account).into_iter().find(|message| message.provider_message_id == sid);
    found.map(|found| Json(message(&found))).ok_or_else(|| Refusal::not_found(uri.path()))
}

/// `GET /2010-04-01/Accounts/{sid}/Messages.json`, newest first, with `To`, `From` and `DateSent`, `DateSent>` (from
/// then on) and `DateSent<` (until then). A message not sent to the carrier yet has no such date.
pub async fn list(
    State(twilio): State<Arc<Twilio>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<Value>, Refusal> {
    twilio.authenticate(&account, &headers)?;
    let mut messages = twilio.messages_of(&account);
    let (mut page, mut page_size, mut filters) = (0, PAGE_SIZE, Vec::new());
    for (name, value) in query {
        match name.as_str() {
            "Page" => page = number(&value)?,
            "PageSize" => page_size = number(&value)?.clamp(1, LARGEST_PAGE),
            "To" => messages.retain(|message| message.to == value),
            "From" => messages.retain(|message| message.from == value),
            "DateSent" => retain_sent(&mut messages, first_instant(&value)?..=last_instant(&value)?),
            "DateSent>" => retain_sent(&mut messages, first_instant(&value)?..=Timestamp::MAX),
            "DateSent<" => retain_sent(&mut messages, Timestamp::MIN..=last_instant(&value)?),
            _ => {}
        }
        if !matches!(name.as_str(), "Page" | "PageSize") {
            filters.push((name, value));
        }
    }

    let total = messages.len();
    let start = page.saturating_mul(page_size).min(total);
    let shown: Vec<Value> = messages.iter().skip(start).take(page_size).map(message).collect();
    let page_uri = |page: usize| {
        let mut parameters = filters.clone();
        parameters.push(("PageSize".to_owned(), page_size.to_string()));
        parameters.push(("Page".to_owned(), page.to_string()));
        format!("{}?{}", uri.path(), serde_urlencoded::to_string(parameters).unwrap_or_default())
    };
    Ok(Json(json!({
        "first_page_uri": page_uri(0),
        "next_page_uri": (start + shown.len() < total).then(|| page_uri(page + 1)),
        "previous_page_uri": (page > 0).then(|| page_uri(page - 1)),
        "uri": page_uri(page),
        "page": page,
        "page_size": page_size,
        "start": start,
        "end": (start + shown.len()).saturating_sub(1),
        "messages": shown,
    })))
}

impl Twilio {
    fn messages_of(&self, account: &str) -> Vec<Message> {
        self.around.outbox.select(|message| {
            message.provider == ProviderName::Twilio
                && message.tags.get(ACCOUNT).is_some_and(|owner| owner == account)
        })
    }
}

/// When Twilio handed it to the carrier.
fn sent_at(message: &Message) -> Option<Timestamp> {
    message
        .reports
        .iter()
        .find(|report| Status::of(report).is_some_and(Status::is_past_sent))
        .map(|report| report.at)
}

fn retain_sent(messages: &mut Vec<Message>, period: RangeInclusive<Timestamp>) {
    messages.retain(|message| sent_at(message).is_some_and(|at| period.contains(&at)));
}

/// `2026-01-15` is that day in UTC; `2026-01-15T14:00:00Z` that instant.
fn first_instant(value: &str) -> Result<Timestamp, Refusal> {
    value.parse().or_else(|_| start_of(parse_date(value)?, value))
}

fn last_instant(value: &str) -> Result<Timestamp, Refusal> {
    value.parse().or_else(|_| {
        let tomorrow = parse_date(value)?.tomorrow().map_err(|_| bad_filter(value))?;
        Ok(start_of(tomorrow, value)? - SignedDuration::from_nanos(1))
    })
}

fn parse_date(value: &str) -> Result<Date, Refusal> {
    value.parse().map_err(|_| bad_filter(value))
}

fn start_of(date: Date, value: &str) -> Result<Timestamp, Refusal> {
    date.to_zoned(TimeZone::UTC).map(|midnight| midnight.timestamp()).map_err(|_| bad_filter(value))
}

fn number(value: &str) -> Result<usize, Refusal> {
    value.parse().map_err(|_| bad_filter(value))
}

fn bad_filter(value: &str) -> Refusal {
    Refusal::invalid(20001, format!("Invalid filter value: {value}"))
}

fn rfc2822(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}
