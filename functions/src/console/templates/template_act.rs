//! What can be done about a template: its properties change, it is archived.

use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use super::template::{self, ARCHIVE, UPDATE};
use crate::{
    communication_templates,
    console::{Form, Shown, TELL},
    template_descriptors,
};

/// Does it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    let id = request.path("id");
    let (told, done) = match form.action() {
        "settings" => {
            let mut body = form.members(&["name", "language"]);
            let product = form.text("productId");
            body.insert("productId".into(), if product.is_empty() { Value::Null } else { json!(product) });
            for name in ["enabled", "sensitive"] {
                body.insert(name.into(), json!(form.text(name) == "on"));
            }
            (visit.tell(&UPDATE, &[("id", id)], &body.into(), &form).await?, "template_saved")
        }
        "archive" => (visit.tell(&ARCHIVE, &[("id", id)], &json!({}), &form).await?, "template_archived"),
        _ => return template::show(&visit, StatusCode::BAD_REQUEST, None).await,
    };
    match told {
        Ok(_) => visit.done(&format!("/console/templates/{id}"), done),
        Err(problem) => template::show(&visit, problem.status, Some(form.refused(&problem))).await,
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(TELL),
    Need::All(template::NEEDS),
    Need::All(template_descriptors::update::NEEDS),
    Need::All(communication_templates::archive::NEEDS),
];
