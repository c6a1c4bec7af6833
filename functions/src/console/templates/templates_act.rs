//! Makes a template, and leads on to its first wording.

use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::json;

use super::{template_new, templates::CREATE};
use crate::{
    console::{Form, Shown, TELL},
    template_descriptors,
};

/// Makes it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    if form.action() != "create" {
        return template_new::show(&visit, StatusCode::BAD_REQUEST, None);
    }
    let mut body = form.members(&["name", "subject", "channel", "language", "productId"]);
    body.insert("sensitive".into(), json!(form.text("sensitive") == "on"));
    match visit.tell(&CREATE, &[], &body.into(), &form).await? {
        Ok(made) => {
            let id = made["id"].as_str().unwrap_or_default();
            // Of the starter's own words nothing comes in here: it is one of ours, or none.
            let begins = match template_new::starter(form.text("starter")) {
                Some(_) => format!("?starter={}", form.text("starter")),
                None => String::new(),
            };
            visit.done(&format!("/console/templates/{id}/versions/new{begins}"), "template_made")
        }
        Err(problem) => template_new::show(&visit, problem.status, Some(form.refused(&problem))),
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::All(TELL), Need::All(template_new::NEEDS), Need::All(template_descriptors::create::NEEDS)];
