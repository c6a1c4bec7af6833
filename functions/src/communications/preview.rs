//! 000 · Preview: renders a template for a borrower without sending.

use domain::{
    template::{Size, TextSize},
    vocabulary::CommunicationsApiChannel,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    authoring,
    http::{Request, json},
    pipeline::{compose, context::Occasion},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{borrower, named, optional, tenant_and_template};
use crate::{catalog::Answer, openapi::Operation};

/// What to render for whom.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// The template.
    template_id: String,
    /// The borrower.
    borrower_id: String,
    /// The loan; the borrower's only one where absent.
    #[serde(default)]
    loan_id: Option<String>,
    /// Variables of your own.
    #[serde(default)]
    context: Map<String, Value>,
    /// Whether a variable the template uses and nobody defines is an error.
    #[serde(default)]
    strict_undefined: bool,
}

/// The rendered parts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Preview {
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_html: Option<String>,
    channel: Option<CommunicationsApiChannel>,
    /// What the template may look up and nobody defines, such as `loan.balance`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    undefined_variables: Vec<String>,
    /// Variables of your context that did not count, because they are named like something on record.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ignored_variables: Vec<String>,
    /// How the text would travel; only for SMS.
    #[serde(skip_serializing_if = "Option::is_none")]
    sms: Option<TextSize>,
}

/// Renders.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: PreviewRequest = request.json()?;
    let (tenant, template) = tenant_and_template(app, request, &body.template_id).await?;
    let person = borrower(&tenant, &body.borrower_id)?;
    let known =
        app.store.person(&tenant.id, &person).await.map_err(|error| named(error, &body.borrower_id))?;
    let loan = optional("/loan_id", body.loan_id.as_deref())?;
    let loans = compose::loans(&tenant, &known.person, loan.as_slice())?;
    let channel = template.descriptor.channel;
    let occasion = Occasion {
        tenant: &tenant,
        person: Some(&known.person),
        channel,
        language: &template.descriptor.language,
        loans: &loans,
        case: None,
        statement: None,
        now: app.now(),
    };
    let version = compose::usable(&template, channel)?;
    let compiled = authoring::compiled(app, &tenant.id, version).await?;
    let composed = compose::compose(compiled, &occasion, &body.context, body.strict_undefined).await?;
    let sms = Size::of(&composed.rendered, channel).text;
    let preview = Preview {
        subject: composed.rendered.subject_line,
        body: composed.rendered.content_text.unwrap_or_default(),
        body_html: composed.rendered.content_html,
        channel: CommunicationsApiChannel::try_from(channel).ok(),
        undefined_variables: composed.undefined,
        ignored_variables: composed.ignored,
        sms,
    };
    json(StatusCode::OK, &preview)
}

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Communications", "Render without sending")
        .body::<PreviewRequest>(json!({
            "template_id": "ext-payment-reminder",
            "borrower_id": "ext-john",
            "loan_id": "ext-LN-0001",
        }))
        .answer::<Preview>(
            200,
            "The rendered parts",
            json!({
                "subject": "Payment Due - LN-0001",
                "body": "Dear John,\n\nYour payment of $312.50 is due on January 15, 2026.\n\nThank you,\nAcme Lending",
                "channel": "email",
            }),
        )
        .problems(&[404, 409, 422])
}
