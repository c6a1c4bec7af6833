//! Requests to URLs of the lender's, as Standard Webhooks 1.0.0 has them: <https://www.standardwebhooks.com>.
//!
//! What is sent has the message's id, by which its receiver knows what came before. So an attempt whose answer was lost is
//! simply made again; nothing here is [`SendOutcome::Unknown`].

pub mod signing;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Error,
    delivery::{About, ContactEffect, Receipt, Refusal, Retry, SendOutcome},
    id::{self, Id},
    tenant::TenantId,
    vocabulary::{FailureReason, ProviderName},
    webhook_endpoint::{Destination, Signer, Telling},
};
use jiff::{SignedDuration, Timestamp};
use reqwest::{StatusCode, header};
use serde::Serialize;
use url::Url;

use self::signing::{Secret, SigningKeys};
use super::{
    Carrier, Outgoing, Provider,
    exchange::{MAX_WAIT, wait},
    mapping::{self, Mapping},
};
use crate::{
    clock::Clock,
    outbound,
    public_address::NotPublic,
    tenant_outbound::{self, Refused, TenantOutbound},
};

/// The longest body, in bytes: what Standard Webhooks advises.
const MAX_BODY: usize = Telling::MAX_BYTES;

/// See the module documentation.
pub struct Endpoint {
    outbound: TenantOutbound,
    keys: SigningKeys,
    clock: Arc<dyn Clock>,
}

/// What a webhook says whose message has words.
#[derive(Serialize)]
struct Payload<'a> {
    r#type: &'static str,
    /// When what it tells of happened; the same in each attempt.
    timestamp: Timestamp,
    data: Dispatch<'a>,
}

/// A message by 004 to a URL.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dispatch<'a> {
    interaction_id: &'a Id<id::Interaction>,
    subject: &'a str,
    body: &'a str,
    is_html: bool,
}

impl Endpoint {
    /// Calls by this client, signs by these keys.
    pub fn new(outbound: TenantOutbound, keys: SigningKeys, clock: Arc<dyn Clock>) -> Self {
        Self { outbound, keys, clock }
    }

    /// A URL that may be called, as far as that is known before: see [`TenantOutbound::check`].
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self, url: &str) -> Result<Url, NotPublic> {
        self.outbound.check(url).await
    }

    /// A secret by which calls are signed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the key of the installation cannot be read.
    pub async fn secret(&self, tenant: &TenantId, signer: &Signer, generation: u32) -> Result<Secret, Error> {
        self.keys.secret(tenant, signer, generation).await
    }

    async fn call(&self, message: &Outgoing<'_>, to: &Destination) -> Result<Receipt, Refusal> {
        let id = &message.interaction.id;
        let body = body(message)?;
        let request = self.outbound.post(&to.url).map_err(|refused| match refused {
            Refused::NotPublic(why) => not_public(&why),
            Refused::Ours(error) => {
                tracing::error!(%error, "the stand-in of webhooks is configured wrong");
                not_asked("The request could not be made.")
            }
        })?;
        let now = self.clock.now();
        let signatures = self.sign(message, to, now, &body).await.map_err(|error| {
            tracing::error!(%error, "the key of webhooks cannot be read");
            not_asked("The key that signs webhooks cannot be read.")
        })?;
        let request = request
            .header(header::CONTENT_TYPE, "application/json")
            .header(signing::ID, id.as_str())
            .header(signing::TIMESTAMP, now.as_second())
            .header(signing::SIGNATURE, signatures)
            .body(body);
        let answer = request.send().await.map_err(|error| {
            if tenant_outbound::leads_inside(&error) {
                return not_public(&NotPublic::LeadsInside);
            }
            // The URL may hold what only its receiver should know.
            tracing::info!(interaction = %id, why = outbound::describe(&error.without_url()), "a webhook is not answered");
            unanswered()
        })?;
        match answer.status() {
            status if status.is_success() => {
                Ok(Receipt { reference: id.as_str().to_owned(), segments: None })
            }
            status => Err(refused(status, wait(answer.headers(), now), to.is_registered())),
        }
    }

    async fn sign(
        &self,
        message: &Outgoing<'_>,
        to: &Destination,
        now: Timestamp,
        body: &[u8],
    ) -> Result<String, Error> {
        let mut signatures = Vec::new();
        for generation in &to.generations {
            let secret = self.secret(&message.tenant.id, &to.signer, *generation).await?;
            signatures.push(secret.sign(message.interaction.id.as_str(), now, body));
        }
        Ok(signatures.join(" "))
    }
}

