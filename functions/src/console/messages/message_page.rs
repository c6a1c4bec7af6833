//! A page of a letter, as a picture.

use platform::{app::App, http::Request, needs::Need};

use crate::{
    console::{Shown, VISIT, Visit, picture},
    interactions::letter,
};

/// Draws it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    Visit::begin(app, request).await?;
    let (_, letter) = letter::kept(app, request).await?;
    picture(app.objects.get(&letter.key).await?, request.path("page")).await
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(letter::NEEDS)];
