//! Tries the rules that answer by themselves on a message. Nothing is sent.

use domain::id;
use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use super::auto_responses;
use crate::{
    auto_responses as api,
    catalog::{self, Function},
    console::{Form, Shown, address::named},
};

/// Shows which rule answers, and what.
pub async fn handle(app: &App, request: &Request) -> Shown {
    const TRY: Function = catalog::named("auto-responses-try-out");
    let (visit, form) = Form::read(app, request).await?;
    if form.action() != "try" {
        return auto_responses::show(&visit, StatusCode::BAD_REQUEST, None, Value::Null).await;
    }
    let mut body = form.members(&["channel", "body", "subject", "from", "borrower_id"]);
    body.entry("body").or_insert_with(|| json!(""));
    if let Some(Value::String(person)) = body.get_mut("borrower_id") {
        *person = named::<id::Person>(person);
    }
    match visit.ask_about(&TRY, &[], &body.into()).await? {
        Ok(tried) => {
            let typed = form.shown();
            auto_responses::show(&visit, StatusCode::OK, Some(typed), tried).await
        }
        Err(problem) => {
            auto_responses::show(&visit, problem.status, Some(form.refused(&problem)), Value::Null).await
        }
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(auto_responses::NEEDS), Need::All(api::try_out::NEEDS)];
