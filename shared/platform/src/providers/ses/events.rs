//! What SES tells about a message after taking it, by event publishing (`eventType`) or identity feedback
//! (`notificationType`), as the text of an SNS message.

use std::{collections::BTreeMap, fmt, str::FromStr};

use domain::{
    delivery::{
        About::{Message, Recipient},
        ContactEffect::{Invalid, OptedOut},
        DeliveryEvent, News,
    },
    tenant::TenantId,
    vocabulary::{
        Channel, ProviderName,
        StatusDetails::{
            EmailBlocked, EmailBounced, EmailClick, EmailDelivered, EmailDropped, EmailOpened,
            EmailReportedAsSpam, EmailSent,
        },
    },
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{INTERACTION_TAG, TENANT_TAG};
use crate::providers::{
    Malformed, lenient,
    mapping::{
        Mapping, Meaning,
        Says::{self, Failed, NoNews, Progress, Unsubscribed},
    },
};

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
    let time = details.timestamp.or(mail.timestamp.clone()).unwrap_or_default();
    Ok(Some(Report {
        tenant: mail.tag(TENANT_TAG),
        event: DeliveryEvent {
            interaction_id: mail.tag(INTERACTION_TAG),
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
        alias = "subscription",
        default,
        deserialize_with = "lenient::or_default"
    )]
    details: Option<Details>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    message_id: String,
    #[serde(default, deserialize_with = "lenient::text")]
    timestamp: Option<String>,
    /// Ours and others.
    #[serde(default, deserialize_with = "lenient::or_default")]
    tags: BTreeMap<String, Value>,
}

impl Mail {
    fn tag<T: FromStr>(&self, name: &str) -> Option<T> {
        self.tags.get(name)?.get(0)?.as_str()?.parse().ok()
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    #[serde(deserialize_with = "lenient::text")]
    timestamp: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    bounce_type: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    bounce_sub_type: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    complaint_feedback_type: Option<String>,
    #[serde(deserialize_with = "lenient::or_default")]
    new_topic_preferences: Option<TopicPreferences>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TopicPreferences {
    #[serde(default, deserialize_with = "lenient::flag")]
    unsubscribe_all: bool,
    #[serde(default, deserialize_with = "lenient::or_default")]
    topic_subscription_status: Vec<TopicStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TopicStatus {
    #[serde(default)]
    subscription_status: String,
}

/// What must be true of an event besides its type.
enum Given {
    Bounce(&'static str),
    Complaint(&'static str),
    /// The recipient wants no more, of some topic or of all.
    Leaving,
}

impl Given {
    fn holds(&self, details: &Details) -> bool {
        match self {
            Self::Bounce(kind) => details.bounce_type.as_deref() == Some(kind),
            Self::Complaint(kind) => details.complaint_feedback_type.as_deref() == Some(kind),
            Self::Leaving => details.unsubscribes(),
        }
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bounce(kind) => write!(f, "`bounceType` is `{kind}`"),
            Self::Complaint(kind) => write!(f, "`complaintFeedbackType` is `{kind}`"),
            Self::Leaving => {
                write!(f, "`unsubscribeAll`, or a topic's `subscriptionStatus` is `{OPTED_OUT}`")
            }
        }
    }
}

/// How a topic says that its recipient left.
const OPTED_OUT: &str = "OptOut";

/// Type of event, what else must be true, and what it says. The first row that fits counts; another type is no news.
#[rustfmt::skip]
const TABLE: &[(&str, Option<Given>, Says)] = &[
    ("Send", None, Progress(EmailSent)),
    // It is still on its way.
    ("DeliveryDelay", None, Progress(EmailSent)),
    ("Delivery", None, Progress(EmailDelivered)),
    ("Open", None, Progress(EmailOpened)),
    ("Click", None, Progress(EmailClick)),
    ("Bounce", Some(Given::Bounce("Permanent")),
        Failed(Recipient, EmailBounced, Some(Invalid), "The recipient's address takes no e-mail.")),
    ("Bounce", None, Failed(Recipient, EmailBlocked, None, "The recipient's server did not take the message for now.")),
    // The recipient took the message out of the spam folder.
    ("Complaint", Some(Given::Complaint("not-spam")), NoNews),
    ("Complaint", None, Failed(Recipient, EmailReportedAsSpam, Some(OptedOut), "The recipient reported the message as spam.")),
    ("Reject", None, Failed(Message, EmailDropped, None, "SES found a virus in the message and did not send it.")),
    ("Rendering Failure", None, Failed(Message, EmailDropped, None, "SES could not render the message.")),
    ("Subscription", Some(Given::Leaving), Unsubscribed),
];

/// Every event that SES publishes.
pub fn mappings() -> impl Iterator<Item = Mapping> {
    let known = TABLE.iter().map(|(event_type, given, says)| {
        Mapping::afterwards(event_type, says.news(Channel::Email, None)).given_if(given.as_ref())
    });
    known.chain([Mapping::afterwards("", Meaning::NoNews).given("any other event")])
}

fn news(event_type: &str, details: &Details) -> Option<News> {
    let fits = |given: &Option<Given>| given.as_ref().is_none_or(|given| given.holds(details));
    let (.., says) = TABLE.iter().find(|(kind, given, _)| *kind == event_type && fits(given))?;
    let parts = [&details.bounce_type, &details.bounce_sub_type, &details.complaint_feedback_type];
    let code = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("/");
    says.news(Channel::Email, Some(code).filter(|code| !code.is_empty()))
}

impl Details {
    fn unsubscribes(&self) -> bool {
        self.new_topic_preferences.as_ref().is_some_and(|new| {
            new.unsubscribe_all
                || new.topic_subscription_status.iter().any(|topic| topic.subscription_status == OPTED_OUT)
        })
    }
}

#[cfg(test)]
mod tests;
