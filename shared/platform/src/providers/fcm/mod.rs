//! Push notifications through Firebase Cloud Messaging, HTTP v1.
//!
//! FCM takes a notification or refuses it, and reports nothing afterwards: what it took stays attempted. It cannot be asked what
//! it has, so that an attempt whose answer was lost may be a second notification; see [`message`] for what becomes of that.

mod account;
mod message;
mod refusals;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    delivery::{About, Receipt, Refusal, Retry, SendOutcome},
    notification,
    tenant::PushSender,
    vocabulary::{FailureReason, ProviderName},
};
use reqwest::StatusCode;
use serde::Deserialize;

use self::{
    account::{ServiceAccount, Tokens, unusable},
    message::Send,
    refusals::Fault,
};
use super::{
    Carrier, Outgoing, Provider, Secrets,
    exchange::{Answer, Lost, exchange, is_refusal, later, unknown},
    mapping::{self, Mapping, Meaning},
};
use crate::{clock::Clock, outbound::Outbound};

/// Where its API is.
const ENDPOINT: &str = "https://fcm.googleapis.com";

/// Bytes read of one answer.
const MAX_ANSWER: usize = 64 << 10;

/// See the module documentation.
pub struct Fcm {
    outbound: Outbound,
    base_url: String,
    secrets: Arc<dyn Secrets>,
    tokens: Tokens,
    clock: Arc<dyn Clock>,
}

impl Fcm {
    /// A client of FCM; with `instead`, of what stands at that address for both FCM and the servers that give tokens.
    pub fn new(
        outbound: Outbound,
        instead: Option<&str>,
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let instead = instead.map(|url| url.trim_end_matches('/').to_owned());
        Self {
            base_url: instead.clone().unwrap_or_else(|| ENDPOINT.to_owned()),
            tokens: Tokens::new(outbound.clone(), instead, clock.clone()),
            clock,
            outbound,
            secrets,
        }
    }

    async fn create(&self, message: &Outgoing<'_>) -> Result<Receipt, SendOutcome> {
        let sender = sender(message)?;
        let text = message.content.content_text.as_deref().filter(|text| !text.trim().is_empty());
        let text =
            text.ok_or_else(|| never(About::Message, FailureReason::Other, "The notification has no text."))?;
        if notification::bytes(message.content) > notification::MAX_BYTES {
            return Err(never(
                About::Message,
                FailureReason::MaxMessageSizeLimitExceeded,
                notification::TOO_LARGE,
            ));
        }
        let account = self.account(sender).await?;
        let send = Send::new(&message.interaction.to, message.content, text, &message.interaction.id);
        let token = self.tokens.token(&account, None).await.map_err(SendOutcome::Refused)?;
        let mut answer = self.post(&account, &token, &send).await?;
        if Fault::read(&answer.body).is_about_our_token(answer.status) {
            // It ended on the way, or was withdrawn. FCM took nothing.
            let token = self.tokens.token(&account, Some(&token)).await.map_err(SendOutcome::Refused)?;
            answer = self.post(&account, &token, &send).await?;
        }
        let Answer { status, headers, body } = answer;
        if status.is_success() {
            let Taken { name } = serde_json::from_slice(&body)
                .map_err(|error| unknown(format!("FCM's {status} answer cannot be read: {error}")))?;
            return Ok(Receipt { reference: name, segments: None });
        }
        Err(later(unsuccessful(status, &body), &headers, self.clock.now()))
    }

    async fn account(&self, sender: &PushSender) -> Result<ServiceAccount, SendOutcome> {
        let secret = &sender.service_account_secret;
        let text = self.secrets.secret(secret).await.map_err(|error| {
            tracing::error!(%error, secret, "service account of FCM cannot be read");
            SendOutcome::Refused(Refusal::new(
                About::Account,
                FailureReason::InvalidHttpResponse,
                Retry::WhileAllowed,
                "The secret with the service account of FCM cannot be read.",
            ))
        })?;
        ServiceAccount::read(&text).map_err(|why| SendOutcome::Refused(unusable(&why)))
    }

    async fn post(
        &self,
        account: &ServiceAccount,
        token: &str,
        send: &Send<'_>,
    ) -> Result<Answer, SendOutcome> {
        let url = format!("{}/v1/projects/{}/messages:send", self.base_url, account.project_id);
        let request = self
            .outbound
            .post(&url)
            .map_err(|error| Lost::NotSent(error.to_string()).outcome(unreachable()))?;
        let request = request.bearer_auth(token).json(send);
        let answer = exchange(request, ProviderName::Fcm, MAX_ANSWER).await;
        answer.map_err(|lost| lost.outcome(unreachable()))
    }
}

#[async_trait]
impl Provider for Fcm {
    fn name(&self) -> ProviderName {
        ProviderName::Fcm
    }

    fn mappings(&self) -> Vec<Mapping> {
        let unanswered = mapping::unanswered(unreachable());
        let statuses = mapping::by_status(|status| unsuccessful(status, b"")).into_iter();
        let (in_doubt, others) =
            statuses.partition::<Vec<_>, _>(|row| matches!(row.meaning, Meaning::InDoubt));
        let others = others.into_iter().map(|row| row.given("with another code, or none"));
        let answered = in_doubt.into_iter().chain(refusals::mappings()).chain(others);
        unanswered.into_iter().chain(answered).chain(account::mappings()).collect()
    }
}

#[async_trait]
impl Carrier for Fcm {
    async fn send(&self, message: &Outgoing<'_>) -> SendOutcome {
        self.create(message).await.map_or_else(|outcome| outcome, SendOutcome::Sent)
    }
}

/// FCM took it, under this name.
#[derive(Deserialize)]
struct Taken {
    name: String,
}

fn sender<'a>(message: &Outgoing<'a>) -> Result<&'a PushSender, SendOutcome> {
    let sender = message.tenant.senders.push.as_ref();
    sender.ok_or_else(|| {
        never(
            About::Us,
            FailureReason::Other,
            "The tenant has no sender of push notifications. Configure one.",
        )
    })
}

/// What an answer other than success means.
fn unsuccessful(status: StatusCode, answer: &[u8]) -> SendOutcome {
    match is_refusal(status) {
        true => SendOutcome::Refused(Fault::read(answer).refusal(status)),
        false => unknown(format!("FCM answered {status}")),
    }
}

fn unreachable() -> Refusal {
    let description = "FCM cannot be reached.";
    Refusal::new(About::Server, FailureReason::HttpErrorWhileSending, Retry::WhileAllowed, description)
}

fn never(about: About, reason: FailureReason, description: &str) -> SendOutcome {
    SendOutcome::Refused(Refusal::new(about, reason, Retry::Never, description))
}

#[cfg(test)]
mod tests;
