//! What a version says to whom it is tried on, on pages.

use platform::{app::App, http::Request, needs::Need};

use super::version::for_whom;
use crate::{
    catalog::{self, Function},
    console::{Form, Shown, VISIT, Visit},
    template_versions,
};

/// Answers the PDF as the API does.
pub async fn handle(app: &App, request: &Request) -> Shown {
    const FILE: Function = catalog::named("template-versions-render-file");
    let visit = Visit::begin(app, request).await?;
    let (path, query) = ([("id", request.path("version"))], [("fmt", "pdf".to_owned())]);
    Ok(visit.call(&FILE, &path, &query, Some(&for_whom(request)?), &Form::default()).await?)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(template_versions::render_file::NEEDS)];
