//! The console's own address.

use pages::console;
use platform::{app::App, http::Request, needs::Need};

use crate::console::{FIRST, Shown};

/// Leads to the first page.
pub async fn handle(_: &App, _: &Request) -> Shown {
    Ok(console::lead(FIRST)?)
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[];
