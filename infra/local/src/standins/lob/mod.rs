//! The stand-in for Lob's Print & Mail API: letters made, shown, listed and canceled, and events by webhook.
//!
//! Wire formats: `reference/providers.md`; <https://docs.lob.com/>. Beyond them:
//! - A letter can be canceled for five minutes, Lob's default, and until anything is reported of the post having it.
//! - An address whose first line says `UNDELIVERABLE` is refused as with Lob's test keys.

mod events;
mod request;
mod resource;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use domain::vocabulary::ProviderName;
use platform::providers::Webhook;

pub use self::events::signature;
use super::{Setup, StandIn, Surroundings};
use crate::Failure;
use crate::outbox::Message;
use crate::seed::Demo;

/// The largest request, in bytes.
const LARGEST: usize = 32 << 20;

/// How Lob is set up.
#[derive(Debug, Clone, Default)]
pub struct LobConfig {
    /// The accounts it knows.
    pub accounts: Vec<LobAccount>,
    /// When set, Lob reports by itself what becomes of each letter until it is delivered, this far apart.
    pub auto_deliver: Option<Duration>,
}

/// One account with Lob.
#[derive(Debug, Clone)]
pub struct LobAccount {
    /// Whose it is.
    pub owner: String,
    /// Its secret key: the user name of the API.
    pub api_key: String,
    /// The key that signs what Lob posts to our webhook.
    pub webhook_secret: String,
    /// Our webhook, as configured with Lob.
    pub webhook_url: String,
}

impl LobConfig {
    /// The Lob that has the accounts of the demo's lenders.
    pub fn of(demo: &Demo, setup: &Setup) -> Result<Self, Failure> {
        let mut accounts = Vec::new();
        for tenant in &demo.tenants {
            let Some(lob) = tenant.senders.letter.as_ref().and_then(|sender| sender.lob.as_ref()) else {
                continue;
            };
            accounts.push(LobAccount {
                owner: tenant.id.to_string(),
                api_key: demo.secret(&lob.api_key_secret)?.to_owned(),
                webhook_secret: demo.secret(&lob.webhook_secret)?.to_owned(),
                webhook_url: setup.webhook(Webhook::DeliveryStatus, tenant.id.as_str()),
            });
        }
        Ok(Self { accounts, auto_deliver: setup.auto_deliver })
    }
}

/// The stand-in.
pub struct Lob {
    config: LobConfig,
    around: Surroundings,
    /// Canceled letters, by Lob's id, while this process lives.
    canceled: Mutex<BTreeSet<String>>,
}

impl Lob {
    /// A Lob with these accounts.
    pub fn new(config: LobConfig, around: Surroundings) -> Arc<Self> {
        Arc::new(Self { config, around, canceled: Mutex::default() })
    }

    fn is_canceled(&self, letter: &Message) -> bool {
        let canceled = self.canceled.lock().unwrap_or_else(PoisonError::into_inner);
        canceled.contains(&letter.provider_message_id)
    }

    fn cancel(&self, letter: &Message) {
        let mut canceled = self.canceled.lock().unwrap_or_else(PoisonError::into_inner);
        canceled.insert(letter.provider_message_id.clone());
    }

    /// The letters of an account, newest first.
    fn letters_of(&self, owner: &str) -> Vec<Message> {
        self.around.outbox.select(|message| {
            message.provider == ProviderName::Lob
                && message.tags.get(request::OWNER).is_some_and(|known| known == owner)
        })
    }
}

impl StandIn for Arc<Lob> {
    /// `/v1/letters`; its root stands for `https://api.lob.com`.
    fn api(&self) -> Option<Router> {
        let api = Router::new()
            .route("/v1/letters", post(request::create).get(resource::list))
            .route("/v1/letters/{letter}", get(resource::fetch).delete(resource::cancel))
            .layer(DefaultBodyLimit::max(LARGEST));
        Some(api.with_state(Arc::clone(self)))
    }

    /// `POST /_local/providers/lob/status`.
    fn controls(&self) -> Router {
        Router::new()
            .route("/_local/providers/lob/status", post(events::control))
            .with_state(Arc::clone(self))
    }

    fn resume(&self) {
        for message in self.around.outbox.select(|message| message.provider == ProviderName::Lob) {
            events::deliver_by_itself(self, message);
        }
    }
}
