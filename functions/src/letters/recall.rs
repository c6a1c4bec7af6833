//! Recalls a letter from the provider that mails it.

use domain::Error;
use platform::{app::App, needs::Need, pipeline::letters};
use serde_json::Value;

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(letters::RECALL)];

/// Calls one back for a function that cancels its message.
pub async fn handle(app: &App, input: Value) -> Result<Value, Error> {
    let recall = serde_json::from_value(input)
        .map_err(|error| Error::invalid("", format!("must name a letter: {error}")))?;
    letters::recall(app, &recall).await.map(|()| Value::Null)
}
