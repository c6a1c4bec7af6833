//! Cancels a batch.

use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::Value;

use super::batch::{self, CANCEL, path_of};
use crate::{
    batches,
    console::{Form, Shown, TELL},
};

/// Does it, and leads back.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    let id = request.path("id");
    if form.action() != "cancel" {
        return batch::show(&visit, StatusCode::BAD_REQUEST, None).await;
    }
    match visit.tell(&CANCEL, &[("id", id)], &Value::Null, &form).await? {
        Ok(_) => visit.done(&path_of(id), "batch_canceled"),
        Err(problem) => batch::show(&visit, problem.status, Some(form.refused(&problem))).await,
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(TELL), Need::All(batch::NEEDS), Need::All(batches::cancel::NEEDS)];
