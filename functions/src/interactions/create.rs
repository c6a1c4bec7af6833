//! 001 · Record an interaction others had. Nothing is sent, and the guard is not asked: what happened has happened.

use domain::{
    id::{self, Ref},
    interaction::NewInteraction,
    update::Faults,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Bodies, Need},
    pipeline::record::{self, Kept},
};

use super::{InteractionView, example_answer, example_body};
use crate::{catalog::Answer, envelope::One, openapi::Operation};

/// Records it, with its place in the contact ledger.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, person, now) = (request.tenant()?, request.path_ref::<id::Person>("id")?, app.now());
    let new = request.json_checked(|new: &NewInteraction| {
        let mut faults = Faults::default();
        let same =
            |named: &Ref<id::Person>| named.resolve(tenant.as_str()) == person.resolve(tenant.as_str());
        let is_same = new.person_id.as_ref().is_none_or(same);
        faults.expect(is_same, "/personId", "must be the person of the path, or be left out");
        if let Err(error) = new.check(now) {
            faults.take("", error);
        }
        faults.none()
    })?;
    keep(app, request, Some(&person), new).await
}

/// Records it with this person, or with nobody we know.
pub(crate) async fn keep(
    app: &App,
    request: &Request,
    person: Option<&Ref<id::Person>>,
    new: NewInteraction,
) -> Answer {
    let tenant = request.tenant()?;
    let lender = app.lender(tenant).await?;
    let id = request.id_named(app, new.external_id.as_ref())?;
    let Kept { interaction, known } =
        record::record(app, &lender, person, &id, new, &request.trace_id).await?;
    let view =
        InteractionView::of(app, request.caller()?, interaction, known.as_ref().map(|known| &known.person))
            .await?;
    json(StatusCode::CREATED, &One::of(StatusCode::CREATED, view))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Fetch(Bodies::Contents), Need::All(record::NEEDS)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Interactions", "Record an interaction")
        .about(
            "A call by an agent, a letter from elsewhere, what a borrower said to you. Nothing is sent. It enters the \
             contact ledger, so that limits on how often count it; ask can-interact before you act.",
        )
        .body::<NewInteraction>(example_body())
        .answer::<One<InteractionView>>(201, "The interaction as it is stored", example_answer(201, "Created"))
        .makes_in("/interactions")
        .problems(&[404, 409])
}
