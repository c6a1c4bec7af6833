//! The event webhook: what SendGrid tells about messages after taking them, many in one call.
//! <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event>

use std::fmt;

use domain::{
    delivery::{
        About::{Account, Message, Recipient},
        ContactEffect::{Invalid, OptedOut},
        DeliveryEvent, News,
    },
    id::{self, Id},
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
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::providers::{
    Malformed, lenient,
    mapping::{
        Mapping, Meaning,
        Says::{self, Failed, NoNews, Progress, Unsubscribed},
    },
};

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
    let events = lenient::readable(events, ProviderName::Sendgrid.as_str(), tenant.as_str());
    let read = events.filter_map(|event: Wire| {
        let is_ours = event.tenant.as_deref().is_none_or(|named| named == tenant.as_str());
        if is_ours { event.read(received_at) } else { None }
    });
    Ok(read.collect())
}

#[derive(Deserialize)]
struct Wire {
    event: String,
    #[serde(default, deserialize_with = "lenient::text")]
    sg_event_id: Option<String>,
    /// Absent where a bounce came long after the message.
    #[serde(default, deserialize_with = "lenient::text")]
    sg_message_id: Option<String>,
    /// The Message-ID.
    #[serde(default, rename = "smtp-id", deserialize_with = "lenient::text")]
    smtp_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::seconds")]
    timestamp: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    tenant: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    interaction: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    bounce_classification: Option<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    sg_machine_open: bool,
}

impl Wire {
    fn read(self, received_at: Timestamp) -> Option<DeliveryEvent> {
        let news = self.news()?;
        let interaction_id = self.interaction();
        let name = self.sg_message_id.as_deref().map(name).unwrap_or_default();
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
        let fits = |given: &Option<Given>| given.as_ref().is_none_or(|given| given.holds(self));
        let (.., says) = TABLE.iter().find(|(event, given, _)| *event == self.event && fits(given))?;
        let parts = [self.kind.as_ref(), self.status.as_ref(), self.bounce_classification.as_ref()];
        let parts = parts.into_iter().flatten().filter(|part| is_code(part));
        let code = parts.map(String::as_str).collect::<Vec<_>>().join("/");
        says.news(Channel::Email, Some(code).filter(|code| !code.is_empty()))
    }
}

/// What must be true of an event besides its name.
enum Given {
    /// A mail program that fetches pictures ahead of anybody's reading.
    MachineOpen,
    /// Its type, if it has one.
    Type(&'static str),
    /// Why SendGrid took a message and did not send it. It drops what goes to addresses on its own lists.
    Reason(&'static str),
}

impl Given {
    fn holds(&self, event: &Wire) -> bool {
        match self {
            Self::MachineOpen => event.sg_machine_open,
            Self::Type(kind) => event.kind.as_deref().is_none_or(|told| told == *kind),
            Self::Reason(reason) => {
                event.reason.as_deref().is_some_and(|told| told.eq_ignore_ascii_case(reason))
            }
        }
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MachineOpen => write!(f, "`sg_machine_open`"),
            Self::Type(kind) => write!(f, "`type` is `{kind}`, or missing"),
            Self::Reason(reason) => write!(f, "`reason` is `{reason}`"),
        }
    }
}

const UNDELIVERABLE: Says = Failed(
    Recipient,
    EmailDropped,
    Some(Invalid),
    "SendGrid knows the recipient's address to take no e-mail.",
);
const SPAM: Says =
    Failed(Recipient, EmailReportedAsSpam, Some(OptedOut), "The recipient reported the message as spam.");

/// Event, what else must be true, and what it says. The first row that fits counts; another event is no news.
#[rustfmt::skip]
const TABLE: &[(&str, Option<Given>, Says)] = &[
    ("processed", None, Progress(EmailSent)),
    // SendGrid goes on trying, for up to 72 hours.
    ("deferred", None, Progress(EmailSent)),
    ("delivered", None, Progress(EmailDelivered)),
    ("open", Some(Given::MachineOpen), NoNews),
    ("open", None, Progress(EmailOpened)),
    ("click", None, Progress(EmailClick)),
    ("bounce", Some(Given::Type("bounce")),
        Failed(Recipient, EmailBounced, Some(Invalid), "The recipient's address takes no e-mail.")),
    // `blocked`, and `expired` of old: the address may be right.
    ("bounce", None, Failed(Recipient, EmailBlocked, None, "The recipient's server did not take the message.")),
    ("dropped", Some(Given::Reason("Bounced Address")),
        Failed(Recipient, EmailDropped, Some(Invalid), "SendGrid sends nothing to an address that bounced before.")),
    ("dropped", Some(Given::Reason("Invalid")), UNDELIVERABLE),
    ("dropped", Some(Given::Reason("Invalid Address")), UNDELIVERABLE),
    ("dropped", Some(Given::Reason("Invalid Recipient")), UNDELIVERABLE),
    ("dropped", Some(Given::Reason("Unsubscribed Address")),
        Failed(Recipient, EmailDropped, Some(OptedOut), "The recipient unsubscribed with SendGrid.")),
    ("dropped", Some(Given::Reason("Spam Reporting Address")),
        Failed(Recipient, EmailDropped, Some(OptedOut), "SendGrid sends nothing to an address that reported spam before.")),
    ("dropped", Some(Given::Reason("Spam Content")),
        Failed(Message, EmailDropped, None, "SendGrid takes the message for spam. Review the template's wording.")),
    ("dropped", Some(Given::Reason("Recipient List over Package Quota")), Failed(Account, EmailDropped, None,
        "The account's package is used up. Nothing is sent until that is settled with SendGrid.")),
    ("dropped", None, Failed(Message, EmailDropped, None, "SendGrid dropped the message.")),
    ("spamreport", None, SPAM),
    ("spam_report", None, SPAM),
    ("unsubscribe", None, Unsubscribed),
    ("group_unsubscribe", None, Unsubscribed),
    // Consent is what a borrower gives to the lender. A click on a page of SendGrid's takes nothing back that was said here.
    ("group_resubscribe", None, NoNews),
];

/// Every event that SendGrid posts.
pub fn mappings() -> impl Iterator<Item = Mapping> {
    let known = TABLE.iter().map(|(event, given, says)| {
        Mapping::afterwards(event, says.news(Channel::Email, None)).given_if(given.as_ref())
    });
    known.chain([Mapping::afterwards("", Meaning::NoNews).given("any other event")])
}

/// SendGrid's name for a message, without what it adds to that, which differs by recipient.
pub fn name(id: &str) -> &str {
    id.split_once('.').map_or(id, |(name, _)| name)
}

/// Whether it is one of SendGrid's short words: what servers say may name addresses.
fn is_code(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b" .-_".contains(&b))
}

#[cfg(test)]
mod tests;
