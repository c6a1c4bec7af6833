//! Enqueues what is due.

use domain::Error;
use platform::{app::App, needs::Need, pipeline};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(pipeline::sweep::NEEDS)];

/// One sweep over the due index.
pub async fn handle(app: &App) -> Result<(), Error> {
    let handed_out = pipeline::sweep::sweep(app).await?;
    if handed_out > 0 {
        tracing::info!(handed_out, "swept");
    }
    Ok(())
}
