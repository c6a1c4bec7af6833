//! One connection to a mail server, and how its steps end.

use std::error::Error as _;

use domain::{
    delivery::{About, Refusal, Retry, SendOutcome},
    tenant::SmtpSecurity,
    vocabulary::FailureReason,
};
use lettre::{
    Address,
    transport::smtp::{
        Error,
        client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters},
        commands::{Data, Mail, Rcpt, Rset},
        extension::ClientId,
    },
};

use super::{
    credentials::Login,
    refusals::{self, Stage},
};
use crate::providers::mapping::Mapping;

/// Which server, and when TLS begins; `None` for a stand-in on this machine, and only there.
#[derive(Debug, Clone, Copy)]
pub struct Server<'a> {
    /// Its name.
    pub host: &'a str,
    /// Its port.
    pub port: u16,
    /// When TLS begins.
    pub security: Option<SmtpSecurity>,
}

/// A connection on which the account is known.
pub struct Session(AsyncSmtpConnection);

/// How a step ended that did not go well.
#[derive(Debug)]
pub enum Ended {
    /// The server answered no.
    No {
        /// At which step.
        stage: Stage,
        /// Its code: 400 to 599.
        code: u16,
        /// What it said. Names addresses.
        text: String,
    },
    /// It has not what we ask for: a fault of the account's settings.
    Lacks(&'static str),
    /// There was no connection, or it broke. The text is for logs.
    Broken(String),
    /// It did not answer in time.
    Silent,
}

impl Session {
    /// Connects, begins TLS, and signs in. The server hears the sender's `domain` as who calls.
    pub async fn open(
        Server { host, port, security }: Server<'_>,
        domain: &str,
        login: Option<Login>,
        roots: &[Certificate],
    ) -> Result<Self, Ended> {
        let hello = ClientId::Domain(domain.to_owned());
        let tls = |security: SmtpSecurity| match security {
            SmtpSecurity::Tls => tls(host, roots).map(Some),
            SmtpSecurity::Starttls => Ok(None),
        };
        let at_once = security.map(tls).transpose()?.flatten();
        let connected = AsyncSmtpConnection::connect_tokio1((host, port), None, &hello, at_once, None).await;
        let mut connection = connected.map_err(|error| Ended::of(Stage::Greeting, &error))?;
        if security == Some(SmtpSecurity::Starttls) {
            if !connection.can_starttls() {
                connection.abort().await;
                return Err(Ended::Lacks(
                    "The mail server offers no STARTTLS, and mail never leaves without TLS.",
                ));
            }
            let begun = connection.starttls(self::tls(host, roots)?, &hello).await;
            begun.map_err(|error| Ended::of(Stage::Greeting, &error))?;
        }
        if let Some(Login { credentials, mechanisms }) = login {
            if connection.server_info().get_auth_mechanism(mechanisms).is_none() {
                connection.abort().await;
                return Err(Ended::Lacks("The mail server offers no way to sign in with these credentials."));
            }
            let known = connection.auth(mechanisms, &credentials).await;
            known.map_err(|error| Ended::of(Stage::SigningIn, &error))?;
        }
        Ok(Self(connection))
    }

    /// Whether the server still answers.
    pub async fn is_there(&mut self) -> bool {
        // Also forgets what another message left behind.
        self.0.command(Rset).await.is_ok()
    }

    /// Says whom a message is from and for, the borrower first, and has leave to hand it over. If only a copy cannot be
    /// delivered, the borrower gets the message anyway.
    pub async fn address(&mut self, from: Address, to: Vec<Address>) -> Result<(), Ended> {
        let taken = self.0.command(Mail::new(Some(from), Vec::new())).await;
        taken.map_err(|error| Ended::of(Stage::Sender, &error))?;
        for (at, recipient) in to.into_iter().enumerate() {
            let taken = self.0.command(Rcpt::new(recipient, Vec::new())).await;
            match taken.map_err(|error| Ended::of(Stage::Recipient, &error)) {
                Err(Ended::No { code, .. }) if at > 0 && code != refusals::CLOSING => {
                    tracing::warn!(code, "a copy is not delivered: the mail server refuses its recipient");
                }
                other => drop(other?),
            }
        }
        let leave = self.0.command(Data).await;
        leave.map(drop).map_err(|error| Ended::of(Stage::Leave, &error))
    }

    /// Hands the message over, its dots doubled, and waits until the server has taken it.
    pub async fn hand_over(&mut self, raw: &[u8]) -> Result<(), Ended> {
        let taken = self.0.message(raw).await;
        taken.map(drop).map_err(|error| Ended::of(Stage::Message, &error))
    }
}

/// The roots compiled in, as for everything outside.
fn tls(host: &str, roots: &[Certificate]) -> Result<TlsParameters, Ended> {
    let builder = TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::WebpkiRoots);
    let builder = roots.iter().cloned().fold(builder, |builder, root| builder.add_root_certificate(root));
    builder.build_rustls().map_err(|error| Ended::Broken(error.to_string()))
}

const UNREACHABLE: &str = "The mail server cannot be reached, or its certificate is not valid for its name.";
const SILENT: &str = "The mail server does not answer.";

fn away(description: &str) -> Refusal {
    Refusal::new(About::Server, FailureReason::MessagingException, Retry::WhileAllowed, description)
}

impl Ended {
    fn of(stage: Stage, error: &Error) -> Self {
        match error.status() {
            Some(code) => Self::No {
                stage,
                code: code.into(),
                text: error.source().map(ToString::to_string).unwrap_or_default(),
            },
            None => Self::Broken(error.to_string()),
        }
    }

    /// Whether the connection is as good as before.
    pub fn leaves_open(&self) -> bool {
        matches!(self, Self::No { code, .. } if *code != refusals::CLOSING)
    }

    /// What it means for a message that was not handed over yet: certainly not sent.
    pub fn before_the_dot(&self) -> SendOutcome {
        SendOutcome::Refused(match self {
            Self::No { stage, code, text } => refusals::of(*stage, *code, text),
            Self::Lacks(what) => Refusal::new(
                About::Account,
                FailureReason::EmailServiceNotEnabled,
                Retry::WhileAllowed,
                *what,
            ),
            Self::Broken(why) => {
                tracing::warn!(why, "the mail server cannot be reached");
                away(UNREACHABLE)
            }
            Self::Silent => away(SILENT),
        })
    }

    /// Everything that ends a connection and is no answer.
    pub fn mappings() -> impl Iterator<Item = Mapping> {
        let (before, after) = ("before the message's final dot", "after the message's final dot");
        [
            Mapping::sending("", away(UNREACHABLE))
                .given(format_args!("no connection, or none any more, {before}")),
            Mapping::sending("", Self::Silent.before_the_dot()).given(format_args!("no answer, {before}")),
            Mapping::sending("", Self::Lacks("…").before_the_dot())
                .given("it lacks what the account asks for"),
            Mapping::sending("", Self::Silent.after_the_dot()).given(format_args!("no answer, {after}")),
        ]
        .into_iter()
    }

    /// The same for one that was, and maybe with its final dot.
    pub fn after_the_dot(&self) -> SendOutcome {
        match self {
            Self::No { .. } | Self::Lacks(_) => self.before_the_dot(),
            Self::Broken(why) => {
                SendOutcome::Unknown { description: format!("the mail server's answer was lost: {why}") }
            }
            Self::Silent => SendOutcome::Unknown {
                description: "the mail server did not say whether it took the message".into(),
            },
        }
    }
}
