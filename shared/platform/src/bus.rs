//! The event bus on which the lender's systems hear what happened.

use aws_sdk_eventbridge::{Client, types::PutEventsRequestEntry};
use domain::{Error, error::Ours as _};
use serde::Serialize;

use crate::aws::OnDemand;

/// Events of one call (EventBridge).
const MOST: usize = 10;

/// See the module documentation.
pub struct Bus {
    client: OnDemand<Client>,
    name: String,
}

impl Bus {
    /// Who says so, in every event.
    pub const SOURCE: &str = "postrider";

    /// Over the bus of this name.
    pub fn new(client: OnDemand<Client>, name: String) -> Self {
        Self { client, name }
    }

    /// Puts things on the bus, each as the detail of an event of this type. What came through before a failure is put again
    /// with the rest: an event may be heard twice.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if any was not taken.
    pub async fn tell<T: Serialize>(&self, detail_type: &str, things: &[T]) -> Result<(), Error> {
        for some in things.chunks(MOST) {
            let entry = |thing: &T| {
                let detail = serde_json::to_string(thing).internal()?;
                Ok(PutEventsRequestEntry::builder()
                    .event_bus_name(&self.name)
                    .source(Self::SOURCE)
                    .detail_type(detail_type)
                    .detail(detail)
                    .build())
            };
            let entries = some.iter().map(entry).collect::<Result<Vec<_>, Error>>()?;
            let answer = self.client.put_events().set_entries(Some(entries)).send().await;
            let answer = answer.unavailable("EventBridge")?;
            if let Some(failed) = answer.entries().iter().find(|entry| entry.error_code().is_some()) {
                let code = failed.error_code().unwrap_or_default();
                return Err(Error::Unavailable(format!("EventBridge: {code}").into()));
            }
        }
        Ok(())
    }
}
