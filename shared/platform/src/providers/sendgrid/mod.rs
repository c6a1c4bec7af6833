//! E-mail through SendGrid's Web API, version 3, and mail that its Inbound Parse brings.
//!
//! SendGrid takes no idempotency key. What it has taken could be looked up only in its Email Activity Feed, which is an
//! add-on to buy and lags behind by minutes; so nobody is asked, and after a lost answer nothing but an event tells whether
//! a message left.
//!
//! Events and mail must be signed: what is not is not believed.
//! <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features>
//! <https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook>

pub mod events;
mod form;
mod inbound;
mod refusals;
mod request;
pub mod signature;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Error,
    delivery::{About, DeliveryEvent, Receipt, Refusal, Retry, SendOutcome},
    tenant::{EmailSender, SendgridAccount, Tenant},
    vocabulary::{FailureReason, ProviderName},
};
use reqwest::StatusCode;

use self::{form::Form, request::MailSend, signature::PublicKey};
use super::{
    Calls, Carrier, Malformed, Outgoing, Provider, Secrets, Webhook, WebhookCall,
    exchange::{Answer, Lost, exchange, is_refusal, later, unknown},
    inbound::Inbound,
    mapping::{self, Mapping},
    mime::Email,
};
use crate::{
    clock::Clock,
    outbound::Outbound,
    queues::{RawInbound, RawReport},
};

/// Where its API is.
pub const ENDPOINT: &str = "https://api.sendgrid.com";

/// The same for accounts in its European region.
pub const EUROPEAN_ENDPOINT: &str = "https://api.eu.sendgrid.com";

/// The header of an answer that names the message. Every event's `sg_message_id` begins with it.
const MESSAGE_ID: &str = "x-message-id";

/// Bytes read of a refusal.
const MAX_ANSWER: usize = 64 << 10;

/// See the module documentation.
pub struct Sendgrid {
    outbound: Outbound,
    /// Where its API is, if not at its usual addresses.
    endpoint: Option<String>,
    secrets: Arc<dyn Secrets>,
    clock: Arc<dyn Clock>,
}

impl Sendgrid {
    /// Sends to its usual addresses, or to `endpoint`. Tells how old a call is by `clock`.
    pub fn new(
        outbound: Outbound,
        endpoint: Option<&str>,
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let endpoint = endpoint.map(|url| url.trim_end_matches('/').to_owned());
        Self { outbound, endpoint, secrets, clock }
    }

    async fn attempt(&self, message: &Outgoing<'_>) -> Result<Receipt, SendOutcome> {
        let (sender, account) = account(message.tenant).ok_or_else(|| {
            SendOutcome::Refused(Refusal::new(
                About::Us,
                FailureReason::EmailServiceNotEnabled,
                Retry::Never,
                "The tenant has no account at SendGrid. Configure senders.email.sendgrid.",
            ))
        })?;
        let email = Email::of(message, sender).map_err(SendOutcome::Refused)?;
        let key = self.secrets.secret(&account.api_key_secret).await.map_err(|error| {
            tracing::error!(%error, secret = account.api_key_secret, "SendGrid API key cannot be read");
            SendOutcome::Refused(Refusal::new(
                About::Account,
                FailureReason::InvalidSmtpCredentials,
                Retry::WhileAllowed,
                "The secret that holds SendGrid's API key cannot be read.",
            ))
        })?;
        let home = if account.eu { EUROPEAN_ENDPOINT } else { ENDPOINT };
        let url = format!("{}/v3/mail/send", self.endpoint.as_deref().unwrap_or(home));
        let request = self
            .outbound
            .post(&url)
            .map_err(|error| Lost::NotSent(error.to_string()).outcome(unreachable()))?;
        let request = request.bearer_auth(key.trim()).json(&MailSend::of(&email, message));
        let answer = exchange(request, ProviderName::Sendgrid, MAX_ANSWER).await;
        let Answer { status, headers, body } = answer.map_err(|lost| lost.outcome(unreachable()))?;
        if status == StatusCode::ACCEPTED {
            let id = headers.get(MESSAGE_ID).and_then(|id| id.to_str().ok());
            let reference = id.map(events::name).filter(|id| !id.is_empty()).map(str::to_owned);
            let reference = reference.ok_or_else(|| unknown("SendGrid's answer names no message".into()))?;
            return Ok(Receipt { reference, segments: None });
        }
        Err(later(unsuccessful(status, &body), &headers, self.clock.now()))
    }
}

