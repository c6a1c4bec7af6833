//! Prints a letter with what is enclosed, and keeps the pages.

use domain::{Error, error::Ours as _};
use platform::{app::App, needs::Need, pipeline::letters};
use serde_json::Value;

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(letters::PRINT)];

/// Prints one for a function that accepts its message.
pub async fn handle(app: &App, input: Value) -> Result<Value, Error> {
    let job = serde_json::from_value(input)
        .map_err(|error| Error::invalid("", format!("must be a letter to print: {error}")))?;
    let printed = letters::work(app, job).await?;
    serde_json::to_value(printed).internal()
}
