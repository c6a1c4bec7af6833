//! What SES publishes about a message (event publishing through a configuration set).
//! <https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html>

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::mail::bare;
use super::sns::{timestamp, uuid};
use crate::outbox::Message;

/// How long SES goes on trying after a delivery delay.
const TRIES_FOR: SignedDuration = SignedDuration::from_hours(12);

/// What happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventType {
    /// SES took it and will try to deliver it.
    Send,
    /// The recipient's mail server took it.
    Delivery,
    /// The recipient's mail server refused it permanently, or SES gave up.
    Bounce,
    /// The recipient called it spam.
    Complaint,
    /// SES found a virus in it and did not send it.
    Reject,
    /// The recipient's mail program fetched its pictures.
    Open,
    /// The recipient followed a link in it.
    Click,
    /// SES's own template did not render.
    #[serde(rename = "Rendering Failure")]
    RenderingFailure,
    /// The recipient's mail server asks to try later.
    DeliveryDelay,
}

impl EventType {
    /// SES's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Send => "Send",
            Self::Delivery => "Delivery",
            Self::Bounce => "Bounce",
            Self::Complaint => "Complaint",
            Self::Reject => "Reject",
            Self::Open => "Open",
            Self::Click => "Click",
            Self::RenderingFailure => "Rendering Failure",
            Self::DeliveryDelay => "DeliveryDelay",
        }
    }

    /// Where in the event its details stand.
    fn key(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Delivery => "delivery",
            Self::Bounce => "bounce",
            Self::Complaint => "complaint",
            Self::Reject => "reject",
            Self::Open => "open",
            Self::Click => "click",
            Self::RenderingFailure => "failure",
            Self::DeliveryDelay => "deliveryDelay",
        }
    }
}

/// How a message bounced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum BounceType {
    /// It will again.
    #[default]
    Permanent,
    /// It may get through another time.
    Transient,
    /// The mail server did not say.
    Undetermined,
}

impl BounceType {
    /// SES's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "Permanent",
            Self::Transient => "Transient",
            Self::Undetermined => "Undetermined",
        }
    }

    /// The mail server's status (RFC 3463) and what it said.
    fn diagnosis(self) -> (&'static str, &'static str) {
        match self {
            Self::Permanent => ("5.1.1", "smtp; 550 5.1.1 user unknown"),
            Self::Transient => ("4.2.2", "smtp; 452 4.2.2 mailbox full"),
            Self::Undetermined => ("5.0.0", "smtp; 554 5.0.0 transaction failed"),
        }
    }
}

/// Something that happened to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub kind: EventType,
    /// How it bounced; of no account otherwise.
    pub bounce: BounceType,
    /// SES's closer word for the bounce: `General`, `Suppressed`, `MailboxFull`.
    pub bounce_sub_type: String,
}

impl Event {
    /// An event, a bounce being a permanent one of no particular kind.
    pub fn of(kind: EventType) -> Self {
        Self { kind, bounce: BounceType::Permanent, bounce_sub_type: "General".to_owned() }
    }

    /// The closer word the outbox notes beside the type.
    pub fn detail(&self) -> Option<String> {
        (self.kind == EventType::Bounce).then(|| format!("{} {}", self.bounce.as_str(), self.bounce_sub_type))
    }

    /// The record SES publishes about `message`; it happened at `at`, in the account and region of `topic`.
    pub fn published(&self, message: &Message, at: Timestamp, topic: &str) -> Value {
        let mut published = Map::new();
        published.insert("eventType".to_owned(), self.kind.as_str().into());
        published.insert("mail".to_owned(), mail(message, topic));
        published.insert(self.kind.key().to_owned(), self.details(message, at));
        Value::Object(published)
    }

