//! The communication log (000): every message with its template, channel, recipient, content, status and history.

pub mod get;
pub mod list;

use domain::{
    Error,
    caller::Caller,
    id::{self, ExternalId, Id},
    interaction::{Attachment, Failure, Interaction, Moment, Origin, RetryAdvice},
    template::Source,
    vocabulary::{
        AgentOutcome, AnyChannel, Channel, CommunicationsApiChannel, Direction, InteractionStatus,
        StatusDetails, Theme,
    },
};
use jiff::Timestamp;
use platform::{app::App, store::interactions::Said};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::interactions::{EnclosureView, LetterView, content_for, enclosure_views, letter_view};

/// Where a message stands, in the words of 000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogStatus {
    /// Accepted, waiting for its dispatcher.
    Queued,
    /// Accepted, waiting for its time.
    Scheduled,
    /// A dispatcher has it; a recorded call is going on.
    Sending,
    /// The provider has it.
    Sent,
    /// It arrived.
    Delivered,
    /// It did not.
    Failed,
    /// It was canceled.
    Canceled,
    /// It came from the borrower, who wrote or called.
    Received,
}

impl LogStatus {
    /// The status of a message.
    pub fn of(interaction: &Interaction) -> Self {
        let status = interaction.state.status;
        let came_in = match interaction.origin {
            Origin::Received(_) => status != Some(InteractionStatus::Failed),
            // What the lender records of a borrower may also be to come, going on or called off.
            Origin::Recorded(_) => {
                interaction.direction == Direction::Inbound
                    && matches!(status, Some(InteractionStatus::Attempted | InteractionStatus::Succeeded))
            }
            Origin::Sent | Origin::Told => false,
        };
        if came_in {
            return Self::Received;
        }
        match status {
            None | Some(InteractionStatus::Scheduled) if interaction.leased_until.is_some() => Self::Sending,
            None => Self::Queued,
            Some(InteractionStatus::Scheduled) if interaction.attempts > 0 => Self::Queued,
            Some(InteractionStatus::Scheduled) => Self::Scheduled,
            Some(InteractionStatus::InProgress) => Self::Sending,
            Some(InteractionStatus::Attempted) => Self::Sent,
            Some(InteractionStatus::Succeeded) => Self::Delivered,
            Some(InteractionStatus::Failed) => Self::Failed,
            Some(InteractionStatus::Canceled) => Self::Canceled,
        }
    }
}

impl std::str::FromStr for LogStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        serde_json::from_value(json!(text)).map_err(|_| {
            "is one of queued, scheduled, sending, sent, delivered, failed, canceled, received".into()
        })
    }
}

/// The word of 000 for a channel, or ours where it has none.
pub(crate) fn word_for(channel: Channel) -> &'static str {
    CommunicationsApiChannel::try_from(channel).map_or(channel.as_str(), CommunicationsApiChannel::as_str)
}

