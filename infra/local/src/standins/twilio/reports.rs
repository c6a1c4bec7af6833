//! Status callbacks: Twilio telling our webhook what became of a text.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::vocabulary::ProviderName;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use serde::{Deserialize, Serialize};

use super::tags::{ACCOUNT, CALLBACK, SERVICE};
use super::{Twilio, TwilioAccount, signature};
use crate::outbox::{Message, Report};
use crate::problem::{Control, Problem};
use crate::standins::webhook::{self, WebhookAnswer};

/// Twilio's error when a text fails and nothing else is said.
const UNKNOWN_ERROR: u32 = 30008;

/// What a text Twilio accepted can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for its messaging service to pick a sender.
    Accepted,
    /// Waits for its time.
    Scheduled,
    /// Waits its turn.
    Queued,
    /// On its way to the carrier.
    Sending,
    /// Taken by the carrier.
    Sent,
    /// At the handset, as the carrier says.
    Delivered,
    /// At some handsets of several.
    PartiallyDelivered,
    /// Not at the handset.
    Undelivered,
    /// Never sent.
    Failed,
    /// Taken back before its time.
    Canceled,
    /// Seen by the person.
    Read,
}

impl Status {
    /// Twilio's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::PartiallyDelivered => "partially_delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Read => "read",
        }
    }

    /// The status of a new message.
    pub fn initial(with_messaging_service: bool) -> Self {
        if with_messaging_service { Self::Accepted } else { Self::Queued }
    }

    /// The status a report told.
    pub fn of(report: &Report) -> Option<Self> {
        let word: StrDeserializer<'_, Error> = report.event.as_str().into_deserializer();
        Self::deserialize(word).ok()
    }

    /// How far along it is. Callbacks come in any order; a message never goes back.
    pub fn rank(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Scheduled => 1,
            Self::Queued => 2,
            Self::Sending => 3,
            Self::Sent => 4,
            Self::Delivered
            | Self::PartiallyDelivered
            | Self::Undelivered
            | Self::Failed
            | Self::Canceled => 5,
            Self::Read => 6,
        }
    }

    /// Whether the carrier has, or had, it.
    pub fn is_past_sent(self) -> bool {
        self.rank() >= Self::Sent.rank()
    }

    /// Whether nothing more follows by itself.
    fn is_final(self) -> bool {
        self.rank() > Self::Sent.rank()
    }

    /// Whether Twilio gives an error code with it.
    fn is_failure(self) -> bool {
        matches!(self, Self::Undelivered | Self::Failed)
    }
}

/// Twilio's wording of an error, or near it.
pub fn error_message(code: u32) -> &'static str {
    match code {
        11200 => "HTTP retrieval failure",
        21610 => "Attempt to send to unsubscribed recipient",
        30001 => "Queue overflow",
        30002 => "Account suspended",
        30003 => "Unreachable destination handset",
        30004 => "Message blocked",
        30005 => "Unknown destination handset",
        30006 => "Landline or unreachable carrier",
        30007 => "Message filtered",
        30009 => "Missing inbound segment",
        30010 => "Message price exceeds max price",
        30034 => "Message from an unregistered number",
        _ => "Unknown error",
    }
}

/// The body of `POST /_local/providers/twilio/status`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusControl {
    /// Twilio's id of the message, or our interaction's.
    message: String,
    #[serde(alias = "event")]
    status: Status,
    error_code: Option<u32>,
}

/// Makes Twilio report a status; answers what our webhook answered.
pub async fn control(
    State(twilio): State<Arc<Twilio>>,
    Control(asked): Control<StatusControl>,
) -> Result<Json<WebhookAnswer>, Problem> {
    let message = twilio
        .around
        .outbox
        .find(ProviderName::Twilio, &asked.message)
        .ok_or_else(|| Problem::not_found(format!("Twilio has no message {}", asked.message)))?;
    twilio.report(&message, asked.status, asked.error_code).await.map(Json)
}

