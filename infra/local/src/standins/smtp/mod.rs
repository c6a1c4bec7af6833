//! The stand-in for a lender's own mail server: a real one on this machine, which takes mail by SMTP without TLS, puts it
//! into the outbox, and sends back by mail what it could not deliver.

mod bounce;
mod controls;
mod server;
mod session;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::post;
use serde::Deserialize;

use self::controls::Refusal;
use super::ses::Ses;
use super::{StandIn, Surroundings};
use crate::Failure;
use crate::seed::Demo;

/// Who may send.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SmtpLogin {
    /// Its name.
    pub username: String,
    /// Its password.
    pub password: String,
}

impl SmtpLogin {
    /// The logins of the demo's lenders.
    pub fn of(demo: &Demo) -> Result<Vec<Self>, Failure> {
        let accounts = demo.tenants.iter().filter_map(|tenant| tenant.senders.email.as_ref()?.smtp.as_ref());
        let secrets = accounts.filter_map(|account| account.credentials_secret.as_ref());
        secrets.map(|secret| Ok(serde_json::from_str(demo.secret(secret)?)?)).collect()
    }
}

/// The stand-in.
pub struct Smtp {
    logins: Vec<SmtpLogin>,
    around: Surroundings,
    /// Brings to the lender what comes back.
    inbound: Arc<Ses>,
    refusals: Mutex<VecDeque<Refusal>>,
}

impl Smtp {
    /// A mail server that these may send by. What comes back goes by SES's receipt rules.
    pub fn new(logins: Vec<SmtpLogin>, around: Surroundings, inbound: Arc<Ses>) -> Arc<Self> {
        Arc::new(Self { logins, around, inbound, refusals: Mutex::default() })
    }

    fn refusals(&self) -> MutexGuard<'_, VecDeque<Refusal>> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StandIn for Arc<Smtp> {
    /// It is no server of HTTP: see [`Smtp::serve`].
    fn api(&self) -> Option<Router> {
        None
    }

    /// `POST /_local/providers/smtp/{refuse,status}`.
    fn controls(&self) -> Router {
        Router::new()
            .route("/_local/providers/smtp/refuse", post(controls::refuse))
            .route("/_local/providers/smtp/status", post(controls::status))
            .with_state(Arc::clone(self))
    }

    fn resume(&self) {}
}
