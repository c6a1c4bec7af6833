//! What sends messages, a function for each channel; the pipeline is the same for all.

pub mod email;
pub mod text;

use domain::Error;
use platform::{app::App, pipeline, queues};

/// Dispatches one message.
async fn dispatch(app: &App, body: &str) -> Result<(), Error> {
    pipeline::dispatch::dispatch(app, queues::decode(body)?).await
}
