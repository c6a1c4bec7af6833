//! 001 · Record an interaction with somebody unknown to the lender.

use domain::{interaction::NewInteraction, update::Faults};
use platform::{
    app::App,
    http::Request,
    needs::{Bodies, Need},
    pipeline::record,
};

use crate::{
    catalog::Answer,
    envelope::One,
    interactions::{InteractionView, create::keep, example_answer, example_unbound},
    openapi::Operation,
};

/// Records it; with a person if the body names one.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let now = app.now();
    let new = request.json_checked(|new: &NewInteraction| {
        let mut faults = Faults::default();
        if let (Err(error), None) = (new.check_unbound(), &new.person_id) {
            faults.take("", error);
        }
        if let Err(error) = new.check(now) {
            faults.take("", error);
        }
        faults.none()
    })?;
    let person = new.person_id.clone();
    keep(app, request, person.as_ref(), new).await
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Fetch(Bodies::Contents), Need::All(record::NEEDS)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Interactions", "Record an interaction with nobody known")
        .about(
            "A call from a number nobody has, a letter without a name. Nothing is sent. Where personId is given, this is the \
             same as recording an interaction of that person's.",
        )
        .body::<NewInteraction>(example_unbound())
        .answer::<One<InteractionView>>(201, "The interaction as it is stored", example_answer(201, "Created"))
        .problems(&[404, 409])
}
