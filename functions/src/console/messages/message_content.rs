//! What a message says in HTML, for a frame in which nothing runs.

use domain::Error;
use pages::console;
use platform::{app::App, http::Request, needs::Need};

use super::message::GET;
use crate::{
    communication_logs,
    console::{Shown, VISIT, Visit},
};

/// Answers it, for the frame of the message's page and for nothing else.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    let id = request.path("id");
    let message = visit.ask(&GET, &[("id", id)], &[]).await?;
    let html = message["body_html"].as_str().ok_or_else(|| Error::not_found("HTML of interaction", id))?;
    Ok(console::content(html.to_owned()))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(communication_logs::get::NEEDS)];
