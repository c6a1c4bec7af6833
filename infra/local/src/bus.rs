//! The buses, as systems of the lender's use them: what one said is heard by a rule, in a queue; what happened is told to
//! the other.

use aws_config::SdkConfig;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_sqs::Client;
use domain::Error;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::Failure;
use crate::aws::Resources;

/// Events of one look (SQS).
const MOST: i32 = 10;

/// A core system that puts events on the bus.
#[derive(Debug)]
pub struct CoreSystem {
    bridge: aws_sdk_eventbridge::Client,
    bus: String,
}

impl CoreSystem {
    /// Over the bus that was deployed with the queues.
    pub fn new(sdk: &SdkConfig, resources: &Resources) -> Result<Self, Failure> {
        Ok(Self { bridge: aws_sdk_eventbridge::Client::new(sdk), bus: resources.events_bus()? })
    }

    /// Tells what happened; `detail` is an event with its tenant.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the bus does not take it.
    pub async fn tell(&self, detail: &Value) -> Result<(), Error> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source("core")
            .detail_type("event")
            .detail(detail.to_string())
            .build();
        let put = self.bridge.put_events().entries(entry).send().await;
        let unavailable = |why: String| Error::Unavailable(format!("EventBridge: {why}").into());
        let answer = put.map_err(|error| unavailable(error.to_string()))?;
        match answer.failed_entry_count() {
            0 => Ok(()),
            _ => Err(unavailable("the event was refused".into())),
        }
    }
}

/// What the bus of tasks said.
#[derive(Debug)]
pub struct Heard {
    sqs: Client,
    url: String,
    events: Mutex<Vec<Value>>,
}

impl Heard {
    /// Over the queue that was deployed with the rule.
    pub fn new(sdk: &SdkConfig, resources: &Resources) -> Result<Self, Failure> {
        Ok(Self { sqs: Client::new(sdk), url: resources.heard()?, events: Mutex::default() })
    }

    /// All events since the start, oldest first, as EventBridge words them.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the queue cannot be read.
    pub async fn events(&self) -> Result<Vec<Value>, Error> {
        let unavailable = |error: &dyn std::fmt::Display| Error::Unavailable(format!("SQS: {error}").into());
        let mut events = self.events.lock().await;
        loop {
            let request = self.sqs.receive_message().queue_url(&self.url).max_number_of_messages(MOST);
            let messages =
                request.send().await.map_err(|error| unavailable(&error))?.messages.unwrap_or_default();
            if messages.is_empty() {
                events.sort_by_key(|event| event["time"].as_str().unwrap_or_default().to_owned());
                return Ok(events.clone());
            }
            for message in messages {
                let event = message.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
                events.extend::<Option<Value>>(event);
                let receipt = message.receipt_handle.unwrap_or_default();
                let done = self.sqs.delete_message().queue_url(&self.url).receipt_handle(receipt).send();
                done.await.map_err(|error| unavailable(&error))?;
            }
        }
    }
}
