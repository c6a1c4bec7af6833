//! Letters through Lob's Print & Mail API, version 2020-02-11.
//!
//! Lob takes an idempotency key, for 24 hours: our id of the message. So a letter whose answer was lost is asked for by our
//! id first, and sent again with the same key, which makes no second letter.

pub mod events;
mod refusals;
mod request;
pub mod signature;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Error,
    delivery::{About, DeliveryEvent, Receipt, Refusal, Retry, SendOutcome},
    error::Ours as _,
    letter::PageSize,
    tenant::{LobAccount, Tenant},
    vocabulary::{FailureReason, ProviderName, StatusDetails},
};
use jiff::Timestamp;
use reqwest::{RequestBuilder, StatusCode, header};
use serde::Deserialize;
use url::Url;

use super::{
    Calls, Carrier, Malformed, Outgoing, Provider, Secrets, Webhook, WebhookCall,
    exchange::{Answer, Lost, exchange, is_busy, is_refusal, later, unknown},
    mapping::{self, Mapping},
    refusal,
};
use crate::{clock::Clock, outbound::Outbound, queues::RawReport};

/// Where its API is.
pub const ENDPOINT: &str = "https://api.lob.com";

/// The version of the API that is spoken, whatever the account's default is.
const VERSION: (&str, &str) = ("Lob-Version", "2020-02-11");

const UNREACHABLE: &str = "Lob cannot be reached.";

/// What Lob prints on.
const PAPER: PageSize = PageSize::Letter;

/// Bytes read of one answer: a letter is a few kilobytes.
const MAX_ANSWER: usize = 1 << 20;

/// See the module documentation.
pub struct Lob {
    outbound: Outbound,
    base_url: String,
    secrets: Arc<dyn Secrets>,
    clock: Arc<dyn Clock>,
}

impl Lob {
    /// A client of the API at `base_url`.
    pub fn new(outbound: Outbound, base_url: &str, secrets: Arc<dyn Secrets>, clock: Arc<dyn Clock>) -> Self {
        Self { outbound, base_url: base_url.trim_end_matches('/').to_owned(), secrets, clock }
    }

    async fn create(&self, message: &Outgoing<'_>) -> Result<Receipt, SendOutcome> {
        let account = account(message.tenant).ok_or_else(|| {
            never(About::Us, "The tenant has no account at Lob. Configure one, or another provider.")
        })?;
        let letter = message.interaction.letter.as_ref();
        let (Some(letter), [pages]) = (letter, message.attachments) else {
            return Err(never(
                About::Message,
                "The message was accepted before letters were printed. Send it again.",
            ));
        };
        // Accepted while the tenant had another provider.
        if letter.page_size != PAPER {
            let (pages, paper) = (letter.page_size.name(), PAPER.name());
            return Err(never(
                About::Message,
                &format!(
                    "The letter was not mailed: its pages are {pages}, and Lob prints {paper}. Send it again: it is printed anew."
                ),
            ));
        }
        let key = self.key(account).await.map_err(|error| {
            tracing::error!(%error, secret = account.api_key_secret, "Lob's API key cannot be read");
            SendOutcome::Refused(Refusal {
                about: About::Account,
                ..away("The secret that holds Lob's API key cannot be read.")
            })
        })?;
        let fields = request::fields(message.interaction, letter);
        let (content_type, body) = request::multipart(&fields, letter, &pages.bytes);
        let request = self
            .outbound
            .post(&format!("{}/v1/letters", self.base_url))
            .map_err(|error| Lost::NotSent(error.to_string()).outcome(away(UNREACHABLE)))?
            .header(header::CONTENT_TYPE, content_type)
            .header("Idempotency-Key", message.interaction.id.as_str())
            .body(body);
        let answer = call(request, &key).await.map_err(|lost| lost.outcome(away(UNREACHABLE)))?;
        let Answer { status, headers, body } = answer;
        if !status.is_success() {
            return Err(later(unsuccessful(status, &body), &headers, self.clock.now()));
        }
        let created: LobLetter = serde_json::from_slice(&body)
            .map_err(|error| unknown(format!("Lob's {status} answer cannot be read: {error}")))?;
        Ok(Receipt { reference: created.id, segments: None })
    }

    async fn key(&self, account: &LobAccount) -> Result<String, Error> {
        self.secrets.secret(&account.api_key_secret).await
    }

    /// The letters that carry our id of the message and were not deleted.
    async fn look(&self, message: &Outgoing<'_>) -> Result<Vec<Receipt>, String> {
        let Some(account) = account(message.tenant) else { return Ok(Vec::new()) };
        let key = self.key(account).await.map_err(|error| error.to_string())?;
        let query = [(format!("metadata[{}]", events::INTERACTION), message.interaction.id.as_str())];
        let url = Url::parse_with_params(&format!("{}/v1/letters", self.base_url), query)
            .map_err(|error| error.to_string())?;
        let request = self.outbound.get(url.as_str()).map_err(|error| error.to_string())?;
        let answer = call(request, &key).await.map_err(|lost| lost.why().to_owned())?;
        let Answer { status, body, .. } = answer;
        if !status.is_success() {
            return Err(format!("listing letters at Lob: {status}"));
        }
        let page: Page =
            serde_json::from_slice(&body).map_err(|error| format!("list of letters: {error}"))?;
        let kept = page.data.into_iter().filter(|letter| !letter.deleted);
        Ok(kept.map(|letter| Receipt { reference: letter.id, segments: None }).collect())
    }

