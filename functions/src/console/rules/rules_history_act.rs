//! Records that counsel signed the rules as they are.

use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};

use super::rules_history::{self, SIGN};
use crate::{
    console::{Form, Shown, TELL},
    sign_offs,
};

/// Records it, and leads back.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    if form.action() != "sign" {
        return rules_history::show(&visit, StatusCode::BAD_REQUEST, None).await;
    }
    let body = form.members(&["counsel", "ruleSet", "signedOn", "note"]).into();
    match visit.tell(&SIGN, &[], &body, &form).await? {
        Ok(_) => visit.done("/console/rules/history", "signed"),
        Err(problem) => rules_history::show(&visit, problem.status, Some(form.refused(&problem))).await,
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::All(TELL), Need::All(rules_history::NEEDS), Need::All(sign_offs::create::NEEDS)];
