//! 000 · Check Communication Compliance: may this borrower be contacted by this channel now?

use domain::{
    compliance::{self, Facts, Reason, ReasonCode},
    vocabulary::{Channel, CommunicationsApiChannel, Subject},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{borrower, named, tenant_and_template};
use crate::{catalog::Answer, openapi::Operation};

/// Whom, how, and, for suppression, with what type of message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CanInteractRequest {
    /// The borrower.
    borrower_id: String,
    /// The channel.
    channel: CommunicationsApiChannel,
    /// The template to be used. Suppression is asked about only when the type of message is known.
    #[serde(default)]
    template_id: Option<String>,
    /// The type of message, where no template is named.
    #[serde(default)]
    template_type: Option<Subject>,
}

/// Yes, or every reason why not.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CanInteract {
    can_interact: bool,
    reasons: Vec<ReasonCode>,
    /// The reasons in words, with the rules behind them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Reason>,
    /// The earliest instant at which nothing is in the way; absent when a reason has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_allowable_at: Option<Timestamp>,
}

/// Asks the guard.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: CanInteractRequest = request.json()?;
    let tenant = app.tenant(request.tenant()?).await?;
    let subject = match (&body.template_id, body.template_type) {
        (Some(template), _) => {
            Some(tenant_and_template(app, request, template).await?.1.descriptor.subject.clone())
        }
        (None, named) => named,
    };
    let person = borrower(&tenant, &body.borrower_id)?;
    let known =
        app.store.person(&tenant.id, &person).await.map_err(|error| named(error, &body.borrower_id))?;
    let channel = Channel::from(body.channel);
    let facts = Facts {
        settings: &tenant.settings,
        person: &known.person,
        contact: known.person.select_contact(channel),
        channel,
        subject: subject.as_ref(),
        theme: subject.as_ref().and_then(Subject::theme),
        ledger: &known.ledger,
        interaction: None,
    };
    let decision = compliance::decide(&facts, app.now());
    let answer = CanInteract {
        can_interact: decision.allowed,
        reasons: decision.reasons.iter().map(|reason| reason.code).collect(),
        details: decision.reasons,
        next_allowable_at: decision.next_allowable_at,
    };
    json(StatusCode::OK, &answer)
}

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communications", "May this borrower be contacted?")
        .body::<CanInteractRequest>(json!({ "borrower_id": "ext-john", "channel": "email" }))
        .answer::<CanInteract>(
            200,
            "Yes, or every reason why not",
            json!({ "can_interact": true, "reasons": [] }),
        )
        .problems(&[404])
}
