//! Communication messages (003): what was triggered by an event, or sent by hand.

pub mod create;
pub mod find;
pub mod get;
pub mod resend;
pub mod resend_async_by_date;
pub mod resend_async_by_keys;
pub mod search;
pub mod search_sorted;

use domain::{
    Error,
    caller::Caller,
    id::{self, Id},
    interaction::{Interaction, Step},
    template::Source,
    vocabulary::{Event, FailureReason, MessageState, MessageType, WaitingReason},
};
use jiff::Timestamp;
use platform::app::App;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::interactions::content_for;

/// A message. What is not known of it is left out.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CommunicationMessage")]
pub struct MessageView {
    /// The contents of the message; of a WEB_HOOK or EVENT_STREAM in JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// The client it was sent to, or that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_key: Option<String>,
    /// When it was created, in UTC.
    creation_date: Timestamp,
    /// The deposit account that triggered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    deposit_account_key: Option<String>,
    /// The phone number, the e-mail address, or the URL: of a webhook endpoint where it went, or would go now.
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    encoded_key: Id<id::Interaction>,
    event: Event,
    /// What the provider or the guard said when it failed, or that it was called off.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<FailureReason>,
    /// The group it was sent to, or that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    group_key: Option<String>,
    /// The loan account that triggered it, or that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    loan_account_key: Option<String>,
    /// How often it was tried again.
    num_retries: u32,
    /// The provider's id of it; absent while it is to be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_id: Option<String>,
    /// The repayment that triggered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    repayment_key: Option<String>,
    /// When it was sent, in UTC; absent while it is to be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    send_date: Option<Timestamp>,
    /// The key of whoever sent the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_key: Option<String>,
    state: MessageState,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The template it was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    template_key: Option<String>,
    #[serde(rename = "type")]
    message_type: MessageType,
    /// The user of yours it was sent to, or that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_key: Option<String>,
    /// What it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_reason: Option<WaitingReason>,
}

impl MessageView {
    /// A message, without what it says. `None` for what is no communication message.
    fn bare(interaction: &Interaction) -> Option<Self> {
        let message_type = interaction.message_type()?;
        let trigger = interaction.trigger.as_ref();
        let keys = trigger.map(|trigger| trigger.keys.clone()).unwrap_or_default();
        let own = |key: Option<&id::ExternalId>| key.map(|key| key.as_str().to_owned());
        let person = || {
            own(interaction.external_ids.person.as_ref())
                .or(interaction.person_id.as_ref().map(ToString::to_string))
        };
        let loan = || {
            let loan = interaction.loan_ids.first()?;
            let external = interaction.external_ids.of_loans(std::slice::from_ref(loan));
            Some(own(external.into_iter().flatten().next().as_ref()).unwrap_or_else(|| loan.to_string()))
        };
        let is_of_group = keys.group_key.is_some() || keys.user_key.is_some();
        let failure = interaction.message_failure();
        let failure_reason = failure.as_ref().map(|(reason, _)| *reason);
        let url = trigger.and_then(|trigger| trigger.url.clone());
        let attempts = interaction.timeline.iter().filter(|moment| moment.what == Step::Claimed).count();
        Some(Self {
            body: None,
            client_key: keys.client_key.or_else(|| person().filter(|_| !is_of_group)),
            creation_date: interaction.created_at,
            deposit_account_key: keys.deposit_account_key,
            destination: url.or(Some(interaction.to.clone())).filter(|to| !to.is_empty()),
            encoded_key: interaction.id.clone(),
            event: trigger.map_or(Event::Manual, |trigger| trigger.event),
            failure_cause: failure.map(|(_, cause)| cause).filter(|cause| !cause.is_empty()),
            failure_reason,
            group_key: keys.group_key,
            loan_account_key: keys.loan_account_key.or_else(loan),
            num_retries: u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX),
            reference_id: interaction.standing_reference().map(str::to_owned),
            repayment_key: keys.repayment_key,
            send_date: interaction.sent_at(),
            sender_key: trigger.and_then(|trigger| trigger.sender_key.clone()),
            state: interaction.message_state(),
            subject: None,
            template_key: trigger
                .and_then(|trigger| trigger.template_key.clone())
                .or(interaction.descriptor_id.as_ref().map(ToString::to_string)),
            message_type,
            user_key: keys.user_key,
            waiting_reason: interaction.waiting_reason(),
        })
    }

    /// The same with what it says, as this caller may see it. Reads it where it is stored apart.
    async fn of(app: &App, caller: &Caller, interaction: &Interaction) -> Result<Option<Self>, Error> {
        let Some(mut bare) = Self::bare(interaction) else { return Ok(None) };
        if interaction.due_at.is_some()
            && let Ok(endpoint) = interaction.to.parse::<Id<id::WebhookEndpoint>>()
            && let Some(endpoint) = app.webhook_endpoints(&interaction.tenant).await?.find(&endpoint)
        {
            bare.destination = Some(endpoint.url.clone());
        }
        let content = content_for(app, caller, interaction).await?;
        let data = content.contains_key("data").then(|| payload(&content));
        let content_parts = Source::from(content);
        Ok(Some(Self {
            subject: content_parts.subject_line,
            body: data.or(content_parts.content_html).or(content_parts.content_text),
            ..bare
        }))
    }

    fn members(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        }
    }
}

/// The payload of a message to a program: a webhook's whole body, a stream's data.
fn payload(content: &Map<String, Value>) -> String {
    match content.contains_key("type") {
        true => Value::Object(content.clone()).to_string(),
        false => content.get("data").map(Value::to_string).unwrap_or_default(),
    }
}

/// A message as the OpenAPI document shows it.
fn example() -> Value {
    json!({
        "body": "Dear John, we have received your payment of $312.50.",
        "clientKey": "john",
        "creationDate": "2026-01-05T15:00:00Z",
        "destination": "john@example.com",
        "encodedKey": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
        "event": "LOAN_REPAYMENT",
        "loanAccountKey": "LN-0001",
        "numRetries": 0,
        "referenceId": "0100018f-example",
        "repaymentKey": "77812",
        "sendDate": "2026-01-05T15:00:01Z",
        "state": "SENT",
        "subject": "We have received your payment",
        "templateKey": "ext-repayment-received",
        "type": "EMAIL",
    })
}
