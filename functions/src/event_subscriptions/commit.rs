//! Commits how far a subscription was read.

use domain::{event_subscription::Cursor, shape};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, decode_cursor, json},
    needs::{Items, Need},
    pipeline::event_stream,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{EXAMPLE_CURSOR, cursor, find};
use crate::{catalog::Answer, openapi::Operation};

/// How far a subscription was read.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Committed {
    /// As an answer said.
    #[schemars(with = "shape::Cursor")]
    cursor: String,
}

/// Keeps a cursor, from which the next read goes on.
pub async fn handle(app: &App, request: &Request) -> Answer {
    const POINTER: &str = "/cursor";
    let body: Committed = request.json()?;
    let (tenant, named): (_, Cursor) = (request.tenant()?, decode_cursor(&body.cursor, POINTER)?);
    let of = find(app, request).await?;
    let offset = event_stream::checked(app, tenant, &of, &named, POINTER).await?;
    app.store.commit(tenant, &of.id, offset, app.now()).await?;
    json(StatusCode::OK, &Committed { cursor: cursor(&of, offset)? })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::EventSubscriptions),
    Need::All(platform::pipeline::event_log::READ),
    Need::Write(Items::EventCursors),
];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Event subscriptions", "Say how far a subscription was read")
        .about(
            "The next read without a cursor goes on from here. A cursor of an earlier answer goes back to it, and shows again what \
             happened since, as far as it is kept.",
        )
        .body::<Committed>(json!({ "cursor": EXAMPLE_CURSOR }))
        .answer::<Committed>(200, "The cursor was kept", json!({ "cursor": EXAMPLE_CURSOR }))
        .problems(&[404])
}
