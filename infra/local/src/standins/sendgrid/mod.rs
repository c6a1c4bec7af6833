//! The stand-in for SendGrid: takes mail of the demo's lenders, reports about it, and brings mail to them, parsed or raw. What
//! it posts is signed with each lender's key.
//!
//! Wire formats: <https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send>,
//! <https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event>,
//! <https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook>.

mod events;
mod form;
mod inbound;
mod request;
mod send;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use domain::vocabulary::ProviderName;
use platform::providers::Webhook;

use super::written::Addressee;
use super::{LARGEST_CONTROL, Setup, StandIn, Surroundings};
use crate::Failure;
use crate::seed::Demo;

/// The tag that says whose account took a message.
const ACCOUNT: &str = "sendgrid:account";

/// How SendGrid is set up.
pub struct SendgridConfig {
    /// Whose mail it takes.
    pub accounts: Vec<SendgridAccount>,
    /// When set, it reports by itself that messages arrived, its events this far apart.
    pub auto_deliver: Option<Duration>,
}

/// One lender's account.
pub struct SendgridAccount {
    /// Whose.
    pub tenant: String,
    /// The addresses it takes mail for, and sends from.
    pub addressee: Addressee,
    /// The private key that signs what it posts: P-256, PKCS #8.
    pub key: Vec<u8>,
    /// The key its lender sends with, if it sends.
    pub api_key: Option<String>,
    /// Our webhook for mail, as configured with SendGrid.
    pub inbound_url: String,
    /// Our webhook for events, as configured with SendGrid.
    pub event_url: String,
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
            let account = tenant.senders.email.as_ref().and_then(|email| email.sendgrid.as_ref());
            let api_key = account.map(|account| demo.secret(&account.api_key_secret)).transpose()?;
            accounts.push(SendgridAccount {
                tenant: tenant.id.to_string(),
                addressee,
                key,
                api_key: api_key.map(str::to_owned),
                inbound_url: setup.webhook(Webhook::InboundEmail, tenant.id.as_str()),
                event_url: setup.webhook(Webhook::DeliveryStatus, tenant.id.as_str()),
            });
        }
        Ok(Self { accounts, auto_deliver: setup.auto_deliver })
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
        // One byte more than it takes, so that it says so itself.
        let send = post(send::send).layer(DefaultBodyLimit::max(request::LARGEST + 1));
        Some(Router::new().route("/v3/mail/send", send).with_state(Arc::clone(self)))
    }

    /// `POST /_local/providers/sendgrid/{status,inbound}`.
    fn controls(&self) -> Router {
        Router::new()
            .route("/_local/providers/sendgrid/status", post(events::status))
            .route(
                "/_local/providers/sendgrid/inbound",
                post(inbound::control).layer(DefaultBodyLimit::max(LARGEST_CONTROL)),
            )
            .with_state(Arc::clone(self))
    }

    fn resume(&self) {
        for message in self.around.outbox.select(|message| message.provider == ProviderName::Sendgrid) {
            events::deliver_by_itself(self, message);
        }
    }
}
