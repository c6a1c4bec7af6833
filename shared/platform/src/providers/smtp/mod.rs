//! E-mail through a mail server of the lender's own, over SMTP (RFC 5321).
//!
//! A server answers each step, and takes a message with its answer to the final dot. What ends before is certainly not
//! sent; whoever loses the answer to the dot knows nothing, and SMTP has no way to ask. What becomes of a message after
//! that comes back by mail (RFC 3464), see [`pipeline::returned`](crate::pipeline::returned).

mod credentials;
mod pool;
mod refusals;
pub mod returned;
mod session;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    Error,
    delivery::{About, Receipt, Refusal, Retry, SendOutcome},
    tenant::{EmailSender, SmtpAccount, Tenant},
    vocabulary::{FailureReason, ProviderName},
};
use lettre::{Address, transport::smtp::client::Certificate};
use tokio::time::timeout;
use url::{Host, Url};

use self::{
    credentials::Login,
    pool::{Account, Pool},
    session::{Ended, Server, Session},
};
use super::{Carrier, Outgoing, Provider, Secrets, mapping::Mapping, mime::Email};
use crate::{clock::Clock, links::Links, outbound::is_this_machine};

/// From the first packet until the server has greeted, TLS stands and the account is known.
const OPENING: Duration = Duration::from_secs(10);

/// For sender, recipients and the server's leave to send the message.
const ADDRESSING: Duration = Duration::from_secs(10);

/// For the message itself, until it is taken. Together with the others well under the function's 60 s and the lease; whoever
/// dispatches waits no longer than 40 s in all.
const HANDING_OVER: Duration = Duration::from_secs(25);

/// See the module documentation.
pub struct Smtp {
    /// A stand-in of every tenant's server, on this machine and without TLS.
    stand_in: Option<(String, u16)>,
    secrets: Arc<dyn Secrets>,
    links: Links,
    clock: Arc<dyn Clock>,
    /// Trusted beside the public ones.
    roots: Vec<Certificate>,
    pool: Pool,
}

impl Smtp {
    /// Sends to each tenant's own server, or to `endpoint`, such as `smtp://127.0.0.1:2525`. Names messages by `links`.
    ///
    /// # Errors
    /// [`Error::Internal`] when `endpoint` is not one on this machine.
    pub fn new(
        endpoint: Option<&str>,
        secrets: Arc<dyn Secrets>,
        links: Links,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let stand_in = endpoint.map(on_this_machine).transpose()?;
        Ok(Self { stand_in, secrets, links, clock, roots: Vec::new(), pool: Pool::default() })
    }

    async fn attempt(&self, message: &Outgoing<'_>) -> Result<Receipt, SendOutcome> {
        let (sender, smtp) = account(message.tenant).ok_or_else(|| {
            never(
                About::Us,
                FailureReason::EmailServiceNotEnabled,
                "The tenant has no mail server. Configure senders.email.smtp.",
            )
        })?;
        let email = Email::of(message, sender).map_err(SendOutcome::Refused)?;
        let name = self.links.returnable(message.interaction).await.map_err(|error| {
            tracing::error!(%error, "the key that names messages cannot be read");
            again(About::Us, FailureReason::MessagingException, "The key that names messages cannot be read.")
        })?;
        let domain = email.from.address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        // The same at every attempt: whoever gets two copies can tell.
        let message_id = format!("{name}@{domain}");
        let returns = returns_to(smtp, &name).unwrap_or_else(|| email.from.address.clone());
        let (from, to) = envelope(&returns, &email)?;
        let raw = email.raw(Some(&message_id), self.clock.now());

        let account = Account { tenant: message.tenant.id.clone(), smtp: smtp.clone() };
        let mut session = self.session(&account, domain).await?;
        let addressed = timeout(ADDRESSING, session.address(from, to)).await;
        if let Err(ended) = addressed.unwrap_or(Err(Ended::Silent)) {
            let outcome = ended.before_the_dot();
            self.give_back(account, session, ended.leaves_open());
            return Err(outcome);
        }
        match timeout(HANDING_OVER, session.hand_over(&raw)).await.unwrap_or(Err(Ended::Silent)) {
            Ok(()) => {
                self.give_back(account, session, true);
                Ok(Receipt { reference: message_id, segments: None })
            }
            Err(ended) => {
                let outcome = ended.after_the_dot();
                self.give_back(account, session, ended.leaves_open());
                Err(outcome)
            }
        }
    }

