//! The queues, and what travels in them.

use std::collections::BTreeMap;

use aws_sdk_sqs::{Client, types::SendMessageBatchRequestEntry};
use data_encoding::BASE64;
use domain::{
    Error,
    error::{Cause, Ours as _},
    id::{self, Id},
    interaction::Interaction,
    tenant::TenantId,
    vocabulary::{ProviderName, SendingChannel},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    aws::OnDemand,
    objects::Objects,
    store::changes::{Record, Records},
};

/// A queue of `infra/queues.yaml`, beside which each has its dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    /// Messages to be sent.
    Dispatch(SendingChannel),
    /// Batches to be worked off.
    Batches,
    /// Events of core systems, from the bus.
    Events,
    /// Providers' reports to be taken in.
    Settlements,
    /// What borrowers wrote, to be taken in.
    Inbound,
}

impl Queue {
    /// Every queue.
    pub const ALL: [Self; SendingChannel::ALL.len() + 4] = {
        let mut all = [Self::Batches; SendingChannel::ALL.len() + 4];
        let mut place = 0;
        while place < SendingChannel::ALL.len() {
            all[place] = Self::Dispatch(SendingChannel::ALL[place]);
            place += 1;
        }
        all[place + 1] = Self::Settlements;
        all[place + 2] = Self::Inbound;
        all[place + 3] = Self::Events;
        all
    };

    /// The last part of its name in AWS: `dispatch-email`.
    pub fn name(self) -> String {
        match self {
            Self::Dispatch(channel) => format!("dispatch-{channel}"),
            Self::Batches => "batches".into(),
            Self::Events => "events".into(),
            Self::Settlements => "settlements".into(),
            Self::Inbound => "inbound".into(),
        }
    }

    /// The environment variable that holds its URL: `DISPATCH_EMAIL_QUEUE_URL`.
    pub fn variable(self) -> String {
        format!("{}_QUEUE_URL", self.name().to_uppercase().replace('-', "_"))
    }
}

/// Where the queues are.
pub type QueueUrls = BTreeMap<Queue, String>;

/// Work on a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BatchWork {
    /// Read the list of borrowers and cut it into chunks.
    Expand {
        /// Whose.
        tenant: TenantId,
        /// Which.
        batch: Id<id::Batch>,
    },
    /// Accept messages to these borrowers.
    Chunk {
        /// Whose.
        tenant: TenantId,
        /// Which.
        batch: Id<id::Batch>,
        /// Its place in the list, from 0.
        number: u32,
        /// As the lender wrote them.
        borrowers: Vec<String>,
    },
    /// Send messages again, a step of many.
    Resend {
        /// Whose.
        tenant: TenantId,
        /// Which operation.
        operation: Id<id::Operation>,
        /// Its step, from 0.
        step: u64,
    },
    /// Call off the messages of a chunk, and of those after it, that nobody took yet.
    CallOff {
        /// Whose.
        tenant: TenantId,
        /// Which.
        batch: Id<id::Batch>,
        /// The chunk's place in the list.
        number: u32,
    },
}

/// A provider's report as it reached a webhook, verified and otherwise untouched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawReport {
    /// Whose account it concerns.
    pub tenant: TenantId,
    /// Who posted it.
    pub provider: ProviderName,
    /// The query of the URL it was posted to, where the provider carries our ids back to us.
    pub query: String,
    /// The body.
    pub body: String,
    /// When it reached us.
    pub received_at: Timestamp,
}

/// A provider's call that brought something, verified and otherwise untouched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawInbound {
    /// Whose account it came by.
    pub tenant: TenantId,
    /// Who called.
    pub provider: ProviderName,
    /// What the body is, by its header.
    pub content_type: String,
    /// The query of the URL that was called.
    pub query: String,
    /// The body.
    pub body: RawBody,
    /// When it reached us.
    pub received_at: Timestamp,
    /// Joins logs from this call to what came of it.
    pub trace_id: String,
}

/// A body, or where it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RawBody {
    /// In base64.
    Here(String),
    /// Under this key in the bucket stands the same [`RawInbound`] with its body in place.
    Stored(String),
}

impl RawBody {
    /// Bodies up to this many bytes travel in the queue: base64 and what goes with it must stay below the 256 KiB of SQS.
    pub const LARGEST_HERE: usize = 100 * 1024;

    /// These bytes.
    pub fn here(bytes: &[u8]) -> Self {
        Self::Here(BASE64.encode(bytes))
    }
}

impl RawInbound {
    /// The body, from wherever it is.
    ///
    /// # Errors
    /// When there is none.
    pub async fn said(&self, objects: &Objects) -> Result<Vec<u8>, Error> {
        let kept: Self;
        let body = match &self.body {
            RawBody::Here(_) => &self.body,
            RawBody::Stored(key) => {
                let object = objects.get(key).await?;
                kept =
                    serde_json::from_slice(&object).map_err(|e| Error::Internal(Cause::of(e).about(key)))?;
                &kept.body
            }
        };
        match body {
            RawBody::Here(text) => BASE64
                .decode(text.as_bytes())
                .map_err(|e| Error::Internal(Cause::of(e).about("queue message"))),
            RawBody::Stored(key) => Err(Error::Internal(format!("{key} holds no body").into())),
        }
    }
}

/// See the module documentation.
pub struct Queues {
    client: OnDemand<Client>,
    urls: QueueUrls,
    aside: String,
}

