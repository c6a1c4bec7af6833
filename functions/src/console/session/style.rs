//! The style sheet of the console's pages.

use pages::console;
use platform::{app::App, http::Request, needs::Need};

use crate::console::Shown;

/// Answers it. Its address changes when it does, so that browsers may keep it.
pub async fn handle(_: &App, _: &Request) -> Shown {
    Ok(console::style())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[];
