//! 001 · List a person's interactions.

use platform::{
    app::App,
    http::Request,
    needs::{Items, List, Need},
};
use serde_json::json;

use super::{InteractionView, SHOW, example_view, filter::Filter, page};
use crate::{catalog::Answer, envelope::Page, openapi::Operation, people};

/// Shows a page: what we sent, what came in, and what was recorded, together.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let person = people::find(app, request).await?;
    page::show(app, request, Some(&person)).await
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Interactions), Need::List(List::Interactions), Need::All(SHOW)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let operation = Operation::new("Interactions", "List a person's interactions")
        .about("By when they were accepted or recorded. What sensitive ones say is null to viewers.");
    Filter::describe(operation)
        .answer::<Page<InteractionView>>(
            200,
            "A page, newest first",
            json!({ "status": 200, "count": 1, "data": [example_view()] }),
        )
        .problems(&[404, 409])
}
