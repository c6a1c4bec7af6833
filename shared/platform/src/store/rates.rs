//! Places in line under accounts' rates: one item for an account, with the instant each of its lanes has come to, in
//! microseconds.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use domain::{
    Error,
    account::Account,
    error::Ours as _,
    rate::{Lane, Pace},
    tenant::TenantId,
};
use jiff::Timestamp;

use super::{Store, keys, number, text, unavailable};
use crate::race::Race;

/// How long an account that stands idle is remembered, in seconds: longer than any line is.
const REMEMBERED: i64 = 8 * 24 * 3_600;

/// Of the places in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// However long it takes.
    Any,
    /// Only if the line is no longer than until this instant.
    Before(Timestamp),
}

impl Store {
    /// Takes so many places in a row in a lane of an account's, a tenant's or the installation's, in one call if the line is as it is expected. Gives the
    /// instant of the first; `None` if the line is longer than `wanted` says.
    pub async fn line_up(
        &self,
        tenant: Option<&TenantId>,
        account: &Account,
        (lane, pace): (Lane, Pace),
        places: u32,
        wanted: Wanted,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Error> {
        let earliest = pace.earliest(now);
        let span = pace.span(places);
        let end = earliest.checked_add(span).internal()?;
        let key = || keys::rate(tenant, account).into_item();
        let expires = number(now.as_second().saturating_add(REMEMBERED).max(0).unsigned_abs());
        let begin = || {
            self.client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(key()))
                .expression_attribute_names("#lane", attribute(lane))
                .expression_attribute_names("#type", "type")
                .expression_attribute_values(":type", text("rate"))
                .expression_attribute_values(":expires", expires.clone())
                .expression_attribute_values(":earliest", micros(earliest))
        };
        // Who is first in line, and who joins it. Where nobody can know which it is, the likelier is tried first.
        let mut as_first = lane == Lane::Departures;
        let mut race = Race::begin();
        loop {
            let request = if as_first {
                begin()
                    .update_expression("SET #lane = :end, #type = :type, expires_at = :expires")
                    .condition_expression("attribute_not_exists(#lane) OR #lane < :earliest")
                    .expression_attribute_values(":end", micros(end))
            } else {
                let condition = match wanted {
                    Wanted::Any => "#lane >= :earliest",
                    Wanted::Before(_) => "#lane >= :earliest AND #lane <= :latest",
                };
                let request = begin()
                    .update_expression("SET #lane = #lane + :span, #type = :type, expires_at = :expires")
                    .condition_expression(condition)
                    .expression_attribute_values(":span", AttributeValue::N(span.as_micros().to_string()));
                match wanted {
                    Wanted::Any => request,
                    Wanted::Before(latest) => request.expression_attribute_values(":latest", micros(latest)),
                }
            };
            match request.return_values(ReturnValue::UpdatedNew).send().await {
                Ok(answer) => {
                    let came_to = answer.attributes.as_ref().and_then(|all| all.get(attribute(lane)));
                    let came_to = came_to.and_then(|value| value.as_n().ok()?.parse().ok());
                    let came_to = came_to.and_then(|micros| Timestamp::from_microsecond(micros).ok());
                    let came_to = came_to.ok_or_else(|| Error::Internal("a lane without an end".into()))?;
                    return Ok(came_to.checked_sub(span).ok());
                }
                Err(e) if e.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                    if both_were_tried(&mut as_first, lane) {
                        if wanted != Wanted::Any {
                            return Ok(None);
                        }
                        race.lost(format!("the line of {account}")).await?;
                    }
                }
                Err(e) => return Err(unavailable(e)),
            }
        }
    }
}

/// Turns to the other way to line up. Returns whether both were tried.
fn both_were_tried(as_first: &mut bool, lane: Lane) -> bool {
    *as_first = !*as_first;
    *as_first == (lane == Lane::Departures)
}

fn attribute(lane: Lane) -> &'static str {
    match lane {
        Lane::Departures => "departures",
        Lane::Bulk => "bulk",
    }
}

fn micros(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.as_microsecond().to_string())
}
