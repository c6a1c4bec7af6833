//! Sends e-mail.

use domain::Error;
use platform::{app::App, needs::Need};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(platform::pipeline::dispatch::NEEDS), Need::Mail];

/// Sends one.
pub async fn handle(app: &App, body: &str) -> Result<(), Error> {
    super::dispatch(app, body).await
}
