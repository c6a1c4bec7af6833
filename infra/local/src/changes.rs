//! What Lambda's event source of a DynamoDB stream does: follow the table's changes, hand those that are asked for to the
//! function, and go on from there.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use functions::catalog::{self, ChangesHandler, Function, Trigger};
use functions::serve;
use platform::store::changes::{ChangeBatch, RawChange};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::{Mutex, watch};

use crate::Failure;
use crate::aws::{Aws, REGION, Resources};
use crate::lambda::Lambda;
use crate::standins::http_client;

/// Records of one delivery.
const DELIVERY: usize = 100;
/// How often one alone may fail before what follows it goes on without it, where Lambda waits until it is six hours old.
const TRIES: u32 = 5;
/// The pause after a look that found nothing.
const LOOK: Duration = Duration::from_millis(200);
/// The pause after a delivery that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// The stream of the table with its function. What happens while nothing runs is not told.
pub struct Changes {
    stream: Stream,
    function: &'static Function,
    handler: ChangesHandler,
    position: Mutex<Position>,
    lambda: Arc<Lambda>,
    sqs: Client,
    aside: String,
}

/// How far the stream was followed.
struct Position {
    iterator: String,
    /// Records of the next delivery: all, or half of what failed.
    delivery: usize,
    /// How often the next one failed alone.
    tries: u32,
}

/// What became of a look at the stream.
enum Looked {
    /// There was nothing.
    Nothing,
    /// The function did its work.
    Told,
    /// It failed, and the same changes come again.
    Failed,
}

impl Changes {
    /// From now on.
    pub async fn new(aws: &Aws, resources: &Resources, lambda: Arc<Lambda>) -> Result<Self, Failure> {
        let mut followed = catalog::ALL.iter().filter_map(|function| match function.trigger {
            Trigger::Changes { handler, .. } => Some((function, handler)),
            _ => None,
        });
        let (function, handler) = followed.next().ok_or("no function follows the table")?;
        let stream = Stream::new(aws, resources.changes()?);
        let position = Position { iterator: stream.end().await?, delivery: DELIVERY, tries: 0 };
        let (sqs, aside) = (Client::new(&aws.own_config()), resources.aside()?);
        Ok(Self { stream, function, handler, position: Mutex::new(position), lambda, sqs, aside })
    }

    /// Up to ten changes that were put aside, which stay there.
    pub async fn put_aside(&self) -> Result<Vec<Value>, Failure> {
        let request = self.sqs.receive_message().queue_url(&self.aside).max_number_of_messages(10);
        let messages = request.visibility_timeout(0).send().await?.messages.unwrap_or_default();
        let bodies = messages.into_iter().filter_map(|message| message.body);
        bodies.map(|body| Ok(serde_json::from_str(&body)?)).collect()
    }

    /// Follows the stream until told to stop.
    pub async fn keep(&self, stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let pause = match self.look(1).await {
                Ok(Looked::Told) => continue,
                Ok(Looked::Nothing) => LOOK,
                Ok(Looked::Failed) => PAUSE,
                Err(error) => {
                    tracing::warn!(error, "cannot follow the table");
                    PAUSE
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Follows the stream to its end, or to what fails; each delivery comes `times` times. Answers whether there was any.
    pub async fn drain(&self, times: usize) -> Result<bool, Failure> {
        let mut any = false;
        while let Looked::Told = self.look(times).await? {
            any = true;
        }
        Ok(any)
    }

    async fn look(&self, times: usize) -> Result<Looked, Failure> {
        let mut position = self.position.lock().await;
        let (changes, next) = self.stream.changes(&position.iterator, position.delivery).await?;
        if changes.is_empty() {
            position.iterator = next;
            return Ok(Looked::Nothing);
        }
        let read = changes.len();
        // As the filter of `template.yaml` has it.
        let asked_for: Vec<RawChange> = changes.into_iter().filter(RawChange::is_followed).collect();
        let mut is_done = true;
        if !asked_for.is_empty() {
            for _ in 0..times {
                is_done = self.deliver(&asked_for).await;
            }
        }
        if !is_done && read > 1 {
            position.delivery = read / 2;
            return Ok(Looked::Failed);
        }
        if !is_done && position.tries + 1 < TRIES {
            position.tries += 1;
            return Ok(Looked::Failed);
        }
        if !is_done {
            tracing::error!(function = self.function.name, "a change is told to nobody");
        }
        *position = Position { iterator: next, delivery: DELIVERY, tries: 0 };
        Ok(Looked::Told)
    }

    async fn deliver(&self, changes: &[RawChange]) -> bool {
        let (handler, event) = (self.handler, ChangeBatch { changes: changes.to_vec() });
        let work = self
            .lambda
            .run(self.function, move |app| async move { serve::follow(&app, handler, event).await });
        let told = work.await.flatten();
        let told =
            told.inspect_err(|error| tracing::error!(%error, changes = changes.len(), "all come back"));
        told.is_ok()
    }
}

/// DynamoDB Streams, whose records are handed on as they come: as Lambda hands them to a function.
struct Stream {
    http: reqwest::Client,
    endpoint: String,
    /// ministack goes by the account in it and looks at no signature.
    authorization: String,
    arn: String,
}

impl Stream {
    fn new(aws: &Aws, arn: String) -> Self {
        let scope = format!("{}/20260101/{REGION}/dynamodb/aws4_request", aws.account);
        Self {
            http: http_client(),
            endpoint: aws.endpoint.clone(),
            authorization: format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"),
            arn,
        }
    }

    /// An iterator at the end.
    async fn end(&self) -> Result<String, Failure> {
        let described: Value = self.ask("DescribeStream", json!({ "StreamArn": self.arn })).await?;
        let shard = &described["StreamDescription"]["Shards"][0]["ShardId"];
        let asked = json!({ "StreamArn": self.arn, "ShardId": shard, "ShardIteratorType": "LATEST" });
        let found: Value = self.ask("GetShardIterator", asked).await?;
        let iterator = found["ShardIterator"].as_str().map(str::to_owned);
        iterator.ok_or_else(|| format!("{} has no end", self.arn).into())
    }

    /// Up to `limit` records, and the iterator after them.
    async fn changes(&self, iterator: &str, limit: usize) -> Result<(Vec<RawChange>, String), Failure> {
        let found: Found =
            self.ask("GetRecords", json!({ "ShardIterator": iterator, "Limit": limit })).await?;
        Ok((found.changes, found.next_shard_iterator))
    }

    async fn ask<T: DeserializeOwned>(&self, operation: &str, body: Value) -> Result<T, Failure> {
        let request = self
            .http
            .post(&self.endpoint)
            .header("authorization", &self.authorization)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDBStreams_20120810.{operation}"))
            .body(body.to_string());
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        match status.is_success() {
            true => Ok(serde_json::from_str(&text)?),
            false => Err(format!("{operation}: {status} {text}").into()),
        }
    }
}

/// What was found in the stream.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    #[serde(rename = "Records")]
    changes: Vec<RawChange>,
    next_shard_iterator: String,
}