    fn details(&self, message: &Message, at: Timestamp) -> Value {
        let recipients: Vec<&str> = message.to.split(", ").collect();
        let each =
            |describe: &dyn Fn(&str) -> Value| recipients.iter().map(|to| describe(to)).collect::<Vec<_>>();
        let reader =
            || json!({ "ipAddress": "192.0.2.1", "timestamp": timestamp(at), "userAgent": "Mozilla/5.0" });
        match self.kind {
            EventType::Send => json!({}),
            EventType::Delivery => json!({
                "timestamp": timestamp(at),
                "processingTimeMillis": 517,
                "recipients": recipients,
                "smtpResponse": "250 2.6.0 Message received",
                "remoteMtaIp": "192.0.2.2",
                "reportingMTA": "mta.example.com",
            }),
            EventType::Bounce => {
                let (status, diagnosis) = self.bounce.diagnosis();
                json!({
                    "feedbackId": format!("{}-000000", uuid()),
                    "bounceType": self.bounce.as_str(),
                    "bounceSubType": self.bounce_sub_type,
                    "bouncedRecipients": each(&|to| json!({
                        "emailAddress": to, "action": "failed", "status": status, "diagnosticCode": diagnosis,
                    })),
                    "timestamp": timestamp(at),
                    "reportingMTA": "dsn; mta.example.com",
                })
            }
            EventType::Complaint => json!({
                "feedbackId": format!("{}-000000", uuid()),
                "complaintSubType": null,
                "complainedRecipients": each(&|to| json!({ "emailAddress": to })),
                "timestamp": timestamp(at),
                "userAgent": "Amazon SES Mailbox Simulator",
                "complaintFeedbackType": "abuse",
                "arrivalDate": timestamp(at),
            }),
            EventType::Reject => json!({ "reason": "Bad content" }),
            EventType::Open => reader(),
            EventType::Click => {
                let mut click = reader();
                click["link"] = first_link(message).into();
                click["linkTags"] = Value::Null;
                click
            }
            EventType::RenderingFailure => json!({
                "templateName": "template",
                "errorMessage": "Attribute 'name' is not present in the rendering data.",
            }),
            EventType::DeliveryDelay => json!({
                "timestamp": timestamp(at),
                "delayType": "TransientCommunicationFailure",
                "expirationTime": timestamp(at.saturating_add(TRIES_FOR).unwrap_or(at)),
                "delayedRecipients": each(&|to| json!({
                    "emailAddress": to,
                    "status": "4.4.1",
                    "diagnosticCode": "smtp; 421 4.4.1 Unable to connect to remote host",
                })),
            }),
        }
    }
}

/// The message as every event describes it.
fn mail(message: &Message, topic: &str) -> Value {
    // arn:aws:sns:<region>:<account>:<name>
    let mut arn = topic.split(':').skip(3);
    let (region, account) = (arn.next().unwrap_or_default(), arn.next().unwrap_or_default());
    let sender = bare(&message.from);
    let domain = sender.rsplit_once('@').map_or(sender, |(_, domain)| domain);

    let own =
        [("ses:source-ip", "192.0.2.3"), ("ses:from-domain", domain), ("ses:caller-identity", "postrider")];
    let carried = message.tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let tags: Map<String, Value> =
        carried.chain(own).map(|(name, value)| (name.to_owned(), json!([value]))).collect();

    let headers: Vec<Value> =
        message.headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let mut common = Map::new();
    common.insert("messageId".to_owned(), json!(message.provider_message_id));
    for (header, key) in [("From", "from"), ("Reply-To", "replyTo"), ("To", "to"), ("Cc", "cc")] {
        common.extend(message.headers.get(header).map(|value| (key.to_owned(), json!([value]))));
    }
    for (header, key) in [("Date", "date"), ("Subject", "subject")] {
        common.extend(message.headers.get(header).map(|value| (key.to_owned(), json!(value))));
    }
    json!({
        "timestamp": timestamp(message.at),
        "source": message.from,
        "sourceArn": format!("arn:aws:ses:{region}:{account}:identity/{domain}"),
        "sendingAccountId": account,
        "messageId": message.provider_message_id,
        "destination": message.to.split(", ").collect::<Vec<_>>(),
        "headersTruncated": false,
        "headers": headers,
        "commonHeaders": common,
        "tags": tags,
    })
}

/// The first link of the HTML, or of the text.
fn first_link(message: &Message) -> String {
    let content = message.html.as_deref().unwrap_or(&message.body);
    let start = content.find("https://").or_else(|| content.find("http://"));
    let link = start.map(|start| content[start..].split(['"', '\'', '<', '>', ' ', '\r', '\n']).next());
    link.flatten().unwrap_or("https://example.com/").replace("&amp;", "&")
}
