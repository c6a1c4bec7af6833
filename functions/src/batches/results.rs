//! Lists the result of a batch for each borrower.

use domain::{
    batch::{Batch, BatchResult},
    shape,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, encode_cursor, json},
    needs::{Items, Need},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::get;
use crate::{catalog::Answer, openapi::Operation};

/// Results in the order of the list, as far as the batch is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Results {
    data: Vec<BatchResult>,
    /// Where to go on. Absent once every result was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Shows a page: two chunks of borrowers.
pub async fn handle(app: &App, request: &Request) -> Answer {
    const CHUNKS: i32 = 2;
    let batch = get::find(app, request).await?;
    let first = request.cursor::<u32>()?.unwrap_or(0);
    let page = app.store.chunks(request.tenant()?, &batch.id, first, CHUNKS).await?;
    let last = page.last().map(|(number, _)| *number);
    let chunks = batch.total.map(|total| total.div_ceil(u32::try_from(Batch::CHUNK).unwrap_or(u32::MAX)));
    let next = last.map(|last| last + 1).filter(|next| chunks.is_none_or(|chunks| *next < chunks));
    let results = Results {
        data: page.into_iter().flat_map(|(_, chunk)| chunk.results).collect(),
        next_cursor: next.map(|next| encode_cursor(&next)).transpose()?,
    };
    json(StatusCode::OK, &results)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Batches)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Batches", "What became of each borrower")
        .query_as::<shape::Cursor>("cursor", "Where to go on, as the page before said.")
        .answer::<Results>(
            200,
            "A page of results",
            json!({
                "data": [
                    {
                        "borrower_id": "ext-john",
                        "outcome": "accepted",
                        "communication_id": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                        "reasons": [],
                    },
                    { "borrower_id": "ext-maria", "outcome": "blocked", "reasons": ["do_not_contact"] },
                ],
            }),
        )
        .problems(&[404])
}
