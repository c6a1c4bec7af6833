//! How many messages were accepted, sent, delivered, blocked, failed, canceled and received, by day and channel.

use std::collections::BTreeMap;

use domain::{
    Error,
    update::Faults,
    vocabulary::{Channel, Milestone},
};
use jiff::{ToSpan, civil::Date};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
    pipeline::counts,
    store::counts::Counts,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{catalog::Answer, openapi::Operation};

/// Days of one answer.
const MOST: i32 = 92;
/// Days of an answer to who names none.
const DAYS: i32 = 30;

/// Counts by day and channel.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageStatistics {
    /// Whose days these are: your time zone, as your settings have it now.
    time_zone: String,
    from: Date,
    to: Date,
    /// Every day, the first one first.
    days: Vec<DayCounts>,
    /// All days together.
    total: Vec<ChannelCounts>,
}

/// Counts of a day.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DayCounts {
    date: Date,
    /// Channels on which something happened.
    channels: Vec<ChannelCounts>,
}

/// Counts of a channel.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChannelCounts {
    channel: Channel,
    /// Taken, to be sent.
    accepted: u64,
    /// Taken by a provider.
    sent: u64,
    /// Arrived, or shown.
    delivered: u64,
    /// Stopped by the guard, when they were asked for or when they were to leave.
    blocked: u64,
    /// Over without success, also if they came back after they had arrived.
    failed: u64,
    /// Called off before they left.
    canceled: u64,
    /// Written by borrowers.
    received: u64,
}

/// Shows them.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = app.tenant(request.tenant()?).await?;
    let zone = tenant.settings.zone();
    let today = zone.to_datetime(app.now()).date();
    let to = request.query::<Date>("to")?.unwrap_or(today);
    let from = request.query::<Date>("from")?.map_or_else(|| to.checked_sub((DAYS - 1).days()), Ok);
    let from = from.map_err(|_| Error::invalid("?to", "must be a day that has days before it"))?;
    let mut faults = Faults::default();
    faults.expect(from <= to, "?from", "must not be later than ?to");
    let is_short = from.until(to).is_ok_and(|span| span.get_days() < MOST);
    faults.expect(
        from > to || is_short,
        "?from",
        &format!("must be at most {MOST} days before the end of ?to"),
    );
    faults.none()?;
    let after =
        to.checked_add(1.day()).map_err(|_| Error::invalid("?to", "must be a day that has one after it"))?;
    let starts = |day, name| {
        let start = tenant.settings.start_of(day);
        start.ok_or_else(|| Error::invalid(name, "must be a day that a clock can tell"))
    };
    let between = (starts(from, "?from")?, starts(after, "?to")?);
    let hours = counts::between(app, &tenant.id, between.0, between.1).await?;
    let mut by_day = BTreeMap::<Date, Counts>::new();
    let mut total = Counts::new();
    for (hour, counts) in hours {
        add(by_day.entry(zone.to_datetime(hour).date()).or_default(), &counts);
        add(&mut total, &counts);
    }
    let dates = from.series(1.day()).take_while(|date| *date <= to);
    let days =
        dates.map(|date| DayCounts { date, channels: by_day.get(&date).map(shown).unwrap_or_default() });
    let days = days.collect();
    let statistics = MessageStatistics {
        time_zone: tenant.settings.time_zone.clone(),
        from,
        to,
        days,
        total: shown(&total),
    };
    json(StatusCode::OK, &statistics)
}

fn add(counts: &mut Counts, more: &Counts) {
    for (channel, milestones) in more {
        let of_channel = counts.entry(*channel).or_default();
        for (milestone, count) in milestones {
            *of_channel.entry(*milestone).or_default() += count;
        }
    }
}

fn shown(counts: &Counts) -> Vec<ChannelCounts> {
    let of = |(channel, milestones): (&Channel, &BTreeMap<Milestone, u64>)| {
        let count = |milestone| milestones.get(&milestone).copied().unwrap_or_default();
        ChannelCounts {
            channel: *channel,
            accepted: count(Milestone::Accepted),
            sent: count(Milestone::Sent),
            delivered: count(Milestone::Delivered),
            blocked: count(Milestone::Blocked),
            failed: count(Milestone::Failed),
            canceled: count(Milestone::Canceled),
            received: count(Milestone::Received),
        }
    };
    counts.iter().map(of).collect()
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants), Need::All(counts::READ)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let counts = json!({
        "channel": "email", "accepted": 120, "sent": 118, "delivered": 115, "blocked": 4, "failed": 2, "canceled": 1,
        "received": 6,
    });
    Operation::new("Statistics", "How many messages came how far")
        .about(
            "Counts what happened, each on the day it happened: a message that is sent today and delivered tomorrow is counted on \
             both days. Days are those of your time zone, put together from hours in UTC; in a zone that is half an hour off, an \
             hour belongs to the day in which it begins. Counts follow within seconds and are kept for 100 days. What others had and \
             you recorded is not counted, nor what tells your own endpoints of events.",
        )
        .query_as::<Date>("from", "The first day; 29 days before the last by default.")
        .query_as::<Date>("to", "The last day, at most 92 days in all; today by default.")
        .answer::<MessageStatistics>(
            200,
            "Counts by day and channel",
            json!({
                "timeZone": "America/Chicago",
                "from": "2026-01-05",
                "to": "2026-01-05",
                "days": [{ "date": "2026-01-05", "channels": [counts] }],
                "total": [counts],
            }),
        )
}
