//! 000 · Create an auto-response.

use domain::{
    Error,
    auto_response::{AutoResponse, AutoResponseUpdate, NewAutoResponse},
    error::Conflict,
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
    pipeline::auto_response,
    race::Race,
};

use super::{AutoResponseView, example_body, example_view};
use crate::{catalog::Answer, openapi::Operation};

/// Adds a rule that can answer.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let tenant = request.tenant()?;
    let update: AutoResponseUpdate =
        request.json_checked(|update: &AutoResponseUpdate| update.expect_whole(tenant))?;
    let id = request.id_named(app, update.external_id.as_ref())?;
    let rule = AutoResponse::new(id, tenant, &update, app.now())?;
    auto_response::check(app, tenant, &rule, update.template_id.given()).await?;
    let made = |rule: &AutoResponse| {
        json_with_etag(StatusCode::CREATED, &AutoResponseView::from(rule), rule.revision)
    };
    let mut race = Race::begin();
    loop {
        let mut rules = app.store.auto_responses(tenant).await?;
        match (rules.find(&rule.id), &rule.external_id) {
            (Some(_), Some(name)) => {
                let detail =
                    format!("The auto-response ext-{} exists already; change it with PUT.", name.as_str());
                return Err(Error::conflict(Conflict::DuplicateExternalId, detail));
            }
            // This very request, sent again after a crash: the id was derived from its idempotency key.
            (Some(existing), None) => return made(existing),
            (None, _) => {}
        }
        rules.put(rule.clone())?;
        match app.store.save_auto_responses(tenant, &mut rules).await {
            Ok(()) => {
                app.forget_auto_responses(tenant);
                return made(&rule);
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
    Operation::new("Auto-responses", "Create an auto-response rule")
        .about(
            "The first rule that fits a message answers it, the smallest priority first; one in its cooldown answers nothing, \
             and none behind it is asked. Words to opt out or in, or for help, are heard before rules. \
             Messages follow the change after at most 30 seconds.",
        )
        .body::<NewAutoResponse>(example_body())
        .answer::<AutoResponseView>(201, "The rule as it is stored", example_view())
        .problems(&[404, 409, 422])
}
