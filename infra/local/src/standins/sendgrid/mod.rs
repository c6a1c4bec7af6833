//! The stand-in for SendGrid's Inbound Parse: mail to the demo's lenders, parsed or raw, signed with each lender's key.
//!
//! Wire format: `reference/providers.md`;
//! <https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook>.

mod form;
mod inbound;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use platform::providers::Webhook;

use super::written::Addressee;
use super::{LARGEST_CONTROL, Setup, StandIn, Surroundings};
use crate::Failure;
use crate::seed::Demo;

/// How SendGrid is set up.
pub struct SendgridConfig {
    /// Whose mail it takes.
    pub accounts: Vec<SendgridAccount>,
}

/// One lender's parse setting.
pub struct SendgridAccount {
    /// The addresses it takes mail for.
    pub addressee: Addressee,
    /// The private key of its security policy: P-256, PKCS #8.
    pub key: Vec<u8>,
    /// Our webhook, as configured with SendGrid.
    pub inbound_url: String,
}

impl AsRef<Addressee> for SendgridAccount {
    fn as_ref(&self) -> &Addressee {
        &self.addressee
    }
}

impl SendgridConfig {
    /// The SendGrid that has an account of each of the demo's lenders with a key.
    pub fn of(demo: &Demo, setup: &Setup) -> Result<Self, Failure> {
        let mut accounts = Vec::new();
        for tenant in &demo.tenants {
            let Some(addressee) = Addressee::of(tenant) else { continue };
            let Some(key) = demo.sendgrid_key(tenant.id.as_str())? else { continue };
            let inbound_url = setup.webhook(Webhook::InboundEmail, tenant.id.as_str());
            accounts.push(SendgridAccount { addressee, key, inbound_url });
        }
        Ok(Self { accounts })
    }
}

/// The stand-in.
pub struct Sendgrid {
    config: SendgridConfig,
    around: Surroundings,
}

impl Sendgrid {
    /// A SendGrid with these accounts.
    pub fn new(config: SendgridConfig, around: Surroundings) -> Arc<Self> {
        Arc::new(Self { config, around })
    }
}

impl StandIn for Arc<Sendgrid> {
    fn api(&self) -> Option<Router> {
        None
    }

    /// `POST /_local/providers/sendgrid/inbound`.
    fn controls(&self) -> Router {
        Router::new()
            .route(
                "/_local/providers/sendgrid/inbound",
                post(inbound::control).layer(DefaultBodyLimit::max(LARGEST_CONTROL)),
            )
            .with_state(Arc::clone(self))
    }

    fn resume(&self) {}
}
