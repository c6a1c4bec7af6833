//! The event webhook: what SendGrid tells about messages after taking them, many in one call.
//! <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event>

use domain::{
    delivery::{ContactEffect, DeliveryEvent, News, Refusal, Retry},
    id::{self, Id},
    tenant::TenantId,
    vocabulary::{Channel, FailureReason, InteractionStatus, ProviderName, StatusDetails},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::providers::Malformed;

/// Events that are settled in one go. SendGrid posts up to 768 kB of them at once, and a queue's consumer has to be done
/// before the queue gives the message to another.
const PIECE: usize = 50;

/// What we have SendGrid carry and put into every event of a message, beside its own fields.
#[derive(Serialize)]
pub struct Arguments<'a> {
    /// Whose message it is.
    pub tenant: &'a str,
    /// Which.
    pub interaction: &'a str,
}

/// The events of a report, parted.
pub fn pieces(body: String) -> Vec<String> {
    match serde_json::from_str::<Vec<Value>>(&body) {
        Ok(events) if events.len() > PIECE => {
            events.chunks(PIECE).map(|piece| Value::from(piece.to_vec()).to_string()).collect()
        }
        // What cannot be read is kept as it came.
        _ => vec![body],
    }
}

/// Reads a report. What is no news, or nothing that this reads, is left out, and so is what another tenant's messages
/// came to.
///
/// # Errors
/// When it is no JSON array.
pub fn read(body: &str, tenant: &TenantId, received_at: Timestamp) -> Result<Vec<DeliveryEvent>, Malformed> {
    let events: Vec<Value> =
        serde_json::from_str(body).map_err(|_| Malformed("no JSON array of events".into()))?;
    let read = events.into_iter().filter_map(|event| {
        let event: Wire = serde_json::from_value(event).ok()?;
        let is_ours = event.tenant.as_deref().is_none_or(|named| named == tenant.as_str());
        if is_ours { event.read(received_at) } else { None }
    });
    Ok(read.collect())
}

#[derive(Deserialize)]
struct Wire {
    event: String,
    sg_event_id: Option<String>,
    /// Absent where a bounce came long after the message.
    sg_message_id: Option<String>,
    /// The Message-ID.
    #[serde(rename = "smtp-id")]
    smtp_id: Option<String>,
    timestamp: Option<i64>,
    tenant: Option<String>,
    interaction: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    status: Option<String>,
    reason: Option<String>,
    bounce_classification: Option<String>,
    #[serde(default)]
    sg_machine_open: bool,
}

impl Wire {
    fn read(self, received_at: Timestamp) -> Option<DeliveryEvent> {
        let news = self.news()?;
        let interaction_id = self.interaction();
        // What SendGrid adds to its name for the message differs by recipient.
        let name = self.sg_message_id.as_deref().and_then(|id| id.split('.').next()).unwrap_or_default();
        if interaction_id.is_none() && name.is_empty() {
            return None;
        }
        let at = self.timestamp.and_then(|seconds| Timestamp::from_second(seconds).ok());
        let occurred_at = at.unwrap_or(received_at);
        let composed = || format!("{name}:{}:{occurred_at}", self.event);
        Some(DeliveryEvent {
            interaction_id,
            provider: ProviderName::Sendgrid,
            reference: name.to_owned(),
            event_id: self.sg_event_id.clone().unwrap_or_else(composed),
            occurred_at,
            news,
        })
    }

    /// Ours: as it was given with the message, or in the Message-ID.
    fn interaction(&self) -> Option<Id<id::Interaction>> {
        let given = self.interaction.as_deref().and_then(|id| id.parse().ok());
        let of_mail = || self.smtp_id.as_deref()?.trim_start_matches('<').split_once('@')?.0.parse().ok();
        given.or_else(of_mail)
    }

    fn news(&self) -> Option<News> {
        use ContactEffect::{Invalid, OptedOut};
        use StatusDetails::*;
        let failed = |word, effect, description| Some(self.failed(word, effect, description));
        match self.event.as_str() {
            // SendGrid goes on trying what is deferred, for up to 72 hours.
            "processed" | "deferred" => progress(EmailSent),
            "delivered" => progress(EmailDelivered),
            // A mail program that fetches pictures ahead of anybody's reading.
            "open" if self.sg_machine_open => None,
            "open" => progress(EmailOpened),
            "click" => progress(EmailClick),
            "bounce" if self.kind.as_deref() == Some("blocked") => {
                failed(EmailBlocked, None, "The recipient's server did not take the message.")
            }
            "bounce" => failed(EmailBounced, Some(Invalid), "The recipient's address takes no e-mail."),
            "dropped" => {
                let (effect, description) = dropped(self.reason.as_deref().unwrap_or_default());
                failed(EmailDropped, effect, description)
            }
            "spamreport" | "spam_report" => {
                failed(EmailReportedAsSpam, Some(OptedOut), "The recipient reported the message as spam.")
            }
            "unsubscribe" | "group_unsubscribe" => {
                let status = InteractionStatus::Attempted;
                Some(News::Progress { status, details: None, effect: Some(OptedOut) })
            }
            // Consent is what a borrower gives to the lender. A click on a page of SendGrid's takes nothing back that was
            // said here.
            "group_resubscribe" => None,
            _ => None,
        }
    }

    fn failed(&self, details: StatusDetails, effect: Option<ContactEffect>, description: &str) -> News {
        let parts = [self.kind.as_ref(), self.status.as_ref(), self.bounce_classification.as_ref()];
        let parts = parts.into_iter().flatten().filter(|part| is_code(part));
        let code = parts.map(String::as_str).collect::<Vec<_>>().join("/");
        News::Failed(Refusal {
            details: Some(details),
            reason: FailureReason::of(details, Channel::Email).unwrap_or(FailureReason::Other),
            code: Some(code).filter(|code| !code.is_empty()),
            description: description.into(),
            // SendGrid itself tried for as long as that could help.
            retry: Retry::Never,
            effect,
        })
    }
}

/// Why SendGrid took a message and did not send it. It drops what goes to addresses on its own lists.
fn dropped(reason: &str) -> (Option<ContactEffect>, &'static str) {
    use ContactEffect::{Invalid, OptedOut};
    match reason.to_ascii_lowercase().as_str() {
        "bounced address" => (Some(Invalid), "SendGrid sends nothing to an address that bounced before."),
        "invalid" | "invalid address" | "invalid recipient" => {
            (Some(Invalid), "SendGrid knows the recipient's address to take no e-mail.")
        }
        "unsubscribed address" => (Some(OptedOut), "The recipient unsubscribed with SendGrid."),
        "spam reporting address" => {
            (Some(OptedOut), "SendGrid sends nothing to an address that reported spam before.")
        }
        "spam content" => (None, "SendGrid takes the message for spam. Review the template's wording."),
        "recipient list over package quota" => {
            (None, "The account's package is used up. Nothing is sent until that is settled with SendGrid.")
        }
        _ => (None, "SendGrid dropped the message."),
    }
}

/// Whether it is one of SendGrid's short words: what servers say may name addresses.
fn is_code(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b" .-_".contains(&b))
}

fn progress(details: StatusDetails) -> Option<News> {
    Some(News::Progress { status: details.status()?, details: Some(details), effect: None })
}

#[cfg(test)]
mod tests;
