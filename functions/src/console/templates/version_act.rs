//! Saves a wording as a draft, or puts it into use.

use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, etag},
    needs::Need,
};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::{
    template::{ACTIVATE, PARTS},
    version::{self, CREATE, NEW, SAVE, TRIED},
};
use crate::{
    console::{Form, Shown, TELL},
    template_versions,
};

/// Does it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    let (id, named) = (request.path("id"), request.path("version"));
    let (template, _) = version::read(&visit).await?;
    match form.action() {
        "save" => {
            let mut body = written(&form);
            let told = match named {
                NEW => {
                    body.insert("descriptorId".into(), json!(id));
                    visit.tell(&CREATE, &[], &body.into(), &form).await?
                }
                _ => visit.tell(&SAVE, &[("id", named)], &body.into(), &form).await?,
            };
            match told {
                Ok(saved) => {
                    let version = saved["id"].as_str().unwrap_or(named);
                    let path = format!("/console/templates/{id}/versions/{version}{}", tried(&form));
                    visit.done(&path, "wording_saved")
                }
                Err(problem) => version::show(&visit, problem.status, Some((form, problem))).await,
            }
        }
        "activate" => {
            let (path, now) = ([("id", named)], etag(template.revision));
            match visit.tell_if_seen(&ACTIVATE, &path, &json!({}), &form, &now).await? {
                Ok(_) => visit.done(&format!("/console/templates/{id}"), "activated"),
                Err(problem) => version::show(&visit, problem.status, Some((form, problem))).await,
            }
        }
        _ => version::show(&visit, StatusCode::BAD_REQUEST, None).await,
    }
}

/// The parts of the form, as far as it has them. Browsers end lines as mail does; templates are stored with plain ones, by which they
/// are compared.
fn written(form: &Form) -> Map<String, Value> {
    let part = |(name, _): &(&str, &str)| {
        let text = form.text(name).replace("\r\n", "\n");
        ((*name).to_owned(), if text.is_empty() { Value::Null } else { json!(text) })
    };
    PARTS.iter().filter(|(name, _)| form.has(name)).map(part).collect()
}

/// Whom it was tried on is whom it is tried on again.
fn tried(form: &Form) -> String {
    let given: Vec<_> = TRIED.iter().filter(|name| !form.text(name).is_empty()).collect();
    // Tried on nobody, words that name the borrower would seem wrong.
    if given.is_empty() {
        return String::new();
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("preview", "1");
    query.extend_pairs(given.into_iter().map(|name| (name, form.text(name))));
    format!("?{}", query.finish())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(TELL),
    Need::All(version::NEEDS),
    Need::All(template_versions::create::NEEDS),
    Need::All(template_versions::update::NEEDS),
    Need::All(template_versions::activate::NEEDS),
];
