//! 000 · Update an auto-response.

use domain::auto_response::AutoResponseUpdate;
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
    pipeline::auto_response,
    race::Race,
};
use serde_json::json;

use super::{AutoResponseView, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// Changes a rule, which must be able to answer afterwards.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref("id")?);
    let mut race = Race::begin();
    loop {
        let mut rules = app.store.auto_responses(tenant).await?;
        let before = rules.find(&named.resolve(tenant.as_str())).ok_or_else(|| named.not_found())?;
        request.expect_revision(before.revision)?;
        let changed = |update: &AutoResponseUpdate| before.with(tenant, update, app.now());
        let update = request.json_checked(|update| changed(update).map(drop))?;
        let rule = changed(&update)?;
        // What can no longer answer can still be switched off.
        if rule.enabled {
            auto_response::check(app, tenant, &rule, update.template_id.given()).await?;
        }
        rules.put(rule.clone())?;
        match app.store.save_auto_responses(tenant, &mut rules).await {
            Ok(()) => {
                app.forget_auto_responses(tenant);
                return json_with_etag(StatusCode::OK, &AutoResponseView::from(&rule), rule.revision);
            }
            Err(error) if error.is_edit_conflict() => {
                race.lost(format!("the auto-responses of {tenant}")).await?
            }
            Err(error) => return Err(error),
        }
    }
}

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::Read(Items::Tenants), Need::Write(Items::Tenants), Need::All(auto_response::CHECK)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Auto-responses", "Update an auto-response rule")
        .about(
            "What is left out stays, null clears what may be absent. Another trigger drops what the old one looked for, \
             and another kind of answer the old answer. Messages follow the change after at most 30 seconds.",
        )
        .body::<AutoResponseUpdate>(json!({ "keywords": ["payoff", "payout"], "enabled": false }))
        .answer::<AutoResponseView>(200, "The rule as it is stored", example_view())
        .problems(&[404, 409, 412, 422])
}
