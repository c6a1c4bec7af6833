//! Removes a rule of the lender's own, or what the lender said about one of the law's.

use domain::{
    Error, formats, shape,
    tenant::{Settings, Tenant},
};
use platform::{
    app::App,
    http::{Request, no_content},
    needs::Need,
};

use crate::{catalog::Answer, openapi::Operation, settings::update};

/// Removes it.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let reason = request.query::<String>("reason")?;
    let reason = reason.ok_or_else(|| Error::invalid("?reason", "must be given: why, for the record"))?;
    formats::line(&reason, 500).map_err(|message| Error::invalid("?reason", message))?;
    let id = request.path("ruleId");
    update::change(app, request, Some(&reason), |Tenant { settings, .. }| {
        let compliance = settings.compliance.without_rule(id)?;
        Ok(Settings { compliance, ..settings.clone() })
    })
    .await?;
    Ok(no_content())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(update::CHANGE)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Compliance guard", "Remove a rule, or what was changed about it")
        .about("A rule of the law holds again as it is written. Who removed what, when and why is recorded.")
        .query_required::<shape::Line<500>>("reason", "Why, for the record; required. 1 to 500 characters.")
        .empty(204, "It was removed")
        .problems(&[404, 409, 412])
}
