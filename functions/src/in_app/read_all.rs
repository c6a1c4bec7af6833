//! Marks all of a person's notices as read.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, List, Need},
    pipeline::notices,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json as example;

use super::USER;
use crate::{catalog::Answer, envelope::One, openapi::Operation};

/// What became of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadAll {
    /// How many were unread, and are read now: at most 500 in one call.
    read: usize,
    /// How many are unread still.
    unread_count: usize,
}

/// Moves everything that is shown and unread to succeeded.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let person = super::user(app, request).await?;
    let tenant = app.tenant(request.tenant()?).await?;
    let read = notices::read_all(app, &tenant, &person.id).await?;
    let unread_count = if read < notices::MOST_AT_ONCE {
        0
    } else {
        app.store.unread_notices(&tenant.id, &person.id, notices::shown_since(&tenant, app.now())).await?
    };
    json(StatusCode::OK, &One::of(StatusCode::OK, ReadAll { read, unread_count }))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::All(USER), Need::Read(Items::Tenants), Need::List(List::Notices), Need::All(notices::READ)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("In-app notices", "Mark all of a person's notices as read")
        .about(
            "Each moves to succeeded, as it would by itself. At most 500 are read in one call; where more are unread, \
             unreadCount says how many, and the call can be made again.",
        )
        .answer::<One<ReadAll>>(
            200,
            "What was read",
            example!({ "status": 200, "message": "OK", "data": { "read": 3, "unreadCount": 0 } }),
        )
        .problems(&[404])
}
