//! Deletes a notification rule.

use domain::id;
use platform::{
    app::App,
    http::{Request, no_content},
    needs::{Items, Need},
};

use super::change;
use crate::{catalog::Answer, openapi::Operation};

/// Removes the rule.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::NotificationRule>("id")?);
    let id = named.resolve(tenant.as_str());
    let removed = change(app, tenant, |all| {
        let rule = all.find(&id).ok_or_else(|| named.not_found())?;
        request.expect_revision(rule.revision)?;
        all.remove(&id);
        Ok(())
    });
    removed.await?;
    Ok(no_content())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::NotificationRules), Need::Write(Items::NotificationRules)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Events", "Delete a notification rule")
        .about("What it made before is sent anyway, and the webhook endpoint of its URL stays.")
        .empty(204, "It was deleted")
        .problems(&[404, 409, 412])
}
