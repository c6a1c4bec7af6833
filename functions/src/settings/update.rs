//! Changes the tenant's settings.

use domain::{
    Error,
    compliance::changes::RuleChange,
    formats, shape,
    tenant::{Settings, Tenant},
};
use lambda_http::http::StatusCode;
use platform::{
    app::App,
    http::{Request, json_with_etag},
    needs::{Items, Need},
    race::Race,
};
use serde_json::{Map, Value};

use super::example_settings;
use crate::{catalog::Answer, configuration, openapi::Operation};

/// Puts the settings named in place of what they were.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let reason = request.query::<String>("reason")?;
    request.json_checked(|settings: &Settings| {
        let faults = configuration::settings(settings, "");
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    })?;
    let named: Map<String, Value> = request.json()?;
    let tenant = change(app, request, reason.as_deref(), |before| before.settings.with(&named)).await?;
    json_with_etag(StatusCode::OK, &tenant.settings, tenant.revision)
}

/// Changes the settings of the caller's tenant, and records what that does to its outreach rules.
///
/// # Errors
/// [`Error::Invalid`] if it does something to them and no reason is given; [`Error::PreconditionFailed`] if the caller read other ones.
pub(crate) async fn change(
    app: &App,
    request: &Request,
    reason: Option<&str>,
    change: impl Fn(&Tenant) -> Result<Settings, Error>,
) -> Result<Tenant, Error> {
    let caller = request.caller()?;
    let mut race = Race::begin();
    loop {
        let mut tenant = app.store.tenant(&caller.tenant).await?;
        request.expect_revision(tenant.revision)?;
        let (before, mut after, now) = (&tenant.settings, change(&tenant)?, app.now());
        after.compliance = after.compliance.signed(&before.compliance, &caller.subject, now);
        let record =
            RuleChange::by(&caller.subject, reason, now, &request.trace_id).between(before, &after)?;
        if record.is_some() {
            formats::line(reason.unwrap_or_default(), 500).map_err(|message| {
                Error::invalid(
                    "?reason",
                    format!("{message}: this changes outreach rules, and the record must say why"),
                )
            })?;
        }
        let before = std::mem::replace(&mut tenant.settings, after);
        match app.store.save_settings(&mut tenant, &before, record.as_ref()).await {
            Ok(()) => {
                app.forget_tenant(&tenant.id);
                return Ok(tenant);
            }
            Err(error) if error.is_edit_conflict() => {
                race.lost(format!("the settings of {}", caller.tenant)).await?
            }
            Err(error) => return Err(error),
        }
    }
}

/// What [`change`] needs of AWS, if it leaves the origins as they are.
pub(crate) const CHANGE: &[Need] =
    &[Need::Read(Items::Tenants), Need::Write(Items::Tenants), Need::Write(Items::RuleChanges)];

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(CHANGE), Need::Write(Items::Origins), Need::Delete(Items::Origins)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Administration", "Change the tenant's settings")
        .about(
            "Settings left out stay; one that is named is replaced as a whole, and null clears one that may be absent. \
             Messages follow the change after at most 30 seconds. What it does to outreach rules is recorded.",
        )
        .query_as::<shape::Line<500>>("reason", "Why, for the record; required where compliance or suppressionHours change. 1 to 500 characters.")
        .body::<Settings>(example_settings())
        .answer::<Settings>(200, "The settings as they are stored", example_settings())
        .problems(&[409, 412])
}
