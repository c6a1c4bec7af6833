//! Sends a message again that failed, and records why.

use domain::Error;
use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::Value;

use super::problems::{self, RETRY};
use crate::{
    communication_logs,
    console::{Form, Shown, TELL, Visit, address::encoded, messages::message::GET},
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
        Ok(_) => {
            let message = visit.ask(&GET, &[("id", id)], &[]).await?;
            let done =
                if is_last_to_ask(&visit, &form, &message)? { "retried" } else { "retried_by_another" };
            visit.done(&format!("/console/messages/{}", encoded(id)), done)
        }
        Err(problem) => problems::show(&visit, problem.status, Some(form.refused(&problem))).await,
    }
}

/// Whether the message goes again because of this form: what somebody else had sent again meanwhile goes once, for their reason.
fn is_last_to_ask(visit: &Visit<'_>, form: &Form, message: &Value) -> Result<bool, Error> {
    let mut steps = message["timeline"].as_array().into_iter().flatten().rev();
    let last = steps.find(|step| step["what"] == "resent").and_then(|step| step["note"].as_str());
    let own = format!("{}: {}", visit.caller()?.subject, form.text("reason"));
    Ok(last.is_some_and(|note| note.ends_with(&own)))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(TELL),
    Need::All(problems::NEEDS),
    Need::All(communication_logs::get::NEEDS),
    Need::All(interactions::retry::NEEDS),
];