impl Queues {
    /// SQS takes ten messages and 256 KiB in one call, and waits at most 15 minutes.
    const BATCH: usize = 10;
    const BATCH_BYTES: usize = 256 * 1024;
    const MAX_DELAY: SignedDuration = SignedDuration::from_mins(15);

    /// Over these queues, and the one in which changes are put aside.
    pub fn new(client: impl Into<OnDemand<Client>>, urls: QueueUrls, aside: String) -> Self {
        Self { client: client.into(), urls, aside }
    }

    /// Hands messages to the dispatchers of their channels, each at its time.
    ///
    /// # Errors
    /// The first there was, once all others are in their queues; [`Error::Internal`] for a message of a channel that is not
    /// sent.
    pub async fn dispatch(&self, interactions: &[Interaction], now: Timestamp) -> Result<(), Error> {
        let mut by_channel = BTreeMap::<_, Vec<_>>::new();
        let mut strays = Vec::new();
        for interaction in interactions {
            match interaction.channel.sending() {
                Some(channel) => {
                    let message = (encode(interaction)?, delay(interaction, now));
                    by_channel.entry(channel).or_default().push(message);
                }
                None => strays.push(format!("{} ({})", interaction.id, interaction.channel)),
            }
        }
        // Each channel has its turn, whatever becomes of the others.
        let mut outcome = match strays.is_empty() {
            true => Ok(()),
            false => Err(Error::Internal(
                format!("messages of channels that are not sent: {}", strays.join(", ")).into(),
            )),
        };
        for (channel, messages) in by_channel {
            outcome = outcome.and(self.send(Queue::Dispatch(channel), messages).await);
        }
        outcome
    }

    /// Hands out work on batches.
    pub async fn batch_work(&self, work: &[BatchWork]) -> Result<(), Error> {
        let messages = work.iter().map(|work| Ok((encode(work)?, 0))).collect::<Result<Vec<_>, Error>>()?;
        self.send(Queue::Batches, messages).await
    }

    /// Hands a provider's report to the settler, in its pieces.
    pub async fn settle(&self, pieces: impl IntoIterator<Item = RawReport>) -> Result<(), Error> {
        let encoded = pieces.into_iter().map(|piece| Ok((encode(&piece)?, 0)));
        self.send(Queue::Settlements, encoded.collect::<Result<_, Error>>()?).await
    }

    /// Hands what a provider brought to whoever reads it.
    pub async fn bring(&self, raw: &RawInbound) -> Result<(), Error> {
        self.send(Queue::Inbound, vec![(encode(raw)?, 0)]).await
    }

    /// Puts changes aside that cannot be read, each as `tell` takes it when it is invoked. Of one that is larger than a queue takes
    /// only where it stands is kept.
    pub async fn put_aside(&self, changes: Vec<Record>) -> Result<(), Error> {
        let encoded = changes.into_iter().map(|change| {
            let stands = change.without_images();
            let whole = encode(&Records { records: vec![change] })?;
            match whole.len() <= Self::BATCH_BYTES {
                true => Ok((whole, 0)),
                false => Ok((encode(&stands)?, 0)),
            }
        });
        self.send_to(&self.aside, encoded.collect::<Result<_, Error>>()?).await
    }

    async fn send(&self, queue: Queue, messages: Vec<(String, i32)>) -> Result<(), Error> {
        let url = self.urls.get(&queue);
        let url = url.ok_or_else(|| Error::Internal(format!("{} is not set", queue.variable()).into()))?;
        self.send_to(url, messages).await
    }

    async fn send_to(&self, url: &str, messages: Vec<(String, i32)>) -> Result<(), Error> {
        let mut waiting = messages.into_iter().enumerate().peekable();
        while waiting.peek().is_some() {
            let (mut entries, mut bytes) = (Vec::new(), 0);
            while let Some((at, (body, delay))) = waiting.next_if(|(_, (body, _))| {
                entries.len() < Self::BATCH && (bytes + body.len() <= Self::BATCH_BYTES || bytes == 0)
            }) {
                bytes += body.len();
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(at.to_string())
                    .message_body(body)
                    .set_delay_seconds((delay > 0).then_some(delay))
                    .build()
                    .internal()?;
                entries.push(entry);
            }
            let answer =
                self.client.send_message_batch().queue_url(url).set_entries(Some(entries)).send().await;
            let answer = answer.unavailable("SQS")?;
            if let Some(failed) = answer.failed().first() {
                return Err(Error::Unavailable(
                    format!("SQS: {}: {}", failed.code(), failed.message().unwrap_or_default()).into(),
                ));
            }
        }
        Ok(())
    }
}

fn encode<T: Serialize>(message: &T) -> Result<String, Error> {
    serde_json::to_string(message).internal()
}

/// What travels in a queue message. One that cannot be read comes back until it is parked with the dead letters.
pub fn decode<T: DeserializeOwned>(body: &str) -> Result<T, Error> {
    serde_json::from_str(body).map_err(|e| Error::Internal(Cause::of(e).about("queue message")))
}

/// Whole seconds until the message may leave, rounded up so that it never arrives early.
fn delay(interaction: &Interaction, now: Timestamp) -> i32 {
    let wait = interaction.leaves_at().map_or(SignedDuration::ZERO, |at| at.duration_since(now));
    let wait = wait.clamp(SignedDuration::ZERO, Queues::MAX_DELAY);
    let seconds = wait.as_secs() + i64::from(wait.subsec_nanos() > 0);
    i32::try_from(seconds.min(Queues::MAX_DELAY.as_secs())).unwrap_or(0)
}

#[cfg(test)]
mod tests;
