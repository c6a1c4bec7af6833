//! 000 · Get a log entry.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Bodies, Items, Need},
    store::interactions::Said,
};

use super::{LogEntry, example};
use crate::{catalog::Answer, openapi::Operation};

/// Shows one message.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let interaction = app.store.interaction(request.tenant()?, &request.path_ref("id")?).await?;
    json(StatusCode::OK, &LogEntry::of(app, request.caller()?, interaction, Said::Read).await?)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Interactions), Need::Fetch(Bodies::Contents)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communication logs", "Get a log entry")
        .answer::<LogEntry>(200, "The entry as it is stored", example())
        .problems(&[404])
}
