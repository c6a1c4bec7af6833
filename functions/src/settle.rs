//! Takes providers' reports in: reads the wire format and moves the messages on.

use domain::Error;
use platform::{
    app::App,
    needs::{Bodies, Need},
    pipeline,
    providers::CALLING,
    queues::{self, RawReport},
};

/// What it needs of AWS.
pub const NEEDS: &[Need] =
    &[Need::All(CALLING), Need::Keep(Bodies::Reports), Need::All(pipeline::settle::NEEDS)];

/// Settles one report. Every event in it has its turn; when one fails, the report comes back, and those that were
/// settled change nothing then.
pub async fn handle(app: &App, body: &str) -> Result<(), Error> {
    let report: RawReport = queues::decode(body)?;
    let events = app.providers.named(report.provider)?.read(&report);
    let events = events.map_err(|fault| Error::Internal(format!("{}: {fault}", report.provider).into()))?;
    let mut outcome = Ok(());
    for event in &events {
        let kept_here = Some(&report).filter(|report| !report.kept);
        let settled = pipeline::settle::settle_and_keep(app, &report.tenant, event, kept_here).await;
        outcome = outcome.and(settled);
    }
    outcome
}