#[async_trait]
impl Provider for Sendgrid {
    fn name(&self) -> ProviderName {
        ProviderName::Sendgrid
    }

    fn mappings(&self) -> Vec<Mapping> {
        let unanswered = mapping::unanswered(unreachable());
        let statuses = mapping::by_status(|status| unsuccessful(status, b""));
        let answered = refusals::mappings().chain(statuses);
        unanswered.into_iter().chain(answered).chain(events::mappings()).collect()
    }

    fn calls(&self) -> Option<Calls> {
        let webhooks = &[Webhook::DeliveryStatus, Webhook::InboundEmail];
        Some(Calls { header: signature::HEADER, webhooks })
    }

    /// Proves that one of the tenant's keys for this webhook signed the call, not long ago.
    async fn verify(&self, tenant: &Tenant, call: &WebhookCall<'_>) -> Result<Option<Vec<u8>>, Error> {
        let sender = tenant.senders.email.as_ref().ok_or(Error::Unauthenticated)?;
        let keys: &[String] = match call.webhook {
            Webhook::DeliveryStatus => {
                sender.sendgrid.as_ref().map_or(&[], |account| &account.event_public_keys)
            }
            Webhook::InboundEmail => &sender.inbound.sendgrid_public_keys,
            Webhook::InboundSms => &[],
        };
        let mut keys = keys.iter().filter_map(|key| PublicKey::parse(key));
        let signed = call.header(signature::HEADER).zip(call.header(signature::TIMESTAMP));
        let (signed, at) = signed.ok_or(Error::Unauthenticated)?;
        if signature::is_recent(at, self.clock.now()) && keys.any(|key| key.has_signed(at, call.body, signed))
        {
            Ok(Some(call.body.to_vec()))
        } else {
            tracing::warn!(tenant = %tenant.id, "SendGrid signature does not match, or is old");
            Err(Error::Unauthenticated)
        }
    }

    fn pieces(&self, body: String) -> Vec<String> {
        events::pieces(body)
    }

    fn read(&self, report: &RawReport) -> Result<Vec<DeliveryEvent>, Malformed> {
        events::read(&report.body, &report.tenant, report.received_at)
    }

    async fn read_inbound(
        &self,
        raw: &RawInbound,
        body: &[u8],
        _: Option<&[u8]>,
    ) -> Result<Vec<Inbound>, Malformed> {
        let form = Form::read(&raw.content_type, body).await?;
        inbound::read(form).map(|read| vec![read])
    }
}

#[async_trait]
impl Carrier for Sendgrid {
    async fn send(&self, message: &Outgoing<'_>) -> SendOutcome {
        self.attempt(message).await.map_or_else(|outcome| outcome, SendOutcome::Sent)
    }
}

fn account(tenant: &Tenant) -> Option<(&EmailSender, &SendgridAccount)> {
    let sender = tenant.senders.email.as_ref()?;
    Some((sender, sender.sendgrid.as_ref()?))
}

/// What an answer other than "accepted" means.
fn unsuccessful(status: StatusCode, answer: &[u8]) -> SendOutcome {
    match is_refusal(status) {
        true => SendOutcome::Refused(refusals::of(status, answer)),
        false => unknown(format!("SendGrid answered {status}")),
    }
}

fn unreachable() -> Refusal {
    let description = "SendGrid cannot be reached.";
    Refusal::new(About::Server, FailureReason::MessagingException, Retry::WhileAllowed, description)
}

#[cfg(test)]
mod sending;
#[cfg(test)]
mod tests;
