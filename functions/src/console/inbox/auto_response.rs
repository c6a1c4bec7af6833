//! One rule that answers by itself.

use domain::{
    Error,
    auto_response::TriggerKind,
    vocabulary::{InboundChannel, Role},
};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use super::auto_responses::CREATE;
use crate::{
    auto_responses,
    catalog::{self, Function},
    console::{Shown, VISIT, Visit},
};

const GET: Function = catalog::named("auto-responses-get");
pub(super) const UPDATE: Function = catalog::named("auto-responses-update");
pub(super) const DELETE: Function = catalog::named("auto-responses-delete");

/// What stands in the path in the place of a rule that is yet to be made.
pub(super) const NEW: &str = "new";

/// Shows it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// The page, with a form that was refused.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let id = visit.request.path("id");
    let (rule, etag) = match id {
        NEW if !visit.may(&CREATE) => return Err(Error::Forbidden(Role::Admin).into()),
        NEW => (Value::Null, Value::Null),
        _ => visit.ask_tagged(&GET, &[("id", id)], &[]).await?,
    };
    let text = |member: &str| rule[member].as_str().unwrap_or_default().to_owned();
    let number = |member: &str| rule[member].as_i64().map(|number| number.to_string()).unwrap_or_default();
    let keywords = rule["keywords"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let values = json!({
        "name": text("name"),
        "channel": rule["channel"].as_str().unwrap_or("sms"),
        "trigger": rule["trigger"].as_str().unwrap_or("keyword"),
        "keywords": keywords.collect::<Vec<_>>().join("\n"),
        "pattern": text("pattern"),
        "reply_text": text("reply_text"),
        "reply_subject": text("reply_subject"),
        "template_id": text("template_id"),
        "language": text("language"),
        "priority": if rule.is_null() { "100".to_owned() } else { number("priority") },
        "cooldown_minutes": number("cooldown_minutes"),
        "enabled": rule["enabled"] != false,
    });
    let mut page = vec![
        ("channels", json!(InboundChannel::ALL.iter().map(|channel| channel.as_str()).collect::<Vec<_>>())),
        ("triggers", json!(TriggerKind::ALL.iter().map(|trigger| trigger.as_str()).collect::<Vec<_>>())),
        ("begins", values),
        (
            "offers",
            json!({
                "save": visit.may(if id == NEW { &CREATE } else { &UPDATE }),
                "delete": id != NEW && visit.may(&DELETE),
            }),
        ),
        ("etag", etag),
        ("rule", rule),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "auto_response.html", shown(page))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(VISIT), Need::All(auto_responses::get::NEEDS)];
