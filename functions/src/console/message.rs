//! One message: what it says, how it went, and why.

mod hours;

use domain::{
    Error,
    compliance::rules,
    error::Ours as _,
    id::{self, Ref},
    vocabulary::Role,
};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use super::{Shown, Visit};
use crate::{
    catalog::{self, Function},
    communication_logs, interactions,
};

pub(super) const GET: Function = catalog::named("communication-logs-get");
const EXPLAIN: Function = catalog::named("interactions-explain");
pub(super) const RESEND: Function = catalog::named("communicator-resend");
pub(super) const UPDATE: Function = catalog::named("interactions-update");

/// Shows it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// The page, with a form that was refused.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let id = visit.request.path("id");
    let path = [("id", id)];
    let (message, why) = futures::join!(visit.ask(&GET, &path, &[]), visit.ask(&EXPLAIN, &path, &[]));
    let message = message?;
    let why = match why {
        Ok(why) => why,
        // Of what others had, or came in, nobody asked whether it may be sent.
        Err(Error::NotFound { .. }) => Value::Null,
        Err(error) => return Err(error.into()),
    };
    let rules = rules_that_spoke(visit, &why["decision"])?;
    let bands = hours::bands(&why["decision"], &rules);
    let is_waiting = matches!(message["status"].as_str(), Some("queued" | "scheduled"));
    let is_ours = message["is_external"] == false && message["direction"] == "outbound";
    let mut page = vec![
        (
            "offers",
            json!({
                "resend": is_ours && visit.may(&RESEND),
                "override": visit.caller()?.role >= Role::Admin,
                "cancel": is_ours && is_waiting && visit.may(&UPDATE),
            }),
        ),
        ("message", message),
        ("why", why),
        ("rules", rules),
        ("bands", json!(bands)),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "message.html", shown(page))
}

/// The rules that a decision names, as the lender has them now and as the API lists them. They follow from the settings, which are
/// at hand.
fn rules_that_spoke(visit: &Visit<'_>, decision: &Value) -> Result<Value, Error> {
    let reasons = decision["reasons"].as_array().into_iter().flatten().map(|reason| &reason["ruleId"]);
    let named: Vec<&Value> = reasons.chain(decision["rules"].as_array().into_iter().flatten()).collect();
    let listed = rules::list(&visit.lender.settings, visit.app.now());
    let spoke = listed.into_iter().filter(|listed| named.iter().any(|name| *name == listed.rule.id.as_str()));
    serde_json::to_value(spoke.collect::<Vec<_>>()).internal()
}

/// The id in the path, as the API writes it in bodies.
pub(super) fn named(request: &Request) -> Result<String, Error> {
    let named: Ref<id::Interaction> = request.path_ref("id")?;
    Ok(named.to_string())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(super::VISIT),
    Need::All(communication_logs::get::NEEDS),
    Need::All(interactions::explain::NEEDS),
];
