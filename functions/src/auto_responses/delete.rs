//! 000 · Delete an auto-response. What it answered stays.

use platform::{
    app::App,
    http::{Request, no_content},
    needs::{Items, Need},
    race::Race,
};

use crate::{catalog::Answer, openapi::Operation};

/// Removes a rule.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref("id")?);
    let mut race = Race::begin();
    loop {
        let mut rules = app.store.auto_responses(tenant).await?;
        let id = named.resolve(tenant.as_str());
        let rule = rules.find(&id).ok_or_else(|| named.not_found())?;
        request.expect_revision(rule.revision)?;
        rules.remove(&id);
        match app.store.save_auto_responses(tenant, &mut rules).await {
            Ok(()) => {
                app.forget_auto_responses(tenant);
                return Ok(no_content());
            }
            Err(error) if error.is_edit_conflict() => {
                race.lost(format!("the auto-responses of {tenant}")).await?
            }
            Err(error) => return Err(error),
        }
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::Read(Items::Tenants), Need::Write(Items::Tenants)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Auto-responses", "Delete an auto-response rule")
        .about("Its answers stay in the log. To keep a rule for later, set enabled to false.")
        .empty(204, "It was deleted")
        .problems(&[404, 409, 412])
}
