//! Makes a rule that answers by itself, changes or removes it.

use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Map, Value, json};

use super::{
    auto_response::{self, DELETE, NEW, UPDATE},
    auto_responses::CREATE,
};
use crate::{
    auto_responses as api,
    console::{Form, Shown, TELL},
};

/// Does it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let (visit, form) = Form::read(app, request).await?;
    let id = request.path("id");
    let path = [("id", id)];
    let (told, done) = match form.action() {
        "save" if id == NEW => {
            let mut body = said(&form);
            body.retain(|_, value| !value.is_null());
            (visit.tell(&CREATE, &[], &body.into(), &form).await?, "rule_made")
        }
        "save" => (visit.tell(&UPDATE, &path, &said(&form).into(), &form).await?, "rule_saved"),
        "delete" => (visit.tell(&DELETE, &path, &json!({}), &form).await?, "rule_deleted"),
        _ => return auto_response::show(&visit, StatusCode::BAD_REQUEST, None).await,
    };
    match told {
        Ok(_) => visit.done("/console/inbox/auto-responses", done),
        Err(problem) => auto_response::show(&visit, problem.status, Some(form.refused(&problem))).await,
    }
}

/// The rule as the form has it: what belongs to its trigger, its channel and its reply, and null for all else.
fn said(form: &Form) -> Map<String, Value> {
    let text = |name: &str| match form.text(name) {
        "" => Value::Null,
        text => json!(text),
    };
    let only = |is: bool, value: Value| if is { value } else { Value::Null };
    // What is no number is for the API to refuse.
    let number =
        |name: &str| form.text(name).parse::<u32>().map_or_else(|_| text(name), |number| json!(number));
    let keywords = form.text("keywords").split(['\n', ',']).map(str::trim).filter(|word| !word.is_empty());
    let (trigger, has_template) = (form.text("trigger"), !form.text("template_id").is_empty());
    let members = [
        ("name", text("name")),
        ("channel", text("channel")),
        ("trigger", text("trigger")),
        ("keywords", only(trigger == "keyword", json!(keywords.collect::<Vec<_>>()))),
        ("pattern", only(trigger == "pattern", text("pattern"))),
        ("template_id", text("template_id")),
        ("reply_text", only(!has_template, json!(form.text("reply_text").replace("\r\n", "\n")))),
        ("reply_subject", only(!has_template && form.text("channel") == "email", text("reply_subject"))),
        ("language", only(!has_template, text("language"))),
        ("priority", number("priority")),
        ("cooldown_minutes", number("cooldown_minutes")),
        ("enabled", json!(form.text("enabled") == "on")),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(TELL),
    Need::All(auto_response::NEEDS),
    Need::All(api::create::NEEDS),
    Need::All(api::update::NEEDS),
    Need::All(api::delete::NEEDS),
];
