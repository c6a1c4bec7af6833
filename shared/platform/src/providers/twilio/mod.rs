//! Text messages through Twilio's Programmable Messaging API, version 2010-04-01.
//!
//! Twilio offers no idempotency key. What protects against sending twice is that every doubtful ending is `Unknown`,
//! and that [`Provider::find`] looks among the messages Twilio has before the pipeline tries again.

pub mod events;
mod inbound;
mod media;
mod refusals;
pub mod signature;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Error,
    confirmation::ConfirmationCode,
    delivery::{About, DeliveryEvent, Receipt, Refusal, Retry, SendOutcome},
    error::Cause,
    interaction::Interaction,
    segments,
    tenant::{Tenant, TextSender},
    vocabulary::{FailureReason, ProviderName},
};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use url::Url;

use super::{
    Calls, Carrier, Malformed, Outgoing, Provider, Secrets, TEXT_QUEUED, Webhook, WebhookCall,
    exchange::{Answer, Lost, exchange, is_busy, is_refusal, later, unknown},
    inbound::Inbound,
    mapping::{self, Mapping, Meaning},
};
use crate::{
    clock::Clock,
    outbound::Outbound,
    queues::{RawInbound, RawReport},
};

/// Where its API is.
pub const ENDPOINT: &str = "https://api.twilio.com";

/// Bytes read of one answer. A page of [`PAGE`] messages of the greatest length, escaped, is half of this.
const MAX_ANSWER: usize = 1 << 20;

/// Messages looked through, newest first: far more than one number gets between two attempts.
const PAGE: &str = "50";

/// How far Twilio's clock, which counts whole seconds, may be behind ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(1);

/// See the module documentation.
pub struct Twilio {
    outbound: Outbound,
    base_url: String,
    webhooks: String,
    callback_url: Url,
    secrets: Arc<dyn Secrets>,
    clock: Arc<dyn Clock>,
}

impl Twilio {
    /// A client of the API at `base_url`. Below `webhooks` Twilio reaches our webhooks.
    ///
    /// # Errors
    /// [`Error::Internal`] when `webhooks` is no URL.
    pub fn new(
        outbound: Outbound,
        base_url: &str,
        webhooks: &str,
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let callback_url = Url::parse(&format!("{webhooks}{}", Webhook::DeliveryStatus.path()))
            .map_err(|error| Error::Internal(Cause::of(error).about(format!("webhook URL {webhooks:?}"))))?;
        let base_url = base_url.trim_end_matches('/').to_owned();
        Ok(Self { outbound, base_url, webhooks: webhooks.to_owned(), callback_url, secrets, clock })
    }

    async fn create(&self, message: &Outgoing<'_>) -> Result<Receipt, SendOutcome> {
        let sender = sender(message)?;
        let text = text(message)?;
        // What carries media is one message, however long its text.
        let segments = if message.media.is_empty() { segments::count(text) } else { 1 };
        if segments > segments::MAX_SEGMENTS {
            return Err(never(
                About::Message,
                FailureReason::SmsTooLong,
                format!(
                    "The text needs {segments} parts of {} allowed. Shorten the message, or its template.",
                    segments::MAX_SEGMENTS
                ),
            ));
        }
        let token = self.token(sender).await.map_err(|error| {
            tracing::error!(%error, secret = sender.auth_token_secret, "Twilio auth token cannot be read");
            SendOutcome::Refused(Refusal::new(
                About::Account,
                FailureReason::InvalidSmsGatewayCredentials,
                Retry::WhileAllowed,
                "The secret that holds Twilio's auth token cannot be read.",
            ))
        })?;
        let about =
            events::About { tenant: message.tenant.id.clone(), interaction: message.interaction.id.clone() };
        let (to, callback) = (message.interaction.to.as_str(), about.url(&self.callback_url));
        let from = sender.sender_for(to);
        let validity = validity(message.interaction, self.clock.now()).as_secs().to_string();
        let mut form = vec![
            ("To", to),
            (from_parameter(from), from),
            ("Body", text),
            ("StatusCallback", callback.as_str()),
            ("ValidityPeriod", &validity),
        ];
        form.extend(message.media.iter().map(|address| ("MediaUrl", address.as_str())));
        let request = self
            .outbound
            .post(&self.messages_url(sender))
            .map_err(|error| Lost::NotSent(error.to_string()).outcome(away()))?
            .form(&form);
        let answer = call(request, sender, &token).await.map_err(|lost| lost.outcome(away()))?;
        let Answer { status, headers, body } = answer;
        if !status.is_success() {
            return Err(later(unsuccessful(status, &body), &headers, self.clock.now()));
        }
        let created: Message = serde_json::from_slice(&body)
            .map_err(|error| unknown(format!("Twilio's {status} answer cannot be read: {error}")))?;
        Ok(created.receipt(segments))
    }

