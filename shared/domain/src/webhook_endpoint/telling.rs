//! The body of a webhook, according to Standard Webhooks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    error::{Conflict, Error},
    vocabulary::AnyEvent,
};

/// What happened, as the content of a message by webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Telling {
    /// What.
    #[serde(rename = "type")]
    pub event: AnyEvent,
    /// When it happened.
    pub timestamp: Timestamp,
    /// What is known of it.
    pub data: Value,
}

impl Telling {
    /// Bytes that a webhook's body has fewer than; Standard Webhooks advises 20 KB.
    pub const MAX_BYTES: usize = 20_000;

    /// Itself, if a webhook carries that much.
    ///
    /// # Errors
    /// [`Conflict::MessageTooLarge`].
    pub fn fitting(self) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(&self).map_or(usize::MAX, |body| body.len());
        if bytes < Self::MAX_BYTES {
            return Ok(self);
        }
        let most = Self::MAX_BYTES;
        let detail =
            format!("The webhook's body has {bytes} bytes; it must have fewer than {most}. Tell less in it.");
        Err(Error::conflict(Conflict::MessageTooLarge, detail))
    }

    /// What a message reports; `None` for one that says something in words.
    pub fn read(content: &Map<String, Value>) -> Option<Self> {
        let is_telling = ["type", "timestamp", "data"].iter().all(|member| content.contains_key(*member));
        is_telling.then(|| serde_json::from_value(Value::Object(content.clone())).ok()).flatten()
    }

    /// As the content of a message.
    pub fn content(self) -> Map<String, Value> {
        let members = [
            ("type", self.event.as_str().into()),
            ("timestamp", self.timestamp.to_string().into()),
            ("data", self.data),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::vocabulary::MessageEvent;

    #[test]
    fn what_is_told_is_read_from_a_content_as_it_was_put_there() {
        let telling = Telling {
            event: AnyEvent::Message(MessageEvent::Sent),
            timestamp: "2026-01-05T15:00:00Z".parse().unwrap(),
            data: json!({ "interactionId": "IN-1-2", "amount": 12.50 }),
        };
        assert_eq!(Telling::read(&telling.clone().content()), Some(telling));
        let words = json!({ "contentText": "type, timestamp and data" });
        assert_eq!(Telling::read(words.as_object().unwrap()), None);
    }
}
