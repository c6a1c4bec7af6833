//! Hands out what is due.

use domain::Error;
use platform::{app::App, pipeline};

/// One sweep over the due index.
pub async fn handle(app: &App) -> Result<(), Error> {
    let released = pipeline::release::release(app).await?;
    if released > 0 {
        tracing::info!(released, "released");
    }
    Ok(())
}
