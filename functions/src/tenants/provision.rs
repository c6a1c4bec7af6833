//! Creates or changes a tenant: for the operator of the installation, by `aws lambda invoke`, never over HTTP.

use domain::{
    Error,
    compliance::changes::RuleChange,
    error::{Ours as _, Violation},
    formats,
    tenant::{Senders, Settings, Tenant, TenantId, TokenIssuer},
};
use platform::{
    app::App,
    http::body,
    needs::{Items, Need},
    telemetry::new_trace_id,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    api_keys::{IssuedApiKey, NewApiKey},
    configuration,
};

/// Who changes outreach rules here, for the record.
const AUTHOR: &str = "provisioning";

/// A tenant as it shall be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Provision {
    id: TenantId,
    name: String,
    /// Left out, they stay, or are the defaults for a new tenant: they belong to the tenant's admins.
    #[serde(default)]
    settings: Option<Settings>,
    /// Replaces what was there.
    senders: Senders,
    /// Replaces what was there: an issuer left out no longer speaks for the tenant.
    #[serde(default)]
    issuers: Vec<TokenIssuer>,
    /// Makes a key, the first admin's for example.
    #[serde(default)]
    api_key: Option<NewApiKey>,
}

/// The tenant as it is now.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Provisioned {
    tenant: Tenant,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<IssuedApiKey>,
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Write(Items::Tenants),
    Need::Write(Items::RuleChanges),
    Need::Write(Items::Issuers),
    Need::Write(Items::ApiKeys),
    Need::Delete(Items::Issuers),
    Need::Write(Items::Origins),
    Need::Delete(Items::Origins),
];

/// Creates or changes the tenant, and makes a key if asked to.
pub async fn handle(app: &App, input: Value) -> Result<Value, Error> {
    let wanted: Provision = body::read(input.to_string().as_bytes())?;
    check(&wanted, &app.config.secret_prefix)?;
    let before = match app.store.tenant(&wanted.id).await {
        Ok(tenant) => Some(tenant),
        Err(Error::NotFound { .. }) => None,
        Err(error) => return Err(error),
    };
    let known = before.as_ref().map(|tenant| tenant.settings.clone()).unwrap_or_default();
    let mut tenant = Tenant {
        id: wanted.id,
        name: wanted.name,
        settings: wanted.settings.unwrap_or_else(|| known.clone()),
        senders: wanted.senders,
        issuers: wanted.issuers,
        signed: before.as_ref().map(|tenant| tenant.signed.clone()).unwrap_or_default(),
        revision: before.as_ref().map_or(0, |tenant| tenant.revision),
    };
    let now = app.now();
    tenant.settings.compliance = tenant.settings.compliance.signed(&known.compliance, AUTHOR, now);
    let record = RuleChange::by(AUTHOR, None, now, &new_trace_id(now)).between(&known, &tenant.settings)?;
    app.store.save_tenant(&mut tenant, &known, record.as_ref()).await?;
    for dropped in before.iter().flat_map(|before| &before.issuers) {
        if tenant.issuers.iter().all(|issuer| issuer.issuer != dropped.issuer) {
            app.store.drop_issuer(&tenant.id, &dropped.issuer).await?;
        }
    }
    app.forget_tenant(&tenant.id);
    let api_key = match wanted.api_key {
        Some(key) => Some(key.issue(app, &tenant.id).await?),
        None => None,
    };
    tracing::info!(tenant = %tenant.id, new = before.is_none(), "tenant provisioned");
    serde_json::to_value(Provisioned { tenant, api_key }).internal()
}

fn check(wanted: &Provision, secret_prefix: &str) -> Result<(), Error> {
    let mut faults = Vec::new();
    if let Err(message) = formats::line(&wanted.name, 200) {
        faults.push(Violation::new("/name", message));
    }
    if let Some(settings) = &wanted.settings {
        faults.extend(configuration::settings(settings, "/settings"));
    }
    faults.extend(configuration::senders(&wanted.senders, secret_prefix, "/senders"));
    faults.extend(configuration::issuers(&wanted.issuers, secret_prefix, "/issuers"));
    if let Some(key) = &wanted.api_key {
        faults.extend(configuration::api_key(key, "/apiKey"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}
