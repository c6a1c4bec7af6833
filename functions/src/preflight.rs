//! Tells browsers whether a page may call the API. They ask before a page's first call, without its credential.

use domain::formats;
use platform::{
    app::App,
    http::{Request, cors},
    needs::{Items, Need},
};

use crate::{catalog::Answer, openapi::Operation};

/// Says yes to pages of an origin that any tenant lists.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let origin = request.header("origin").filter(|origin| formats::origin(origin).is_ok());
    let is_listed = match origin {
        Some(origin) => app.store.lists_origin(origin, None).await?,
        None => false,
    };
    Ok(cors::preflight(origin.filter(|_| is_listed)))
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Origins)];

/// For the catalogue; the OpenAPI document leaves it out.
pub fn describe() -> Operation {
    Operation::new("System", "Whether a page may call the API").empty(204, "The headers say")
}
