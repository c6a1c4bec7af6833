//! Processes what borrowers wrote: reads the provider's wire format and hands each message to the pipeline.

use domain::Error;
use platform::{
    app::App,
    needs::{Bodies, Need},
    pipeline,
    providers::{CALLING, Malformed},
    queues::{self, RawBody, RawInbound},
};
use tokio::sync::Mutex;

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[
    Need::All(CALLING),
    Need::Fetch(Bodies::Inbound),
    Need::Fetch(Bodies::Mail),
    Need::All(pipeline::inbound::NEEDS),
];

/// What lies in the bucket is read by one at a time: a mail has up to 40 MB, and ten of a delivery would not fit.
static LONG: Mutex<()> = Mutex::const_new(());

/// Takes in what one call brought. Every message in it has its turn; when one fails, the call comes back, and those that
/// were taken in are known then. What cannot be read comes back until it is parked with the dead letters.
pub async fn handle(app: &App, body: &str) -> Result<(), Error> {
    let raw: RawInbound = queues::decode(body)?;
    let (provider, malformed) = (app.providers.named(raw.provider)?, |fault| unreadable(&raw, fault));
    let mut turn = None;
    if let RawBody::Stored(_) = raw.body {
        turn = Some(LONG.lock().await);
    }
    let body = raw.body(&app.objects).await?;
    let mail = match provider.lies_at(&raw, &body).map_err(malformed)? {
        Some(key) => {
            if turn.is_none() {
                turn = Some(LONG.lock().await);
            }
            Some(app.objects.get(&key).await?)
        }
        None => None,
    };
    let read = provider.read_inbound(&raw, &body, mail.as_deref()).await.map_err(malformed)?;
    let mut outcome = Ok(());
    for inbound in read {
        let taken =
            pipeline::inbound::take_in(app, &raw.tenant, inbound, raw.received_at, &raw.trace_id).await;
        outcome = outcome.and(taken);
    }
    drop(turn);
    outcome
}

fn unreadable(raw: &RawInbound, fault: Malformed) -> Error {
    Error::Internal(format!("{}, trace {}: {fault}", raw.provider, raw.trace_id).into())
}
