//! Dead letters: what failed five times in its queue. They are looked at where they are, and sent back from there.
//!
//! All tenants' stand together, each with its tenant's name in it. What has none that can be read belongs to nobody here: the
//! operator's alarms tell of it, and the runbook says what to do.

use std::collections::BTreeSet;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as Attribute};
use domain::{Error, error::Ours as _, tenant::TenantId};
use futures::future::try_join_all;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::queues::{Queue, Queues};

/// Takings from one queue for one look; what is not found by then waits behind what is.
const LOOKS: usize = 5;
/// Letters of one taking.
const TAKEN: i32 = 10;
/// How long a letter that was looked at is hidden from others, in seconds: longer than a look takes.
const HIDDEN: i32 = 5;
/// How long a taking waits for letters, in seconds, where a certain one is looked for that somebody may be looking at.
const WAIT: i32 = 2;

/// A dead letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// Its name: the queue, a dot, and the queue's name for it.
    pub id: String,
    /// The queue it failed in: `settlements`, `dispatch-email`.
    pub queue: String,
    /// When it came into the queue.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sent_at: Option<Timestamp>,
    /// How often it was taken since, looks at it included.
    pub received: u32,
    /// Whether the sweep does its work again by itself: then nothing is lost, and the letter is but a trace.
    pub is_done_again: bool,
    /// What it is about.
    pub about: About,
}

/// What a dead letter is about, as far as it says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// The message it was to send.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interaction_id: Option<String>,
    /// The batch it is work on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub batch_id: Option<String>,
    /// The operation it is work on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation_id: Option<String>,
    /// The event of your core system.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event_id: Option<String>,
    /// The provider that reported something, or brought what a borrower wrote.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider: Option<String>,
    /// Joins the logs about it, in which its error stands.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trace_id: Option<String>,
}

/// That somebody had a dead letter sent back to its queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Redriven {
    /// What was sent back.
    pub letter: DeadLetter,
    /// When it was sent back.
    pub at: Timestamp,
    /// Who: the id of the API key, or the subject of the token.
    pub by: String,
    /// Why it was sent back.
    pub reason: String,
    /// The trace id of the request.
    pub trace_id: String,
}

/// Dead letters of a tenant.
#[derive(Debug, Default)]
pub struct Found {
    /// The newest first.
    pub letters: Vec<DeadLetter>,
    /// Whether there may be more that were not looked at.
    pub is_cut: bool,
}

/// A dead letter in hand.
pub struct Taken {
    /// It.
    pub letter: DeadLetter,
    queue: Queue,
    body: String,
    receipt: String,
}

/// The queue of this name, with dead letters of it.
fn named(id: &str) -> Option<(Queue, &str)> {
    let (name, message) = id.split_once('.')?;
    Some((Queue::ALL.into_iter().find(|queue| queue.name() == name)?, message))
}

/// A tenant's dead letters, in all queues. They stay where they are.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(queues: &Queues, tenant: &TenantId) -> Result<Found, Error> {
    let all = try_join_all(Queue::ALL.map(|queue| look(queues, queue, tenant))).await?;
    let mut found = Found::default();
    for (letters, is_cut) in all {
        found.letters.extend(letters);
        found.is_cut |= is_cut;
    }
    found.letters.sort_by(|one, other| (other.sent_at, &other.id).cmp(&(one.sent_at, &one.id)));
    Ok(found)
}

async fn look(queues: &Queues, queue: Queue, tenant: &TenantId) -> Result<(Vec<DeadLetter>, bool), Error> {
    let (mut letters, mut seen) = (Vec::new(), BTreeSet::new());
    for _ in 0..LOOKS {
        let taken = queues.take_dead(queue, TAKEN, HIDDEN, 0).await?;
        if taken.is_empty() {
            return Ok((letters, false));
        }
        for message in taken {
            if seen.insert(message.message_id.clone()) {
                letters.extend(read(queue, &message, tenant));
            }
        }
    }
    Ok((letters, true))
}

/// Takes a tenant's dead letter; `None` if it is not there, or not found among very many.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn take(queues: &Queues, tenant: &TenantId, id: &str) -> Result<Option<Taken>, Error> {
    let Some((queue, wanted)) = named(id) else { return Ok(None) };
    for _ in 0..LOOKS {
        let taken = queues.take_dead(queue, TAKEN, HIDDEN, WAIT).await?;
        if taken.is_empty() {
            continue;
        }
        let Some(message) = taken.into_iter().find(|one| one.message_id() == Some(wanted)) else { continue };
        let letter = read(queue, &message, tenant);
        let parts = message.body.zip(message.receipt_handle);
        return Ok(letter.zip(parts).map(|(letter, (body, receipt))| Taken { letter, queue, body, receipt }));
    }
    Ok(None)
}

/// Sends it back to its queue, and then removes it. A crash in between leaves it in both, and its work may be done twice.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn send_back(queues: &Queues, taken: Taken) -> Result<(), Error> {
    queues.send_back(taken.queue, taken.body, &taken.receipt).await
}

