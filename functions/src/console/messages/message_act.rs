//! What can be done about a message: it is sent again, or called off.

use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::json;

use super::message;
use crate::{
    communicator,
    console::{Form, Shown, TELL},
    interactions,
};

/// Does it, and leads to the message that is meant then.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    let id = message::named(request)?;
    let (told, done) = match form.action() {
        "resend" => {
            let mut body = form.members(&["overrideReason"]);
            body.insert("interactionId".into(), json!(id));
            (visit.tell(&message::RESEND, &[], &body.into(), &form).await?, "resent")
        }
        "cancel" => {
            let body = json!({ "status": "canceled" });
            (visit.tell(&message::UPDATE, &[("id", &id)], &body, &form).await?, "canceled")
        }
        _ => return message::show(&visit, StatusCode::BAD_REQUEST, None).await,
    };
    match told {
        Ok(answer) => {
            let id = answer["data"]["id"].as_str().unwrap_or(&id);
            visit.done(&format!("/console/messages/{id}"), done)
        }
        Err(problem) => message::show(&visit, problem.status, Some(form.refused(&problem))).await,
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(TELL),
    Need::All(message::NEEDS),
    Need::All(communicator::resend::NEEDS),
    Need::All(interactions::update::NEEDS),
];