    /// Lists what Twilio has for this recipient and takes the messages with this text made since. One that Twilio reports
    /// as failed reached nobody; it was an attempt before the lost one.
    ///
    /// Twilio cannot search by our id. The list is not narrowed by `DateSent`, which messages still in Twilio's queue
    /// do not have.
    async fn look(&self, message: &Outgoing<'_>, since: Timestamp) -> Result<Vec<Receipt>, String> {
        let (Ok(sender), Ok(text)) = (sender(message), text(message)) else { return Ok(Vec::new()) };
        let token = self.token(sender).await.map_err(|error| error.to_string())?;
        let mut query = vec![("To", message.interaction.to.as_str()), ("PageSize", PAGE)];
        let from = sender.sender_for(&message.interaction.to);
        if from_parameter(from) == "From" {
            query.push(("From", from));
        }
        let url =
            Url::parse_with_params(&self.messages_url(sender), query).map_err(|error| error.to_string())?;
        // The error would repeat the URL, which holds the recipient's number.
        let request =
            self.outbound.get(url.as_str()).map_err(|_| "Twilio's URL is not permitted".to_owned())?;
        let answer = call(request, sender, &token).await.map_err(|lost| lost.why().to_owned())?;
        let Answer { status, body, .. } = answer;
        if !status.is_success() {
            return Err(format!("listing messages at Twilio: {status}"));
        }
        let page: Page =
            serde_json::from_slice(&body).map_err(|error| format!("list of messages: {error}"))?;
        let since = since - CLOCK_SKEW;
        let found = page.messages.into_iter().filter(|candidate| {
            // White space around a text may get lost on the way.
            candidate.body.as_deref().map(str::trim) == Some(text.trim())
                && !candidate.failed()
                && candidate.created_at().is_some_and(|at| at >= since)
        });
        Ok(found.map(|candidate| candidate.receipt(segments::count(text))).collect())
    }

    async fn token(&self, sender: &TextSender) -> Result<String, Error> {
        self.secrets.secret(&sender.auth_token_secret).await
    }

    fn messages_url(&self, sender: &TextSender) -> String {
        format!("{}/2010-04-01/Accounts/{}/Messages.json", self.base_url, sender.account_sid)
    }
}

#[async_trait]
impl Provider for Twilio {
    fn name(&self) -> ProviderName {
        ProviderName::Twilio
    }

    fn mappings(&self) -> Vec<Mapping> {
        let unanswered = mapping::unanswered(away());
        // Whoever is busy may say any other code.
        let statuses = mapping::by_status(|status| unsuccessful(status, b"")).into_iter();
        let (uncoded, whatever_the_code) = statuses.partition::<Vec<_>, _>(Mapping::is_final);
        let uncoded = uncoded.into_iter().map(|row| row.given("without a code"));
        let (in_doubt, busy) = whatever_the_code
            .into_iter()
            .partition::<Vec<_>, _>(|row| matches!(row.meaning, Meaning::InDoubt));
        let busy = busy.into_iter().map(|row| row.given("unless its code is about the account"));
        let answered = in_doubt.into_iter().chain(busy).chain(uncoded).chain(refusals::mappings());
        unanswered.into_iter().chain(answered).chain(events::mappings()).collect()
    }

    fn calls(&self) -> Option<Calls> {
        let webhooks = &[Webhook::DeliveryStatus, Webhook::InboundSms];
        Some(Calls { header: signature::HEADER, webhooks })
    }

    /// Proves that Twilio posted this form with the account's token, over our public URL or the function's own, and never
    /// the `Host` header's.
    async fn verify(&self, tenant: &Tenant, call: &WebhookCall<'_>) -> Result<Option<Vec<u8>>, Error> {
        let sender = tenant.senders.text.as_ref().ok_or(Error::Unauthenticated)?;
        let signed = call.header(signature::HEADER).ok_or(Error::Unauthenticated)?;
        let token = self.token(sender).await?;
        let (own, form) = (call.domain.map(|domain| format!("https://{domain}")), form(call.body));
        let is_valid = [Some(&self.webhooks), own.as_ref()].into_iter().flatten().any(|base| {
            let url = format!("{base}{}?{}", call.webhook.path(), call.query);
            signature::is_valid(&token, &url, signature::Body::Form(&form), signed)
        });
        if is_valid {
            Ok(Some(call.body.to_vec()))
        } else {
            tracing::warn!(tenant = %tenant.id, "Twilio signature does not match; is PUBLIC_WEBHOOK_URL right?");
            Err(Error::Unauthenticated)
        }
    }

    fn read(&self, report: &RawReport) -> Result<Vec<DeliveryEvent>, Malformed> {
        let about = events::About::from_query(&report.query)?;
        let form = form(report.body.as_bytes());
        let event = events::read(&form, about.interaction, report.received_at)?;
        Ok(event.into_iter().collect())
    }

