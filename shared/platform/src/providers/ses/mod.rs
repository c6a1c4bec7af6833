//! E-mail through Amazon SES, API version 2.
//!
//! SES offers neither an idempotency key nor a way to ask for a message, so after a lost answer nobody can say whether
//! it left. The SDK's own retries would hide exactly that; they are switched off here for every send, however the
//! client is configured.

pub mod events;
mod inbound;

use std::{error::Error as StdError, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sesv2::{
    Client,
    config::{self, retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    primitives::Blob,
    types::{Destination, EmailContent, MessageTag, RawMessage},
};
use domain::{
    Error,
    delivery::{
        About::{self, Account, Message},
        DeliveryEvent, Receipt, Refusal, Retry, SendOutcome,
    },
    tenant::Tenant,
    vocabulary::{
        FailureReason::{self, EmailServiceNotEnabled, MessagingException},
        ProviderName, StatusDetails,
    },
};
use hyper_util::client::legacy;

use super::{
    Calls, Carrier, Malformed, Outgoing, Provider, Webhook, WebhookCall,
    exchange::unknown,
    inbound::Inbound,
    mapping::{self, Mapping},
    mime::Email,
    refusal,
    sns::{self, Sns},
};
use crate::{
    aws::OnDemand,
    clock::Clock,
    mailbox::Address,
    queues::{RawInbound, RawReport},
    telemetry,
};

/// For one attempt. Well under the dispatcher's lease.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The message tag that carries the interaction's id into events.
const INTERACTION_TAG: &str = "interaction";

/// The message tag that carries the tenant's id into events.
const TENANT_TAG: &str = "tenant";

/// See the module documentation.
pub struct Ses {
    client: OnDemand<Client>,
    sns: Arc<dyn Sns>,
    clock: Arc<dyn Clock>,
    bucket: String,
}

/// A client of the SES of an AWS configuration, or of the one at `endpoint`.
pub fn client(sdk: &SdkConfig, endpoint: Option<&str>) -> OnDemand<Client> {
    match endpoint {
        Some(endpoint) => OnDemand::new(&sdk.to_builder().endpoint_url(endpoint).build()),
        None => OnDemand::new(sdk),
    }
}

impl Ses {
    /// Sends through `client` and has events from `sns`; `clock` dates the messages. Long mail that comes in lies in
    /// `bucket`.
    pub fn new(
        client: impl Into<OnDemand<Client>>,
        sns: Arc<dyn Sns>,
        clock: Arc<dyn Clock>,
        bucket: String,
    ) -> Self {
        Self { client: client.into(), sns, clock, bucket }
    }

    async fn attempt(&self, message: &Outgoing<'_>) -> Result<Receipt, SendOutcome> {
        let sender = message.tenant.senders.email.as_ref().ok_or_else(|| {
            let description = "The tenant has no e-mail sender. Configure one.";
            SendOutcome::Refused(Refusal::new(About::Us, EmailServiceNotEnabled, Retry::Never, description))
        })?;
        let email = Email::of(message, sender).map_err(SendOutcome::Refused)?;
        let sent = self
            .client
            .send_email()
            // From whom stands in the message.
            .destination(
                Destination::builder()
                    .set_to_addresses(addresses(&email.to))
                    .set_cc_addresses(addresses(&email.cc))
                    .set_bcc_addresses(addresses(&email.bcc))
                    .build(),
            )
            // SES puts in its own Message-ID, and its own Date in place of ours.
            .content(raw(email.raw(None, self.clock.now()))?)
            .email_tags(tag(INTERACTION_TAG, message.interaction.id.as_str())?)
            .email_tags(tag(TENANT_TAG, message.tenant.id.as_str())?)
            .set_configuration_set_name(sender.configuration_set.clone())
            .customize()
            .config_override(one_attempt())
            .send()
            .await
            .map_err(|error| failure(&error))?;
        let reference = sent.message_id.ok_or_else(|| unknown("SES's answer has no message id".into()))?;
        Ok(Receipt { reference, segments: None })
    }
}

#[async_trait]
impl Provider for Ses {
    fn name(&self) -> ProviderName {
        ProviderName::Ses
    }

    fn mappings(&self) -> Vec<Mapping> {
        let unanswered = mapping::unanswered(away(UNREACHABLE));
        let known = TABLE.iter().map(|row| Mapping::sending(row.0, refused(Some(row.0))));
        let any_other = [Mapping::sending("", refused(None)).given("any other code")];
        unanswered.into_iter().chain(known).chain(any_other).chain(events::mappings()).collect()
    }

    fn calls(&self) -> Option<Calls> {
        let webhooks = &[Webhook::DeliveryStatus, Webhook::InboundEmail];
        Some(Calls { header: sns::HEADER, webhooks })
    }

    /// Opens an SNS delivery of one of the tenant's topics for this webhook. A subscription is confirmed here and says
    /// nothing else.
    async fn verify(&self, tenant: &Tenant, call: &WebhookCall<'_>) -> Result<Option<Vec<u8>>, Error> {
        let sender = tenant.senders.email.as_ref().ok_or(Error::Unauthenticated)?;
        let topics = match call.webhook {
            Webhook::DeliveryStatus => &sender.event_topics,
            Webhook::InboundEmail => &sender.inbound.topics,
            Webhook::InboundSms => return Err(Error::Unauthenticated),
        };
        let delivery = sns::open(call.body, topics, self.clock.now(), &*self.sns).await;
        let delivery = delivery.inspect_err(|refusal| {
            let refusal = telemetry::unproven(refusal);
            tracing::warn!(tenant = %tenant.id, refusal, "SNS delivery not believed");
        })?;
        match delivery.content {
            sns::Content::Notification { message } => Ok(Some(message.into_bytes())),
            sns::Content::SubscriptionConfirmation { subscribe_url } => {
                self.sns.confirm(&subscribe_url).await?;
                tracing::info!(topic = delivery.topic, "subscription confirmed");
                Ok(None)
            }
            sns::Content::UnsubscribeConfirmation => {
                tracing::warn!(
                    topic = delivery.topic,
                    "unsubscribed: what is published to this topic no longer arrives"
                );
                Ok(None)
            }
        }
    }

    /// An event without tags names no tenant: its topic is the tenant's own.
    fn read(&self, report: &RawReport) -> Result<Vec<DeliveryEvent>, Malformed> {
        let read = events::read(&report.body, report.received_at)?;
        let ours = read.filter(|read| read.tenant.as_ref().is_none_or(|tenant| *tenant == report.tenant));
        Ok(ours.map(|read| read.event).into_iter().collect())
    }

    fn lies_at(&self, raw: &RawInbound, body: &[u8]) -> Result<Option<String>, Malformed> {
        inbound::lies_at(body, &self.bucket, &raw.tenant)
    }

    async fn read_inbound(
        &self,
        _: &RawInbound,
        body: &[u8],
        mail: Option<&[u8]>,
    ) -> Result<Vec<Inbound>, Malformed> {
        Ok(inbound::read(body, mail)?.into_iter().collect())
    }
}

#[async_trait]
impl Carrier for Ses {
    async fn send(&self, message: &Outgoing<'_>) -> SendOutcome {
        self.attempt(message).await.map_or_else(|outcome| outcome, SendOutcome::Sent)
    }
}

/// The SDK retries by default, and by default waits for an answer without end.
fn one_attempt() -> config::Builder {
    config::Config::builder()
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
}

fn addresses(all: &[Address]) -> Option<Vec<String>> {
    Some(all.iter().map(|one| one.address.clone()).collect()).filter(|all: &Vec<String>| !all.is_empty())
}

fn raw(message: Vec<u8>) -> Result<EmailContent, SendOutcome> {
    let raw = RawMessage::builder().data(Blob::new(message)).build().map_err(not_built)?;
    Ok(EmailContent::builder().raw(raw).build())
}

/// Ids of ours have only characters that SES allows in a tag.
fn tag(name: &str, value: &str) -> Result<MessageTag, SendOutcome> {
    MessageTag::builder().name(name).value(value).build().map_err(not_built)
}

fn not_built(error: aws_sdk_sesv2::error::BuildError) -> SendOutcome {
    SendOutcome::Refused(Refusal::new(Message, MessagingException, Retry::Never, error.to_string()))
}

/// What a failed call means for the message.
fn failure(error: &SdkError<SendEmailError>) -> SendOutcome {
    match error {
        SdkError::ServiceError(answer) => SendOutcome::Refused(refused(answer.err().code())),
        SdkError::ConstructionFailure(_) => {
            tracing::warn!(why = describe(error), "the request to SES could not be made");
            SendOutcome::Refused(away("The request to SES could not be made."))
        }
        SdkError::DispatchFailure(dispatch) if dispatch.is_user() || never_connected(error) => {
            tracing::warn!(why = describe(error), "SES cannot be reached");
            SendOutcome::Refused(away(UNREACHABLE))
        }
        _ => unknown(format!("SES did not answer: {}", describe(error))),
    }
}

/// Code, about whom it is, detail of 001, reason of 003, and what to tell the lender's people. None of these is tried again.
#[rustfmt::skip]
const TABLE: &[(&str, About, Option<StatusDetails>, FailureReason, &str)] = &[
    ("MessageRejected", Message, Some(StatusDetails::EmailDropped), MessagingException,
        "SES rejected the message: its content, or an address that SES requires to be verified."),
    ("BadRequestException", Message, None, MessagingException,
        "SES cannot read the message."),
    ("MailFromDomainNotVerifiedException", Account, None, EmailServiceNotEnabled,
        "The sender's domain is not verified. Verify it in SES, or correct the tenant's e-mail sender."),
    ("NotFoundException", Account, None, EmailServiceNotEnabled,
        "SES has no such configuration set. Correct the tenant's e-mail sender."),
    ("AccountSuspendedException", Account, None, EmailServiceNotEnabled,
        "AWS permanently restricted this account's sending. Nothing will be sent until that is settled with AWS."),
    ("SendingPausedException", Account, None, EmailServiceNotEnabled,
        "Sending is paused for the account or the configuration set. Resume it in SES."),
    ("AccessDeniedException", Account, None, EmailServiceNotEnabled,
        "AWS does not let the installation send from this address. Whoever runs it must correct its role, or the policy that denies it."),
];

/// What SES's code means. Its own texts are left out: they name addresses.
fn refused(code: Option<&str>) -> Refusal {
    let meaning = match TABLE.iter().find(|row| Some(row.0) == code) {
        Some((_, about, details, reason, description)) => {
            refusal(*about, *details, *reason, Retry::Never, *description)
        }
        // TooManyRequests, LimitExceeded, and what is no fault of the message: 5xx.
        None => away("SES is busy, over a sending limit, or not available."),
    };
    Refusal { code: code.map(str::to_owned), ..meaning }
}

const UNREACHABLE: &str = "SES cannot be reached.";

fn away(description: &str) -> Refusal {
    Refusal::new(About::Server, MessagingException, Retry::WhileAllowed, description)
}

/// Whether the connection failed before a byte of the request could leave.
fn never_connected(error: &SdkError<SendEmailError>) -> bool {
    chain(error).filter_map(|cause| cause.downcast_ref::<legacy::Error>()).any(legacy::Error::is_connect)
}

fn describe(error: &SdkError<SendEmailError>) -> String {
    chain(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests;