    /// A connection that the account is known on: one that was used before, or a new one.
    async fn session(&self, account: &Account, domain: &str) -> Result<Session, SendOutcome> {
        if let Some(session) = self.pool.take(account).await {
            return Ok(session);
        }
        let login = self.login(&account.smtp).await?;
        let server = match &self.stand_in {
            Some((host, port)) => Server { host, port: *port, security: None },
            None => Server {
                host: &account.smtp.host,
                port: account.smtp.port,
                security: Some(account.smtp.security),
            },
        };
        let opened = timeout(OPENING, Session::open(server, domain, login, &self.roots)).await;
        opened.unwrap_or(Err(Ended::Silent)).map_err(|ended| ended.before_the_dot())
    }

    async fn login(&self, smtp: &SmtpAccount) -> Result<Option<Login>, SendOutcome> {
        let Some(secret) = &smtp.credentials_secret else { return Ok(None) };
        let read = self.secrets.secret(secret).await.and_then(|value| Login::read(&value));
        read.map(Some).map_err(|error| {
            tracing::error!(%error, secret, "the mail server's credentials cannot be read");
            again(
                About::Account,
                FailureReason::InvalidSmtpCredentials,
                "The secret that holds the mail server's credentials cannot be read.",
            )
        })
    }

    /// Keeps a connection that can be used again. Of any other nobody takes leave.
    fn give_back(&self, account: Account, session: Session, is_open: bool) {
        if is_open {
            self.pool.put(account, session);
        }
    }
}

#[async_trait]
impl Provider for Smtp {
    fn name(&self) -> ProviderName {
        ProviderName::Smtp
    }

    /// What a mail server has to say afterwards comes by mail.
    fn mappings(&self) -> Vec<Mapping> {
        Ended::mappings().chain(refusals::mappings()).chain(returned::mappings()).collect()
    }
}

#[async_trait]
impl Carrier for Smtp {
    async fn send(&self, message: &Outgoing<'_>) -> SendOutcome {
        self.attempt(message).await.map_or_else(|outcome| outcome, SendOutcome::Sent)
    }
}

fn account(tenant: &Tenant) -> Option<(&EmailSender, &SmtpAccount)> {
    let sender = tenant.senders.email.as_ref()?;
    Some((sender, sender.smtp.as_ref()?))
}

/// Where a message comes back to that cannot be delivered: the account's address for it, with the message's name.
fn returns_to(smtp: &SmtpAccount, name: &str) -> Option<String> {
    let (local, domain) = smtp.bounce_address.as_ref()?.rsplit_once('@')?;
    Some(format!("{local}+{name}@{domain}"))
}

/// Whom a message is from and for, as the server is told: the borrower first.
fn envelope(returns: &str, email: &Email<'_>) -> Result<(Address, Vec<Address>), SendOutcome> {
    let read = |address: &str| {
        address.parse::<Address>().map_err(|_| {
            never(
                About::Message,
                FailureReason::MessagingException,
                "An address of the message is none that SMTP can name.",
            )
        })
    };
    Ok((read(returns)?, email.recipients().map(read).collect::<Result<_, _>>()?))
}

fn on_this_machine(endpoint: &str) -> Result<(String, u16), Error> {
    let refused = || Error::Internal(format!("{endpoint:?} is not smtp to a port of this machine").into());
    let url = Url::parse(endpoint).map_err(|_| refused())?;
    let host = Host::parse(url.host_str().unwrap_or_default()).map_err(|_| refused())?;
    match (url.scheme(), url.port()) {
        ("smtp", Some(port)) if is_this_machine(&host) => Ok((host.to_string(), port)),
        _ => Err(refused()),
    }
}

fn never(about: About, reason: FailureReason, description: &str) -> SendOutcome {
    SendOutcome::Refused(Refusal::new(about, reason, Retry::Never, description))
}

fn again(about: About, reason: FailureReason, description: &str) -> SendOutcome {
    SendOutcome::Refused(Refusal::new(about, reason, Retry::WhileAllowed, description))
}

#[cfg(test)]
mod tests;
