//! One message: what it says, how it went, and why.

mod hours;

use std::collections::BTreeSet;

use domain::{
    Error,
    compliance::{
        Decision, RuleSet,
        rules::{self, Listed},
    },
    error::Ours as _,
    id::{self, Ref},
    segments,
    vocabulary::Role,
};
use lambda_http::http::StatusCode;
use pages::console::shown;
use platform::{app::App, http::Request, needs::Need};
use serde_json::{Value, json};

use self::hours::Band;
use crate::{
    catalog::{self, Function},
    communication_logs,
    console::{NAMES, Shown, VISIT, Visit, ends},
    interactions,
};

pub(in crate::console) const GET: Function = catalog::named("communication-logs-get");
const EXPLAIN: Function = catalog::named("interactions-explain");
pub(super) const RESEND: Function = catalog::named("communicator-resend");
pub(super) const UPDATE: Function = catalog::named("interactions-update");

/// Pages of a letter that are drawn; its PDF has all.
const DRAWN: u64 = 12;

/// Shows it.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let visit = Visit::begin(app, request).await?;
    show(&visit, StatusCode::OK, None).await
}

/// The page, with a form that was refused.
pub(super) async fn show(visit: &Visit<'_>, status: StatusCode, form: Option<Value>) -> Shown {
    let id = visit.request.path("id");
    let path = [("id", id)];
    let (message, why, names) =
        futures::join!(visit.ask(&GET, &path, &[]), visit.ask(&EXPLAIN, &path, &[]), visit.names());
    let (mut message, names) = (message?, names?);
    // What has left says how many it was billed as.
    if let (true, true, Some(words)) =
        (message["channel"] == "sms", message["segments"].is_null(), message["body"].as_str())
    {
        message["segments"] = json!(segments::count(words));
    }
    let why = match why {
        Ok(why) => why,
        // Of what others had, or came in, nobody asked whether it may be sent.
        Err(Error::NotFound { .. }) => Value::Null,
        Err(error) => return Err(error.into()),
    };
    // Who had it sent again stands there by id.
    for step in message["timeline"].as_array_mut().into_iter().flatten() {
        if let Some(note) = step["note"].as_str().map(|note| by_name(note, &names)) {
            step["note"] = json!(note);
        }
    }
    let decision: Option<Decision> = serde_json::from_value(why["decision"].clone()).internal()?;
    let (rules, bands) = match &decision {
        Some(decision) => judged_by(visit, decision),
        None => Default::default(),
    };
    let is_waiting = matches!(message["status"].as_str(), Some("queued" | "scheduled"));
    let is_ours = message["is_external"] == false && message["direction"] == "outbound";
    let mut page = vec![
        (
            "offers",
            json!({
                "resend": message["is_resendable"] == true && visit.may(&RESEND),
                "override": visit.caller()?.role >= Role::Admin,
                "cancel": is_ours && is_waiting && visit.may(&UPDATE),
            }),
        ),
        ("pages", (1..=DRAWN.min(message["letter"]["pages"].as_u64().unwrap_or_default())).collect()),
        ("message", message),
        ("ends", ends(&why["decision"]["reasons"])),
        ("why", why),
        ("names", names),
        ("rules", serde_json::to_value(rules).internal()?),
        ("bands", json!(bands)),
    ];
    page.extend(form.map(|form| ("form", form)));
    visit.page(status, "message.html", shown(page))
}

/// The same with keys by their names, where it says who did something.
fn by_name(note: &str, names: &Value) -> String {
    let keys = names.as_object().into_iter().flatten();
    keys.fold(note.to_owned(), |note, (id, name)| match name.as_str() {
        Some(name) => note.replace(&format!("by {id}"), &format!("by {name}")),
        None => note,
    })
}

/// The rules that a decision names, as the lender has them now and as the API lists them, and their hours. They follow from the settings,
/// which are at hand.
fn judged_by(visit: &Visit<'_>, decision: &Decision) -> (Vec<Listed>, Vec<Band>) {
    let reasons = decision.reasons.iter().map(|reason| &reason.rule_id);
    let named: BTreeSet<&String> = reasons.chain(&decision.rules).collect();
    let mut listed = rules::list(&visit.lender.settings, visit.app.now());
    listed.retain(|listed| named.contains(&listed.rule.id));
    let are_current = RuleSet::for_tenant(&visit.lender.settings).version() == decision.rule_set;
    let rules: Vec<_> = listed.iter().map(|listed| &listed.rule).collect();
    let bands = hours::bands(decision, &rules, are_current);
    (listed, bands)
}

/// The id in the path, as the API writes it in bodies.
pub(super) fn named(request: &Request) -> Result<String, Error> {
    let named: Ref<id::Interaction> = request.path_ref("id")?;
    Ok(named.to_string())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(VISIT),
    Need::All(NAMES),
    Need::All(communication_logs::get::NEEDS),
    Need::All(interactions::explain::NEEDS),
];
