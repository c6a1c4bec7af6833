//! What providers report about a message: the answer to a send, and the events that follow.
//!
//! Provider adapters translate their wire formats into these types; the pipeline knows no provider by name.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    id::{self, Id},
    vocabulary::{FailureReason, InteractionStatus, ProviderName, StatusDetails},
};

/// The provider took the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The provider's own id of the message (Twilio `SM…`, SES message id).
    pub reference: String,
    /// Billed parts of a text message.
    pub segments: Option<u16>,
}

/// What a refusal is about, and so what it means for other messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum About {
    /// The account, which is out of order for every message until somebody settles that. It says nothing of the message.
    Account,
    /// The server, which is busy or away, or a part of the account that others may not need, such as one sender's address.
    Server,
    /// The message: what it says or carries, or from whom it is.
    #[default]
    Message,
    /// Whom the message goes to.
    Recipient,
    /// Ourselves: what we were to ask the provider with is missing, and it was not asked.
    Us,
}

impl About {
    /// For documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Server => "server",
            Self::Message => "message",
            Self::Recipient => "recipient",
            Self::Us => "us",
        }
    }
}

/// The provider did not take the message, or could not deliver it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// What it is about.
    #[serde(default)]
    pub about: About,
    /// What 001 calls it, if it has a word.
    pub details: Option<StatusDetails>,
    /// What 003 calls it.
    pub reason: FailureReason,
    /// The provider's code, raw (`30003`, `MessageRejected`).
    pub code: Option<String>,
    /// For the lender's people: what happened and what to do. Holds no address and no content.
    pub description: String,
    /// Whether trying again may help.
    pub retry: Retry,
    /// What we learned about the contact.
    pub effect: Option<ContactEffect>,
}

impl Refusal {
    /// One for which 001 has no word, which has no code and taught nothing about the contact.
    pub fn new(about: About, reason: FailureReason, retry: Retry, description: impl Into<String>) -> Self {
        Self {
            about,
            details: None,
            reason,
            code: None,
            description: description.into(),
            retry,
            effect: None,
        }
    }
}

/// How often a refusal is worth another attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Retry {
    /// Trying again cannot help.
    Never,
    /// At most this many further attempts.
    Times(u32),
    /// As often as the pipeline's own limit allows: the provider is busy or away.
    WhileAllowed,
    /// The same, and not sooner than this: the provider says when.
    After(SignedDuration),
}

impl Retry {
    /// How long the provider asks to wait.
    pub fn wait(self) -> SignedDuration {
        match self {
            Self::After(wait) => wait,
            Self::Never | Self::Times(_) | Self::WhileAllowed => SignedDuration::ZERO,
        }
    }
}

/// How sending one message to a provider ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// Taken; its delivery is reported by events.
    Sent(Receipt),
    /// Taken by whom it is for: nothing more will be reported.
    Delivered(Receipt),
    /// Answered with a refusal: certainly not sent.
    Refused(Refusal),
    /// No answer came. The message may or may not have left.
    Unknown {
        /// For logs and the timeline.
        description: String,
    },
}

/// A lasting fact about a contact that a delivery taught us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ContactEffect {
    /// The address or number does not exist: mark the contact invalid.
    Invalid,
    /// A landline: the number stays valid but receives no texts.
    CannotReceiveTexts,
    /// The recipient asked the provider to stop: record a revocation for this contact.
    OptedOut,
}

/// One event from a provider about a message we sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryEvent {
    /// Our id, which we asked the provider to carry.
    pub interaction_id: Option<Id<id::Interaction>>,
    /// Whose event it is.
    pub provider: ProviderName,
    /// The provider's id of the message; empty if it does not say, so that only our id says which it is.
    pub reference: String,
    /// Names this event among all of the provider's, so that a repeated delivery is recognised.
    pub event_id: String,
    /// When it happened, by the provider's clock if it says, else when it reached us.
    pub occurred_at: Timestamp,
    /// What it says.
    pub news: News,
}

/// What a delivery event says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum News {
    /// The message came further.
    Progress {
        /// 001's status.
        status: InteractionStatus,
        /// 001's detail, if it has a word for it.
        details: Option<StatusDetails>,
        /// A fact learned even though the message was delivered (a complaint is `Failed`; an unsubscribe comes here).
        effect: Option<ContactEffect>,
    },
    /// It did not arrive.
    Failed(Refusal),
}
