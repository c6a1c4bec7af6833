//! What FCM is asked to deliver.

use domain::{id, id::Id, template::Source};
use serde::Serialize;

/// The body of `messages:send`.
///
/// FCM keeps no record that could be asked, and knows no idempotency key. So each message names itself on the device: where it
/// comes twice, the second copy takes the place of the first and does not stand beside it.
#[derive(Debug, Serialize)]
pub struct Send<'a> {
    message: Message<'a>,
}

#[derive(Debug, Serialize)]
struct Message<'a> {
    token: &'a str,
    notification: Notification<'a>,
    data: Data<'a>,
    android: Android<'a>,
    apns: Apns<'a>,
    webpush: Webpush<'a>,
}

#[derive(Debug, Serialize)]
struct Notification<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    body: &'a str,
}

/// What the application gets besides, to ask the lender for more.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    interaction_id: &'a str,
}

#[derive(Debug, Serialize)]
struct Android<'a> {
    /// Nobody is woken for a reminder.
    priority: &'static str,
    notification: Tagged<'a>,
}

/// Shown in the place of an earlier one with the same tag.
#[derive(Debug, Serialize)]
struct Tagged<'a> {
    tag: &'a str,
}

#[derive(Debug, Serialize)]
struct Apns<'a> {
    headers: ApnsHeaders<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct ApnsHeaders<'a> {
    apns_priority: &'static str,
    /// At most 64 bytes, which ids of ours have.
    apns_collapse_id: &'a str,
}

#[derive(Debug, Serialize)]
struct Webpush<'a> {
    notification: Tagged<'a>,
}

impl<'a> Send<'a> {
    /// A message to a device. `body` is its text.
    pub fn new(token: &'a str, words: &'a Source, body: &'a str, id: &'a Id<id::Interaction>) -> Self {
        let tag = id.as_str();
        Self {
            message: Message {
                token,
                notification: Notification { title: words.subject_line.as_deref(), body },
                data: Data { interaction_id: tag },
                android: Android { priority: "normal", notification: Tagged { tag } },
                apns: Apns { headers: ApnsHeaders { apns_priority: "5", apns_collapse_id: tag } },
                webpush: Webpush { notification: Tagged { tag } },
            },
        }
    }
}
