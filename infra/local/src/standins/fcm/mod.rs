//! The stand-in for Firebase Cloud Messaging, HTTP v1, and for the server that gives its access tokens.
//!
//! Wire formats: `reference/providers.md`; <https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send>;
//! <https://developers.google.com/identity/protocols/oauth2/service-account#httprest>. Beyond them:
//! - Every device is registered whose token is well formed, until a control unregisters it.
//! - FCM reports nothing: what it accepted stands in the outbox.

mod controls;
mod grant;
mod refusal;
mod send;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::post;
use data_encoding::BASE64;
use jiff::Timestamp;
use rsa::RsaPublicKey;
use rsa::pkcs8::DecodePrivateKey;
use serde::Deserialize;

use self::refusal::Refusal;
use super::{StandIn, Surroundings};
use crate::Failure;
use crate::seed::Demo;

/// How FCM is set up.
#[derive(Default)]
pub struct FcmConfig {
    /// The service accounts it knows.
    pub accounts: Vec<FcmAccount>,
}

/// A service account of one project.
pub struct FcmAccount {
    email: String,
    project: String,
    /// Whom its assertions are for.
    audience: String,
    key: RsaPublicKey,
}

/// What is read of a key file.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    project_id: String,
    token_uri: String,
    private_key: String,
}

impl FcmAccount {
    /// The account of a key file as Google Cloud makes it.
    pub fn read(key_file: &str) -> Result<Self, Failure> {
        let file: KeyFile = serde_json::from_str(key_file)?;
        let lines = file.private_key.lines().filter(|line| !line.starts_with("-----"));
        let der = BASE64.decode(lines.collect::<String>().as_bytes())?;
        let key = rsa::RsaPrivateKey::from_pkcs8_der(&der)?.to_public_key();
        Ok(Self { email: file.client_email, project: file.project_id, audience: file.token_uri, key })
    }
}

impl FcmConfig {
    /// The FCM that has the projects of the demo's lenders.
    pub fn of(demo: &Demo) -> Result<Self, Failure> {
        let senders = demo.tenants.iter().filter_map(|tenant| tenant.senders.push.as_ref());
        let accounts = senders.map(|sender| FcmAccount::read(demo.secret(&sender.service_account_secret)?));
        Ok(Self { accounts: accounts.collect::<Result<_, Failure>>()? })
    }
}

/// What an access token is good for.
struct Access {
    project: String,
    ends_at: Timestamp,
}

/// The stand-in.
pub struct Fcm {
    config: FcmConfig,
    around: Surroundings,
    granted: Mutex<BTreeMap<String, Access>>,
    unregistered: Mutex<BTreeSet<String>>,
    /// What the next sends are refused with.
    next: Mutex<VecDeque<Refusal>>,
}

impl Fcm {
    /// An FCM with these accounts, which gave no access token yet.
    pub fn new(config: FcmConfig, around: Surroundings) -> Arc<Self> {
        Arc::new(Self {
            config,
            around,
            granted: Mutex::default(),
            unregistered: Mutex::default(),
            next: Mutex::default(),
        })
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl StandIn for Arc<Fcm> {
    /// `/v1/projects/…` stands for `https://fcm.googleapis.com`, `/token` for `https://oauth2.googleapis.com`.
    fn api(&self) -> Option<Router> {
        let api = Router::new()
            .route("/token", post(grant::grant))
            .route("/v1/projects/{project}/{call}", post(send::send));
        Some(api.with_state(Arc::clone(self)))
    }

    /// `POST /_local/providers/fcm/{unregister,expire-tokens,answer}`.
    fn controls(&self) -> Router {
        Router::new()
            .route("/_local/providers/fcm/unregister", post(controls::unregister))
            .route("/_local/providers/fcm/expire-tokens", post(controls::expire_tokens))
            .route("/_local/providers/fcm/answer", post(controls::answer))
            .with_state(Arc::clone(self))
    }

    fn resume(&self) {}
}
