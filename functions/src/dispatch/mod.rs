//! Sends messages. The queue tells the channel; the pipeline is the same for all.

use domain::Error;
use platform::{app::App, pipeline};

/// Dispatches one message.
pub async fn handle(app: &App, body: &str) -> Result<(), Error> {
    pipeline::dispatch::dispatch(app, super::decode(body)?).await
}
