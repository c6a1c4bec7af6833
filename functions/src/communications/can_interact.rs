//! 000 · Check Communication Compliance: may this borrower be contacted by this channel now?

use domain::{
    Error,
    compliance::{self, Decision, Facts, Reason, ReasonCode},
    tenant::TenantId,
    vocabulary::{Channel, CommunicationsApiChannel, Subject, Theme},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::{App, Lender},
    http::{Request, json},
    pipeline::accept,
    store::people::Known,
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

impl From<Decision> for CanInteract {
    fn from(decision: Decision) -> Self {
        Self {
            can_interact: decision.allowed,
            reasons: decision.reasons.iter().map(|reason| reason.code).collect(),
            details: decision.reasons,
            next_allowable_at: decision.next_allowable_at,
        }
    }
}

/// What is to be sent, if it may.
pub(super) struct Intent {
    channel: Channel,
    subject: Option<Subject>,
    theme: Option<Theme>,
}

impl Intent {
    /// What a request names by template or type; the theme is the subject's, as the lender has it.
    pub(super) async fn read(
        app: &App,
        request: &Request,
        channel: CommunicationsApiChannel,
        template_id: Option<&str>,
        template_type: Option<Subject>,
    ) -> Result<Self, Error> {
        let tenant: &TenantId = request.tenant()?;
        let subject = match template_id {
            Some(template) => {
                let (_, template) = tenant_and_template(app, request, template).await?;
                Some(template.descriptor.subject.clone())
            }
            None => template_type,
        };
        let theme = match &subject {
            Some(subject) => Some(accept::theme(app, tenant, subject, None).await?),
            None => None,
        };
        Ok(Self { channel: channel.into(), subject, theme })
    }

    /// What the guard says to it.
    pub(super) fn judge(&self, lender: &Lender, known: &Known, now: Timestamp) -> CanInteract {
        let facts = Facts {
            subject: self.subject.as_ref(),
            theme: self.theme,
            ..Facts::new(&lender.rules, &known.person, self.channel, &known.ledger)
        };
        compliance::decide(&facts, now).into()
    }
}

/// Asks the guard.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: CanInteractRequest = request.json()?;
    let lender = app.lender(request.tenant()?).await?;
    let intent =
        Intent::read(app, request, body.channel, body.template_id.as_deref(), body.template_type).await?;
    let person = borrower(&lender.tenant, &body.borrower_id)?;
    let known = app.store.person(&lender.tenant.id, &person).await;
    let known = known.map_err(|error| named(error, &body.borrower_id))?;
    json(StatusCode::OK, &intent.judge(&lender, &known, app.now()))
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
