//! Tries notification rules on an event: which fire, and what each message would say. Nothing is sent or kept.

use domain::{
    compliance::ReasonCode,
    id::{self, Id},
    notification_rule::ContextCondition,
    occurrence::ToldOccurrence,
    vocabulary::{FailureReason, MessageType},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json},
    needs::{Items, Need},
    pipeline::events::{self, Rehearsed, RehearsedMessage},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{catalog::Answer, events::told, openapi::Operation};

/// What the rules would do.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TriedRules {
    /// Each rule for the event, the oldest first.
    rules: Vec<TriedRule>,
}

/// What a rule would do.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TriedRule {
    rule_id: Id<id::NotificationRule>,
    name: Option<String>,
    #[serde(rename = "type")]
    message_type: MessageType,
    /// Whether it would make a message.
    fires: bool,
    /// The conditions that do not hold.
    unmet: Vec<ContextCondition>,
    /// The message, if it would make one.
    message: Option<TriedMessage>,
}

/// A message that would be made.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TriedMessage {
    destination: Option<String>,
    subject: Option<String>,
    /// What it would say; of a WEB_HOOK the JSON that would be posted.
    body: Option<String>,
    body_html: Option<String>,
    /// When it would leave, if that is later: by the rule's delay, or when the guard's hours begin.
    send_at: Option<Timestamp>,
    /// Why it would be FAILED.
    failure_reason: Option<FailureReason>,
    failure_cause: Option<String>,
    /// What the guard would have against it.
    reasons: Vec<ReasonCode>,
}

impl From<Rehearsed> for TriedRule {
    fn from(rule: Rehearsed) -> Self {
        Self {
            rule_id: rule.rule_id,
            name: rule.name,
            message_type: rule.message_type,
            fires: rule.fires,
            unmet: rule.unmet,
            message: rule.message.map(TriedMessage::from),
        }
    }
}

impl From<RehearsedMessage> for TriedMessage {
    fn from(message: RehearsedMessage) -> Self {
        let payload = message.payload.map(|payload| Value::Object(payload).to_string());
        let (failure_reason, failure_cause) = message.failure.unzip();
        let reasons =
            message.decision.map(|decision| decision.reasons.into_iter().map(|reason| reason.code).collect());
        Self {
            destination: message.destination,
            subject: message.rendered.subject_line,
            body: payload.or(message.rendered.content_text),
            body_html: message.rendered.content_html,
            send_at: message.send_at,
            failure_reason,
            failure_cause,
            reasons: reasons.unwrap_or_default(),
        }
    }
}

/// Shows what would happen.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let entry: Value = Value::Object(request.json()?);
    let occurrence = told(&entry, &request.new_id(app)?, app.now())?;
    let lender = app.lender(request.tenant()?).await?;
    let rules = events::rehearse(app, &lender, &occurrence, &request.trace_id).await?;
    json(StatusCode::OK, &TriedRules { rules: rules.into_iter().map(TriedRule::from).collect() })
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants), Need::All(events::REHEARSE)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Events", "Try notification rules on an event")
        .about(
            "Shows which rules would fire for an event, which conditions keep the others from it, and what each message would say: \
             rendered for the client as on record now, and judged by the guard. Nothing is sent, and nothing is kept.",
        )
        .body::<ToldOccurrence>(json!({
            "event": "LOAN_REPAYMENT",
            "clientKey": "john",
            "context": { "amount": "312.50" },
        }))
        .answer::<TriedRules>(
            200,
            "What each rule would do",
            json!({
                "rules": [{
                    "ruleId": "NR-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
                    "name": "Thank for large repayments",
                    "type": "EMAIL",
                    "fires": true,
                    "unmet": [],
                    "message": {
                        "destination": "john@example.com",
                        "subject": "We have received your payment",
                        "body": "Dear John, we have received your payment of $312.50.",
                        "bodyHtml": null,
                        "sendAt": null,
                        "failureReason": null,
                        "failureCause": null,
                        "reasons": [],
                    },
                }],
            }),
        )
}
