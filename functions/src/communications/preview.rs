//! 000 · Preview: renders a template for a borrower without sending.

use domain::vocabulary::CommunicationsApiChannel;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    pipeline::accept,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{borrower, channel, core_request, named, optional, tenant_and_template};
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
}

/// Renders.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let body: PreviewRequest = request.json()?;
    let (tenant, template) = tenant_and_template(app, request, &body.template_id).await?;
    let person = borrower(&tenant, &body.borrower_id)?;
    let loans = optional("/loan_id", body.loan_id.as_deref())?.into_iter().collect();
    let known =
        app.store.person(&tenant.id, &person).await.map_err(|error| named(error, &body.borrower_id))?;
    let channel = channel(None, &template);
    let core = accept::Request {
        strict_undefined: body.strict_undefined,
        ..core_request(app.new_id(), channel, loans, body.context, &request.trace_id)
    };
    let rendered = accept::preview(app, &tenant, &template, &known.person, &core).await?;
    let preview = Preview {
        subject: rendered.subject_line,
        body: rendered.content_text.unwrap_or_default(),
        body_html: rendered.content_html,
        channel: CommunicationsApiChannel::try_from(channel).ok(),
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
