//! 000 · Check Communication Compliance: may this borrower be contacted by this channel now?

use domain::{
    Error,
    compliance::{Circumstances, Decision, Reason, ReasonCode},
    id,
    vocabulary::{Channel, CommunicationsApiChannel, Purpose, Subject},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    pipeline::{accept, compose},
    store::people::Known,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{borrower, named, optional, tenant_and_template};
use crate::{catalog::Answer, compliance::intent::Intent, openapi::Operation};

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
    /// The loan it is about; the borrower's only one where absent.
    #[serde(default)]
    loan_id: Option<String>,
    /// The contact to use; the borrower's best one where absent.
    #[serde(default)]
    contact_id: Option<String>,
    /// What it would be for besides what the type of message says: `marketing`.
    #[serde(default)]
    purpose: Option<Purpose>,
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

/// What a request names by template or type; the theme is the subject's, as the lender has it.
///
/// # Errors
/// Those of sending from the template, where one is named.
pub(super) async fn intent(
    app: &App,
    request: &Request,
    channel: CommunicationsApiChannel,
    (template_id, template_type): (Option<&str>, Option<Subject>),
    purpose: Option<Purpose>,
) -> Result<Intent, Error> {
    let channel = Channel::from(channel);
    let subject = match template_id {
        Some(template) => {
            let (_, template) = tenant_and_template(app, request, template).await?;
            compose::usable(&template, channel)?;
            Some(template.descriptor.subject.clone())
        }
        None => template_type,
    };
    let theme = match &subject {
        Some(subject) => Some(accept::theme(app, request.tenant()?, subject, None).await?),
        None => None,
    };
    Ok(Intent {
        channel,
        subject,
        theme,
        circumstances: Circumstances { purpose, ..Circumstances::default() },
        assume_noon: false,
        at: app.now(),
    })
}

/// Asks the guard.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: CanInteractRequest = request.json()?;
    let lender = app.lender(request.tenant()?).await?;
    let tenant = &*lender.tenant;
    let named_by = (body.template_id.as_deref(), body.template_type);
    let intent = intent(app, request, body.channel, named_by, body.purpose).await?;
    let id = borrower(tenant, &body.borrower_id)?;
    let known = app.store.person(&tenant.id, &id).await;
    let Known { person, ledger } = known.map_err(|error| named(error, &body.borrower_id))?;
    let contact = optional::<id::Contact>("/contact_id", body.contact_id.as_deref())?;
    let contact = contact.map(|named| compose::contact(tenant, &person, &named)).transpose()?;
    let loans: Vec<_> = optional("/loan_id", body.loan_id.as_deref())?.into_iter().collect();
    let loans = compose::loans(tenant, &person, &loans)?;
    let loans: Vec<_> = loans.iter().map(|loan| loan.id.clone()).collect();
    json(StatusCode::OK, &CanInteract::from(intent.judge(&lender, (&person, &ledger), contact, &loans)))
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
        .problems(&[404, 409])
}
