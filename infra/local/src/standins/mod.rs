//! Stand-ins for the providers outside: they speak each provider's real wire format, so that the production clients and
//! webhooks run against them unchanged.
//!
//! A stand-in has two faces: the provider's API, and controls under `/_local/providers/…` by which a person makes the
//! provider answer back. It knows nothing of the functions; a webhook is an address to it.
//!
//! A [fault](crate::faults) befalls a send that would otherwise be accepted, so that asking for one fault spoils exactly
//! one message.

mod connection;
pub mod ses;
#[cfg(test)]
pub(crate) mod testbed;
pub mod twilio;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::clock::Clock;
use crate::faults::{Faults, Mode};
use crate::outbox::{Message, Outbox};

pub use self::webhook::WebhookAnswer;

/// Called when a send met [`Mode::CrashBeforeRecord`], with what was accepted: whoever runs the functions must then
/// abort the invocation that sent it. The send is never answered, so the invocation cannot get further meanwhile.
pub type CrashHook = Arc<dyn Fn(&Message) + Send + Sync>;

/// How long a stand-in waits for our webhook, or for the local AWS.
const PATIENCE: Duration = Duration::from_secs(30);

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
