//! The queues, and what travels in them.

use std::collections::BTreeMap;

use aws_sdk_sqs::{
    Client,
    types::{MessageSystemAttributeNameForSends, MessageSystemAttributeValue, SendMessageBatchRequestEntry},
};
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
    digest::digest,
    objects::Objects,
    store::changes::{ChangeBatch, RawChange},
    telemetry::trace_header,
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
    /// The query of the URL it was posted to, if the provider carries our ids back to us.
    pub query: String,
    /// The body.
    pub body: String,
    /// When it reached us.
    pub received_at: Timestamp,
    /// Whether it is part of one that is kept whole in the bucket. Otherwise it is kept with its message.
    #[serde(default)]
    pub kept: bool,
}

impl RawReport {
    /// Tells it from every other: the same report delivered twice is one.
    pub fn digest(&self) -> String {
        digest(&[&self.query, &self.body])
    }

    /// Its key in the bucket, if it is kept there.
    pub fn key(&self) -> String {
        format!("{}/reports/{}/{}.json", self.tenant, self.provider, self.digest())
    }
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
    pub async fn body(&self, objects: &Objects) -> Result<Vec<u8>, Error> {
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
    pub(crate) client: OnDemand<Client>,
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
                    let message = Parcel {
                        delay: delay(interaction, now),
                        trace_header: trace_header(&interaction.trace_id),
                        ..Parcel::of(interaction)?
                    };
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
        let messages = work.iter().map(Parcel::of).collect::<Result<_, Error>>()?;
        self.send(Queue::Batches, messages).await
    }

    /// Hands a provider's report to the settler, in its pieces.
    pub async fn settle(&self, pieces: impl IntoIterator<Item = RawReport>) -> Result<(), Error> {
        let messages = pieces.into_iter().map(|piece| Parcel::of(&piece)).collect::<Result<_, Error>>()?;
        self.send(Queue::Settlements, messages).await
    }

    /// Hands what a provider brought to whoever reads it.
    pub async fn bring(&self, raw: &RawInbound) -> Result<(), Error> {
        self.send(Queue::Inbound, vec![Parcel::of(raw)?]).await
    }

    /// Puts changes aside that cannot be read, each as `tell` takes it when it is invoked. Of one that is larger than a queue takes
    /// only where it stands is kept.
    pub async fn put_aside(&self, changes: Vec<RawChange>) -> Result<(), Error> {
        let messages = changes.into_iter().map(|change| {
            let stands = change.without_images();
            let whole = Parcel::of(&ChangeBatch { changes: vec![change] })?;
            match whole.body.len() <= Self::BATCH_BYTES {
                true => Ok(whole),
                false => Parcel::of(&stands),
            }
        });
        self.send_to(&self.aside, messages.collect::<Result<_, Error>>()?).await
    }

    pub(crate) fn url(&self, queue: Queue) -> Result<&str, Error> {
        let url = self.urls.get(&queue).map(String::as_str);
        url.ok_or_else(|| Error::Internal(format!("{} is not set", queue.variable()).into()))
    }

    async fn send(&self, queue: Queue, messages: Vec<Parcel>) -> Result<(), Error> {
        self.send_to(self.url(queue)?, messages).await
    }

    async fn send_to(&self, url: &str, messages: Vec<Parcel>) -> Result<(), Error> {
        let mut waiting = messages.into_iter().enumerate().peekable();
        while waiting.peek().is_some() {
            let (mut entries, mut bytes) = (Vec::new(), 0);
            while let Some((at, message)) = waiting.next_if(|(_, message)| {
                entries.len() < Self::BATCH && (bytes + message.body.len() <= Self::BATCH_BYTES || bytes == 0)
            }) {
                bytes += message.body.len();
                entries.push(message.entry(at)?);
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

/// A message for a queue.
struct Parcel {
    body: String,
    /// In seconds.
    delay: i32,
    /// Joins it to the trace it belongs to. SQS does not count it as part of the message.
    trace_header: Option<String>,
}

impl Parcel {
    /// To be taken at once.
    fn of<T: Serialize>(content: &T) -> Result<Self, Error> {
        Ok(Self { body: serde_json::to_string(content).internal()?, delay: 0, trace_header: None })
    }

    fn entry(self, at: usize) -> Result<SendMessageBatchRequestEntry, Error> {
        let mut entry = SendMessageBatchRequestEntry::builder()
            .id(at.to_string())
            .message_body(self.body)
            .set_delay_seconds((self.delay > 0).then_some(self.delay));
        if let Some(header) = self.trace_header {
            let header = MessageSystemAttributeValue::builder()
                .data_type("String")
                .string_value(header)
                .build()
                .internal()?;
            entry =
                entry.message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, header);
        }
        entry.build().internal()
    }
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
