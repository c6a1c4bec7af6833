//! Stand-ins for the providers outside: they speak each provider's real wire format, so that the production clients and
//! webhooks run against them unchanged.
//!
//! A stand-in has two faces: the provider's API, and controls under `/_local/providers/…` by which a person makes the
//! provider answer back. It knows nothing of the functions; a webhook is an address to it.
//!
//! A [fault](crate::faults) befalls a send that would otherwise be accepted, so that asking for one fault spoils exactly
//! one message.

mod connection;
pub mod drop;
pub mod endpoint;
pub mod fcm;
pub mod inbox;
pub mod lob;
mod mime;
pub mod sendgrid;
pub mod ses;
pub mod smtp;
#[cfg(test)]
pub(crate) mod testbed;
pub mod twilio;
mod webhook;
mod written;

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use axum::Router;
use axum::response::Response;
use domain::vocabulary::ProviderName;
use platform::providers::Webhook;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use self::drop::Drop;
use self::endpoint::Endpoint;
use self::fcm::Fcm;
use self::inbox::Inbox;
use self::lob::Lob;
use self::sendgrid::Sendgrid;
use self::ses::Ses;
use self::smtp::Smtp;
use self::twilio::Twilio;
use crate::Failure;
use crate::clock::Clock;
use crate::faults::{Faults, Mode};
use crate::outbox::{Message, Outbox};
use crate::seed::Demo;

pub use self::webhook::WebhookAnswer;

/// Called when a send met [`Mode::CrashBeforeRecord`], with what was accepted: whoever runs the functions must then
/// abort the invocation that sent it. The send is never answered, so the invocation cannot get further meanwhile.
pub type CrashHook = Arc<dyn Fn(&Message) + Send + Sync>;

/// How long a stand-in waits for our webhook, or for the local AWS.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest body of a control: longer than what our webhooks take, which is to be tried.
const LARGEST_CONTROL: usize = 16 << 20;

/// A provider, as far as the system goes.
pub trait StandIn: Send + Sync {
    /// The provider's API, to be served at an address of its own: it stands for the provider's host. `None` for one that
    /// nothing is asked of.
    fn api(&self) -> Option<Router>;

    /// What a person makes the provider do, below `/_local/`.
    fn controls(&self) -> Router;

    /// Takes up the reports that a restart cut off, when the provider reports by itself. Call it once our webhook answers.
    fn resume(&self);
}

/// How the stand-ins are set up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Where the local AWS listens.
    pub aws: String,
    /// The same for clients.
    pub sdk: SdkConfig,
    /// Our bucket there.
    pub bucket: String,
    /// Where our webhooks are, where a provider does not learn it from the send.
    pub webhooks: String,
    /// When set, the providers report by themselves that messages arrived, their reports this far apart.
    pub auto_deliver: Option<Duration>,
}

impl Setup {
    /// A webhook of ours as a lender's account is configured with it.
    pub fn webhook(&self, webhook: Webhook, tenant: &str) -> String {
        format!("{}{}?tenant={tenant}", self.webhooks, webhook.path())
    }
}

/// Every provider's stand-in, by name.
pub struct StandIns {
    /// The print house.
    pub drop: Arc<Drop>,
    /// A server of the lender's.
    pub endpoint: Arc<Endpoint>,
    /// Firebase Cloud Messaging.
    pub fcm: Arc<Fcm>,
    /// The lender's application.
    pub inbox: Arc<Inbox>,
    /// Lob.
    pub lob: Arc<Lob>,
    /// SendGrid.
    pub sendgrid: Arc<Sendgrid>,
    /// Amazon SES.
    pub ses: Arc<Ses>,
    /// A mail server.
    pub smtp: Arc<Smtp>,
    /// Twilio.
    pub twilio: Arc<Twilio>,
}

impl StandIns {
    /// Providers with the accounts of the demo's lenders.
    ///
    /// # Errors
    /// Where the demo lacks something that an account needs.
    pub fn new(demo: &Demo, setup: &Setup, around: &Surroundings) -> Result<Self, Failure> {
        let ses = Ses::new(ses::SesConfig::of(demo, setup)?, around.clone());
        Ok(Self {
            drop: Drop::new(drop::DropConfig::of(demo, setup), around.clone()),
            endpoint: Endpoint::new(around.clone()),
            fcm: Fcm::new(fcm::FcmConfig::of(demo)?, around.clone()),
            inbox: Arc::new(Inbox::new(around.clone())),
            lob: Lob::new(lob::LobConfig::of(demo, setup)?, around.clone()),
            smtp: Smtp::new(smtp::SmtpLogin::of(demo)?, around.clone(), Arc::clone(&ses)),
            sendgrid: Sendgrid::new(sendgrid::SendgridConfig::of(demo, setup)?, around.clone()),
            ses,
            twilio: Twilio::new(twilio::TwilioConfig::of(demo, setup)?, around.clone()),
        })
    }

    /// The provider of that name.
    pub fn named(&self, name: ProviderName) -> &dyn StandIn {
        match name {
            ProviderName::Drop => &self.drop,
            ProviderName::Endpoint => &self.endpoint,
            ProviderName::Fcm => &self.fcm,
            ProviderName::Inbox => &*self.inbox,
            ProviderName::Lob => &self.lob,
            ProviderName::Smtp => &self.smtp,
            ProviderName::Sendgrid => &self.sendgrid,
            ProviderName::Ses => &self.ses,
            ProviderName::Twilio => &self.twilio,
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = (ProviderName, &dyn StandIn)> {
        ProviderName::ALL.iter().map(|name| (*name, self.named(*name)))
    }
}

/// What every stand-in works with.
#[derive(Clone)]
pub struct Surroundings {
    outbox: Arc<Outbox>,
    clock: Arc<Clock>,
    faults: Arc<Faults>,
    on_crash: CrashHook,
    http: reqwest::Client,
}

impl Surroundings {
    /// Accepted messages go to `outbox`, everything a provider dates is dated by `clock`, and `faults` are acted out.
    pub fn new(outbox: Arc<Outbox>, clock: Arc<Clock>, faults: Arc<Faults>, on_crash: CrashHook) -> Self {
        Self { outbox, clock, faults, on_crash, http: http_client() }
    }

    /// Gives the answer to an accepted send, or loses it as the fault has it.
    async fn answer(&self, fault: Option<Mode>, accepted: &Message, answer: Response) -> Response {
        match fault {
            None | Some(Mode::Error | Mode::Throttle | Mode::Timeout) => answer,
            Some(Mode::DropAnswer) => connection::hang_up(),
            Some(Mode::CrashBeforeRecord) => {
                (self.on_crash)(accepted);
                connection::keep_waiting().await
            }
        }
    }
}

/// A client for this machine: plain HTTP only, as it trusts no certificate.
pub fn http_client() -> reqwest::Client {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks the default versions")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .expect("nothing in these settings can fail")
}
