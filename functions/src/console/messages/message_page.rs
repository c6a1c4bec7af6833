//! A page of a letter, as a picture.

use domain::{Error, error::Ours as _};
use lambda_http::{Body, Response, http::header};
use platform::{app::App, http::Request, needs::Need};

use crate::{
    console::{Shown, VISIT, Visit},
    interactions::letter,
};

/// Draws it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    Visit::begin(app, request).await?;
    let (_, letter) = letter::kept(app, request).await?;
    let number = request.path("page").parse().unwrap_or_default();
    let pdf = app.objects.get(&letter.key).await?;
    let drawn = tokio::task::spawn_blocking(move || pictures::page(pdf, number)).await.internal()?;
    let picture = drawn.ok_or_else(|| Error::not_found("page of the letter", number))?;
    let answer = Response::builder()
        .header(header::CONTENT_TYPE, "image/png")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(Body::Binary(picture));
    Ok(answer.internal()?)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(letter::NEEDS)];
