//! Erases a person on request.

use domain::{
    Error, formats,
    id::{self, Id},
    shape,
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::Need,
    pipeline::erase,
    store::erasures::Tombstone,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::{catalog::Answer, openapi::Operation};

/// How far an erasure has come.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErasureProgress {
    /// Our id of the person.
    person_id: Id<id::Person>,
    status: Status,
    /// When it was asked for first. From here on nothing is sent to the person.
    requested_at: Timestamp,
    /// Since when nothing is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<Timestamp>,
    /// Interactions that were erased so far.
    interactions: u64,
}

/// How far it is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Status {
    /// The facts, the addresses and the ledger are gone; contents, documents and statements follow within minutes.
    Erasing,
    /// Nothing is left but what law wants kept.
    Erased,
}

impl From<Tombstone> for ErasureProgress {
    fn from(tombstone: Tombstone) -> Self {
        Self {
            person_id: tombstone.erasure.person_id,
            status: tombstone.completed_at.map_or(Status::Erasing, |_| Status::Erased),
            requested_at: tombstone.erasure.at,
            completed_at: tombstone.completed_at,
            interactions: tombstone.interactions,
        }
    }
}

/// Erases the facts at once and the rest within minutes. Repeating the request shows the progress.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (caller, named) = (request.caller()?, request.path_ref::<id::Person>("id")?);
    let reason = request.query::<String>("reason")?;
    let checked = reason.as_deref().map_or(Ok(()), |reason| formats::line(reason, 200));
    checked.map_err(|message| Error::invalid("?reason", message))?;
    let tombstone =
        erase::begin(app, &caller.tenant, &named, &caller.subject, reason, &request.trace_id).await?;
    let is_done = tombstone.completed_at.is_some();
    json(if is_done { StatusCode::OK } else { StatusCode::ACCEPTED }, &ErasureProgress::from(tombstone))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(erase::BEGIN)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let example = |status: &str| {
        let mut progress = json!({
            "personId": "BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
            "status": status,
            "requestedAt": "2026-01-05T15:00:00Z",
            "interactions": 0,
        });
        if status == "erased" {
            progress["completedAt"] = json!("2026-01-05T15:03:00Z");
            progress["interactions"] = json!(42);
        }
        progress
    };
    Operation::new("People", "Erase a person on request")
        .about(
            "Facts, addresses and the ledger vanish at once, and nothing is sent to the person any more, not even what \
             was accepted before. Contents, documents, statements and tasks' notes follow within minutes; the same request \
             again tells how far that is. Of each interaction stays a record without anything personal: its ids, times, \
             channel, subject, theme, status, and the guard's rules. The person is not found any more, and is made again \
             only with ?recreate=true.",
        )
        .query_as::<shape::Line<200>>("reason", "Why, for the record; names nobody. 1 to 200 characters.")
        .answer::<ErasureProgress>(200, "Nothing personal is left", example("erased"))
        .answer::<ErasureProgress>(202, "The facts are gone, and the rest follows", example("erasing"))
        .problems(&[404, 409])
}