/// Reports `sent` and `delivered` after a while, when Twilio is set to, unless the message was settled otherwise.
pub fn deliver_by_itself(twilio: &Arc<Twilio>, message: Message) {
    let Some(pause) = twilio.config.auto_deliver else { return };
    if !message.tags.contains_key(CALLBACK) || is_settled(&message) {
        return;
    }
    let twilio = Arc::clone(twilio);
    tokio::spawn(async move {
        for status in [Status::Sent, Status::Delivered] {
            if was_told(&message, status) {
                continue;
            }
            tokio::time::sleep(pause).await;
            let Some(message) =
                twilio.around.outbox.get(message.sequence).filter(|message| !is_settled(message))
            else {
                return;
            };
            for pause in webhook::PAUSES {
                tokio::time::sleep(pause).await;
                if twilio.report(&message, status, None).await.is_ok_and(|answer| answer.was_taken()) {
                    break;
                }
            }
        }
    });
}

/// Reports that a text failed.
pub fn fail_by_itself(twilio: &Arc<Twilio>, message: Message, code: u32) {
    let twilio = Arc::clone(twilio);
    tokio::spawn(async move {
        for pause in webhook::PAUSES {
            tokio::time::sleep(pause).await;
            let told = twilio.report(&message, Status::Failed, Some(code)).await;
            if told.is_ok_and(|answer| answer.was_taken()) {
                break;
            }
        }
    });
}

fn was_told(message: &Message, status: Status) -> bool {
    message.reports.iter().any(|report| report.was_taken() && Status::of(report) == Some(status))
}

fn is_settled(message: &Message) -> bool {
    message
        .reports
        .iter()
        .any(|report| report.was_taken() && Status::of(report).is_some_and(Status::is_final))
}

impl Twilio {
    /// Calls the `StatusCallback` of a message and notes what it answered.
    async fn report(
        &self,
        message: &Message,
        status: Status,
        code: Option<u32>,
    ) -> Result<WebhookAnswer, Problem> {
        let unreportable =
            || Problem::conflict("the message was sent without a StatusCallback, or its account is gone");
        let url = message.tags.get(CALLBACK).ok_or_else(unreportable)?;
        let account = message.tags.get(ACCOUNT).and_then(|sid| self.account(sid)).ok_or_else(unreportable)?;
        let code = code.or(status.is_failure().then_some(UNKNOWN_ERROR));
        let at = self.around.clock.now();
        let mut form = vec![
            ("MessageSid", message.provider_message_id.clone()),
            ("SmsSid", message.provider_message_id.clone()),
            ("MessageStatus", status.as_str().to_owned()),
            ("SmsStatus", status.as_str().to_owned()),
            ("To", message.to.clone()),
            ("AccountSid", account.sid.clone()),
            ("ApiVersion", "2010-04-01".to_owned()),
        ];
        if let Some(service) = message.tags.get(SERVICE) {
            form.push(("MessagingServiceSid", service.clone()));
            form.extend(account.numbers.first().map(|number| ("From", number.clone())));
        } else {
            form.push(("From", message.from.clone()));
        }
        if let Some(code) = code {
            form.push(("ErrorCode", code.to_string()));
            form.push(("ErrorMessage", error_message(code).to_owned()));
        }
        if status.is_final() {
            form.push(("RawDlrDoneDate", at.strftime("%y%m%d%H%M").to_string()));
        }

        let answer = self.post_signed(account, url, form).await?;
        let detail = code.map(|code| code.to_string());
        let report = Report { at, event: status.as_str().to_owned(), detail, answered: answer.status };
        self.around.outbox.report(message.sequence, report);
        Ok(answer)
    }

    /// POSTs a form to our webhook as Twilio does for an account.
    pub(super) async fn post_signed(
        &self,
        account: &TwilioAccount,
        url: &str,
        form: impl IntoIterator<Item = (impl Into<String>, String)>,
    ) -> Result<WebhookAnswer, Problem> {
        let form: Vec<(String, String)> =
            form.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let request = self
            .around
            .http
            .post(url)
            .header("user-agent", "TwilioProxy/1.1")
            .header("x-twilio-signature", signature(&account.auth_token, url, &form))
            .form(&form);
        webhook::call(url, request).await
    }
}
