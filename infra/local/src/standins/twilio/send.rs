//! `POST /2010-04-01/Accounts/{sid}/Messages.json`: accepts a text.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use domain::vocabulary::{ProviderName, SendingChannel};

use super::request::{Refusal, SendRequest};
use super::tags::{ACCOUNT, CALLBACK, SERVICE};
use super::{Twilio, reports, resource};
use crate::faults::{Mode, Target};
use crate::outbox::{Attachment, Message};
use crate::standins::connection;

/// Accepts a text, unless a fault is due.
pub async fn send(
    State(twilio): State<Arc<Twilio>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    form: String,
) -> Result<Response, Refusal> {
    twilio.authenticate(&account, &headers)?;
    let request = SendRequest::parse(&form)?;
    if twilio.is_opted_out(&request.to) {
        return Err(Refusal::invalid(21610, "Attempt to send to unsubscribed recipient"));
    }

    let fault = twilio.around.faults.take(Target::Provider(ProviderName::Twilio));
    match fault {
        Some(Mode::Error) => return Err(Refusal::server_error()),
        Some(Mode::Throttle) => return Err(Refusal::throttled()),
        Some(Mode::Timeout) => return Ok(connection::keep_waiting().await),
        Some(Mode::DropAnswer | Mode::CrashBeforeRecord) | None => {}
    }

    let files = twilio.media(&request.media_urls).await;
    let is_whole = files.iter().all(|file| file.size.is_some());
    let message = twilio.around.outbox.add(twilio.message(account, request, form, files));
    if is_whole {
        reports::deliver_by_itself(&twilio, message.clone());
    } else {
        reports::fail_by_itself(&twilio, message.clone(), MEDIA_NOT_FETCHED);
    }
    let answer = (StatusCode::CREATED, Json(resource::message(&message))).into_response();
    Ok(twilio.around.answer(fault, &message, answer).await)
}

/// Twilio's error when it cannot fetch a file of an MMS.
const MEDIA_NOT_FETCHED: u32 = 11200;

/// A new id of Twilio's for a message.
pub fn message_sid() -> String {
    format!("SM{}", HEXLOWER.encode(&rand::random::<[u8; 16]>()))
}

impl Twilio {
    /// The files of an MMS, fetched from where the send says they are. One without a size could not be had.
    async fn media(&self, addresses: &[String]) -> Vec<Attachment> {
        let mut files = Vec::new();
        for address in addresses {
            let fetched = async {
                let answer = self.around.http.get(address).send().await.ok()?.error_for_status().ok()?;
                let media_type = answer.headers().get("content-type")?.to_str().ok()?.to_owned();
                Some((media_type, answer.bytes().await.ok()?.len()))
            };
            let (media_type, size) = fetched.await.unzip();
            files.push(Attachment { name: address.clone(), media_type, size });
        }
        files
    }

    fn message(
        &self,
        account: String,
        request: SendRequest,
        form: String,
        attachments: Vec<Attachment>,
    ) -> Message {
        let from = request.sender();
        let tags = [
            (ACCOUNT, Some(account)),
            (SERVICE, request.messaging_service_sid),
            (CALLBACK, request.status_callback),
        ];
        Message {
            sequence: 0,
            at: self.around.clock.now(),
            provider: ProviderName::Twilio,
            provider_message_id: message_sid(),
            channel: SendingChannel::Text,
            to: request.to,
            from,
            subject: None,
            body: request.body,
            html: None,
            headers: BTreeMap::new(),
            attachments,
            tags: tags.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
            reports: Vec::new(),
            raw: form,
        }
    }
}
