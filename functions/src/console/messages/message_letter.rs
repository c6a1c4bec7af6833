//! The pages of a letter.

use platform::{app::App, http::Request, needs::Need};

use crate::{
    catalog::{self, Function},
    console::{Form, Shown, VISIT, Visit},
    interactions,
};

/// Answers the PDF as the API does.
pub async fn handle(app: &App, request: &Request) -> Shown {
    const LETTER: Function = catalog::named("interactions-letter");
    let visit = Visit::begin(app, request).await?;
    Ok(visit.call(&LETTER, &[("id", request.path("id"))], &[], None, &Form::default()).await?)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(interactions::letter::NEEDS)];
