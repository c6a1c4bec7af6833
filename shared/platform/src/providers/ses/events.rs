//! What SES tells about a message after taking it, by event publishing (`eventType`) or identity feedback
//! (`notificationType`), as the text of an SNS message.

use std::collections::BTreeMap;

use domain::{
    delivery::{ContactEffect, DeliveryEvent, News, Refusal, Retry},
    tenant::TenantId,
    vocabulary::{Channel, FailureReason, InteractionStatus, ProviderName, StatusDetails},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{INTERACTION_TAG, TENANT_TAG};
use crate::providers::Malformed;

/// An event, and whose message its own tags say it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Absent in identity feedback, which carries no tags. To be compared with the tenant the topic belongs to.
    pub tenant: Option<TenantId>,
    /// What happened.
    pub event: DeliveryEvent,
}

/// SES's own text when a topic is connected, the only one that is no JSON.
const TOPIC_CONNECTED: &str = "Successfully validated SNS topic for Amazon SES event publishing.";

/// Reads the text of a notification. `None` when it is not about a message, or no news.
///
/// # Errors
/// When it is not SES's JSON.
pub fn read(message: &str, received_at: Timestamp) -> Result<Option<Report>, Malformed> {
    if message.trim() == TOPIC_CONNECTED {
        return Ok(None);
    }
    let Wire { event_type, mail, details } =
        serde_json::from_str(message).map_err(|error| Malformed(error.to_string()))?;
    let Some(mail) = mail else { return Ok(None) };
    let details = details.unwrap_or_default();
    let Some(news) = news(&event_type, &details) else { return Ok(None) };
    let time = details.timestamp.or(mail.timestamp).unwrap_or_default();
    Ok(Some(Report {
        tenant: mail.tags.get(TENANT_TAG).and_then(|values| values.first()?.parse().ok()),
        event: DeliveryEvent {
            interaction_id: mail.tags.get(INTERACTION_TAG).and_then(|values| values.first()?.parse().ok()),
            provider: ProviderName::Ses,
            event_id: format!("{}:{event_type}:{time}", mail.message_id),
            reference: mail.message_id,
            occurred_at: time.parse().unwrap_or(received_at),
            news,
        },
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(alias = "notificationType")]
    event_type: String,
    mail: Option<Mail>,
    // What a type of event adds stands in an object of that type's name, and no event has two.
    #[serde(
        alias = "bounce",
        alias = "click",
        alias = "complaint",
        alias = "delivery",
        alias = "deliveryDelay",
        alias = "open",
        alias = "subscription"
    )]
    details: Option<Details>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    timestamp: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Details {
    timestamp: Option<String>,
    bounce_type: Option<String>,
    bounce_sub_type: Option<String>,
    complaint_feedback_type: Option<String>,
    new_topic_preferences: Option<TopicPreferences>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TopicPreferences {
    #[serde(default)]
    unsubscribe_all: bool,
    #[serde(default)]
    topic_subscription_status: Vec<TopicStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TopicStatus {
    subscription_status: String,
}

fn news(event_type: &str, details: &Details) -> Option<News> {
    use ContactEffect::{Invalid, OptedOut};
    use StatusDetails::*;
    let permanent = details.bounce_type.as_deref() == Some("Permanent");
    let failed = |word, effect, description| Some(failed(details, word, effect, description));
    match event_type {
        // A delayed delivery is still on its way.
        "Send" | "DeliveryDelay" => progress(EmailSent),
        "Delivery" => progress(EmailDelivered),
        "Open" => progress(EmailOpened),
        "Click" => progress(EmailClick),
        "Bounce" if permanent => {
            failed(EmailBounced, Some(Invalid), "The recipient's address takes no e-mail.")
        }
        "Bounce" => failed(EmailBlocked, None, "The recipient's server did not take the message for now."),
        // The recipient took the message out of the spam folder.
        "Complaint" if details.complaint_feedback_type.as_deref() == Some("not-spam") => None,
        "Complaint" => {
            failed(EmailReportedAsSpam, Some(OptedOut), "The recipient reported the message as spam.")
        }
        "Reject" => failed(EmailDropped, None, "SES found a virus in the message and did not send it."),
        "Rendering Failure" => failed(EmailDropped, None, "SES could not render the message."),
        "Subscription" if details.unsubscribes() => {
            let status = InteractionStatus::Attempted;
            Some(News::Progress { status, details: None, effect: Some(OptedOut) })
        }
        _ => None,
    }
}

impl Details {
    fn unsubscribes(&self) -> bool {
        self.new_topic_preferences.as_ref().is_some_and(|new| {
            new.unsubscribe_all
                || new.topic_subscription_status.iter().any(|topic| topic.subscription_status == "OptOut")
        })
    }
}

fn progress(details: StatusDetails) -> Option<News> {
    Some(News::Progress { status: details.status()?, details: Some(details), effect: None })
}

fn failed(event: &Details, details: StatusDetails, effect: Option<ContactEffect>, description: &str) -> News {
    let parts = [&event.bounce_type, &event.bounce_sub_type, &event.complaint_feedback_type];
    let code = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("/");
    News::Failed(Refusal {
        details: Some(details),
        reason: FailureReason::of(details, Channel::Email).unwrap_or(FailureReason::Other),
        code: Some(code).filter(|code| !code.is_empty()),
        description: description.into(),
        // SES itself tried for as long as the recipient's server asked it to.
        retry: Retry::Never,
        effect,
    })
}

#[cfg(test)]
mod tests;