/// One entry of the communication log.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LogEntry {
    id: Id<id::Interaction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<ExternalId>,
    template_id: Option<Id<id::Descriptor>>,
    template_version_id: Option<Id<id::Version>>,
    /// Null for what was recorded without a subject, or dispatched.
    template_type: Option<String>,
    /// Whether others had it and you recorded it.
    is_external: bool,
    /// In the word of 000, or in that of 001 for what 000 has none for, such as `voice`.
    #[schemars(with = "AnyChannel")]
    channel: &'static str,
    direction: Direction,
    /// Null if no person on record sent or got it.
    borrower_id: Option<Id<id::Person>>,
    borrower_external_id: Option<ExternalId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<Id<id::Contact>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_external_id: Option<ExternalId>,
    loan_ids: Vec<Id<id::Loan>>,
    /// Your ids of these loans, in their order.
    loan_external_ids: Vec<Option<ExternalId>>,
    /// The message that it follows: the one that it answers or sends again.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_interaction_id: Option<Id<id::Interaction>>,
    /// The case it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    case_id: Option<Id<id::Case>>,
    /// The statement it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_id: Option<Id<id::Statement>>,
    /// The address or number it went to: the borrower's, or yours if the borrower wrote. Empty if none was recorded.
    recipient: String,
    /// The borrower's address or number, if the borrower wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_html: Option<String>,
    status: LogStatus,
    /// More about the status, in the words of interactions.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_details: Option<StatusDetails>,
    /// What came of a call according to the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_outcome: Option<AgentOutcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    /// Whether sending it again makes sense; absent if it did not fail. `POST /interactions/{id}/retry` does.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<RetryAdvice>,
    /// Whether `POST /communicator/resend` can send it again as it was: you sent it, it has words, and it no longer waits to be sent.
    is_resendable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// The provider's id of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_reference: Option<String>,
    /// Billed parts of a text message.
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_id: Option<Id<id::Batch>>,
    /// How often it was handed to a provider.
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_at: Option<Timestamp>,
    timeline: Vec<Moment>,
    trace_id: String,
    /// Why it is sent, in the words of interactions.
    theme: Theme,
    /// Whether what it says is kept from viewers.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    sensitive: bool,
    /// The pages of a letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    letter: Option<LetterView>,
    /// The files it carries besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
    /// The files it came with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    enclosures: Vec<EnclosureView>,
    /// Whether it came in and may be from somebody else than it says.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_unproven: bool,
    /// When it began, of what others had or sent; it may have been recorded later.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    /// When it ended, where that was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl LogEntry {
    /// What this caller sees of a message. Reads its content where it is stored apart, if that is wanted.
    async fn of(app: &App, caller: &Caller, interaction: Interaction, said: Said) -> Result<Self, Error> {
        let (status, is_external) = (LogStatus::of(&interaction), interaction.is_external());
        let retry = interaction.retry_advice();
        let is_resendable = interaction.may_be_copied().is_ok();
        let content = match said {
            Said::Read => content_for(app, caller, &interaction).await?,
            Said::LeftOut => Map::new(),
        };
        let (letter, enclosures) = (letter_view(&interaction), enclosure_views(caller, &interaction));
        // What came in names its parts as those who brought it do.
        let written = content.get("body").and_then(Value::as_str).map(str::to_owned);
        let content = Source::from(content);
        let record = interaction.origin.record();
        let (started_at, ended_at) =
            record.map_or((None, None), |record| (record.started_at, record.ended_at));
        let agent_outcome = record.and_then(|record| record.agent_outcome);
        let (recipient, sender) = match interaction.direction {
            Direction::Outbound => (interaction.to, None),
            Direction::Inbound => (interaction.ours.unwrap_or_default(), Some(interaction.to)),
        };
        Ok(Self {
            id: interaction.id,
            external_id: interaction.external_id,
            template_id: interaction.descriptor_id,
            template_version_id: interaction.version_id,
            template_type: interaction.subject.map(|subject| subject.template_type()),
            is_external,
            channel: word_for(interaction.channel),
            direction: interaction.direction,
            borrower_id: interaction.person_id,
            borrower_external_id: interaction.external_ids.person.clone(),
            contact_id: interaction.contact_id,
            contact_external_id: interaction.external_ids.contact.clone(),
            loan_external_ids: interaction.external_ids.of_loans(&interaction.loan_ids),
            loan_ids: interaction.loan_ids,
            previous_interaction_id: interaction.circumstances.reply_to,
            case_id: interaction.case_id,
            statement_id: interaction.statement_id,
            recipient,
            sender: sender.filter(|sender| !sender.is_empty()),
            subject: content.subject_line,
            body: content.content_text.or(written),
            body_html: content.content_html,
            status,
            status_details: interaction.state.details,
            agent_outcome,
            failure: interaction.failure,
            retry,
            is_resendable,
            provider: interaction.provider,
            provider_reference: interaction.reference,
            segments: interaction.segments,
            batch_id: interaction.batch_id,
            attempts: interaction.attempts,
            send_at: interaction.send_at,
            timeline: interaction.timeline,
            trace_id: interaction.trace_id,
            theme: interaction.theme,
            sensitive: interaction.sensitive,
            letter,
            attachments: interaction.attachments,
            enclosures,
            is_unproven: interaction.unproven,
            started_at,
            ended_at,
            created_at: interaction.created_at,
            updated_at: interaction.updated_at,
        })
    }
}

/// An entry as the OpenAPI document shows it.
fn example() -> Value {
    json!({
        "id": "IN-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
        "template_id": "TD-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
        "template_version_id": "TV-01JD3V9K2M-8ZQ4T6WX1N3F5G7H",
        "template_type": "payment_reminder",
        "is_external": false,
        "channel": "email",
        "direction": "outbound",
        "borrower_id": "BO-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
        "borrower_external_id": "john",
        "contact_id": "CT-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST",
        "loan_ids": ["LN-EXT-8ZQ4T6WX1N3F5G7H9JKMNPQRST"],
        "loan_external_ids": ["LN-0001"],
        "recipient": "john@example.com",
        "subject": "Payment Due - LN-0001",
        "body": "Dear John,\n\nYour payment of $312.50 is due on January 15, 2026.\n\nThank you,\nAcme Lending",
        "status": "delivered",
        "status_details": "emailDelivered",
        "is_resendable": true,
        "provider": "ses",
        "provider_reference": "0100018f-example",
        "attempts": 1,
        "timeline": [
            { "at": "2026-01-05T15:00:00Z", "what": "accepted" },
            { "at": "2026-01-05T15:00:01Z", "what": "claimed" },
            { "at": "2026-01-05T15:00:01Z", "what": "sent" },
            { "at": "2026-01-05T15:00:04Z", "what": "delivered", "note": "emailDelivered" },
        ],
        "trace_id": "1-67891233-abcdef012345678912345678",
        "theme": "opsServicing",
        "created_at": "2026-01-05T15:00:00Z",
        "updated_at": "2026-01-05T15:00:04Z",
    })
}
