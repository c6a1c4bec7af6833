//! Any other address of the console.

use domain::Error;
use pages::console;
use platform::{app::App, http::Request, needs::Need};

use crate::console::{Shown, VISIT, Visit};

/// Leads to the page whose address it is but for a slash at the end, or says that there is no such page.
pub async fn handle(app: &App, request: &Request) -> Shown {
    let path = request.own_path();
    if let Some(page) = path.strip_suffix('/') {
        return Ok(console::lead(page.trim_end_matches('/'))?);
    }
    Visit::begin(app, request).await?;
    Err(Error::not_found("page", path.chars().take(80).collect::<String>()).into())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = VISIT;