fn body(message: &Outgoing<'_>) -> Result<Vec<u8>, Refusal> {
    let written = match message.telling {
        Some(telling) => serde_json::to_vec(telling),
        None => serde_json::to_vec(&dispatched(message)),
    };
    let body = written.map_err(|error| {
        Refusal::new(
            About::Message,
            FailureReason::InvalidJsonBodySyntax,
            Retry::Never,
            format!("The message cannot be written as JSON: {error}."),
        )
    })?;
    match body.len() < MAX_BODY {
        true => Ok(body),
        false => Err(Refusal::new(
            About::Message,
            FailureReason::MaxMessageSizeLimitExceeded,
            Retry::Never,
            format!(
                "The webhook's body has {} bytes; it must have fewer than {MAX_BODY}. Shorten the message.",
                body.len()
            ),
        )),
    }
}

fn dispatched<'a>(message: &Outgoing<'a>) -> Payload<'a> {
    let (content, interaction) = (message.content, message.interaction);
    let html = content.content_html.as_deref();
    Payload {
        r#type: "communication.dispatch",
        timestamp: interaction.created_at,
        data: Dispatch {
            interaction_id: &interaction.id,
            subject: content.subject_line.as_deref().unwrap_or_default(),
            body: html.or(content.content_text.as_deref()).unwrap_or_default(),
            is_html: html.is_some(),
        },
    }
}

/// What an answer other than 2xx means. A redirect is none: the URL should be changed instead. Everything but 410 is tried
/// again, for what is wrong with a server is put right by people.
///
/// A registered endpoint is one path, and what it answers is about it, unless it may be about what this message says. Of another
/// URL only what says that nobody answers behind its server is about the server; all else may be about the path.
fn refused(status: StatusCode, wait: Option<SignedDuration>, is_registered: bool) -> Refusal {
    let (retry, effect, what) = match (status, wait) {
        (StatusCode::GONE, _) => (Retry::Never, Some(ContactEffect::Invalid), "is gone for good"),
        (status, _) if status.is_redirection() => {
            (Retry::WhileAllowed, None, "redirects, which is not followed; change its URL")
        }
        (_, Some(wait)) => (Retry::After(wait), None, "asks for later attempts"),
        (_, None) => (Retry::WhileAllowed, None, "did not take the message"),
    };
    let about = match status {
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            About::Server
        }
        StatusCode::GONE
        | StatusCode::BAD_REQUEST
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNPROCESSABLE_ENTITY => About::Recipient,
        _ if is_registered => About::Server,
        _ => About::Recipient,
    };
    let description = format!("The webhook {what} ({status}).");
    let refusal = Refusal::new(about, FailureReason::InvalidHttpResponse, retry, description);
    Refusal { code: Some(status.as_str().to_owned()), effect, ..refusal }
}

fn not_public(why: &NotPublic) -> Refusal {
    Refusal::new(About::Recipient, why.reason(), Retry::Never, format!("The webhook's URL {why}."))
}

fn unanswered() -> Refusal {
    let description = "The webhook did not answer: it cannot be reached, or took longer than 15 seconds.";
    Refusal::new(About::Server, FailureReason::HttpErrorWhileSending, Retry::WhileAllowed, description)
}

fn not_asked(why: &str) -> Refusal {
    Refusal::new(About::Us, FailureReason::HttpErrorWhileSending, Retry::WhileAllowed, why)
}

#[async_trait]
impl Provider for Endpoint {
    fn name(&self) -> ProviderName {
        ProviderName::Endpoint
    }

    /// Nothing is in doubt: what may have arrived is sent again, and known by its id.
    fn mappings(&self) -> Vec<Mapping> {
        let no_answer = [Mapping::sending("", unanswered()).given("no answer")];
        let asking = |wait, is_registered| {
            mapping::by_status(move |status| SendOutcome::Refused(refused(status, wait, is_registered)))
        };
        let others = |rows: Vec<Mapping>, than: &[Mapping], given: &'static str| -> Vec<Mapping> {
            rows.into_iter().filter(|row| !than.contains(row)).map(|row| row.given(given)).collect()
        };
        let at_once = asking(None, false);
        let later = others(asking(Some(MAX_WAIT), false), &at_once, "with `Retry-After`");
        let own = asking(None, true);
        let own_later = others(asking(Some(MAX_WAIT), true), &own, "of an endpoint, with `Retry-After`");
        let own = others(own, &at_once, "of an endpoint");
        no_answer.into_iter().chain(own_later).chain(own).chain(later).chain(at_once).collect()
    }
}

#[async_trait]
impl Carrier for Endpoint {
    fn knows_repeats(&self) -> bool {
        true
    }

    async fn send(&self, message: &Outgoing<'_>) -> SendOutcome {
        let called = match message.destination {
            Some(to) => self.call(message, to).await,
            None => Err(Refusal::new(
                About::Recipient,
                FailureReason::UndefinedDestination,
                Retry::Never,
                "The message names no webhook.",
            )),
        };
        called.map_or_else(SendOutcome::Refused, SendOutcome::Delivered)
    }
}

#[cfg(test)]
mod tests;
