//! What takes messages from queues. Each is safe to repeat: a queue may deliver twice, a process may die in between.

pub mod batches;
pub mod dispatch;
pub mod settle;

use domain::Error;
use serde::de::DeserializeOwned;

/// A queue message. One that cannot be read comes back until it is parked with the dead letters.
fn decode<T: DeserializeOwned>(body: &str) -> Result<T, Error> {
    serde_json::from_str(body).map_err(|e| Error::Internal(format!("queue message: {e}")))
}
