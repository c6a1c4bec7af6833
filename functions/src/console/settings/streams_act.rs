//! Makes, changes and removes webhook endpoints and subscriptions to events.

use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use super::{settings_act::lines, streams};
use crate::{
    catalog::{self, Function},
    console::{Form, Shown, TELL},
    event_subscriptions, webhook_endpoints,
};

/// Does it. A secret is shown in this answer, which nobody keeps, and leads nowhere: an address would be kept.
pub async fn handle(app: &App, request: &Request) -> Shown {
    const CREATE: Function = catalog::named("webhook-endpoints-create");
    const UPDATE: Function = catalog::named("webhook-endpoints-update");
    const ROTATE: Function = catalog::named("webhook-endpoints-rotate");
    const DELETE: Function = catalog::named("webhook-endpoints-delete");
    const SUBSCRIBE: Function = catalog::named("event-subscriptions-create");
    const UNSUBSCRIBE: Function = catalog::named("event-subscriptions-delete");
    let (visit, form) = Form::read(app, request).await?;
    let path = [("id", form.text("id"))];
    let (function, path, body, done) = match form.action() {
        "endpoint" => {
            let mut body = form.members(&["url", "description"]);
            body.insert("events".into(), json!(chosen(&form)));
            (&CREATE, &[][..], body.into(), "endpoint_made")
        }
        "rotate" => (&ROTATE, &path[..], json!({}), "endpoint_made"),
        "switch" => {
            (&UPDATE, &path[..], json!({ "enabled": form.text("enabled") == "on" }), "endpoint_switched")
        }
        "remove" => (&DELETE, &path[..], json!({}), "endpoint_removed"),
        "subscribe" => {
            let mut body = form.members(&["name"]);
            body.entry("name").or_insert_with(|| json!(""));
            body.insert("events".into(), json!(chosen(&form)));
            (&SUBSCRIBE, &[][..], body.into(), "subscribed")
        }
        "unsubscribe" => (&UNSUBSCRIBE, &path[..], json!({}), "unsubscribed"),
        _ => return streams::show(&visit, StatusCode::BAD_REQUEST, None, Value::Null).await,
    };
    match visit.tell(function, path, &body, &form).await? {
        Ok(made) if made["secret"].is_string() => streams::show(&visit, StatusCode::OK, None, made).await,
        Ok(_) => visit.done("/console/settings/webhooks", done),
        Err(problem) => {
            let mut refused = form.refused(&problem);
            // Several fields hold the events.
            let faults = refused["faults"].as_object();
            let first = faults.and_then(|faults| faults.iter().find(|(name, _)| name.starts_with("events")));
            if let Some(fault) = first.map(|(_, fault)| fault.clone()) {
                refused["faults"]["more"] = fault;
            }
            streams::show(&visit, problem.status, Some(refused), Value::Null).await
        }
    }
}

/// The events that are chosen, and those that are typed.
fn chosen(form: &Form) -> Vec<String> {
    let checked = streams::events().filter(|event| form.text(&format!("event.{event}")) == "on");
    checked.map(str::to_owned).chain(lines(form.text("more"))).collect()
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(TELL),
    Need::All(streams::NEEDS),
    Need::All(webhook_endpoints::create::NEEDS),
    Need::All(webhook_endpoints::update::NEEDS),
    Need::All(webhook_endpoints::rotate::NEEDS),
    Need::All(webhook_endpoints::delete::NEEDS),
    Need::All(event_subscriptions::create::NEEDS),
    Need::All(event_subscriptions::delete::NEEDS),
];
