//! Sends a dead letter back to its queue, and records why.

use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};

use super::dead_letters as letters;
use crate::{
    catalog::{self, Function},
    console::{Form, Shown, TELL},
    dead_letters,
};

const RETRY: Function = catalog::named("dead-letters-retry");

/// Does it, and leads back.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    if form.action() != "retry" {
        return letters::show(&visit, StatusCode::BAD_REQUEST, None).await;
    }
    let (id, body) = (form.text("letter"), form.members(&["reason"]).into());
    match visit.tell(&RETRY, &[("id", id)], &body, &form).await? {
        Ok(_) => visit.done("/console/problems/dead-letters", "sent_back"),
        Err(problem) => letters::show(&visit, problem.status, Some(form.refused(&problem))).await,
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::All(TELL), Need::All(letters::NEEDS), Need::All(dead_letters::retry::NEEDS)];
