//! Tells lenders what became of messages and of what they leave by, as the table changes.

use domain::Error;
use platform::{app::App, needs::Need, pipeline::changes, store::changes::RawChange};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(changes::NEEDS)];

/// Tells of changes, all or, if an error brings them back, some.
pub async fn handle(app: &App, all: Vec<RawChange>) -> Result<(), Error> {
    changes::tell_of(app, all).await
}
