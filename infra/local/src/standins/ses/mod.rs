//! The stand-in for Amazon SES: a recording proxy before the local AWS, the mailbox simulator, and events by SNS.
//!
//! - The SDK sends through [`Ses::api`]. What the local AWS accepts goes into the outbox; everything else passes untouched.
//! - Events go to our webhook as SES publishes them through SNS, signed with a key made on first use. Its certificate is
//!   at [`Ses::certificate_pem`]; [`CERTIFICATE_URL`] is where real SNS would keep it, and where the production verifier
//!   insists on, so whoever wires the two fetches it from here.
//! - Mail to the demo's lenders is published whole, or put into our bucket, by receipt rules.
//! - Addresses at `simulator.amazonses.com` behave as SES's own, see `simulator`.

mod controls;
mod events;
mod inbound;
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
use platform::objects::Objects;
use platform::providers::Webhook;

pub use self::events::{BounceType, EventType};
pub(super) use self::mail::bare;
pub use self::sns::{CERTIFICATE_URL, SignatureVersion};
use self::sns::{Signer, Subscription};
use super::written::Addressee;
use super::{LARGEST_CONTROL, Setup, StandIn, Surroundings};
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
    /// The receipt rules.
    pub receipts: Vec<Receipts>,
    /// The bucket that mail is put into.
    pub bucket: String,
    /// The S3 that has the bucket.
    pub objects: aws_sdk_s3::Client,
}

/// A receipt rule for a lender's mail.
#[derive(Debug, Clone)]
pub struct Receipts {
    /// The addresses it takes mail for.
    pub addressee: Addressee,
    /// The topic that tells of mail.
    pub topic: String,
    /// Our webhook, subscribed to the topic.
    pub webhook_url: String,
    /// What the keys of the lender's mail begin with.
    pub prefix: String,
}

impl AsRef<Addressee> for Receipts {
    fn as_ref(&self) -> &Addressee {
        &self.addressee
    }
}

impl SesConfig {
    /// The SES that the demo's first lender has its events from, and all that have a topic for it their mail.
    pub fn of(demo: &Demo, setup: &Setup) -> Result<Self, Failure> {
        let receipts = demo.tenants.iter().filter_map(|tenant| {
            let topic = tenant.senders.email.as_ref()?.inbound.topics.first()?;
            Some(Receipts {
                addressee: Addressee::of(tenant)?,
                topic: topic.clone(),
                webhook_url: setup.webhook(Webhook::InboundEmail, tenant.id.as_str()),
                prefix: Objects::mail_prefix(&tenant.id),
            })
        });
        let s3 = aws_sdk_s3::config::Builder::from(&setup.sdk).force_path_style(true).build();
        Ok(Self {
            upstream: setup.aws.clone(),
            topic_arn: demo.topic()?,
            webhook_url: setup.webhook(Webhook::DeliveryStatus, demo.reported_tenant()),
            subscribe_url: format!("https://sns.{}.amazonaws.com/", aws::REGION),
            auto_deliver: setup.auto_deliver,
            receipts: receipts.collect(),
            bucket: setup.bucket.clone(),
            objects: aws_sdk_s3::Client::from_conf(s3),
        })
    }

    /// Our webhook that is subscribed to a topic.
    fn subscribed(&self, topic: &str) -> &str {
        let receipts = self.receipts.iter().find(|receipts| receipts.topic == topic);
        receipts.map_or(&self.webhook_url, |receipts| &receipts.webhook_url)
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
    fn api(&self) -> Option<Router> {
        let api = Router::new()
            .route("/v2/email/outbound-emails", post(proxy::send))
            .fallback(proxy::forward)
            .layer(DefaultBodyLimit::max(LARGEST_REQUEST));
        Some(api.with_state(Arc::clone(self)))
    }

    /// `POST /_local/providers/ses/{status,subscribe,inbound}` and `GET …/subscriptions`, and what real SNS would serve:
    /// `GET /_local/sns/?Action=ConfirmSubscription…` and the certificate.
    fn controls(&self) -> Router {
        Router::new()
            .route("/_local/providers/ses/status", post(controls::status))
            .route(
                "/_local/providers/ses/inbound",
                post(inbound::control).layer(DefaultBodyLimit::max(LARGEST_CONTROL)),
            )
            .route("/_local/providers/ses/subscribe", post(controls::subscribe))
            .route("/_local/providers/ses/subscriptions", get(controls::subscriptions))
            .route("/_local/sns/", get(controls::confirm))
            .route("/_local/sns/SimpleNotificationService-10ca1.pem", get(controls::certificate))
            .with_state(Arc::clone(self))
    }

    fn resume(&self) {
        for message in self.around.outbox.select(|message| message.provider == ProviderName::Ses) {
            simulator::report_by_itself(self, message);
        }
    }
}