/// A message as this tenant's letter, if it is.
fn read(queue: Queue, message: &Message, tenant: &TenantId) -> Option<DeadLetter> {
    let (of, about) = about(queue, message.body()?)?;
    let attribute = |name| message.attributes()?.get(&name).map(String::as_str);
    let sent_at = attribute(Attribute::SentTimestamp).and_then(|millis| millis.parse().ok());
    (of == *tenant).then(|| DeadLetter {
        id: format!("{}.{}", queue.name(), message.message_id().unwrap_or_default()),
        queue: queue.name(),
        sent_at: sent_at.and_then(|millis| Timestamp::from_millisecond(millis).ok()),
        received: attribute(Attribute::ApproximateReceiveCount).and_then(|n| n.parse().ok()).unwrap_or(1),
        is_done_again: matches!(queue, Queue::Dispatch(_) | Queue::Batches),
        about,
    })
}

/// Whose the work of a queue is, and what it is about.
fn about(queue: Queue, body: &str) -> Option<(TenantId, About)> {
    let body: Value = serde_json::from_str(body).ok()?;
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let (tenant, about) = match queue {
        Queue::Dispatch(_) => {
            let about = About { interaction_id: text("/id"), trace_id: text("/traceId"), ..About::default() };
            (text("/tenant"), about)
        }
        Queue::Batches => {
            let work = body.as_object()?.values().next()?;
            let text = |name: &str| work.get(name).and_then(Value::as_str).map(str::to_owned);
            let about =
                About { batch_id: text("batch"), operation_id: text("operation"), ..About::default() };
            (text("tenant"), about)
        }
        Queue::Events => {
            let event_id = text("/detail/eventId").or_else(|| text("/id"));
            (text("/detail/tenant"), About { event_id, ..About::default() })
        }
        Queue::Settlements | Queue::Inbound => {
            let about = About { provider: text("/provider"), trace_id: text("/traceId"), ..About::default() };
            (text("/tenant"), about)
        }
    };
    Some((tenant?.parse().ok()?, about))
}

impl Queues {
    async fn take_dead(
        &self,
        queue: Queue,
        most: i32,
        hidden: i32,
        wait: i32,
    ) -> Result<Vec<Message>, Error> {
        let request = self
            .client
            .receive_message()
            .queue_url(dead(self.url(queue)?))
            .max_number_of_messages(most)
            .visibility_timeout(hidden)
            .wait_time_seconds(wait)
            .message_system_attribute_names(Attribute::SentTimestamp)
            .message_system_attribute_names(Attribute::ApproximateReceiveCount);
        let answer = request.send().await.unavailable("SQS")?;
        Ok(answer.messages.unwrap_or_default())
    }

    async fn send_back(&self, queue: Queue, body: String, receipt: &str) -> Result<(), Error> {
        let url = self.url(queue)?;
        self.client.send_message().queue_url(url).message_body(body).send().await.unavailable("SQS")?;
        let removal = self.client.delete_message().queue_url(dead(url)).receipt_handle(receipt);
        removal.send().await.map(drop).unavailable("SQS")
    }
}

/// The queue of another's dead letters, as `infra/queues.yaml` names it.
fn dead(url: &str) -> String {
    format!("{url}-dead")
}

#[cfg(test)]
mod tests {
    use domain::vocabulary::SendingChannel;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_travels_in_a_queue_says_whose_it_is_and_what_about() {
        let email = Queue::Dispatch(SendingChannel::Email);
        for (queue, body, expected) in [
            (
                email,
                json!({ "tenant": "acme", "id": "IN-1-2", "traceId": "1-a" }),
                About {
                    interaction_id: Some("IN-1-2".into()),
                    trace_id: Some("1-a".into()),
                    ..About::default()
                },
            ),
            (
                Queue::Batches,
                json!({ "expand": { "tenant": "acme", "batch": "BU-1-2" } }),
                About { batch_id: Some("BU-1-2".into()), ..About::default() },
            ),
            (
                Queue::Batches,
                json!({ "resend": { "tenant": "acme", "operation": "OP-1-2", "step": 1 } }),
                About { operation_id: Some("OP-1-2".into()), ..About::default() },
            ),
            (
                Queue::Events,
                json!({ "id": "bus-1", "detail": { "tenant": "acme", "eventId": "e-1" } }),
                About { event_id: Some("e-1".into()), ..About::default() },
            ),
            (
                Queue::Settlements,
                json!({ "tenant": "acme", "provider": "ses", "query": "", "body": "{}" }),
                About { provider: Some("ses".into()), ..About::default() },
            ),
        ] {
            assert_eq!(
                about(queue, &body.to_string()),
                Some(("acme".parse().unwrap(), expected)),
                "{queue:?}"
            );
        }
        for nobodys in ["", "{}", "[]", "7", r#"{"tenant":"Not A Name"}"#, r#"{"detail":{}}"#] {
            for queue in Queue::ALL {
                assert_eq!(about(queue, nobodys), None, "{queue:?} {nobodys}");
            }
        }
    }

    #[test]
    fn a_letter_is_named_by_its_queue() {
        for queue in Queue::ALL {
            assert_eq!(named(&format!("{}.a-1", queue.name())), Some((queue, "a-1")));
        }
        assert_eq!(named("tell.a-1"), None);
        assert_eq!(named("settlements"), None);
    }
}
