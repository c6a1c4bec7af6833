//! Takes events: one, or all of a core system's end of day.

use domain::{
    Error,
    error::{Conflict, Violation},
    id::{self, Id},
    occurrence::{Occurrence, ToldOccurrence},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, problem},
    needs::Need,
    pipeline::events::{self, TOGETHER, Taken},
    store::occurrences::Made,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::told;
use crate::{catalog::Answer, openapi::Operation};

/// Up to 500 events in one request.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToldOccurrences {
    /// 1 to 500 events.
    // Read one by one, so that a fault in one is no fault of the others.
    #[schemars(with = "Vec<ToldOccurrence>", length(min = 1, max = 500))]
    events: Vec<Value>,
}

/// One event, or many.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    /// A single event.
    One(Box<ToldOccurrence>),
    /// Several events in one request.
    Many(ToldOccurrences),
}

/// An event that was taken.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TakenView {
    /// By which it was taken, once.
    event_id: String,
    /// The messages it made, in the order of the rules: now, or when it was sent before.
    messages: Vec<Made>,
}

/// What became of each of many.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TakenViews {
    /// In the order of the request.
    results: Vec<ResultView>,
}

/// What became of one of many.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResultView {
    /// Its place in the request, from 0.
    index: usize,
    /// By which it was taken; null if it was not.
    event_id: Option<String>,
    /// What it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<Made>>,
    /// Why it was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemView>,
}

/// Why an event was not taken.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProblemView {
    detail: String,
    /// Every field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<Violation>,
}

/// Takes them.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let members: Map<String, Value> = request.json()?;
    if request.caller()?.agent {
        let detail = "Systems send events, and agents do not; use a key that is not an agent's.";
        return Err(Error::conflict(Conflict::AgentCannotSend, detail));
    }
    match members.contains_key("events") {
        true => many(app, request).await,
        false => one(app, request, Value::Object(members)).await,
    }
}

async fn one(app: &App, request: &Request, entry: Value) -> Answer {
    let occurrence = told(&entry, &request.new_id(app)?, app.now())?;
    let lender = app.lender(request.tenant()?).await?;
    let taken = events::take(app, &lender, vec![occurrence], &request.trace_id).await?;
    let one = taken.into_iter().next().ok_or_else(|| Error::Internal("an event has no answer".into()))??;
    json(StatusCode::ACCEPTED, &TakenView { event_id: one.event_id, messages: one.messages })
}

async fn many(app: &App, request: &Request) -> Answer {
    let ToldOccurrences { events } = request.json()?;
    if !(1..=TOGETHER).contains(&events.len()) {
        let message = format!("must have 1 to {TOGETHER} events");
        return Err(Error::invalid("/events", message));
    }
    let (tenant, base, now) = (request.tenant()?, request.new_id::<id::Interaction>(app)?, app.now());
    let name = |at: usize| Id::keyed(tenant.as_str(), base.as_str(), &at.to_string());
    let told: Vec<Result<Occurrence, Error>> =
        events.iter().enumerate().map(|(at, entry)| told(entry, &name(at), now)).collect();
    let lender = app.lender(tenant).await?;
    let good: Vec<Occurrence> = told.iter().flatten().cloned().collect();
    let mut taken = events::take(app, &lender, good, &request.trace_id).await?.into_iter();
    let results =
        told.into_iter().enumerate().map(|(index, one)| match one.and_then(|_| taken.next().transpose()) {
            Ok(taken) => ResultView::taken(index, taken),
            Err(error) => ResultView::refused(index, error.within(&format!("/events/{index}"))),
        });
    json(StatusCode::ACCEPTED, &TakenViews { results: results.collect() })
}

impl ResultView {
    fn taken(index: usize, taken: Option<Taken>) -> Self {
        let (event_id, messages) = taken.map(|taken| (taken.event_id, taken.messages)).unzip();
        Self { index, event_id, messages, problem: None }
    }

    fn refused(index: usize, error: Error) -> Self {
        let detail = problem::detail(&error);
        let violations = match error {
            Error::Invalid(faults) => faults,
            _ => Vec::new(),
        };
        Self { index, event_id: None, messages: None, problem: Some(ProblemView { detail, violations }) }
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(events::NEEDS)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let made = json!({ "encodedKey": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H", "type": "EMAIL", "state": "QUEUED" });
    Operation::new("Events", "Tell what happened")
        .about(
            "Takes an event of your core system and makes the messages that your notification rules say. An event is taken once \
             by its eventId: told again, it is answered as before, and another event of the same id is refused. A message that cannot go, such as one to a client without an \
             e-mail address, is kept as FAILED with its reason, for the event happened.\n\n\
             Up to 500 events are told together as `{\"events\": [...]}`; each is taken or refused on its own, and answered at its \
             place. The same events are taken from the bus of the installation, with the detail type `event`.",
        )
        .body::<OneOrMany>(json!({
            "event": "LOAN_REPAYMENT",
            "eventId": "repayment-77812",
            "clientKey": "john",
            "loanAccountKey": "LN-0001",
            "repaymentKey": "77812",
            "context": { "amount": "312.50" },
        }))
        .answer::<TakenView>(202, "The events were taken", json!({ "eventId": "repayment-77812", "messages": [made] }))
        .problems(&[409])
}
