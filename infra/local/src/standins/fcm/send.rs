//! `POST /v1/projects/{project}/messages:send`: accepts a notification.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use domain::vocabulary::{ProviderName, SendingChannel};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Fcm, Refusal, locked};
use crate::faults::{Mode, Target};
use crate::outbox::Message;
use crate::standins::connection;

/// What a message carries at most: keys and values of `notification` and `data`.
const LARGEST: usize = 4096;

/// The body, as far as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    validate_only: bool,
    message: Sent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    token: Option<String>,
    topic: Option<String>,
    condition: Option<String>,
    notification: Option<Notification>,
    #[serde(default)]
    data: BTreeMap<String, Value>,
    #[serde(rename = "android")]
    _android: Option<Value>,
    #[serde(rename = "apns")]
    _apns: Option<Value>,
    #[serde(rename = "webpush")]
    _webpush: Option<Value>,
    #[serde(rename = "fcm_options")]
    _fcm_options: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notification {
    title: Option<String>,
    body: Option<String>,
    image: Option<String>,
}

/// Accepts a notification, unless a fault is due.
pub async fn send(
    State(fcm): State<Arc<Fcm>>,
    Path((project, call)): Path<(String, String)>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Refusal> {
    if call != "messages:send" {
        return Err(Refusal::not_found());
    }
    fcm.authenticate(&project, &headers)?;
    let Body { validate_only, message: sent } = serde_json::from_str(&body)
        .map_err(|error| Refusal::unreadable(format!("Invalid JSON payload received. {error}")))?;
    let token = sent.check()?.to_owned();
    if validate_only {
        return Ok(accepted(&format!("projects/{project}/messages/fake_message_id")));
    }
    let next = locked(&fcm.next).pop_front();
    let unregistered = locked(&fcm.unregistered).contains(&token).then(|| Refusal::of("UNREGISTERED"));
    if let Some(refusal) = next.or(unregistered.flatten()) {
        return Err(refusal);
    }

    let fault = fcm.around.faults.take(Target::Provider(ProviderName::Fcm));
    let refused = |code| Refusal::of(code).map_or_else(|| Err(Refusal::unauthenticated()), Err);
    match fault {
        Some(Mode::Error) => return refused("INTERNAL"),
        Some(Mode::Throttle) => return refused("QUOTA_EXCEEDED"),
        Some(Mode::Timeout) => return Ok(connection::keep_waiting().await),
        Some(Mode::DropAnswer | Mode::CrashBeforeRecord) | None => {}
    }

    let message = fcm.around.outbox.add(fcm.message(&project, token, sent, body));
    let answer = accepted(&message.provider_message_id);
    Ok(fcm.around.answer(fault, &message, answer).await)
}

fn accepted(name: &str) -> Response {
    Json(json!({ "name": name })).into_response()
}

impl Sent {
    /// The device's token, if FCM could deliver the message.
    fn check(&self) -> Result<&str, Refusal> {
        let Self { token, topic, condition, notification, data, .. } = self;
        let token = match (token, topic, condition) {
            (Some(token), None, None) => token,
            // Nobody here subscribes to any.
            (None, _, _) => {
                return Err(Refusal::invalid(
                    Some("message"),
                    "Recipient of the message is not set, or is no device.",
                ));
            }
            _ => return Err(Refusal::unreadable("Only one of token, topic and condition can be set.")),
        };
        let is_token = (16..=4096).contains(&token.len())
            && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_:".contains(&b));
        if !is_token {
            let message = "The registration token is not a valid FCM registration token";
            return Err(Refusal::invalid(Some("message.token"), message));
        }
        for (place, (_, value)) in data.iter().enumerate() {
            if !value.is_string() {
                let field = format!("message.data[{place}].value");
                return Err(Refusal::invalid(Some(&field), "Invalid value (TYPE_STRING)"));
            }
        }
        let texts =
            notification.iter().flat_map(|n| [("title", &n.title), ("body", &n.body), ("image", &n.image)]);
        let texts = texts.filter_map(|(name, value)| Some(name.len() + value.as_ref()?.len()));
        let carried = data.iter().map(|(name, value)| name.len() + value.as_str().map_or(0, str::len));
        if texts.chain(carried).sum::<usize>() > LARGEST {
            return Err(Refusal::invalid(None, "Message is too big"));
        }
        Ok(token)
    }
}

impl Fcm {
    fn authenticate(&self, project: &str, headers: &HeaderMap) -> Result<(), Refusal> {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = bearer.and_then(|bearer| bearer.strip_prefix("Bearer "));
        match token.and_then(|token| self.is_granted(token, project)) {
            Some(true) => Ok(()),
            Some(false) => Err(Refusal::forbidden(project)),
            None => Err(Refusal::unauthenticated()),
        }
    }

    fn message(&self, project: &str, token: String, sent: Sent, raw: String) -> Message {
        let (title, body) =
            sent.notification.map(|notification| (notification.title, notification.body)).unwrap_or_default();
        let data = sent.data.into_iter();
        Message {
            sequence: 0,
            at: self.around.clock.now(),
            provider: ProviderName::Fcm,
            provider_message_id: format!(
                "projects/{project}/messages/{}",
                HEXLOWER.encode(&rand::random::<[u8; 16]>())
            ),
            channel: SendingChannel::Push,
            to: token,
            from: project.to_owned(),
            subject: title,
            body: body.unwrap_or_default(),
            html: None,
            headers: BTreeMap::new(),
            attachments: Vec::new(),
            tags: data.filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect(),
            reports: Vec::new(),
            raw,
        }
    }
}
