//! 000 · Preview: renders a template for a borrower without sending.

use domain::{
    id::{self, Ref},
    template::{Size, TextSize},
    vocabulary::CommunicationsApiChannel,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::Need,
    pipeline::{
        compose,
        resolve::{About, Wording, resolve},
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{catalog::Answer, openapi::Operation};

/// What to render, and for which person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// The template that the message is made from.
    template_id: Ref<id::Descriptor>,
    /// The borrower who gets the message.
    borrower_id: Ref<id::Person>,
    /// The loan; the borrower's only one by default.
    #[serde(default)]
    loan_id: Option<Ref<id::Loan>>,
    /// The case it belongs to.
    #[serde(default)]
    case_id: Option<Ref<id::Case>>,
    /// The statement it is about.
    #[serde(default)]
    statement_id: Option<Ref<id::Statement>>,
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
    /// What the template looks up and this message does not have, such as `advice` or `borrower.frist_name`.
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
    let wording = Wording::Template(body.template_id, None);
    let about = About {
        person: Some(body.borrower_id),
        loans: body.loan_id.into_iter().collect(),
        case: body.case_id,
        statement: body.statement_id,
        ..About::default()
    };
    let resolved = resolve(app, request.tenant()?, about, &wording).await?;
    let composed = compose::preview(app, &resolved, &body.context, body.strict_undefined).await?;
    let channel = resolved.chosen.template.descriptor.channel;
    let sms = Size::of(&composed.rendered, channel, composed.replacement).text;
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

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(compose::PREVIEW)];

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
