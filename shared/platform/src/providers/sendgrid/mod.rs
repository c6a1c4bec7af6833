//! Mail that SendGrid's Inbound Parse brings.
//!
//! A security policy with a signature must be attached to the parse setting: what is not signed is not believed.
//! <https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook>

mod form;
mod inbound;
pub mod signature;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Error, tenant::Tenant, vocabulary::ProviderName};

use self::{form::Form, signature::PublicKey};
use super::{Malformed, Provider, Webhook, WebhookCall, inbound::Inbound};
use crate::{clock::Clock, queues::RawInbound};

/// See the module documentation.
pub struct Sendgrid {
    clock: Arc<dyn Clock>,
}

impl Sendgrid {
    /// Tells how old a call is by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

#[async_trait]
impl Provider for Sendgrid {
    fn name(&self) -> ProviderName {
        ProviderName::Sendgrid
    }

    fn recognizes(&self, call: &WebhookCall<'_>) -> bool {
        match call.webhook {
            Webhook::InboundEmail => call.header(signature::HEADER).is_some(),
            Webhook::DeliveryStatus | Webhook::InboundSms => false,
        }
    }

    /// Proves that one of the tenant's keys signed the call, not long ago.
    async fn verify(&self, tenant: &Tenant, call: &WebhookCall<'_>) -> Result<Option<Vec<u8>>, Error> {
        let sender = tenant.senders.email.as_ref().ok_or(Error::Unauthenticated)?;
        let mut keys = sender.inbound.sendgrid_public_keys.iter().filter_map(|key| PublicKey::parse(key));
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

#[cfg(test)]
mod tests;
