//! What Lambda's event sources do: take messages from the queues, hand them to the consumers, and delete what was
//! worked off.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
    MessageSystemAttributeName as Attribute, QueueAttributeName,
};
use functions::catalog::{self, Function, QueueHandler, Trigger};
use functions::serve;
use platform::queues::Queue;
use serde::Serialize;
use tokio::sync::watch;

use crate::Failure;
use crate::aws::Resources;
use crate::changes::Changes;
use crate::lambda::Lambda;

/// Event sources of one queue that take messages at the same time.
pub const AT_ONCE: usize = 4;
/// Messages of one delivery: as many as SQS gives at once.
const DELIVERY: i32 = 10;
/// How long a receive waits for a message. Short, because stopping waits for it.
const WAIT: i32 = 2;
/// How long a delivery is nobody else's, in seconds: what a consumer's Lambda may take. The queues' own 360 s would let
/// a person wait for what a killed process held.
const HELD: i32 = 60;
/// The pause after a receive that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// What takes from one queue.
struct Source {
    function: &'static Function,
    queue: Queue,
    handler: QueueHandler,
    url: String,
    dead_letters: String,
}

/// All queues with their consumers.
pub struct Queues {
    client: Client,
    sources: Vec<Source>,
    lambda: Arc<Lambda>,
}

/// What [`Queues::drain`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drained {
    /// Messages worked off.
    pub done: usize,
    /// Messages that came back; they are in the queue again.
    pub failed: usize,
}

/// What is in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Depth {
    /// Its name in the catalogue.
    pub name: String,
    /// Messages to be taken.
    pub depth: u32,
    /// Messages whose time has not come.
    pub delayed: u32,
    /// Messages taken and not yet worked off.
    pub in_flight: u32,
    /// Messages given up.
    pub dead: u32,
}

impl Queues {
    /// The queues of the catalogue.
    pub fn new(sdk: &SdkConfig, resources: &Resources, lambda: Arc<Lambda>) -> Result<Self, Failure> {
        let mut sources = Vec::new();
        for function in catalog::ALL {
            let Trigger::Queue { queue, handler, .. } = function.trigger else { continue };
            let (url, dead_letters) = (resources.queue(queue)?, resources.dead_letters(queue)?);
            sources.push(Source { function, queue, handler, url, dead_letters });
        }
        Ok(Self { client: Client::new(sdk), sources, lambda })
    }

