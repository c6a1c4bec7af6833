//! 001 · Get an interaction.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
};

use super::{InteractionView, SHOW, example_answer};
use crate::{catalog::Answer, envelope::One, openapi::Operation};

/// Shows one, sent or recorded.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let interaction = app.store.interaction(request.tenant()?, &request.path_ref("id")?).await?;
    let view = InteractionView::find(app, request.caller()?, interaction).await?;
    json(StatusCode::OK, &One::of(StatusCode::OK, view))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Interactions), Need::All(SHOW)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Interactions", "Get an interaction")
        .about("What we sent, and what you recorded. What a sensitive one says is null to viewers.")
        .answer::<One<InteractionView>>(200, "The interaction as it is stored", example_answer(200, "OK"))
        .problems(&[404])
}
