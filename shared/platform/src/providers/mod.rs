//! Who takes messages away, and what they tell us afterwards.
//!
//! Each provider translates between its own wire format and the types of [`domain::delivery`], in both directions;
//! nothing outside this module knows a provider's codes, headers or signatures. When to send, how often to try again and what an event does to a message are
//! decided by the pipeline. An adapter's answer says only what is certain: a message whose answer was lost is
//! [`SendOutcome::Unknown`], never refused.

pub mod ses;
pub mod sns;
pub mod twilio;

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use domain::{
    Error,
    delivery::{DeliveryEvent, Receipt, Refusal, Retry, SendOutcome},
    error::Conflict,
    interaction::Interaction,
    template::Source,
    tenant::Tenant,
    vocabulary::{Channel, FailureReason, MediaType, ProviderName, StatusDetails},
};
use jiff::Timestamp;
use lambda_http::http::HeaderMap;

use self::{ses::Ses, sns::Sns, twilio::Twilio};
use crate::{clock::Clock, config::Config, outbound::Outbound, queues::RawReport};

/// The path of the webhook that providers report deliveries to, below [`Config::public_webhook_url`].
pub const DELIVERY_STATUS: &str = "/api/v1/communications/webhooks/delivery-status";

/// Every provider, by name.
pub struct Providers {
    ses: Ses,
    twilio: Twilio,
}

impl Providers {
    /// Every provider at the endpoint it has in the configuration, or else at its own.
    ///
    /// # Errors
    /// [`Error::Internal`] when [`Config::public_webhook_url`] is no URL.
    pub fn new(
        config: &Config,
        sdk: &SdkConfig,
        outbound: &Outbound,
        secrets: Arc<dyn Secrets>,
        sns: Arc<dyn Sns>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let endpoint = |provider| config.endpoints.get(&provider).map(String::as_str);
        let reports = format!("{}{DELIVERY_STATUS}", config.public_webhook_url);
        let twilio = endpoint(ProviderName::Twilio).unwrap_or(twilio::ENDPOINT);
        Ok(Self {
            ses: Ses::new(ses::client(sdk, endpoint(ProviderName::Ses)), sns, clock),
            twilio: Twilio::new(outbound.clone(), twilio, &reports, secrets)?,
        })
    }

    /// The provider of that name.
    pub fn named(&self, name: ProviderName) -> &dyn Provider {
        match name {
            ProviderName::Ses => &self.ses,
            ProviderName::Twilio => &self.twilio,
        }
    }

    /// Who takes the tenant's messages of a channel away.
    ///
    /// # Errors
    /// 409 for a channel that is not sent, or that the tenant has no sender for.
    pub fn serving(
        &self,
        tenant: &Tenant,
        channel: Channel,
        transactional: bool,
    ) -> Result<&dyn Provider, Error> {
        let name = channel.sending().and_then(|channel| tenant.senders.provider(channel, transactional));
        name.map(|name| self.named(name)).ok_or_else(|| {
            Error::conflict(
                Conflict::ChannelNotConfigured,
                format!(
                    "{} has no sender for the channel {channel}; ask whoever runs this installation.",
                    tenant.name
                ),
            )
        })
    }

    /// Who a call of our webhook says it comes from; whether that is true, [`Provider::verify`] finds out.
    pub fn calling(&self, call: &WebhookCall<'_>) -> Option<&dyn Provider> {
        ProviderName::ALL.iter().map(|name| self.named(*name)).find(|provider| provider.recognizes(call))
    }
}

/// A message ready to leave.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Whose, with its sender addresses and accounts.
    pub tenant: &'a Tenant,
    /// The message.
    pub interaction: &'a Interaction,
    /// Its rendered parts, fetched from wherever [`Interaction::content`] says.
    pub content: &'a Source,
    /// The files that go with it.
    pub attachments: &'a [File],
}

/// A file that goes with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What it is called where it is saved.
    pub name: String,
    /// What kind of file.
    pub media_type: MediaType,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A call of our webhook, as it came.
#[derive(Debug, Clone, Copy)]
pub struct WebhookCall<'a> {
    /// All of them.
    pub headers: &'a HeaderMap,
    /// The query of the URL that was called, as it stood there.
    pub query: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl WebhookCall<'_> {
    /// A header's value; `None` when it is absent or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as text, to be stored.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub fn text(&self) -> Result<String, Error> {
        String::from_utf8(self.body.to_vec()).map_err(|_| Error::invalid("", "the body is not UTF-8"))
    }
}

/// Takes messages of one channel away, and reports what became of them.
///
/// One that reports nothing has only the first half.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Which it is.
    fn name(&self) -> ProviderName;

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

    /// Whether a call of our webhook says, by its headers, that it comes from this provider. No two say yes to one call.
    fn recognizes(&self, call: &WebhookCall<'_>) -> bool {
        let _ = call;
        false
    }

    /// Proves that a call comes from this provider and is about the tenant's account. Gives the report, to be stored as
    /// it is and [read](Self::read) later; `None` when the call is none and everything was done that it asks for.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when it is not proven, others when that could not be found out now.
    async fn verify(&self, tenant: &Tenant, call: &WebhookCall<'_>) -> Result<Option<String>, Error> {
        let _ = (tenant, call);
        Err(Error::Unauthenticated)
    }

    /// The events in a report about messages of the report's tenant, in the order they stand there. What is no news is
    /// left out, and so is what is news of another tenant with the same account.
    ///
    /// # Errors
    /// When it is not what this provider sends.
    fn read(&self, report: &RawReport) -> Result<Vec<DeliveryEvent>, Malformed> {
        Err(Malformed(format!("{} reports nothing", report.provider)))
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
pub(crate) mod fixtures;

#[cfg(test)]
mod tests;