    /// How many event sources there are, for [`Self::consume`].
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Takes from one queue until told to stop; what was taken by then is worked off.
    pub async fn consume(&self, source: usize, stop: watch::Receiver<bool>) {
        let source = &self.sources[source];
        while !*stop.borrow() {
            match self.receive(source, DELIVERY, WAIT).await {
                Ok(messages) => {
                    let failed = self.deliver(source, &messages).await;
                    let retry = |message: &Message| 1 << receives(message).min(5);
                    self.hold(source, failed.into_iter().map(|message| (message, retry(message)))).await;
                }
                Err(error) => {
                    tracing::warn!(error, queue = source.queue.name(), "cannot receive");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Works off what is in the queues, or in one of them, and what comes of it, until nothing is left to take. A message
    /// is delivered `times` times before it is deleted, as SQS may do; one that fails is put back at the end.
    /// So are changes of the table, where all queues are meant.
    pub async fn drain(
        &self,
        only: Option<Queue>,
        times: usize,
        changes: &Changes,
    ) -> Result<Drained, Failure> {
        let mut drained = Drained::default();
        let mut failed = Vec::new();
        loop {
            let before = drained;
            for source in self.sources.iter().filter(|source| only.is_none_or(|queue| queue == source.queue))
            {
                loop {
                    let messages = self.receive(source, DELIVERY, 0).await?;
                    if messages.is_empty() {
                        break;
                    }
                    for _ in 1..times {
                        self.invoke(source, &messages).await;
                    }
                    let some: Vec<Message> =
                        self.deliver(source, &messages).await.into_iter().cloned().collect();
                    drained.done += messages.len() - some.len();
                    drained.failed += some.len();
                    failed.push((source, some));
                }
            }
            let told = only.is_none() && changes.drain(times).await?;
            if drained == before && !told {
                break;
            }
        }
        for (source, messages) in &failed {
            self.hold(source, messages.iter().map(|message| (message, 0))).await;
        }
        Ok(drained)
    }

    /// Works off one message of a queue. Answers whether there was one; if it fails, it is put back.
    pub async fn work_off_one(&self, queue: Queue) -> Result<bool, Failure> {
        let mut was_one = false;
        for source in self.sources.iter().filter(|source| source.queue == queue) {
            let messages = self.receive(source, 1, 0).await?;
            let failed = self.deliver(source, &messages).await;
            self.hold(source, failed.into_iter().map(|message| (message, 0))).await;
            was_one |= !messages.is_empty();
        }
        Ok(was_one)
    }

    /// What is in each queue.
    pub async fn depths(&self) -> Result<Vec<Depth>, Failure> {
        let mut depths = Vec::new();
        for source in &self.sources {
            let [depth, delayed, in_flight] = self.count(&source.url).await?;
            let [dead, ..] = self.count(&source.dead_letters).await?;
            depths.push(Depth { name: source.queue.name(), depth, delayed, in_flight, dead });
        }
        Ok(depths)
    }

    async fn count(&self, url: &str) -> Result<[u32; 3], Failure> {
        const NAMES: [QueueAttributeName; 3] = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let request =
            self.client.get_queue_attributes().queue_url(url).set_attribute_names(Some(NAMES.to_vec()));
        let answer = request.send().await.map_err(|error| DisplayErrorContext(error).to_string())?;
        let attributes = answer.attributes.unwrap_or_default();
        Ok(NAMES.map(|name| attributes.get(&name).and_then(|count| count.parse().ok()).unwrap_or(0)))
    }

    async fn receive(&self, source: &Source, most: i32, wait: i32) -> Result<Vec<Message>, Failure> {
        let request = self
            .client
            .receive_message()
            .queue_url(&source.url)
            .max_number_of_messages(most)
            .wait_time_seconds(wait)
            .visibility_timeout(HELD)
            .message_system_attribute_names(Attribute::ApproximateReceiveCount);
        let answer = request.send().await.map_err(|error| DisplayErrorContext(error).to_string())?;
        Ok(answer.messages.unwrap_or_default())
    }

    /// Invokes the consumer and deletes what it worked off; answers the rest.
    async fn deliver<'a>(&self, source: &Source, messages: &'a [Message]) -> Vec<&'a Message> {
        if messages.is_empty() {
            return Vec::new();
        }
        let (done, failed) = self.invoke(source, messages).await;
        self.delete(source, &done).await;
        for message in done {
            self.lambda.worked_off(source.function, message.body().unwrap_or_default()).await;
        }
        failed
    }

    /// Invokes the consumer; answers what it worked off and what not.
    async fn invoke<'a>(
        &self,
        source: &Source,
        messages: &'a [Message],
    ) -> (Vec<&'a Message>, Vec<&'a Message>) {
        let (handler, event) = (source.handler, event(messages));
        let work =
            self.lambda.run(source.function, |app| async move { serve::work(&app, handler, event).await });
        match work.await {
            Ok(response) => {
                let failures = response.batch_item_failures.iter();
                let failures: BTreeSet<&str> =
                    failures.map(|failure| failure.item_identifier.as_str()).collect();
                messages
                    .iter()
                    .partition(|message| !failures.contains(message.message_id().unwrap_or_default()))
            }
            Err(error) => {
                tracing::error!(%error, messages = messages.len(), "all come back");
                (Vec::new(), messages.iter().collect())
            }
        }
    }

    /// Deletes messages. One that cannot be, because somebody else took it meanwhile, is worked off again.
    async fn delete(&self, source: &Source, messages: &[&Message]) {
        let entries: Result<Vec<_>, _> = (0..)
            .zip(messages)
            .map(|(at, message): (usize, _)| {
                let entry = DeleteMessageBatchRequestEntry::builder().id(at.to_string());
                entry.set_receipt_handle(message.receipt_handle.clone()).build()
            })
            .collect();
        let Ok(entries) = entries else { return };
        if entries.is_empty() {
            return;
        }
        let request = self.client.delete_message_batch().queue_url(&source.url).set_entries(Some(entries));
        if let Err(error) = request.send().await {
            tracing::debug!(error = %DisplayErrorContext(error), "not deleted");
        }
    }

    /// Lets nobody take messages for so many seconds.
    async fn hold<'a>(&self, source: &Source, messages: impl Iterator<Item = (&'a Message, i32)>) {
        let entries: Result<Vec<_>, _> = (0..)
            .zip(messages)
            .map(|(at, (message, seconds)): (usize, _)| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(at.to_string());
                entry.set_receipt_handle(message.receipt_handle.clone()).visibility_timeout(seconds).build()
            })
            .collect();
        let Ok(entries) = entries else { return };
        if entries.is_empty() {
            return;
        }
        let request =
            self.client.change_message_visibility_batch().queue_url(&source.url).set_entries(Some(entries));
        if let Err(error) = request.send().await {
            tracing::debug!(error = %DisplayErrorContext(error), "comes back later");
        }
    }
}

/// How often a message was taken, this time included.
fn receives(message: &Message) -> u32 {
    let count =
        message.attributes().and_then(|attributes| attributes.get(&Attribute::ApproximateReceiveCount));
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// The event of a delivery.
fn event(messages: &[Message]) -> SqsEvent {
    let records = messages.iter().map(|message| {
        let mut record = SqsMessage::default();
        record.message_id = message.message_id.clone();
        record.receipt_handle = message.receipt_handle.clone();
        record.body = message.body.clone();
        record.event_source = Some("aws:sqs".into());
        record
    });
    let mut event = SqsEvent::default();
    event.records = records.collect();
    event
}
