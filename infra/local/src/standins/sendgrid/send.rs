//! `POST /v3/mail/send`: accepts an e-mail.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use domain::vocabulary::{ProviderName, SendingChannel};
use serde_json::Value;

use super::request::{LARGEST, MailSend, Refusal};
use super::{ACCOUNT, Sendgrid, events};
use crate::faults::{Mode, Target};
use crate::outbox::{Attachment, Message};
use crate::standins::connection;
use crate::standins::ses::bare;

/// Accepts an e-mail, unless a fault is due.
pub async fn send(
    State(sendgrid): State<Arc<Sendgrid>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let bearer =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let account =
        sendgrid.config.accounts.iter().find(|one| one.api_key.is_some() && one.api_key.as_deref() == bearer);
    let account = account.ok_or_else(|| {
        let message = "The provided authorization grant is invalid, expired, or revoked";
        Refusal::new(StatusCode::UNAUTHORIZED, message)
    })?;
    if body.len() > LARGEST {
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "The request is larger than 30 MB."));
    }
    let request = MailSend::read(&body, |from| account.addressee.has(bare(from)))?;

    let fault = sendgrid.around.faults.take(Target::Provider(ProviderName::Sendgrid));
    match fault {
        Some(Mode::Error) => {
            return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"));
        }
        Some(Mode::Throttle) => {
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too many requests"));
        }
        Some(Mode::Timeout) => return Ok(connection::keep_waiting().await),
        Some(Mode::DropAnswer | Mode::CrashBeforeRecord) | None => {}
    }

    let message = sendgrid.around.outbox.add(sendgrid.message(&account.tenant, request, &body));
    events::deliver_by_itself(&sendgrid, message.clone());
    let answer =
        (StatusCode::ACCEPTED, [("x-message-id", message.provider_message_id.clone())]).into_response();
    Ok(sendgrid.around.answer(fault, &message, answer).await)
}

impl Sendgrid {
    fn message(&self, tenant: &str, request: MailSend, body: &[u8]) -> Message {
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let attachments = request.attachments.iter().map(|file| Attachment {
            name: file.filename.clone(),
            media_type: file.media_type.clone(),
            size: file.size(),
        });
        let named = [(ACCOUNT.to_owned(), tenant.to_owned())];
        Message {
            sequence: 0,
            at: self.around.clock.now(),
            provider: ProviderName::Sendgrid,
            provider_message_id: BASE64URL_NOPAD.encode(&rand::random::<[u8; 16]>()),
            channel: SendingChannel::Email,
            to: request.recipients().join(", "),
            from: request.from.as_ref().map_or_else(String::new, super::request::Mailbox::written),
            subject: request.subject.clone(),
            body: request.content("text/plain").unwrap_or_default().to_owned(),
            html: request.content("text/html").map(str::to_owned),
            attachments: attachments.collect(),
            headers: request.headers,
            tags: request
                .custom_args
                .into_iter()
                .map(|(name, value)| (name, text(value)))
                .chain(named)
                .collect(),
            reports: Vec::new(),
            raw: String::from_utf8_lossy(body).into_owned(),
        }
    }
}
