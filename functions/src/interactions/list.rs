//! 001 · List a person's interactions.

use domain::{
    Error,
    id::{self, Ref},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_within, listed},
    needs::{Bodies, Items, List, Need},
    store::interactions,
};
use serde_json::json;

use super::{InteractionView, example_view};
use crate::{catalog::Answer, envelope::Page, openapi::Operation, people};

/// Shows a page, sent and recorded ones together.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, caller, limit) = (request.tenant()?, request.caller()?, request.limit()?);
    let person = &people::find(app, request).await?.id;
    let edge = request
        .edge(|named| async move {
            let id: Ref<id::Interaction> = listed::<id::Interaction, _>(&named)?;
            let interaction = app.store.interaction(tenant, &id.resolve(tenant.as_str())).await?;
            if interaction.person_id.as_ref() != Some(person) {
                return Err(Error::not_found("interaction", named));
            }
            Ok(interactions::position_of_interaction(&interaction))
        })
        .await?;
    let ever = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let page = app.store.interactions_of_person(tenant, person, ever, limit, edge).await?;
    let views = page.entries.into_iter().map(|interaction| InteractionView::of(app, caller, interaction));
    let page = Page::of(futures::future::try_join_all(views).await?);
    json_within(StatusCode::OK, &page, "The page is too long for one answer; ask for less with limit.")
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::People),
    Need::Read(Items::Interactions),
    Need::List(List::Interactions),
    Need::Fetch(Bodies::Contents),
];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Interactions", "List a person's interactions")
        .about("By when they were accepted or recorded. What sensitive ones say is null to viewers.")
        .paged()
        .answer::<Page<InteractionView>>(
            200,
            "A page, newest first",
            json!({ "status": 200, "count": 1, "data": [example_view()] }),
        )
        .problems(&[404, 409])
}
