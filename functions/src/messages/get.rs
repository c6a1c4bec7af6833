//! 003 · Gets a communication message.

use domain::id;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Bodies, Items, Need},
};

use super::{MessageView, example};
use crate::{catalog::Answer, openapi::Operation};

/// Shows a message.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let named = request.path_ref::<id::Interaction>("encodedKey")?;
    let interaction = app.store.interaction(request.tenant()?, &named).await?;
    let view = MessageView::of(app, request.caller()?, &interaction).await?;
    json(StatusCode::OK, &view.ok_or_else(|| named.not_found())?)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Interactions), Need::Read(Items::WebhookEndpoints), Need::Fetch(Bodies::Contents)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communication messages", "Get a communication message")
        .about(
            "An e-mail, text, webhook, stream entry or task that Postrider sent or made, by whichever API.",
        )
        .answer::<MessageView>(200, "The message as it is stored", example())
        .problems(&[404])
}
