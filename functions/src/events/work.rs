//! Takes events that a core system put on the bus.

use domain::{Error, id::Id, tenant::TenantId};
use platform::{app::App, needs::Need, pipeline::events, queues};
use serde::Deserialize;
use serde_json::Value;

use super::told;

/// An event of the bus, as EventBridge hands it to a queue.
#[derive(Debug, Deserialize)]
struct Envelope {
    /// EventBridge's id: the same when the event is handed over again.
    id: String,
    detail: Detail,
}

/// Whose event, and what.
#[derive(Debug, Deserialize)]
struct Detail {
    tenant: TenantId,
    #[serde(flatten)]
    told: Value,
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(events::NEEDS)];

/// Takes one. What is no event is left among the dead letters for somebody to see.
pub async fn handle(app: &App, body: &str) -> Result<(), Error> {
    let Envelope { id, detail } = queues::decode(body)?;
    let name = Id::keyed(detail.tenant.as_str(), "bus", &id);
    let occurrence = told(&detail.told, &name, app.now())?;
    let lender = app.lender(&detail.tenant).await?;
    let taken = events::take(app, &lender, vec![occurrence], &id).await?;
    taken.into_iter().try_for_each(|taken| taken.map(drop))
}
