//! The stand-in for Twilio's Programmable Messaging: `…/Messages.json`, status callbacks and inbound texts.
//!
//! Wire formats: `reference/providers.md`; <https://www.twilio.com/docs/messaging/api/message-resource>. Beyond them:
//! - A send that lacks nothing is queued (or accepted, with a messaging service) and stays so until a control, or
//!   [`TwilioConfig::auto_deliver`], reports more.
//! - The magic numbers of Twilio's test credentials are refused as there, see `request`.
//! - Who texts `STOP` is opted out until `START`, while this process lives, unless the account leaves that to its owner.

mod accounts;
mod inbound;
mod media;
mod reports;
mod request;
mod resource;
mod segments;
mod send;
mod signature;
mod tags;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use domain::vocabulary::ProviderName;
use futures::future::BoxFuture;
use platform::providers::Webhook;

use self::media::Media;
pub use self::reports::Status;
pub use self::signature::signature;
use super::{LARGEST_CONTROL, Setup, StandIn, Surroundings};
use crate::Failure;
use crate::seed::Demo;

/// How Twilio is set up.
#[derive(Debug, Clone, Default)]
pub struct TwilioConfig {
    /// The accounts it knows.
    pub accounts: Vec<TwilioAccount>,
    /// When set, Twilio reports `sent` and `delivered` for each message by itself, this far apart.
    pub auto_deliver: Option<Duration>,
}

impl TwilioConfig {
    /// The Twilio that has the accounts of the demo's lenders.
    pub fn of(demo: &Demo, setup: &Setup) -> Result<Self, Failure> {
        let senders = demo.tenants.iter().filter_map(|tenant| Some((tenant, tenant.senders.text.as_ref()?)));
        let accounts = senders.map(|(tenant, sender)| {
            Ok(TwilioAccount {
                sid: sender.account_sid.clone(),
                auth_token: demo.secret(&sender.auth_token_secret)?.to_owned(),
                numbers: vec![sender.from.clone()],
                inbound_url: Some(setup.webhook(Webhook::InboundSms, tenant.id.as_str())),
            })
        });
        Ok(Self { accounts: accounts.collect::<Result<_, Failure>>()?, auto_deliver: setup.auto_deliver })
    }
}

/// One account with Twilio.
#[derive(Debug, Clone)]
pub struct TwilioAccount {
    /// Its id, `AC` and 32 hexadecimal digits.
    pub sid: String,
    /// Its secret: the password of the API, and the key that signs what Twilio sends us.
    pub auth_token: String,
    /// Its numbers, E.164; an inbound text belongs to the account that has the number it was sent to.
    pub numbers: Vec<String>,
    /// Our webhook for inbound texts, as configured with Twilio.
    pub inbound_url: Option<String>,
}

/// Whether the account of this SID has Twilio answer keywords, and block whoever opts out, rather than leave that to its owner.
pub type TakesKeywords = Arc<dyn Fn(String) -> BoxFuture<'static, bool> + Send + Sync>;

/// The stand-in.
pub struct Twilio {
    config: TwilioConfig,
    around: Surroundings,
    opted_out: Mutex<BTreeSet<String>>,
    takes_keywords: Mutex<Option<TakesKeywords>>,
    media: Media,
}

impl Twilio {
    /// A Twilio with these accounts.
    pub fn new(config: TwilioConfig, around: Surroundings) -> Arc<Self> {
        Arc::new(Self {
            config,
            around,
            opted_out: Mutex::default(),
            takes_keywords: Mutex::default(),
            media: Media::default(),
        })
    }

    /// Says which accounts have Twilio take keywords; all have, until that is said.
    pub fn take_keywords_where(&self, takes: TakesKeywords) {
        *self.takes_keywords.lock().unwrap_or_else(PoisonError::into_inner) = Some(takes);
    }

    async fn takes_keywords(&self, account: &str) -> bool {
        let takes = self.takes_keywords.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match takes {
            Some(takes) => takes(account.to_owned()).await,
            None => true,
        }
    }

    /// Opts a number out, or in again.
    pub fn set_opted_out(&self, number: &str, opted_out: bool) {
        let mut numbers = self.opted_out.lock().unwrap_or_else(PoisonError::into_inner);
        if opted_out {
            numbers.insert(number.to_owned());
        } else {
            numbers.remove(number);
        }
    }

    fn is_opted_out(&self, number: &str) -> bool {
        self.opted_out.lock().unwrap_or_else(PoisonError::into_inner).contains(number)
    }
}

impl StandIn for Arc<Twilio> {
    /// `/2010-04-01/…`; its root stands for `https://api.twilio.com`.
    fn api(&self) -> Option<Router> {
        let api = Router::new()
            .route("/2010-04-01/Accounts/{account}/Messages.json", post(send::send).get(resource::list))
            .route("/2010-04-01/Accounts/{account}/Messages/{message}", get(resource::fetch))
            .route("/2010-04-01/Accounts/{account}/Messages/{message}/Media/{media}", get(media::fetch))
            .route("/media/{media}", get(media::bytes));
        Some(api.with_state(Arc::clone(self)))
    }

    /// `POST /_local/providers/twilio/{status,inbound}`.
    fn controls(&self) -> Router {
        Router::new()
            .route("/_local/providers/twilio/status", post(reports::control))
            .route(
                "/_local/providers/twilio/inbound",
                post(inbound::control).layer(DefaultBodyLimit::max(LARGEST_CONTROL)),
            )
            .with_state(Arc::clone(self))
    }

    fn resume(&self) {
        for message in self.around.outbox.select(|message| message.provider == ProviderName::Twilio) {
            reports::deliver_by_itself(self, message);
        }
    }
}
