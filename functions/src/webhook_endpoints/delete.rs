//! Deletes a webhook endpoint.

use domain::id;
use platform::{
    app::App,
    http::{Request, no_content},
    needs::Need,
};

use super::{CHANGE, change};
use crate::{catalog::Answer, openapi::Operation};

/// Removes an endpoint.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::WebhookEndpoint>("id")?);
    let id = named.resolve(tenant.as_str());
    let removed = change(app, tenant, |all| {
        let endpoint = all.find(&id).ok_or_else(|| named.not_found())?;
        request.expect_revision(endpoint.revision)?;
        all.remove(&id);
        Ok(())
    });
    removed.await?;
    Ok(no_content())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = CHANGE;

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Webhook endpoints", "Delete a webhook endpoint")
        .about("What waits to be sent to it fails. To call it again later, set enabled to false instead.")
        .empty(204, "It was deleted")
        .problems(&[404, 409, 412])
}
