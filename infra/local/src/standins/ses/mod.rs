//! The stand-in for Amazon SES: a recording proxy before the local AWS, the mailbox simulator, and events by SNS.
//!
//! - The SDK sends through [`Ses::api`]. What the local AWS accepts goes into the outbox; everything else passes untouched.
//! - Events go to our webhook as SES publishes them through SNS, signed with a key made on first use. Its certificate is
//!   at [`Ses::certificate_pem`]; [`CERTIFICATE_URL`] is where real SNS would keep it, and where the production verifier
//!   insists on, so whoever wires the two fetches it from here.
//! - Addresses at `simulator.amazonses.com` behave as SES's own, see `simulator`.

mod controls;
mod events;
mod mail;
mod proxy;
mod simulator;
mod sns;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use domain::vocabulary::ProviderName;

pub use self::events::{BounceType, EventType};
pub use self::sns::{CERTIFICATE_URL, SignatureVersion};
use self::sns::{Signer, Subscription};
use super::{Setup, StandIn, Surroundings};
use crate::seed::Demo;
use crate::{Failure, aws};

/// SES takes 40 MB once decoded; base64 and JSON make more of it.
const LARGEST_REQUEST: usize = 60 << 20;

/// How SES is set up.
#[derive(Debug, Clone)]
pub struct SesConfig {
    /// Where the local AWS listens: `http://127.0.0.1:4566`.
    pub upstream: String,
    /// The SNS topic that carries the events; it names the region and the account too.
    pub topic_arn: String,
    /// Our webhook, subscribed to the topic.
    pub webhook_url: String,
    /// The address a `SubscribeURL` starts with: wherever [`Ses::controls`] serves `/_local/sns/`, or
    /// `https://sns.us-east-1.amazonaws.com/` when [`Ses::confirm`] is called in its place.
    pub subscribe_url: String,
    /// When set, SES reports by itself what becomes of each message, its events this far apart.
    pub auto_deliver: Option<Duration>,
}

impl SesConfig {
    /// The SES that the demo's first lender has its events from.
    pub fn of(demo: &Demo, setup: &Setup) -> Result<Self, Failure> {
        Ok(Self {
            upstream: setup.aws.clone(),
            topic_arn: demo.topic()?,
            webhook_url: setup.webhook.clone(),
            subscribe_url: format!("https://sns.{}.amazonaws.com/", aws::REGION),
            auto_deliver: setup.auto_deliver,
        })
    }
}

/// The stand-in.
pub struct Ses {
    config: SesConfig,
    around: Surroundings,
    /// Made on first use: an RSA key takes a while.
    signer: LazyLock<Signer>,
    subscriptions: Mutex<Vec<Subscription>>,
}

impl Ses {
    /// An SES before this local AWS.
    pub fn new(config: SesConfig, around: Surroundings) -> Arc<Self> {
        Arc::new(Self {
            config,
            around,
            signer: LazyLock::new(Signer::generate),
            subscriptions: Mutex::default(),
        })
    }

    /// The X.509 certificate, in PEM, of the key that signs what SNS sends.
    pub fn certificate_pem(&self) -> &str {
        self.signer.certificate_pem()
    }
}

impl StandIn for Arc<Ses> {
    /// The endpoint for the SES v2 client. It answers every path.
    fn api(&self) -> Router {
        Router::new()
            .route("/v2/email/outbound-emails", post(proxy::send))
            .fallback(proxy::forward)
            .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
            .with_state(Arc::clone(self))
    }

    /// `POST /_local/providers/ses/{status,subscribe}` and `GET …/subscriptions`, and what real SNS would serve:
    /// `GET /_local/sns/?Action=ConfirmSubscription…` and the certificate.
    fn controls(&self) -> Router {
        Router::new()
            .route("/_local/providers/ses/status", post(controls::status))
            .route("/_local/providers/ses/subscribe", post(controls::subscribe))
            .route("/_local/providers/ses/subscriptions", get(controls::subscriptions))
            .route("/_local/sns/", get(controls::confirm))
            .route("/_local/sns/SimpleNotificationService-local.pem", get(controls::certificate))
            .with_state(Arc::clone(self))
    }

    fn resume(&self) {
        for message in self.around.outbox.select(|message| message.provider == ProviderName::Ses) {
            simulator::report_by_itself(self, message);
        }
    }
}
