//! 001 · List the interactions with somebody unknown to the lender.

use platform::{
    app::App,
    http::Request,
    needs::{Bodies, Items, List, Need},
};
use serde_json::json;

use crate::{
    catalog::Answer,
    envelope::Page,
    interactions::{InteractionView, example_view, filter::Filter, page},
    openapi::Operation,
};

/// Shows a page.
pub async fn handle(app: &App, request: &Request) -> Answer {
    page::show(app, request, None).await
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Interactions), Need::List(List::UnboundInteractions), Need::Fetch(Bodies::Contents)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    let operation = Operation::new("Interactions", "List interactions with nobody known").about(
        "Those that nobody is known to have had, by when they were accepted or recorded. PUT /interactions/{id} with personId \
         binds one to its person.",
    );
    Filter::describe(operation).answer::<Page<InteractionView>>(
        200,
        "A page, newest first",
        json!({ "status": 200, "count": 1, "data": [example_view()] }),
    )
}
