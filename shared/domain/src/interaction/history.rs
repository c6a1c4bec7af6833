//! The history of an interaction, and why it failed.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::FailureReason;

/// Why a message failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The reason as the Communication Messages API (003) names it.
    pub reason: FailureReason,
    /// The provider's code, raw.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// A few words, for lists of messages.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub summary: Option<String>,
    /// For people. Empty if nobody said more.
    #[serde(default)]
    pub description: String,
    /// The guard's rule, if it was the guard.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule_id: Option<String>,
}

/// One line of a message's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// When it happened.
    pub at: Timestamp,
    /// What happened then.
    pub what: Step,
    /// More about it: a provider's code, a rule id. Holds no address and no content.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
    /// Who asked for it, where somebody did by hand: an API key's id or a token's subject.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<String>,
}

/// The kinds of steps in a message's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Stored; from here on it is not lost.
    Accepted,
    /// Others had it and reported it.
    Recorded,
    /// It came in.
    Received,
    /// They reported more.
    Amended,
    /// Waiting for its time.
    Scheduled,
    /// Held back: its account at the provider is out of order.
    Waiting,
    /// Another provider takes it, while the account at its own is out of order.
    TakenOver,
    /// A dispatcher took it.
    Claimed,
    /// An earlier dispatcher vanished after taking it; whether it sent the message is not known.
    LeaseExpired,
    /// The provider took it.
    Sent,
    /// No answer came from the provider.
    Unanswered,
    /// Refused for now, to be tried again.
    Retrying,
    /// The provider reports progress.
    Reported,
    /// Delivered.
    Delivered,
    /// Over without success.
    Failed,
    /// Called off.
    Canceled,
    /// Sent again after it failed, because somebody asked for that.
    Resent,
}

impl Step {
    /// Whether it records a dispatcher's attempt, and so whether the message may have left.
    pub(super) const fn is_of_attempt(self) -> bool {
        matches!(self, Self::Claimed | Self::LeaseExpired)
    }

    /// Whether something is decided by it later, so that it is kept however long the history is. Each life of a message has one
    /// end and few attempts, and it is sent again so often.
    pub(super) const fn is_always_kept(self) -> bool {
        self.is_of_attempt() || matches!(self, Self::Resent | Self::Failed | Self::Canceled)
    }
}
