//! What print houses say of the letters they fetched: files in the bucket, taken in and removed.

use domain::{Error, tenant::TenantId, vocabulary::ProviderName};

use super::settle;
use crate::{
    app::App,
    needs::{Bodies, Items, Need},
    objects::{Listed, Objects},
    queues::RawReport,
};

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::Provider(ProviderName::Drop),
    Need::Read(Items::Tenants),
    Need::Fetch(Bodies::DropReports),
    Need::Keep(Bodies::DropReports),
    Need::Remove(Bodies::DropReports),
    Need::All(settle::NEEDS),
];

/// Names of tenants asked for at a time.
const TENANTS: i32 = 1_000;
/// Files of one tenant taken in one sweep; what is left waits for the next, a minute later.
const FILES: i32 = 100;
/// Bytes of a report.
const LARGEST: u64 = 64 * 1024;

/// Takes in what lies there. What cannot be read is put aside, where people find it; trouble with one file holds up no other.
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
    let mut outcome = Ok(());
    for file in app.objects.list(&Objects::drop_reports_prefix(tenant), FILES).await? {
        let taken = take_in(app, tenant, &file).await;
        outcome =
            outcome.and(taken.inspect_err(|error| tracing::warn!(key = file.key, %error, "left for later")));
    }
    outcome
}

/// Takes a file in and removes it. The print house may put the next report in its place meanwhile: that one stays.
async fn take_in(app: &App, tenant: &TenantId, file: &Listed) -> Result<(), Error> {
    let Listed { key, bytes, version } = file;
    if *bytes > LARGEST {
        tracing::error!(key, bytes, "too large to be a print house's report, and put aside");
        app.objects.copy(key, &aside(key)).await?;
        return app.objects.remove(key, version).await;
    }
    let (bytes, version) = match app.objects.get_version(key).await {
        Err(Error::NotFound { .. }) => return Ok(()),
        file => file?,
    };
    let report = RawReport {
        tenant: tenant.clone(),
        provider: ProviderName::Drop,
        query: key.clone(),
        body: String::from_utf8_lossy(&bytes).into_owned(),
        received_at: app.now(),
        kept: false,
    };
    match app.providers.named(ProviderName::Drop)?.read(&report) {
        Ok(events) => {
            for event in &events {
                settle::settle(app, tenant, event).await?;
            }
        }
        Err(malformed) => {
            tracing::error!(key, %malformed, "a print house's report is put aside");
            app.objects.put(&aside(key), bytes).await?;
        }
    }
    // Last: a crash before it takes the report in again, which changes nothing then.
    app.objects.remove(key, &version).await
}

/// Where a file goes that is no report.
fn aside(key: &str) -> String {
    key.replacen("/letters/status/", "/letters/status-unreadable/", 1)
}
