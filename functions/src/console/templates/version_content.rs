//! What a version says in HTML to whom it is tried on, for a frame in which nothing runs.

use domain::Error;
use pages::console;
use platform::{app::App, http::Request, needs::Need};

use super::version::{RENDER, for_whom};
use crate::{
    console::{Shown, VISIT, Visit},
    template_versions,
};

/// Answers it, for the frame of the version's page and for nothing else.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    let id = request.path("version");
    let Ok(rendered) = visit.ask_about(&RENDER, &[("id", id)], &for_whom(request)?).await? else {
        return Err(Error::not_found("HTML of template version", id).into());
    };
    let html = rendered["contentHtml"].as_str();
    let html = html.ok_or_else(|| Error::not_found("HTML of template version", id))?;
    Ok(console::content(html.to_owned()))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(template_versions::render::NEEDS)];
