//! 003 · Resends all communication messages of a period that failed.

use domain::{Error, shape, update::Faults};
use jiff::{SignedDuration, Timestamp, civil::Date};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
    pipeline::events::{self, resend},
    store::operations::Operation,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::resend_async_by_keys::BegunView;
use crate::{catalog::Answer, openapi};

/// The longest time one operation is about.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 31);

/// When the messages were created.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Between {
    /// At or after this day or instant, which has come, such as 2026-01-05 or 2026-01-05T15:00:00Z; a day is one where you are.
    #[schemars(with = "shape::DayOrInstant")]
    start_date: String,
    /// Before this instant, or to the end of this day.
    #[schemars(with = "shape::DayOrInstant")]
    end_date: String,
}

impl Between {
    /// What has come of it by now.
    fn read(&self, now: &jiff::Zoned) -> Result<(Timestamp, Timestamp), Error> {
        let mut faults = Faults::default();
        let day = |text: &str, is_end: bool| {
            let day = text.parse::<Date>().ok()?;
            let day = if is_end { day.tomorrow().ok()? } else { day };
            day.to_zoned(now.time_zone().clone()).ok().map(|start| start.timestamp())
        };
        let instant = |text: &str, is_end: bool| text.parse::<Timestamp>().ok().or_else(|| day(text, is_end));
        let (from, to) = (instant(&self.start_date, false), instant(&self.end_date, true));
        let message = "must be a day or a time, such as 2026-01-05 or 2026-01-05T15:00:00Z";
        faults.expect(from.is_some(), "/startDate", message);
        faults.expect(to.is_some(), "/endDate", message);
        let between = from.zip(to);
        let is_ordered = between.is_none_or(|(from, to)| from < to);
        faults.expect(is_ordered, "/endDate", "must lie after startDate");
        let is_short = between.is_none_or(|(from, to)| to.duration_since(from) <= LONGEST);
        faults.expect(is_short, "/endDate", "must lie at most 31 days after startDate");
        let now = now.timestamp();
        let has_begun = from.is_none_or(|from| from < now);
        faults.expect(has_begun, "/startDate", "must lie before now: no message was created after it");
        faults.none()?;
        let between = between.map(|(from, to)| (from, to.min(now)));
        between.ok_or_else(|| Error::Internal("dates that are right are missing".into()))
    }
}

/// Begins to send them again.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: Between = request.json()?;
    let tenant = app.tenant(request.tenant()?).await?;
    let (from, to) = body.read(&events::at_home(app, &tenant))?;
    let (now, trace_id) = (app.now(), request.trace_id.clone());
    let operation = Operation::begin(
        request.new_id(app)?,
        tenant.id.clone(),
        (from, to),
        resend::from_day(from),
        trace_id,
        now,
    );
    let operation = resend::begin(app, operation, Vec::new()).await?;
    json(StatusCode::ACCEPTED, &BegunView { operation_id: operation.id })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants), Need::All(resend::BEGIN)];

/// For the OpenAPI document.
pub fn describe() -> openapi::Operation {
    openapi::Operation::new("Communication messages", "Send all messages again that failed within a time")
        .about(
            "As :resend does, for all messages that were created within the time, at most 31 days, and are FAILED. Passed over is what \
             is not sent again in any case, such as confirmation codes and canceled messages, and what POST /api/v1/communications/send \
             dispatched, whose caller heard that it failed.",
        )
        .body::<Between>(json!({ "startDate": "2026-01-05", "endDate": "2026-01-06" }))
        .answer::<BegunView>(202, "The operation has begun", json!({ "operationId": "OP-01JD3V9K2M-8ZQ4T6WX1N3F5G7H" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(start_date: &str, end_date: &str) -> Result<(Timestamp, Timestamp), Vec<String>> {
        let now = "2026-01-05T09:00:00-06:00[America/Chicago]".parse().unwrap();
        let between = Between { start_date: start_date.into(), end_date: end_date.into() };
        between.read(&now).map_err(|error| match error {
            Error::Invalid(violations) => violations.into_iter().map(|one| one.pointer).collect(),
            other => panic!("{other}"),
        })
    }

    #[test]
    fn a_time_begins_before_now_and_ends_with_it() {
        for (start, end, expected) in [
            ("2026-01-05", "2026-01-05", Ok(("2026-01-05T06:00:00Z", "2026-01-05T15:00:00Z"))),
            ("2026-01-04", "2026-01-04", Ok(("2026-01-04T06:00:00Z", "2026-01-05T06:00:00Z"))),
            ("2026-01-05T14:59:59.999999999Z", "9999-12-30T22:00:00.999999999Z", Err(vec!["/endDate"])),
            (
                "2026-01-05T14:59:59.999999999Z",
                "2026-02-01",
                Ok(("2026-01-05T14:59:59.999999999Z", "2026-01-05T15:00:00Z")),
            ),
            ("2026-01-05T15:00:00Z", "2026-01-06", Err(vec!["/startDate"])),
            ("2026-01-06", "2026-01-07", Err(vec!["/startDate"])),
            ("9999-12-28", "9999-12-28", Err(vec!["/startDate"])),
            ("2026-01-05", "2026-01-04", Err(vec!["/endDate"])),
            ("2026-01-07", "2026-01-06", Err(vec!["/endDate", "/startDate"])),
            ("yesterday", "2026-01-05", Err(vec!["/startDate"])),
        ] {
            let expected = expected
                .map(|(from, to)| (from.parse().unwrap(), to.parse().unwrap()))
                .map_err(|fields| fields.into_iter().map(str::to_owned).collect());
            assert_eq!(read(start, end), expected, "{start} to {end}");
        }
    }
}
