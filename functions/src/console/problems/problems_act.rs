//! Sends a message again that failed, and records why.

use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};

use super::problems::{self, RETRY};
use crate::{
    console::{Form, Shown, TELL, address::encoded},
    interactions,
};

/// Does it, and leads to the message.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    if form.action() != "retry" {
        return problems::show(&visit, StatusCode::BAD_REQUEST, None).await;
    }
    let (id, body) = (form.text("message"), form.members(&["reason"]).into());
    match visit.tell(&RETRY, &[("id", id)], &body, &form).await? {
        Ok(_) => visit.done(&format!("/console/messages/{}", encoded(id)), "retried"),
        Err(problem) => problems::show(&visit, problem.status, Some(form.refused(&problem))).await,
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::All(TELL), Need::All(problems::NEEDS), Need::All(interactions::retry::NEEDS)];
