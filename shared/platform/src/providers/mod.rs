//! Who takes messages away, and what they tell us afterwards.
//!
//! Each provider translates between its own wire format and the types of [`domain::delivery`]; nothing outside this
//! module knows a provider's codes. When to send, how often to try again and what an event does to a message are
//! decided by the pipeline. An adapter's answer says only what is certain: a message whose answer was lost is
//! [`SendOutcome::Unknown`], never refused.

pub mod ses;
pub mod sns;
pub mod twilio;

use async_trait::async_trait;
use domain::{
    Error,
    delivery::{Receipt, Refusal, Retry, SendOutcome},
    interaction::Interaction,
    template::Source,
    tenant::Tenant,
    vocabulary::{FailureReason, StatusDetails},
};
use jiff::Timestamp;

/// A message ready to leave.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Whose, with its sender addresses and accounts.
    pub tenant: &'a Tenant,
    /// The message.
    pub interaction: &'a Interaction,
    /// Its rendered parts, fetched from wherever [`Interaction::content`] says.
    pub content: &'a Source,
}

/// Takes messages of one channel away.
#[async_trait]
pub trait Provider: Send + Sync {
    /// As in [`Interaction::provider`] and [`domain::delivery::DeliveryEvent::provider`].
    fn name(&self) -> &'static str;

    /// Makes one attempt.
    async fn send(&self, message: &Outgoing<'_>) -> SendOutcome;

    /// Whether [`Self::find`] really asks: where it does not, a second attempt may be a second message.
    fn can_be_asked(&self) -> bool {
        false
    }

    /// What the provider has, newest first, that could be this message, from attempts made at or after `since` whose answer
    /// was lost: nothing where it keeps no record that could be asked. Whether it is another message's own is for the caller
    /// to know; only where nothing is left, another attempt is permitted.
    ///
    /// # Errors
    /// Why the provider does not answer now either.
    async fn find(&self, message: &Outgoing<'_>, since: Timestamp) -> Result<Vec<Receipt>, String> {
        let _ = (message, since);
        Ok(Vec::new())
    }
}

/// Values kept outside the table: credentials of provider accounts.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The value of the secret with this name or ARN.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be read now, [`Error::Internal`] when there is none.
    async fn secret(&self, name: &str) -> Result<String, Error>;
}

/// A refusal that taught nothing about the contact.
fn refusal(
    details: Option<StatusDetails>,
    reason: FailureReason,
    retry: Retry,
    description: impl Into<String>,
) -> Refusal {
    Refusal { details, reason, code: None, description: description.into(), retry, effect: None }
}

/// A webhook body that is not what its provider sends. The text is for logs and repeats nothing of the body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed event: {0}")]
pub struct Malformed(pub String);

#[cfg(test)]
mod fixtures;
