//! Reads the events of a subscription.

use std::time::Duration;

use domain::{
    Error,
    event_subscription::Cursor,
    id::{self, Id},
    shape,
    vocabulary::AnyEvent,
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
    pipeline::event_stream,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{EXAMPLE_CURSOR, cursor, find};
use crate::{catalog::Answer, openapi::Operation};

/// Something that happened.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    /// Its place: later events have higher numbers. Numbers may be left out.
    sequence: u64,
    /// Names it, also if it is shown twice: the key of the message that shows it, else your id of the event, or ours of what became
    /// of something.
    event_id: String,
    event: AnyEvent,
    /// The message that shows it (003, EVENT_STREAM), if one does.
    encoded_key: Option<Id<id::Interaction>>,
    /// When it happened.
    created_at: Timestamp,
    /// What is known of it, as a webhook endpoint would hear it.
    data: Value,
}

/// Events in their order.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventViews {
    events: Vec<EventView>,
    /// Commit it once you have done with these events; read on with it before.
    cursor: String,
}

/// Shows what comes next, and waits for it.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let limit = number(request, "limit", 100, 1..=500)?;
    let wait = Duration::from_secs(number(request, "waitSeconds", 0, 0..=20)? as u64);
    let tenant = request.tenant()?;
    let of = find(app, request).await?;
    let offset = match request.cursor::<Cursor>()? {
        Some(cursor) => event_stream::checked(app, tenant, &of, &cursor, "?cursor").await?,
        None => event_stream::committed(app, tenant, &of).await?,
    };
    let read = event_stream::read(app, tenant, &of, offset, limit, wait).await?;
    let events = read.entries.into_iter().map(|(sequence, entry)| EventView {
        sequence,
        event_id: entry.event_id,
        event: entry.event,
        encoded_key: entry.encoded_key,
        created_at: entry.created_at,
        data: entry.data,
    });
    json(StatusCode::OK, &EventViews { events: events.collect(), cursor: cursor(&of, read.next)? })
}

fn number(
    request: &Request,
    name: &str,
    absent: usize,
    allowed: std::ops::RangeInclusive<usize>,
) -> Result<usize, Error> {
    let given = request.query::<usize>(name)?.unwrap_or(absent);
    if allowed.contains(&given) {
        return Ok(given);
    }
    Err(Error::invalid(format!("?{name}"), format!("must be {} to {}", allowed.start(), allowed.end())))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::EventSubscriptions), Need::All(event_stream::NEEDS)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Event subscriptions", "Read the events of a subscription")
        .about(
            "Events from where the subscription was committed on, or from a cursor on, in their order; each at least once, and \
             none left out, whoever writes at the same time. Kept for 30 days. An answer may be empty and its cursor be further \
             on anyway: read on with it, and commit it once you have done with what came.",
        )
        .query_number("limit", "The most events. There may be fewer although there are more.", 1..=500, 100)
        .query_number("waitSeconds", "How long to wait for an event if there is none, in seconds.", 0..=20, 0)
        .query_as::<shape::Cursor>("cursor", "Where to begin, from an earlier answer; by default, where the subscription was committed.")
        .answer::<EventViews>(
            200,
            "Events in their order",
            json!({
                "events": [{
                    "sequence": 1_767_625_200_000_100_u64,
                    "eventId": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H.4.message.delivered",
                    "event": "message.delivered",
                    "encodedKey": null,
                    "createdAt": "2026-01-05T15:00:00Z",
                    "data": {
                        "interactionId": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                        "externalId": "reminder-7",
                        "personId": "BO-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                        "personExternalId": "john",
                        "loanIds": ["LN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H"],
                        "loanExternalIds": ["loan-1"],
                        "channel": "email",
                        "subject": "payment_reminder",
                        "status": "succeeded",
                        "statusDetails": "emailDelivered",
                        "at": "2026-01-05T15:00:00Z",
                    },
                }],
                "cursor": EXAMPLE_CURSOR,
            }),
        )
        .problems(&[404])
}
