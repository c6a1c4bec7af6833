//! What print houses say of the letters they fetched: files in the bucket, taken in and removed.

use domain::{Error, tenant::TenantId, vocabulary::ProviderName};

use super::settle;
use crate::{
    app::App,
    needs::{Bodies, Items, Need},
    objects::Objects,
    queues::RawReport,
};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Read(Items::Tenants),
    Need::Fetch(Bodies::DropReports),
    Need::Keep(Bodies::DropReports),
    Need::Remove(Bodies::DropReports),
    Need::All(settle::NEEDS),
];

/// Tenants looked at in one sweep.
const TENANTS: i32 = 1_000;
/// Files of one tenant taken in one sweep; what is left waits for the next, a minute later.
const FILES: i32 = 100;
/// Bytes of a report.
const LARGEST: u64 = 64 * 1024;

/// Takes in what lies there. What cannot be read is put aside, where people find it; trouble with one tenant's holds up no
/// other.
///
/// # Errors
/// The first trouble that is ours: what met it lies there still.
pub async fn collect(app: &App) -> Result<(), Error> {
    let mut outcome = Ok(());
    for name in app.objects.tenants(TENANTS).await? {
        let Ok(tenant) = name.parse::<TenantId>() else { continue };
        outcome = outcome.and(collect_of(app, &tenant).await);
    }
    outcome
}

async fn collect_of(app: &App, tenant: &TenantId) -> Result<(), Error> {
    let lender = match app.lender(tenant).await {
        Err(Error::NotFound { .. }) => return Ok(()),
        lender => lender?,
    };
    if lender.tenant.senders.letter.is_none() {
        return Ok(());
    }
    for (key, bytes) in app.objects.keys(&Objects::drop_reports_prefix(tenant), FILES).await? {
        take_in(app, tenant, &key, bytes).await?;
        // Last: a crash before it takes the report in again, which changes nothing then.
        app.objects.remove(&key).await?;
    }
    Ok(())
}

async fn take_in(app: &App, tenant: &TenantId, key: &str, bytes: u64) -> Result<(), Error> {
    if bytes > LARGEST {
        tracing::error!(key, bytes, "a print house's report is too large to be one, and removed");
        return Ok(());
    }
    let file = app.objects.get(key).await?;
    let report = RawReport {
        tenant: tenant.clone(),
        provider: ProviderName::Drop,
        query: key.to_owned(),
        body: String::from_utf8_lossy(&file).into_owned(),
        received_at: app.now(),
    };
    match app.providers.named(ProviderName::Drop).read(&report) {
        Ok(events) => {
            for event in &events {
                settle::settle(app, tenant, event).await?;
            }
            Ok(())
        }
        Err(malformed) => {
            tracing::error!(key, %malformed, "a print house's report is put aside");
            app.objects.put(&key.replacen("/letters/status/", "/letters/status-unreadable/", 1), file).await
        }
    }
}