    /// Asks Lob not to print a letter. If it says no, it may have said yes before.
    async fn delete(&self, account: &LobAccount, reference: &str) -> Result<bool, Error> {
        let key = self.key(account).await?;
        let mut url = Url::parse(&self.base_url).internal()?;
        url.path_segments_mut()
            .map_err(|()| Error::Internal("Lob's URL has no path".into()))?
            .extend(["v1", "letters", reference]);
        let unavailable = |lost: Lost| Error::Unavailable(format!("Lob: {}", lost.why()).into());
        let deleted = call(self.outbound.delete(url.as_str())?, &key).await.map_err(unavailable)?;
        match deleted.status {
            status if status.is_success() => Ok(true),
            status if is_busy(status) => Err(Error::Unavailable(format!("Lob answered {status}").into())),
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                Err(Error::Internal(format!("Lob does not let us cancel: {status}").into()))
            }
            _ => {
                let answer = call(self.outbound.get(url.as_str())?, &key).await.map_err(unavailable)?;
                let Answer { status, body, .. } = answer;
                let letter = serde_json::from_slice(&body).ok().filter(|_| status.is_success());
                Ok(letter.is_some_and(|letter: LobLetter| letter.deleted))
            }
        }
    }
}

#[async_trait]
impl Provider for Lob {
    fn name(&self) -> ProviderName {
        ProviderName::Lob
    }

    fn mappings(&self) -> Vec<Mapping> {
        let unanswered = mapping::unanswered(away(UNREACHABLE));
        // Whoever is busy may say any code.
        let statuses = mapping::by_status(|status| unsuccessful(status, b"")).into_iter();
        let (others, whatever_the_code) = statuses.partition::<Vec<_>, _>(Mapping::is_final);
        let others = others.into_iter().map(|row| row.given("with another code, or none"));
        let answered = whatever_the_code.into_iter().chain(refusals::mappings()).chain(others);
        unanswered.into_iter().chain(answered).chain(events::mappings()).collect()
    }

    fn calls(&self) -> Option<Calls> {
        Some(Calls { header: signature::HEADER, webhooks: &[Webhook::DeliveryStatus] })
    }

    /// Proves that Lob posted this body with the secret of the tenant's webhook, minutes ago at most.
    async fn verify(&self, tenant: &Tenant, call: &WebhookCall<'_>) -> Result<Option<Vec<u8>>, Error> {
        let account = account(tenant).ok_or(Error::Unauthenticated)?;
        let signed = call.header(signature::HEADER).ok_or(Error::Unauthenticated)?;
        let timestamp = call.header(signature::TIMESTAMP).ok_or(Error::Unauthenticated)?;
        let secret = self.secrets.secret(&account.webhook_secret).await?;
        if signature::is_valid(&secret, timestamp, call.body, signed, self.clock.now()) {
            Ok(Some(call.body.to_vec()))
        } else {
            tracing::warn!(tenant = %tenant.id, "Lob's signature does not match; is the webhook's secret right?");
            Err(Error::Unauthenticated)
        }
    }

    fn read(&self, report: &RawReport) -> Result<Vec<DeliveryEvent>, Malformed> {
        let event = events::read(&report.body, &report.tenant, report.received_at)?;
        Ok(event.into_iter().collect())
    }
}

#[async_trait]
impl Carrier for Lob {
    async fn send(&self, message: &Outgoing<'_>) -> SendOutcome {
        self.create(message).await.map_or_else(|outcome| outcome, SendOutcome::Sent)
    }

    fn can_be_asked(&self) -> bool {
        true
    }

    async fn find(&self, message: &Outgoing<'_>, _: Timestamp) -> Result<Vec<Receipt>, String> {
        self.look(message).await
    }

    async fn recall(&self, tenant: &Tenant, reference: &str) -> Result<bool, Error> {
        match account(tenant) {
            Some(account) => self.delete(account, reference).await,
            None => Ok(false),
        }
    }
}

/// What we read of Lob's letter.
#[derive(Deserialize)]
struct LobLetter {
    id: String,
    #[serde(default)]
    deleted: bool,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<LobLetter>,
}

#[derive(Deserialize)]
struct Failed {
    error: Fault,
}

#[derive(Deserialize)]
struct Fault {
    code: Option<String>,
}

/// The key is the user name; there is no password.
async fn call(request: RequestBuilder, key: &str) -> Result<Answer, Lost> {
    let request = request.basic_auth(key, Some("")).header(VERSION.0, VERSION.1);
    exchange(request, ProviderName::Lob, MAX_ANSWER).await
}

/// What an answer other than success means.
fn unsuccessful(status: StatusCode, answer: &[u8]) -> SendOutcome {
    if !is_refusal(status) {
        return unknown(format!("Lob answered {status}"));
    }
    let code = serde_json::from_slice(answer).ok().and_then(|failed: Failed| failed.error.code);
    SendOutcome::Refused(refusals::of(status, code.as_deref()))
}

fn account(tenant: &Tenant) -> Option<&LobAccount> {
    tenant.senders.letter.as_ref()?.lob.as_ref()
}

fn never(about: About, description: &str) -> SendOutcome {
    let details = Some(StatusDetails::LetterFailedToCreate);
    SendOutcome::Refused(refusal(about, details, FailureReason::Other, Retry::Never, description))
}

fn away(description: &str) -> Refusal {
    let details = Some(StatusDetails::LetterFailedToCreate);
    refusal(About::Server, details, FailureReason::HttpErrorWhileSending, Retry::WhileAllowed, description)
}

#[cfg(test)]
mod tests;
