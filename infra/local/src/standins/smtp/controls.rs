//! What a person makes the mail server do.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::vocabulary::ProviderName;
use serde::{Deserialize, Serialize};

use super::Smtp;
use super::bounce::{self, Action};
use super::session::RETURN_PATH;
use crate::outbox::Report;
use crate::problem::{Control, Problem};
use crate::standins::webhook::WebhookAnswer;
use crate::standins::written::Written;

/// The most refusals that wait.
const MOST: usize = 100;

/// A step at which a server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The greeting.
    Connect,
    /// `EHLO`.
    Helo,
    /// `AUTH`.
    Auth,
    /// `MAIL`.
    Mail,
    /// `RCPT`.
    Rcpt,
    /// `DATA`.
    Data,
    /// The final dot.
    Message,
}

/// A step that is to be refused: the body of `POST /_local/providers/smtp/refuse`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Which.
    pub stage: Stage,
    /// With this answer: `550 5.1.1 No such user`.
    pub reply: String,
    /// How many more times; 1 when not said.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

/// Makes the server refuse the next of a step; answers what it will refuse.
pub async fn refuse(
    State(smtp): State<Arc<Smtp>>,
    Control(refusal): Control<Refusal>,
) -> Result<Json<Vec<Refusal>>, Problem> {
    let code = refusal.reply.get(..3).and_then(|code| code.parse().ok());
    let is_line = !refusal.reply.contains(['\r', '\n']);
    if !code.is_some_and(|code: u16| (400..600).contains(&code)) || !is_line {
        return Err(Problem::bad_request("reply is one line that begins with a code from 400 to 599"));
    }
    let mut refusals = smtp.refusals();
    if refusal.times == 0 || refusals.len() == MOST {
        return Err(Problem::bad_request(format!(
            "times must be 1 or more, and at most {MOST} refusals wait"
        )));
    }
    refusals.push_back(refusal);
    Ok(Json(refusals.iter().cloned().collect()))
}

/// The body of `POST /_local/providers/smtp/status`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusControl {
    /// The server's id of the message, or our interaction's.
    message: String,
    #[serde(alias = "event", alias = "status")]
    action: Action,
    /// Three numbers, `5.1.1`; where left out, what goes with the action.
    code: Option<String>,
    /// Who failed, if not the first it went to.
    recipient: Option<String>,
    /// Where the report goes, if not where the message comes back to.
    to: Option<String>,
}

/// Makes the server report by mail what became of a message; answers what our webhook for mail answered.
pub async fn status(
    State(smtp): State<Arc<Smtp>>,
    Control(asked): Control<StatusControl>,
) -> Result<Json<WebhookAnswer>, Problem> {
    let message = smtp
        .around
        .outbox
        .find(ProviderName::Smtp, &asked.message)
        .ok_or_else(|| Problem::not_found(format!("the mail server has no message {}", asked.message)))?;
    let returns = message.tags.get(RETURN_PATH).cloned().unwrap_or_default();
    let to = asked.to.unwrap_or(returns);
    let code = asked.code.unwrap_or_else(|| asked.action.usual_code().to_owned());
    let recipient = asked.recipient.or_else(|| message.to.split(", ").next().map(str::to_owned));
    let at = smtp.around.clock.now();
    let raw = bounce::compose(&message, &to, &recipient.unwrap_or_default(), asked.action, &code, at);
    let answer = smtp.inbound.take(Written::on_the_wire("<>", &to, raw)).await?;
    let report =
        Report { at, event: asked.action.as_str().to_owned(), detail: Some(code), answered: answer.status };
    smtp.around.outbox.report(message.sequence, report);
    Ok(Json(answer))
}
