//! Makes an API key, or switches one off.

use lambda_http::http::StatusCode;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use super::keys;
use crate::{
    api_keys,
    catalog::{self, Function},
    console::{Form, Shown, TELL},
};

/// Does it. The secret of a new key is shown in this answer, which nobody keeps, and leads nowhere: an address would be kept.
pub async fn handle(app: &App, request: &Request) -> Shown {
    const CREATE: Function = catalog::named("api-keys-create");
    const REVOKE: Function = catalog::named("api-keys-revoke");
    let (visit, form) = Form::read(app, request).await?;
    let told = match form.action() {
        "create" => {
            let mut body = form.members(&["name", "role"]);
            body.entry("name").or_insert_with(|| json!(""));
            body.insert("agent".into(), json!(form.text("agent") == "on"));
            visit.tell(&CREATE, &[], &body.into(), &form).await?
        }
        "revoke" => visit.tell(&REVOKE, &[("id", form.text("key"))], &json!({}), &form).await?,
        _ => return keys::show(&visit, StatusCode::BAD_REQUEST, None, Value::Null).await,
    };
    match told {
        Ok(Value::Null) => visit.done("/console/settings/keys", "key_revoked"),
        Ok(made) => keys::show(&visit, StatusCode::OK, None, made).await,
        Err(problem) => keys::show(&visit, problem.status, Some(form.refused(&problem)), Value::Null).await,
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(TELL),
    Need::All(keys::NEEDS),
    Need::All(api_keys::create::NEEDS),
    Need::All(api_keys::revoke::NEEDS),
];
