//! Notifies lenders of what happened to messages and to accounts and endpoints, as the table changes.

use domain::Error;
use platform::{app::App, needs::Need, pipeline::changes, store::changes::RawChange};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(changes::NEEDS)];

/// Reports changes: all of them, or some if an error brings them back.
pub async fn handle(app: &App, all: Vec<RawChange>) -> Result<(), Error> {
    changes::tell_of(app, all).await
}
