//! Lists batches.

use domain::{
    Error,
    batch::{BatchStatus, Words},
    id::{self, Id, Ref},
    shape,
    update::Faults,
    vocabulary::Channel,
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json, next_cursor},
    needs::{List, Need},
    store::{Edge, Position, batches::BatchEntry},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::get::{self, Progress};
use crate::{catalog::Answer, openapi::Operation};

/// Reads of storage for one page; what is not found by then is a cursor away.
const MOST_READS: usize = 10;

/// A page of batches, newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Batches {
    data: Vec<Progress>,
    /// Where to go on. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Which batches.
struct Filter {
    status: Option<BatchStatus>,
    template: Option<Id<id::Descriptor>>,
    between: (Timestamp, Timestamp),
}

impl Filter {
    fn read(request: &Request) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let tenant = request.tenant()?.as_str();
        let status = request.query::<String>("status")?.and_then(|text| {
            let status = serde_json::from_value(json!(text)).ok();
            faults.expect(status.is_some(), "?status", "must be processing, completed or canceled");
            status
        });
        let mut instant = |name: &str, otherwise: Timestamp| {
            request.query(name).map(|at| at.unwrap_or(otherwise)).unwrap_or_else(|error| {
                faults.take("", error);
                otherwise
            })
        };
        let between = (instant("from", Timestamp::UNIX_EPOCH), instant("to", Timestamp::MAX));
        let template = request.query::<Ref<id::Descriptor>>("template_id").unwrap_or_else(|error| {
            faults.take("", error);
            None
        });
        faults.expect(between.0 <= between.1, "?from", "must not lie after ?to");
        faults.none()?;
        Ok(Self { status, template: template.map(|named| named.resolve(tenant)), between })
    }

    fn takes(&self, BatchEntry { batch, .. }: &BatchEntry) -> bool {
        let template = match &batch.words {
            Words::Template { descriptor_id, .. } => Some(descriptor_id),
            Words::Best { .. } => None,
        };
        self.status.is_none_or(|status| status == batch.status)
            && self.template.as_ref().is_none_or(|named| Some(named) == template)
    }
}

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (filter, limit, tenant) = (Filter::read(request)?, request.limit()?, request.tenant()?);
    let (mut place, mut data) = (request.cursor::<Position>()?, Vec::new());
    for _ in 0..MOST_READS {
        let missing = limit - i32::try_from(data.len()).unwrap_or(limit);
        if missing == 0 {
            break;
        }
        let page = app.store.batches(tenant, filter.between, missing, place.take().map(Edge::After)).await?;
        let taken = page.entries.iter().filter(|entry| filter.takes(entry));
        data.extend(taken.map(|entry| Progress::of(&entry.batch)));
        place = page.next;
        if place.is_none() {
            break;
        }
    }
    json(StatusCode::OK, &Batches { data, next_cursor: next_cursor(place.as_ref())? })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::List(List::Batches)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Batches", "List batches")
        .query_as::<BatchStatus>("status", "Those that stand so.")
        .query_as::<Ref<id::Descriptor>>(
            "template_id",
            "Those of this template; your ids need ext- in front.",
        )
        .query_as::<Timestamp>("from", "Those accepted at this instant or later (RFC 3339).")
        .query_as::<Timestamp>("to", "Those accepted before this instant.")
        .limit()
        .query_as::<shape::Cursor>("cursor", "Where to go on, as the page before said.")
        .answer::<Batches>(200, "A page, newest first", json!({ "data": [get::example(Channel::Email)] }))
}
