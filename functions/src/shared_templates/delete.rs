//! Removes a shared template.

use std::collections::BTreeSet;

use platform::{
    app::App,
    http::{Request, no_content},
    needs::Need,
    templates::authoring,
};

use super::{absent, known_name};
use crate::{catalog::Answer, openapi::Operation};

/// Removes it, unless something in use needs it.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let name = known_name(request)?;
    authoring::change_shared(app, request.tenant()?, &BTreeSet::from([name.clone()]), |shared| {
        request.expect_revision(shared.revision)?;
        shared.templates.remove(&name).map(drop).ok_or_else(|| absent(name.as_str()))
    })
    .await?;
    Ok(no_content())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(authoring::CHANGE_SHARED)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Templates", "Remove a shared template")
        .about("Refused while a shared template or a version in use takes from it.")
        .empty(204, "It was removed")
        .problems(&[404, 409, 412])
}