    async fn read_inbound(
        &self,
        _: &RawInbound,
        body: &[u8],
        _: Option<&[u8]>,
    ) -> Result<Vec<Inbound>, Malformed> {
        inbound::read(form(body)).map(|read| vec![read])
    }

    async fn fetch(&self, tenant: &Tenant, at: &Url, most: usize) -> Result<Vec<u8>, Error> {
        self.media(tenant, at, most).await
    }
}

#[async_trait]
impl Carrier for Twilio {
    fn can_be_asked(&self) -> bool {
        true
    }

    async fn send(&self, message: &Outgoing<'_>) -> SendOutcome {
        self.create(message).await.map_or_else(|outcome| outcome, SendOutcome::Sent)
    }

    async fn find(&self, message: &Outgoing<'_>, since: Timestamp) -> Result<Vec<Receipt>, String> {
        self.look(message, since).await
    }
}

/// A form's fields in the order they came.
fn form(body: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body).into_owned().collect()
}

/// What we read of Twilio's Message resource.
#[derive(Deserialize)]
struct Message {
    sid: String,
    status: Option<String>,
    body: Option<String>,
    date_created: Option<String>,
    num_segments: Option<String>,
}

impl Message {
    /// `counted` serves until Twilio knows: a messaging service first chooses a number, and says 0 before.
    fn receipt(self, counted: u16) -> Receipt {
        let billed = self.num_segments.and_then(|count| count.parse().ok()).filter(|count| *count > 0);
        Receipt { reference: self.sid, segments: billed.or(Some(counted)) }
    }

    fn failed(&self) -> bool {
        matches!(self.status.as_deref(), Some("failed" | "undelivered" | "canceled"))
    }

    fn created_at(&self) -> Option<Timestamp> {
        Some(rfc2822::parse(self.date_created.as_deref()?).ok()?.timestamp())
    }
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Fault {
    code: u32,
}

async fn call(request: RequestBuilder, sender: &TextSender, token: &str) -> Result<Answer, Lost> {
    let request = request.basic_auth(&sender.account_sid, Some(token));
    exchange(request, ProviderName::Twilio, MAX_ANSWER).await
}

/// What an answer other than success means.
fn unsuccessful(status: StatusCode, answer: &[u8]) -> SendOutcome {
    if !is_refusal(status) {
        return unknown(format!("Twilio answered {status}"));
    }
    let code = serde_json::from_slice(answer).ok().map(|fault: Fault| fault.code);
    let busy = is_busy(status);
    SendOutcome::Refused(match code.map(refusals::of) {
        // An account that is over its limit for the day is told so as if it were over that of a second.
        Some(refusal) if !busy || refusal.about == About::Account => refusal,
        None if !busy => refusals::unexplained(),
        _ => Refusal {
            code: code.map(|code| code.to_string()),
            ..Refusal::new(
                About::Server,
                FailureReason::SmsServiceError,
                Retry::WhileAllowed,
                format!("Twilio is busy or not available ({status})."),
            )
        },
    })
}

fn away() -> Refusal {
    let description = "Twilio cannot be reached.";
    Refusal::new(About::Server, FailureReason::SmsConnectionException, Retry::WhileAllowed, description)
}

fn sender<'a>(message: &Outgoing<'a>) -> Result<&'a TextSender, SendOutcome> {
    message.tenant.senders.text.as_ref().ok_or_else(|| {
        never(
            About::Us,
            FailureReason::SmsServiceNotEnabled,
            "The tenant has no text sender. Configure one.".into(),
        )
    })
}

fn text<'a>(message: &Outgoing<'a>) -> Result<&'a str, SendOutcome> {
    let text = message.content.content_text.as_deref().filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| never(About::Message, FailureReason::SmsNotSent, "The message has no text.".into()))
}

/// How long Twilio may keep a text in its queue before it leaves: as long as anywhere, and a code no longer than it counts. By
/// itself Twilio keeps a text for ten hours, into the night.
fn validity(message: &Interaction, now: Timestamp) -> SignedDuration {
    let code = message.unmasked.as_ref().map(|_| message.created_at + ConfirmationCode::LASTS);
    let counts = code.map_or(TEXT_QUEUED, |end| end.duration_since(now));
    counts.clamp(SignedDuration::from_secs(1), TEXT_QUEUED)
}

/// The length of `MG` and 32 digits, which no number and no name has.
const MESSAGING_SERVICE: usize = 34;

/// A sender is a number or a name, or a messaging service that chooses one.
fn from_parameter(sender: &str) -> &'static str {
    if sender.len() == MESSAGING_SERVICE { "MessagingServiceSid" } else { "From" }
}

fn never(about: About, reason: FailureReason, description: String) -> SendOutcome {
    SendOutcome::Refused(Refusal::new(about, reason, Retry::Never, description))
}

#[cfg(test)]
mod tests;
