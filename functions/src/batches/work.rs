//! Processes batches.

use domain::Error;
use platform::{app::App, needs::Need, pipeline, queues};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(pipeline::batch::NEEDS)];

/// Does one piece of work on a batch.
pub async fn handle(app: &App, body: &str) -> Result<(), Error> {
    pipeline::batch::work(app, queues::decode(body)?).await
}
