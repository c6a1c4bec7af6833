//! 000 · Check Communication Compliance: may this borrower be contacted by this channel now?

use domain::{
    Error,
    compliance::{Circumstances, Decision, Reason, ReasonCode},
    id::{self, Ref},
    tenant::TenantId,
    vocabulary::{Channel, CommunicationsApiChannel, Purpose, Subject},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
    pipeline::resolve::{self, About},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{catalog::Answer, intent::Intent, openapi::Operation};

/// Whom, how, and, for suppression, with what type of message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CanInteractRequest {
    /// The borrower who gets the message.
    borrower_id: Ref<id::Person>,
    /// The channel the message would be sent by.
    channel: CommunicationsApiChannel,
    /// The template to be used. Suppression is asked about only when the type of message is known.
    #[serde(default)]
    template_id: Option<Ref<id::Descriptor>>,
    /// The type of message, if no template is named.
    #[serde(default)]
    template_type: Option<Subject>,
    /// The loan it is about; the borrower's only one by default.
    #[serde(default)]
    loan_id: Option<Ref<id::Loan>>,
    /// The contact to use; the borrower's best one by default.
    #[serde(default)]
    contact_id: Option<Ref<id::Contact>>,
    /// What it would be for besides what the type of message says: `marketing`.
    #[serde(default)]
    purpose: Option<Purpose>,
    /// The interaction it would follow. If that is what the borrower wrote or said within the last 24 hours, it is a reply.
    #[serde(default)]
    previous_interaction_id: Option<Ref<id::Interaction>>,
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
/// Those of sending from the template, if one is named.
pub(super) async fn intent(
    app: &App,
    tenant: &TenantId,
    channel: CommunicationsApiChannel,
    (template_id, template_type): (Option<&Ref<id::Descriptor>>, Option<Subject>),
    circumstances: Circumstances,
) -> Result<Intent, Error> {
    let channel = Channel::from(channel);
    let subject = match template_id {
        Some(named) => {
            let chosen = resolve::named_template(app, tenant, named, Some(channel)).await?;
            Some(chosen.template.descriptor.subject.clone())
        }
        None => template_type,
    };
    let theme = match &subject {
        Some(_) => Some(resolve::theme(app, tenant, subject.as_ref(), None).await?.unwrap_or_default()),
        None => None,
    };
    Ok(Intent { channel, subject, theme, circumstances, assume_noon: false, at: app.now() })
}

/// Asks the guard.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: CanInteractRequest = request.json()?;
    let lender = app.lender(request.tenant()?).await?;
    let tenant = &lender.tenant.id;
    let named_by = (body.template_id.as_ref(), body.template_type);
    let known = app.store.person(tenant, &body.borrower_id).await?;
    let about = About {
        contact: body.contact_id,
        loans: body.loan_id.into_iter().collect(),
        previous: body.previous_interaction_id,
        ..About::default()
    };
    let matter = about.of(tenant, &known.person)?;
    let circumstances = Circumstances {
        purpose: body.purpose,
        reply_to: about.previous(app, tenant, &known.person).await?,
        ..Circumstances::default()
    };
    let intent = intent(app, tenant, body.channel, named_by, circumstances).await?;
    json(StatusCode::OK, &CanInteract::from(intent.judge(&lender, &known.person, &known.ledger, &matter)))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Read(Items::People),
    Need::Read(Items::Interactions),
    Need::Read(Items::Templates),
    Need::Read(Items::Versions),
];

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
