//! Hands out what is due.

use domain::Error;
use platform::{app::App, needs::Need, pipeline};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(pipeline::release::NEEDS)];

/// One sweep over the due index.
pub async fn handle(app: &App) -> Result<(), Error> {
    let released = pipeline::release::release(app).await?;
    if released > 0 {
        tracing::info!(released, "released");
    }
    Ok(())
}
