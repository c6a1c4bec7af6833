//! Works batches off.

use domain::Error;
use platform::{app::App, pipeline};

/// Does one piece of work on a batch.
pub async fn handle(app: &App, body: &str) -> Result<(), Error> {
    pipeline::batch::work(app, super::decode(body)?).await
}
