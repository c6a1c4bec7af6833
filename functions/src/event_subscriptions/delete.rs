//! Deletes a subscription to events.

use domain::id;
use platform::{
    app::App,
    http::{Request, no_content},
    needs::{Items, Need},
};

use super::{CHANGE, change};
use crate::{catalog::Answer, openapi::Operation};

/// Removes a subscription, and how far it was read.
pub async fn handle(app: &App, request: &Request) -> Answer {
    let (tenant, named) = (request.tenant()?, request.path_ref::<id::EventSubscription>("id")?);
    let id = named.resolve(tenant.as_str());
    let removed = change(app, tenant, |all| if all.remove(&id) { Ok(()) } else { Err(named.not_found()) });
    removed.await?;
    app.store.forget_committed(tenant, &id).await?;
    Ok(no_content())
}

/// What it needs of AWS.
pub const NEEDS: &[Need] = &[Need::All(CHANGE), Need::Delete(Items::EventCursors)];

/// For the OpenAPI document.
pub fn describe() -> Operation {
    Operation::new("Event subscriptions", "Delete a subscription to events")
        .about("What happened stays for other subscriptions; how far this one was read is forgotten.")
        .empty(204, "It was deleted")
        .problems(&[404])
}
