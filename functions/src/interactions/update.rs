//! 001 · Update an interaction: how it went on, what was wrong about it, and with whom it was.

use domain::{
    Error,
    error::{Ours as _, Violation},
    id::{self, Ref},
    interaction::InteractionUpdate,
    tenant::TenantId,
    vocabulary::InteractionStatus,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, body::read_members, json},
    invoke::Callee,
    needs::{Bodies, Need},
    pipeline::{letters, record},
};
use serde_json::{Map, Value, json};

use super::{InteractionView, example_answer};
use crate::{catalog::Answer, envelope::One, openapi::Operation};

/// Members of an answer that are passed over, whatever they say (001's read-only ones).
const PASSED_OVER: [&str; 6] = ["id", "createdAt", "updatedAt", "deletedAt", "borrower", "contact"];

/// Members of an answer that can be changed.
const CHANGEABLE: [&str; 14] = [
    "personId",
    "status",
    "statusDetails",
    "agentOutcome",
    "startedAt",
    "endedAt",
    "scheduledAtFrom",
    "scheduledAtTo",
    "content",
    "metaData",
    "sensitive",
    "failureDescriptionShort",
    "failureDescriptionLong",
    "twilioErrorCode",
];

/// Members that answers leave out if there is nothing to show.
const ALSO_SHOWN: [&str; 9] = [
    "letter",
    "loanId",
    "caseId",
    "statementId",
    "attachments",
    "supercaseBulkOperationId",
    "sendAt",
    "purpose",
    "priorConsent",
];

/// Moves a recorded one on; calls one off that we are to send; binds one to its person.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: Map<String, Value> = request.json()?;
    let (caller, named) = (request.caller()?, request.path_ref::<id::Interaction>("id")?);
    let lender = app.lender(&caller.tenant).await?;
    let before = app.store.interaction(&caller.tenant, &named).await?;
    let shown = InteractionView::find(app, caller, before.clone()).await?;
    let shown = serde_json::to_value(shown).internal()?;
    let update: InteractionUpdate = read_members(changed(body, &shown, &caller.tenant)?)?;
    if update.status == Some(InteractionStatus::Canceled) && before.may_be_called_back() {
        let recall = letters::Recall {
            tenant: caller.tenant.clone(),
            interaction: before.id,
            by: Some(caller.subject.clone()),
        };
        app.invoker.invoke::<()>(Callee::Recaller, &recall).await?;
    }
    let interaction = record::amend(app, &lender, &named, &update, &caller.subject).await?;
    let view = InteractionView::find(app, caller, interaction).await?;
    json(StatusCode::OK, &One::of(StatusCode::OK, view))
}

/// What a body says that is not as it is shown: an answer of GET can be sent back whole, and changes nothing.
///
/// # Errors
/// [`Error::Invalid`] with every member that differs and cannot be changed.
fn changed(body: Map<String, Value>, shown: &Value, tenant: &TenantId) -> Result<Map<String, Value>, Error> {
    let is_shown = |name: &str| shown.get(name).is_some() || ALSO_SHOWN.contains(&name);
    let differs = |name: &String, value: &Value| {
        let known = shown.get(name).unwrap_or(&Value::Null);
        !PASSED_OVER.contains(&name.as_str()) && known != value && !names_same(name, value, known, tenant)
    };
    let is_hidden = |name: &str, value: &Value| {
        name == "content" && value.is_null() && shown.get("sensitive") == Some(&Value::Bool(true))
    };
    let changed: Map<_, _> =
        body.into_iter().filter(|(name, value)| differs(name, value) && !is_hidden(name, value)).collect();
    let fixed = changed.keys().filter(|name| is_shown(name) && !CHANGEABLE.contains(&name.as_str()));
    let faults: Vec<_> =
        fixed.map(|name| Violation::new(format!("/{name}"), "must stay as it is; leave it out")).collect();
    let mut faults = faults;
    if changed.get("personId").is_some_and(Value::is_null) {
        faults.push(Violation::new(
            "/personId",
            "must not be null: an interaction that has a person keeps that person",
        ));
    }
    if faults.is_empty() { Ok(changed) } else { Err(Error::Invalid(faults)) }
}

/// Whether both are ids of the same person: ours is shown, and the lender's may be sent.
fn names_same(name: &str, value: &Value, known: &Value, tenant: &TenantId) -> bool {
    let named =
        value.as_str().filter(|_| name == "personId").and_then(|text| text.parse::<Ref<id::Person>>().ok());
    named.is_some_and(|named| known.as_str() == Some(named.resolve(tenant.as_str()).as_str()))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Fetch(Bodies::Contents), Need::Invoke(Callee::Recaller), Need::All(record::AMEND)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Interactions", "Update an interaction")
        .about(
            "A status moves forward only: scheduled, inProgress, attempted, then succeeded or failed; what is scheduled can \
             be canceled. agentOutcome can be corrected at any time. Fields left out stay, null clears, and what is sent back \
             as it is shown changes nothing. What we send takes {\"status\": \"canceled\"} only, while it waits, and of a letter \
             while whoever prints it can still give it back; its place in limits on how often is free again. personId binds an interaction that is with nobody yet to its person, in \
             whose contact ledger it then has its place.",
        )
        .body::<InteractionUpdate>(json!({
            "status": "succeeded",
            "statusDetails": "voiceSpokeWithFirstParty",
            "agentOutcome": "voiceSpokeWithFirstParty",
            "endedAt": "2019-08-24T14:19:02Z",
        }))
        .answer::<One<InteractionView>>(200, "The interaction as it is stored", example_answer(200, "OK"))
        .problems(&[404, 409])
}
